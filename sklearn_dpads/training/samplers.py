"""What each step of the training of discrete programs takes of the data."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..engine import Batch, Schedule
from .data import Index, LabelledStreams
from .objective import Targets
from .pieces import Pieces
from .settings import Training

Sample = tuple[Batch, Targets]
# As many frames as a step walks over are checked so many times at most.
_CHECKED_BATCHES = 4


class Sampler(Protocol):
    """Source of batches."""

    checked: Sample

    def minibatch(self) -> Sample:
        """Draw a batch for a step."""


def make_sampler(
    schedule: Schedule, data: LabelledStreams, settings: Training, rng: np.random.Generator
) -> Sampler:
    """Draw single frames where every frame has a label and none needs those before it.

    Frames of one sequence are alike: as many frames of many sequences tell more. Where frames
    need those before them, long recordings are drawn in pieces.
    """
    need_frames = schedule.plan.needs_frames
    if data.streams.per_frame and not need_frames:
        return FrameSampler(data, settings, rng)
    if is_cut(data, settings):
        return PieceSampler(data, settings, rng)
    return SequenceSampler(data, settings, rng, need_frames=need_frames)


def is_cut(data: LabelledStreams, settings: Training) -> bool:
    """Whether steps that walk over frames take pieces of sequences."""
    return data.positions_per_sequence > settings.piece_frames


def frames_per_walk(data: LabelledStreams, settings: Training) -> int:
    """Frames of a sequence that a step walks over."""
    return settings.piece_frames if is_cut(data, settings) else len(data.streams.frames)


def sequences_per_batch(data: LabelledStreams, settings: Training) -> int:
    """Sequences that a step walks over, or pieces of them: fewer where all of many frames count."""
    if is_cut(data, settings):
        n_pieces = -(-data.streams.lengths // settings.piece_frames).sum().item()
        return _batch_size(int(n_pieces), settings.piece_frames, settings)
    at_once = settings.walked_sequences(len(data.streams.frames))
    return min(at_once, _batch_size(data.streams.n_samples, data.positions_per_sequence, settings))


def _batch_size(n_samples: int, positions_per_sample: int, settings: Training) -> int:
    # A step keeps what its gradient needs, about four times what it computes.
    positions = settings.most_positions // 4
    most = max(settings.least_batch, positions // positions_per_sample)
    return min(n_samples, settings.fit_batch_size, most)


class SequenceSampler:
    """Batches of whole sequences.

    Parameters
    ----------
    data : LabelledStreams
        The data, with the streams of one schedule.
    settings : Training
        Settings: the sequences per batch, and how many are checked.
    rng : numpy.random.Generator
        Source of randomness.
    need_frames : bool
        Whether single frames are read.
    """

    def __init__(
        self,
        data: LabelledStreams,
        settings: Training,
        rng: np.random.Generator,
        *,
        need_frames: bool,
    ) -> None:
        self.data, self.rng, self.need_frames = data, rng, need_frames
        n_samples = data.streams.n_samples
        positions = data.positions_per_sequence
        self.batch_size = _batch_size(n_samples, positions, settings)
        most = settings.checked_positions // positions
        if need_frames:
            self.batch_size = sequences_per_batch(data, settings)
            most = min(most, _CHECKED_BATCHES * settings.walked_sequences(len(data.streams.frames)))
        n_checked = max(self.batch_size, most)
        index = None
        if n_checked < n_samples:
            index = rng.choice(n_samples, n_checked, replace=False)
        self.checked = data.take(index, need_frames=need_frames)

    def minibatch(self) -> Sample:
        """Draw a batch for a step."""
        n_samples = self.data.streams.n_samples
        if n_samples == self.batch_size:
            return self.checked
        index = self.rng.choice(n_samples, size=self.batch_size, replace=False)
        return self.data.take(index, need_frames=self.need_frames)


class PieceSampler:
    """Batches of pieces of long sequences with a label per frame.

    What walks over frames one by one begins anew with each piece, see :func:`~.pieces.in_pieces`.

    Parameters
    ----------
    data : LabelledStreams
        The data, with the streams of one schedule.
    settings : Training
        Settings: the frames of a piece, the pieces per batch, and how many are checked.
    rng : numpy.random.Generator
        Source of randomness.
    """

    def __init__(self, data: LabelledStreams, settings: Training, rng: np.random.Generator) -> None:
        self.data, self.rng = data, rng
        lengths = data.streams.lengths.cpu().numpy()
        self.pieces = Pieces.of(lengths, settings.piece_frames).labelled(data.targets)
        n_pieces = len(self.pieces.starts)
        self.batch_size = _batch_size(n_pieces, settings.piece_frames, settings)
        n_checked = max(self.batch_size, settings.checked_positions // settings.piece_frames)
        self.checked = self._take(rng.permutation(n_pieces)[:n_checked])

    def minibatch(self) -> Sample:
        """Draw a batch for a step."""
        n_pieces = len(self.pieces.starts)
        if n_pieces == self.batch_size:
            return self.checked
        return self._take(self.rng.choice(n_pieces, size=self.batch_size, replace=False))

    def _take(self, index: Index) -> Sample:
        return self.pieces.those(index).of_data(self.data).take(None, need_frames=True)


class FrameSampler:
    """Batches of single labelled frames.

    Parameters
    ----------
    data : LabelledStreams
        The data, with the streams of one schedule.
    settings : Training
        Settings: the frames per batch, and how many are checked.
    rng : numpy.random.Generator
        Source of randomness.
    """

    def __init__(self, data: LabelledStreams, settings: Training, rng: np.random.Generator) -> None:
        self.data, self.rng = data, rng
        self.labelled = np.flatnonzero((data.targets.codes.flatten() >= 0).cpu().numpy())
        self.batch_size = min(len(self.labelled), settings.fit_batch_size)
        n_checked = min(len(self.labelled), settings.checked_positions)
        self.checked = data.take_frames(rng.choice(self.labelled, n_checked, replace=False))

    def minibatch(self) -> Sample:
        """Draw a batch for a step."""
        if len(self.labelled) == self.batch_size:
            return self.checked
        # Repetition within a batch does no harm, and drawing without it takes long.
        index = self.labelled[self.rng.integers(len(self.labelled), size=self.batch_size)]
        return self.data.take_frames(index)
