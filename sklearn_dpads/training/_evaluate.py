"""Outputs of discrete programs on many sequences, some at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..engine import Packed, Runtime, Schedule, hard_gate
from ._data import Index, LabelledStreams
from ._samples import MOST_POSITIONS, Sample


@torch.no_grad()
def evaluate(
    schedule: Schedule,
    data: LabelledStreams,
    state: Packed,
    bound: float,
    index: Index | None = None,
) -> Tensor:
    """Give the outputs of a forest of discrete programs under hard conditions.

    Parameters
    ----------
    schedule : Schedule
        The forest.
    data : LabelledStreams
        The data, with the streams of the schedule.
    state : Packed
        Values of all parameters.
    bound : float
        Size to which products and accumulators are clipped.
    index : ndarray of int or None, default=None
        Which sequences; None for all.

    Returns
    -------
    outputs : Tensor of shape (n_graphs, n_outputs, n_frames, n_sequences)
        ``n_frames`` is 1 where labels are per sequence.
    """
    streams, targets = data.streams, data.targets
    n_frames = len(streams.frames) if streams.per_frame else 1
    n_sequences = streams.n_samples if index is None else len(index)
    shape = (len(schedule.graphs), targets.n_outputs, n_frames, n_sequences)
    whole = targets.weights.new_zeros(shape)
    for place, (batch, part) in chunks(data, index, need_frames=schedule.plan.needs_frames):
        outputs = schedule.forward(state, batch, Runtime(hard_gate, bound))
        here = outputs.unflatten(2, (-1, part.n_samples))
        whole[:, :, : here.shape[2], place] = here
    return whole


def chunks(
    data: LabelledStreams, index: Index | None, *, need_frames: bool
) -> Iterator[tuple[slice, Sample]]:
    """Sequences of an index, some at a time, with their places in it."""
    n_sequences = data.streams.n_samples if index is None else len(index)
    per_sequence = len(data.streams.frames) if data.streams.per_frame else 1
    size = max(1, MOST_POSITIONS // per_sequence)
    if size >= n_sequences:
        yield slice(0, n_sequences), data.take(index, need_frames=need_frames)
        return
    chosen = np.arange(n_sequences) if index is None else index
    for start in range(0, n_sequences, size):
        place = slice(start, min(start + size, n_sequences))
        yield place, data.take(chosen[place], need_frames=need_frames)
