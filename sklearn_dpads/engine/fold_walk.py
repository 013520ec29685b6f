"""The compiled loop of ``Fold`` as a function with a gradient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .fold_code import HARD, SOFT, STRAIGHT_THROUGH, FoldCode
from .semantics import Gate, SoftGate, StraightThroughGate, hard_gate
from .streams import Batch

DTYPES = (torch.float32, torch.float64)

# What frames give is computed for as many columns at a time as make this many values, so that
# it is still in the processor's cache when the loop comes to it. On 200 sequences of 300 frames
# half and twice as many took the same time, and a quarter of them half as long again
# (benchmarks/fold.py).
CHUNK = 2**17


@cache
def kernels() -> ModuleType | None:
    """The compiled loops, or None where numba is absent, or of no use."""
    try:
        import numba

        if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
            return None
        from . import fold_kernels
    except (ImportError, AttributeError):
        # Absent, or of a version that doesn't get along with that of another library.
        return None
    return fold_kernels


@dataclass(frozen=True)
class Setting:
    """A gate and a bound, as the compiled loops take them.

    Parameters
    ----------
    gate : int
        Number of the kind of the gate.
    sharpness : float
        That of the gate.
    bound : float
        Greatest size, or infinity.
    """

    gate: int
    sharpness: float
    bound: float

    @classmethod
    def of(cls, gate: Gate, bound: float | None) -> Setting | None:
        """Recognise a gate; None where it is another one than the engine's own."""
        size = float("inf") if bound is None else float(bound)
        if gate is hard_gate:
            return cls(HARD, 1.0, size)
        if isinstance(gate, SoftGate):
            return cls(SOFT, gate.sharpness, size)
        if isinstance(gate, StraightThroughGate):
            return cls(STRAIGHT_THROUGH, gate.sharpness, size)
        return None

    def arguments(self, dtype: np.dtype) -> tuple[int, Any, Any]:
        """Gate, sharpness and bound, in the precision of the values."""
        return self.gate, dtype.type(self.sharpness), dtype.type(self.bound)


