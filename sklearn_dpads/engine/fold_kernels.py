"""The loop over frames of ``Fold``, forward and backward, compiled by numba.

Imported where a ``Fold`` is evaluated, and nowhere else: numba takes a second to load. Sequences
stand longest first, so that those that a frame has are the first columns, and rows hold their
values next to each other. The meaning of operations is that of semantics.py, gradients included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float32, int32, njit
from numba.core.options import DefaultOptions
from numba.extending import intrinsic

# numba keeps what it compiled until this file changes: after a change of these numbers, touch it.
from .fold_code import ADD, BLEND, HARD, LINEAR, MULTIPLY, NOTHING, SHARE, SOFT, STRAIGHT_THROUGH

OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    # Sums may be taken in any order, which lets them be vectorised. What else fast math stands
    # for would forget about infinities.
    "fastmath": {"reassoc", "contract", "nsz"},
}
# Nothing is allocated in the loops, so that references need not be counted, which takes two
# thirds of the time where sequences are few. Versions of numba that don't know the option count.
if hasattr(DefaultOptions, "_nrt"):
    OPTIONS["_nrt"] = False

# Gradients below are taken as 0. Of float32, products with weights of 1e-8 are still in the usual
# form (from 1.2e-38 on), of float64 those of 1e-8 as well (from 2.2e-308 on).
TINY32, TINY64 = 1e-30, 1e-300

_part = njit(forceinline=True, **OPTIONS)


class _Whole:
    """Compile a function once for good, or once per process where nothing can be written."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        try:
            self._compiled = njit(cache=True, **OPTIONS)(function)
        except RuntimeError:
            self._compiled = njit(**OPTIONS)(function)

    def __call__(self, *arguments: Any) -> None:
        try:
            self._compiled(*arguments)
        except OSError:
            # The disk is full, say. It is written to before anything is computed.
            self._compiled = njit(**OPTIONS)(self._function)
            self._compiled(*arguments)


@intrinsic
def _from_bits(typing_context: Any, bits: Any) -> Any:
    """The float32 of which an int32 has the bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(float32))

    return float32(int32), generate


@_part
def _exp32(x):  # type: ignore[no-untyped-def]
    """Exponential in a form that is vectorised, as the libraries' is not."""
    # Cephes' polynomial around the nearest multiple of log(2), 1.2e-7 off at most. Past the
    # bounds, shares differ from 0 and 1 by less than float32 can tell.
    x = np.float32(-87.0) if x < np.float32(-87.0) else x
    x = np.float32(88.0) if x > np.float32(88.0) else x
    k = np.floor(x * np.float32(1.4426950408889634) + np.float32(0.5))
    r = x - k * np.float32(0.693359375) + k * np.float32(2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1.0)
    exponent = np.int32((np.int32(k) + np.int32(127)) << np.int32(23))
    return p * _from_bits(exponent)  # type: ignore[call-arg]


@_part
def _tanh32(x):  # type: ignore[no-untyped-def]
    """Hyperbolic tangent, likewise: a polynomial of Cephes near 0."""
    z = x * x
    p = np.float32(-5.70498872745e-3)
    p = p * z + np.float32(2.06390887954e-2)
    p = p * z - np.float32(5.37397155531e-2)
    p = p * z + np.float32(1.33314422036e-1)
    p = p * z - np.float32(3.33332819422e-1)
    near = p * z * x + x
    size = np.float32(1.0) - np.float32(2.0) / (_exp32(abs(x + x)) + np.float32(1.0))
    far = -size if x < np.float32(0.0) else size
    return near if abs(x) < np.float32(0.625) else far


@_part
def _linear(ops, terms, weights, driven, column, work, o, n):  # type: ignore[no-untyped-def]
    """A row of the frames, a weight, and rows times weights."""
    row = work.shape[0] - len(ops) + o
    first, last = ops[o, 3], ops[o, 4]
    if ops[o, 1] != NOTHING:
        of = driven[ops[o, 1]][column : column + n]
        if first < last:
            a, u = terms[first, 0], weights[terms[first, 1]]
            for s in range(n):
                work[row, s] = of[s] + u * work[a, s]
            first += 1
        else:
            for s in range(n):
                work[row, s] = of[s]
    else:
        value = weights[ops[o, 2]]
        for s in range(n):
            work[row, s] = value
    # Three at a time: half of the loads and stores.
    while last - first >= 3:
        a, u = terms[first, 0], weights[terms[first, 1]]
        b, v = terms[first + 1, 0], weights[terms[first + 1, 1]]
        c, w = terms[first + 2, 0], weights[terms[first + 2, 1]]
        for s in range(n):
            work[row, s] += u * work[a, s] + v * work[b, s] + w * work[c, s]
        first += 3
    for k in range(first, last):
        a, u = terms[k, 0], weights[terms[k, 1]]
        for s in range(n):
            work[row, s] += u * work[a, s]


