"""Labelled sequences in the form training takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import Batch, FrameStreams, Schedule
from .objective import Targets

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