class RealFrames:
    """The frames of a batch that are no padding: one column each, frame by frame.

    Within a frame, sequences stand longest first, so that those it has are the first.

    Parameters
    ----------
    batch : Batch
        Sequences.

    Attributes
    ----------
    values : Tensor of shape (n_columns, n_features + 1)
        The frames.
    offsets : ndarray of int of shape (n_timesteps + 1,)
        First column of each time step.
    """

    def __init__(self, batch: Batch) -> None:
        assert batch.frames is not None
        self._n_timesteps, self.n_samples, _ = batch.frames.shape
        flat = batch.frames.flatten(0, 1)
        self._order: np.ndarray | None = None
        if not batch.ragged:
            self.offsets = np.arange(self._n_timesteps + 1) * self.n_samples
            self.values = flat
            return
        lengths = batch.lengths.numpy()
        self._order = np.argsort(-lengths, kind="stable")
        self._lengths = lengths
        steps = np.arange(lengths.max())
        counts = np.searchsorted(-lengths[self._order], -steps, side="left")
        self.offsets = np.concatenate([[0], np.cumsum(counts)])
        places = np.arange(self.offsets[-1]) - np.repeat(self.offsets[:-1], counts)
        index = np.repeat(steps, counts) * self.n_samples + self._order[places]
        self.values = flat.index_select(0, torch.from_numpy(index))

    @property
    def is_reordered(self) -> bool:
        """Whether sequences stand in another order than in the batch."""
        return self._order is not None

    def sort(self, values: Tensor) -> Tensor:
        """Put a column per sequence into the order of the frames."""
        return values if self._order is None else values[:, torch.from_numpy(self._order)]

    def outputs(self, per_frame: bool) -> np.ndarray | slice:
        """Columns that are asked for: of all frames, or of the last one of each sequence.

        Past its end, a sequence has the value of its last frame: no one looks there, but it has
        to be finite.
        """
        if self._order is None:
            return slice(0 if per_frame else int(self.offsets[-2]), None)
        rank = np.argsort(self._order)
        last = self._lengths - 1
        if not per_frame:
            return np.asarray(self.offsets[last] + rank)
        steps = np.minimum(np.arange(self._n_timesteps)[:, None], last)
        return np.asarray(self.offsets[steps] + rank).ravel()

    def chunks(self, n_rows: int) -> list[tuple[int, int]]:
        """Cut the time steps: first and behind the last of each piece."""
        starts = [0]
        most = max(1, CHUNK // max(1, n_rows))
        for t in range(1, len(self.offsets) - 1):
            if self.offsets[t + 1] - self.offsets[starts[-1]] > most:
                starts.append(t)
        return list(zip(starts, [*starts[1:], len(self.offsets) - 1], strict=True))


class Walk(torch.autograd.Function):
    """Accumulators of all bodies, walked over the frames.

    The arguments are a :class:`FoldCode`, a :class:`Setting`, :class:`RealFrames`, whether all
    frames are asked for, and three tensors: what edges and units make of a frame, of shape
    (n_driven, n_features + 1); the weights that the code numbers, and the first accumulators.
    """

    @staticmethod
    def forward(
        ctx: Any,
        code: FoldCode,
        setting: Setting,
        frames: RealFrames,
        per_frame: bool,
        leaves: Tensor,
        weights: Tensor,
        initial: Tensor,
    ) -> Tensor:
        compiled = kernels()
        assert compiled is not None
        n_states = len(code.following)
        states = initial.new_empty(n_states, int(frames.offsets[-1]))
        work = initial.new_empty(n_states + len(code.ops), frames.n_samples)
        work[:n_states] = initial[:, None]
        into = setting.arguments(weights.numpy().dtype), states.numpy(), work.numpy()
        driven = Driven(frames, leaves)
        for first, last in driven.chunks:
            values = driven.fill(first, last).numpy()
            span = frames.offsets, first, last
            compiled.forward(code.arrays, weights.detach().numpy(), values, *span, *into)
        ctx.given = code, setting, frames, per_frame
        ctx.save_for_backward(leaves, weights, initial, states)
        outputs = frames.outputs(per_frame)
        if isinstance(outputs, slice):
            return states[:, outputs].clone()
        return states.index_select(1, torch.from_numpy(outputs))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        compiled = kernels()
        assert compiled is not None
        leaves, weights, initial, states = ctx.saved_tensors
        code, setting, frames, per_frame = ctx.given
        work = initial.new_empty(len(initial) + len(code.ops), frames.n_samples)
        of_work, of_weights = torch.zeros_like(work), np.zeros(len(weights))
        of_states, gradient = states[:, :0], gradient.contiguous()
        if not per_frame:
            # A sequence is walked from its last frame on: what is there waits until then.
            of_work[: len(initial)] = frames.sort(gradient)
        elif not frames.is_reordered:
            of_states = gradient
        else:
            of_states = torch.zeros_like(states)
            compiled.add_columns(of_states.numpy(), frames.outputs(True), gradient.numpy())
        known = [tensor.numpy() for tensor in (initial, states, of_states, work, of_work)]
        settings = setting.arguments(weights.numpy().dtype)
        driven, of_driven = Driven(frames, leaves), Driven(frames, leaves)
        of_leaves = torch.zeros_like(leaves)
        for first, last in reversed(driven.chunks):
            values, found = driven.fill(first, last).numpy(), of_driven.empty(first, last)
            where = frames.offsets, first, last, settings
            into = of_weights, found.numpy()
            compiled.backward(code.arrays, weights.numpy(), values, *where, *known, *into)
            of_leaves.addmm_(found, driven.columns(first, last))
        of_initial = of_work[: len(initial)].sum(1)
        as_given = torch.from_numpy(of_weights).to(weights.dtype)
        return None, None, None, None, of_leaves, as_given, of_initial


class Driven:
    """What edges and units make of some frames, chunk by chunk, in one piece of memory.

    Parameters
    ----------
    frames : RealFrames
        The frames.
    leaves : Tensor of shape (n_driven, n_features + 1)
        What each row is of a frame.

    Attributes
    ----------
    chunks : list of (int, int)
        First and behind the last time step of each.
    """

    def __init__(self, frames: RealFrames, leaves: Tensor) -> None:
        self._frames, self._leaves = frames, leaves
        self.chunks = frames.chunks(len(leaves))
        most = max(int(frames.offsets[b] - frames.offsets[a]) for a, b in self.chunks)
        self._memory = leaves.new_empty(len(leaves) * most)

    def columns(self, first: int, last: int) -> Tensor:
        """The frames from one time step to another."""
        offsets = self._frames.offsets
        return self._frames.values[int(offsets[first]) : int(offsets[last])]

    def fill(self, first: int, last: int) -> Tensor:
        """What the edges and units make of them."""
        out = self.empty(first, last)
        return torch.mm(self._leaves, self.columns(first, last).T, out=out)

    def empty(self, first: int, last: int) -> Tensor:
        """The memory for it, with anything in it."""
        shape = len(self._leaves), len(self.columns(first, last))
        return self._memory[: shape[0] * shape[1]].view(shape)