@_part
def _share(work, row, condition, n, gate, sharpness):  # type: ignore[no-untyped-def]
    """Share of the first branch."""
    zero, one = work.dtype.type(0.0), work.dtype.type(1.0)
    if gate == HARD:
        for s in range(n):
            work[row, s] = one if work[condition, s] >= zero else zero
        return
    if work.itemsize == 4:
        for s in range(n):
            work[row, s] = one / (one + _exp32(np.float32(-sharpness * work[condition, s])))
    else:
        for s in range(n):
            work[row, s] = one / (one + math.exp(-sharpness * work[condition, s]))
    if gate == STRAIGHT_THROUGH:
        for s in range(n):
            soft = work[row, s]
            work[row, s] = soft + ((one if work[condition, s] >= zero else zero) - soft)


@_part
def _clip(x, bound):  # type: ignore[no-untyped-def]
    """Values clipped to a size; what is no number stays."""
    return bound if x > bound else (-bound if x < -bound else x)


@_part
def _frame(ops, terms, weights, driven, column, work, n, setting):  # type: ignore[no-untyped-def]
    """All rows of a frame, from the accumulators in the first ones."""
    gate, sharpness, bound = setting
    one, half = work.dtype.type(1.0), work.dtype.type(0.5)
    for o in range(len(ops)):
        row = work.shape[0] - len(ops) + o
        kind, a, b, c = ops[o, 0], ops[o, 1], ops[o, 2], ops[o, 3]
        if kind == LINEAR:
            _linear(ops, terms, weights, driven, column, work, o, n)
        elif kind == ADD:
            for s in range(n):
                work[row, s] = work[a, s] + work[b, s]
        elif kind == MULTIPLY:
            for s in range(n):
                work[row, s] = _clip(work[a, s] * work[b, s], bound)
        elif kind == SHARE:
            _share(work, row, a, n, gate, sharpness)
        elif kind == BLEND:
            for s in range(n):
                share, then, other = work[a, s], work[b, s], work[c, s]
                rise = then - other
                work[row, s] = other + share * rise if share < half else then - rise * (one - share)
        elif work.itemsize == 4:
            for s in range(n):
                work[row, s] = _tanh32(np.float32(work[a, s]))
        else:
            for s in range(n):
                work[row, s] = math.tanh(work[a, s])


@_part
def _linear_gradient(  # type: ignore[no-untyped-def]
    ops, terms, weights, work, gradient, of_weights, of_driven, column, o, n
):
    row = work.shape[0] - len(ops) + o
    first, last = ops[o, 3], ops[o, 4]
    zero = work.dtype.type(0.0)
    total = zero
    if ops[o, 1] != NOTHING:
        of = of_driven[ops[o, 1]][column : column + n]
        if first < last:
            a, u = terms[first, 0], weights[terms[first, 1]]
            for s in range(n):
                g = gradient[row, s]
                of[s] = g
                total += g * work[a, s]
                gradient[a, s] += u * g
            of_weights[terms[first, 1]] += total
            first += 1
        else:
            for s in range(n):
                of[s] = gradient[row, s]
    else:
        for s in range(n):
            total += gradient[row, s]
        of_weights[ops[o, 2]] += total
    for k in range(first, last):
        a, u = terms[k, 0], weights[terms[k, 1]]
        total = zero
        for s in range(n):
            g = gradient[row, s]
            total += g * work[a, s]
            gradient[a, s] += u * g
        of_weights[terms[k, 1]] += total


@_part
def _share_gradient(  # type: ignore[no-untyped-def]
    work, gradient, row, condition, n, gate, sharpness
):
    if gate == HARD:
        return
    if gate == STRAIGHT_THROUGH:
        _share(work, row, condition, n, SOFT, sharpness)
    one = work.dtype.type(1.0)
    for s in range(n):
        share = work[row, s]
        gradient[condition, s] += gradient[row, s] * (one - share) * share * sharpness


@_part
def _frame_gradient(  # type: ignore[no-untyped-def]
    ops, terms, weights, work, gradient, of_weights, of_driven, column, n, setting
):
    """Gradients of all rows of a frame, from those of the rows that become accumulators."""
    gate, sharpness, bound = setting
    zero, one = work.dtype.type(0.0), work.dtype.type(1.0)
    unbounded = bound == np.inf
    for o in range(len(ops) - 1, -1, -1):
        row = work.shape[0] - len(ops) + o
        kind, a, b, c = ops[o, 0], ops[o, 1], ops[o, 2], ops[o, 3]
        if kind == LINEAR:
            _linear_gradient(
                ops, terms, weights, work, gradient, of_weights, of_driven, column, o, n
            )
        elif kind == ADD:
            for s in range(n):
                gradient[a, s] += gradient[row, s]
            for s in range(n):
                gradient[b, s] += gradient[row, s]
        elif kind == MULTIPLY:
            for s in range(n):
                inside = unbounded or abs(work[a, s] * work[b, s]) <= bound
                gradient[row, s] = gradient[row, s] if inside else zero
            for s in range(n):
                gradient[a, s] += gradient[row, s] * work[b, s]
            for s in range(n):
                gradient[b, s] += gradient[row, s] * work[a, s]
        elif kind == SHARE:
            _share_gradient(work, gradient, row, a, n, gate, sharpness)
        elif kind == BLEND:
            for s in range(n):
                gradient[a, s] += gradient[row, s] * (work[b, s] - work[c, s])
            for s in range(n):
                gradient[b, s] += gradient[row, s] * work[a, s]
            for s in range(n):
                gradient[c, s] += gradient[row, s] * (one - work[a, s])
        else:
            for s in range(n):
                gradient[a, s] += gradient[row, s] * (one - work[row, s] * work[row, s])


