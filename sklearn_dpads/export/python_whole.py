"""What the source of a numpy function is made of where a value per sequence is asked for.

The functions here are copied to the source, whose numbers they compute: in numpy alone, on
sequences that are equally long, and on the columns that a program reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..grammar import Part, Span, Statistic
from ..grammar.statistics import STATISTICS

Array = Any


def mean_of_frames(values: Array) -> Array:
    return values.mean(axis=1)


def deviation_of_frames(values: Array) -> Array:
    # Around the first frame, so that what stands still has none, however far from 0 it is.
    return (values - values[:, :1]).std(axis=1)


def largest_of_frames(values: Array) -> Array:
    return values.max(axis=1)


def smallest_of_frames(values: Array) -> Array:
    return values.min(axis=1)


def change_of_frames(values: Array) -> Array:
    return np.abs(np.diff(values, axis=1)).sum(axis=1) / max(1, values.shape[1] - 1)


def rise_of_frames(values: Array) -> Array:
    return values[:, -1] - values[:, 0]


# A user's statistic has no such form; it is merged of the states of its frames.
FORMS: dict[Statistic, Callable[[Array], Array]] = {
    STATISTICS["Avg"]: mean_of_frames,
    STATISTICS["Std"]: deviation_of_frames,
    STATISTICS["Max"]: largest_of_frames,
    STATISTICS["Min"]: smallest_of_frames,
    STATISTICS["Change"]: change_of_frames,
    STATISTICS["Delta"]: rise_of_frames,
}


def by_length(read: Callable[[Array], Array], frames: Array, lengths: Array) -> Array:
    """Apply a function to sequences that are equally long, the shortest first, as they stand."""
    if lengths[0] == lengths[-1]:
        return read(frames[:, : lengths[0]])
    ends = [*np.flatnonzero(np.diff(lengths)) + 1, len(lengths)]
    starts = [0, *ends[:-1]]
    parts = [
        read(frames[start:end, : lengths[start]]) for start, end in zip(starts, ends, strict=True)
    ]
    return np.concatenate(parts)


def frames_of_span(span: Span) -> tuple[list[str], str]:
    """Write down a span of ``frames``: lines that go before, and what stands in the brackets."""
    if isinstance(span, Part):
        first, end = f"{span.number - 1} * t // {span.of}", f"{span.number} * t // {span.of}"
        lines = ["t = frames.shape[1]", f"first = {first}", f"end = max(first + 1, {end})"]
        return lines, "first:end"
    return [], ":" if span is None else f"-{span}:"


# Blocks hold about a million numbers: some megabytes beside the sequences, and few enough blocks
# for their own time not to count.
MAIN = '''\
def {name}(X, lengths=None):
    """Evaluate the program.

    X: array of shape (n_samples, n_timesteps, {n_features}), or one sequence of shape
        (n_timesteps, {n_features}).
    lengths: the number of frames of each sequence, where the array is padded at the end; by
        default the end is where frames are NaN throughout.

    Returns an array of shape (n_samples, {n_outputs}); for one sequence without
    the first axis.
    """
    X = np.asarray(X)
    if X.ndim not in (2, 3) or X.shape[-1] != {n_features}:
        raise ValueError(
            "X must have shape (n_samples, n_timesteps, {n_features}) or "
            f"(n_timesteps, {n_features}), but has {{X.shape}}."
        )
    frames = X if X.ndim == 3 else X[np.newaxis]
    n_samples, n_timesteps, _ = frames.shape
    step = max(1, 2**20 // max(1, n_timesteps * {n_features}))
    if lengths is None:
        lengths = np.full(n_samples, n_timesteps)
        last = np.asarray(frames[:, -1:], dtype=np.float64)
        padded = np.flatnonzero(np.isnan(last).all(axis=(1, 2)))
        for start in range(0, len(padded), step):
            rows = padded[start : start + step]
            absent = np.isnan(np.asarray(frames[rows], dtype=np.float64)).all(axis=2)
            lengths[rows] -= absent.sum(axis=1)
    lengths = np.atleast_1d(lengths)
    if lengths.shape != (n_samples,) or (lengths < 1).any() or (lengths > n_timesteps).any():
        raise ValueError(f"Every sequence needs a length from 1 to {{n_timesteps}}.")
    order = np.argsort(lengths, kind="stable")
    in_order = bool((np.diff(order) == 1).all())
    values = np.empty((n_samples, {n_outputs}))
    for start in range(0, n_samples, step):
        rows = order[start : start + step]
        block = frames[start : start + step] if in_order else frames[rows]
        values[rows] = {root}(np.asarray(block, dtype=np.float64), lengths[rows])
    return values if X.ndim == 3 else values[0]
'''

FOLD = '''\
def {name}(frames, lengths):
    """Start at `initial`; every frame makes a new value of the previous one."""
    initial = {initial}
    value = np.full((len(frames), {width}), initial)
    for t in range(lengths[-1]):
        # The shortest sequences stand first.
        first = np.searchsorted(lengths, t, side="right")
        value[first:] = {step}(frames[first:, t], value[first:])
    return value
'''
