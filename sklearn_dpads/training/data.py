"""Labelled sequences in the form training takes them, and what each step takes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import Batch, FrameStreams, Schedule
from .objective import Targets
from .settings import Training

Index = NDArray[np.int64]


@dataclass(frozen=True)
class LabelledStreams:
    """Streams with the labels of their output positions.

    Parameters
    ----------
    streams : FrameStreams
        All streams of the grammar.
    targets : Targets
        The labels.
    """

    streams: FrameStreams
    targets: Targets

    def __post_init__(self) -> None:
        # Streams end with the longest sequence, wherever the padding of the labels ends.
        object.__setattr__(self, "targets", self.targets.until(len(self.streams.frames)))

    @property
    def positions_per_sequence(self) -> int:
        """Outputs of a sequence: one per frame of the longest, or one in all."""
        return len(self.streams.frames) if self.streams.per_frame else 1

    def bind(self, schedule: Schedule) -> LabelledStreams:
        """The data with just the streams a schedule reads."""
        return LabelledStreams(schedule.streams(self.streams), self.targets)

    def take(self, index: Index | None, *, need_frames: bool) -> tuple[Batch, Targets]:
        """Some sequences with their labels, or all of them."""
        if index is None:
            return self.streams.batch(need_frames=need_frames), self.targets
        chosen = torch.as_tensor(index, device=self.streams.lengths.device)
        batch = self.streams.batch(chosen, need_frames=need_frames)
        targets = self.targets.take(chosen)
        if self.streams.per_frame:
            targets = targets.until(batch.streams.shape[1] // len(index))
        return batch, targets

    def take_frames(self, index: Index) -> tuple[Batch, Targets]:
        """Some frames with their labels, for programs that read nothing but streams.

        Parameters
        ----------
        index : ndarray of int
            Positions in the flattened labels, frames outermost.
        """
        chosen = torch.as_tensor(index, device=self.streams.lengths.device)
        return self.streams.positions(chosen), self.targets.positions(chosen)


def minibatches(index: Index, batch_size: int, rng: np.random.Generator) -> Iterator[Index]:
    """Shuffle and cut into batches of nearly equal size, none of a few stragglers."""
    shuffled = rng.permutation(index)
    yield from np.array_split(shuffled, max(1, round(len(index) / batch_size)))


Sample = tuple[Batch, Targets]


class Sampler(Protocol):
    """Source of batches."""

    checked: Sample

    def minibatch(self) -> Sample:
        """Draw a batch for a step."""


def make_sampler(
    schedule: Schedule, data: LabelledStreams, settings: Training, rng: np.random.Generator
) -> Sampler:
    """Draw single frames where every frame has a label and none needs those before it.

    Frames of one sequence are alike: as many frames of many sequences tell more.
    """
    if data.streams.per_frame and not schedule.plan.needs_frames:
        return FrameSampler(data, settings, rng)
    return SequenceSampler(data, settings, rng, need_frames=schedule.plan.needs_frames)


def sequences_per_batch(data: LabelledStreams, settings: Training) -> int:
    """Sequences of a batch of whole sequences: fewer where all of many frames count."""
    # A step keeps what its gradient needs, about four times what it computes.
    positions = settings.most_positions // 4
    most = max(settings.least_batch, positions // data.positions_per_sequence)
    return min(data.streams.n_samples, settings.fit_batch_size, most)


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
        self.batch_size = sequences_per_batch(data, settings)
        most = settings.checked_positions // data.positions_per_sequence
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