@_Whole
def forward(  # type: ignore[no-untyped-def]
    code, weights, driven, offsets, first, last, setting, states, work
):
    """Walk some frames, and leave the accumulators after each of them.

    Parameters
    ----------
    code : tuple of ndarray of int
        What to compute: the ops, terms and following rows of :class:`~.fold_code.FoldCode`.
    weights : ndarray of shape (n_weights,)
        Numbers that rows are multiplied by.
    driven : ndarray of shape (n_driven, n_columns)
        What the frames give; the columns of these frames alone.
    offsets : ndarray of int of shape (n_timesteps + 1,)
        First column of each frame.
    first, last : int
        The first frame, and the one behind the last.
    setting : tuple of (int, float, float)
        ``HARD``, ``SOFT`` or ``STRAIGHT_THROUGH``; the sharpness of the gate; and the bound of
        products and accumulators, or infinity.
    states : ndarray of shape (n_states, n_all_columns)
        Filled with the accumulators after each frame.
    work : ndarray of shape (n_states + n_ops, n_samples)
        Rows of values; the first hold the accumulators, before and after.
    """
    ops, terms, following = code
    bound = setting[2]
    for t in range(first, last):
        start, n = offsets[t], offsets[t + 1] - offsets[t]
        column = start - offsets[first]
        _frame(ops, terms, weights, driven, column, work, n, setting)
        for i in range(len(following)):
            row, after = following[i], states[i][start : start + n]
            for s in range(n):
                after[s] = _clip(work[row, s], bound)
        for i in range(len(following)):
            after = states[i][start : start + n]
            for s in range(n):
                work[i, s] = after[s]


@_Whole
def backward(  # type: ignore[no-untyped-def]
    code, weights, driven, offsets, first, last, setting,
    initial, states, of_states, work, gradient, of_weights, of_driven,
):  # fmt: skip
    """Walk some frames back, and collect the gradients of all that :func:`forward` takes.

    Rows are computed again from the accumulators: keeping them would take memory in proportion
    to operations times frames.

    Parameters
    ----------
    initial : ndarray of shape (n_states,)
        Accumulators before the first frame of all.
    of_states : ndarray of shape (n_states, n_all_columns) or (n_states, 0)
        Gradients of the accumulators after each frame, where something outside reads those.
    gradient : ndarray of shape (n_states + n_ops, n_samples)
        Gradients of ``work``; the first rows hold those of the accumulators behind the last
        frame of each sequence, and then before the first one.
    of_weights : ndarray of float64 of shape (n_weights,)
        Gradients of the weights, added to.
    of_driven : ndarray of shape (n_driven, n_columns)
        Filled with the gradients of what the frames give.
    """
    ops, terms, following = code
    bound = setting[2]
    zero = work.dtype.type(0.0)
    # Gradients fade over the frames. Where they get to numbers that are too small for the usual
    # form of floats, processors take a hundred times as long for each.
    tiny = work.dtype.type(TINY32 if work.itemsize == 4 else TINY64)
    n_states = len(following)
    for t in range(last - 1, first - 1, -1):
        start, n = offsets[t], offsets[t + 1] - offsets[t]
        column = start - offsets[first]
        for i in range(n_states):
            if t:
                before = states[i][offsets[t - 1] : offsets[t]]
                for s in range(n):
                    work[i, s] = before[s]
            else:
                for s in range(n):
                    work[i, s] = initial[i]
        _frame(ops, terms, weights, driven, column, work, n, setting)
        gradient[n_states:, :n] = zero
        for i in range(n_states):
            row = following[i]
            if of_states.shape[1]:
                outside = of_states[i][start : start + n]
                for s in range(n):
                    gradient[i, s] += outside[s]
            for s in range(n):
                g = gradient[i, s]
                if bound != np.inf:
                    inside = work.dtype.type(abs(work[row, s]) <= bound)
                    g = _clip(g, bound) * inside
                gradient[row, s] += zero if abs(g) < tiny else g
            for s in range(n):
                gradient[i, s] = zero
        _frame_gradient(
            ops, terms, weights, work, gradient, of_weights, of_driven, column, n, setting
        )


@_Whole
def add_columns(to, columns, values):  # type: ignore[no-untyped-def]
    """Add columns of values to the named ones, which may be named more than once."""
    for i in range(to.shape[0]):
        for j in range(len(columns)):
            to[i, columns[j]] += values[i, j]
