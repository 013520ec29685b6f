"""What a step of a discrete program's training looks at, and what is checked now and then."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..engine import Batch, Schedule
from .data import LabelledStreams
from .objective import Targets

MOST_POSITIONS = 20_000
CHECKED_POSITIONS = 4_000

Sample = tuple[Batch, Targets]


class Sampler(Protocol):
    """Source of batches."""

    checked: Sample

    def minibatch(self) -> Sample:
        """Draw a batch for a step."""


def make_sampler(
    schedule: Schedule, data: LabelledStreams, batch_size: int, rng: np.random.Generator
) -> Sampler:
    """Draw single frames where every frame has a label and none needs those before it.

    Frames of one sequence are alike: as many frames of many sequences tell more.
    """
    if data.streams.per_frame and not schedule.plan.needs_frames:
        return FrameSampler(data, batch_size, rng)
    return SequenceSampler(data, batch_size, rng, need_frames=schedule.plan.needs_frames)


def sequences_per_batch(data: LabelledStreams, batch_size: int) -> int:
    """Sequences of a batch of whole sequences: fewer where all of many frames count."""
    most = max(16, MOST_POSITIONS // 4 // data.positions_per_sequence)
    return min(data.streams.n_samples, batch_size, most)


class SequenceSampler:
    """Batches of whole sequences.

    Parameters
    ----------
    data : LabelledStreams
        The data, with the streams of one schedule.
    batch_size : int
        Sequences per batch, or fewer where they hold very many frames.
    rng : numpy.random.Generator
        Source of randomness.
    need_frames : bool
        Whether single frames are read.
    """

    def __init__(
        self, data: LabelledStreams, batch_size: int, rng: np.random.Generator, *, need_frames: bool
    ) -> None:
        self.data, self.rng, self.need_frames = data, rng, need_frames
        n_samples = data.streams.n_samples
        self.batch_size = sequences_per_batch(data, batch_size)
        n_checked = max(self.batch_size, CHECKED_POSITIONS // data.positions_per_sequence)
        index = None
        if data.streams.per_frame and n_checked < n_samples:
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
    batch_size : int
        Frames per batch.
    rng : numpy.random.Generator
        Source of randomness.
    """

    def __init__(self, data: LabelledStreams, batch_size: int, rng: np.random.Generator) -> None:
        self.data, self.rng = data, rng
        self.labelled = np.flatnonzero((data.targets.codes.flatten() >= 0).cpu().numpy())
        self.batch_size = min(len(self.labelled), batch_size)
        n_checked = min(len(self.labelled), CHECKED_POSITIONS)
        self.checked = data.take_frames(rng.choice(self.labelled, n_checked, replace=False))

    def minibatch(self) -> Sample:
        """Draw a batch for a step."""
        if len(self.labelled) == self.batch_size:
            return self.checked
        # Repetition within a batch does no harm, and drawing without it takes long.
        index = self.labelled[self.rng.integers(len(self.labelled), size=self.batch_size)]
        return self.data.take_frames(index)
