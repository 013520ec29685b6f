"""Outputs of discrete programs on many sequences, some at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from ..engine import (
    Packed,
    Runtime,
    Schedule,
    hard_gate,
)
from ._samples import MOST_POSITIONS
from .data import Index, LabelledStreams


@torch.no_grad()
def hard_outputs(
    schedule: Schedule, data: LabelledStreams, state: Packed, bound: float, index: Index
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
    index : ndarray of int
        Which sequences.

    Returns
    -------
    outputs : Tensor of shape (n_graphs, n_outputs, n_frames, n_sequences)
        ``n_frames`` is 1 where labels are per sequence.
    """
    n_frames = data.positions_per_sequence
    shape = (len(schedule.graphs), data.targets.n_outputs, n_frames, len(index))
    whole = data.targets.weights.new_zeros(shape)
    size = max(1, MOST_POSITIONS // n_frames)
    for start in range(0, len(index), size):
        place = slice(start, start + size)
        batch, part = data.take(index[place], need_frames=schedule.plan.needs_frames)
        outputs = schedule.forward(state, batch, Runtime(hard_gate, bound))
        here = outputs.unflatten(2, (-1, part.n_samples))
        whole[:, :, : here.shape[2], place] = here
    return whole
