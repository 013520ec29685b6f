"""Evaluation of expressions in numpy, in float64 and without a loop over windows.

Every list->atom expression has a scan form, which gives its value on all prefixes of a
sequence in one pass; its value on the whole sequence is the last valid one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from ..grammar import (
    ITE,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
    Production,
    SlideWindowAvg,
    UserProduction,
)
from .expression import Array, Expression

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Sequences:
    """Sequences padded at the end to one length.

    Parameters
    ----------
    frames : ndarray of float64 of shape (n_samples, n_timesteps, n_features)
        The frames; what stands past a sequence's end never reaches a result.
    lengths : ndarray of int of shape (n_samples,)
        Number of valid frames of each sequence, at least 1.
    """

    frames: Array
    lengths: IntArray


def evaluate(expression: Expression, sequences: Sequences) -> Array:
    """Evaluate an expression over lists on sequences.

    Parameters
    ----------
    expression : Expression
        Of signature list->atom or list->list.
    sequences : Sequences
        The data.

    Returns
    -------
    values : ndarray of float64
        (n_samples, width) for list->atom, (n_samples, n_timesteps, width) for
        list->list, where values past a sequence's end are meaningless.
    """
    scanned = scan(expression.production, expression, sequences)
    if str(expression.signature) == "list->list":
        return scanned
    return scanned[np.arange(len(scanned)), sequences.lengths - 1]


@singledispatch
def scan(production: Production, expression: Expression, sequences: Sequences) -> Array:
    """Evaluate an expression over lists on every prefix of every sequence.

    Returns
    -------
    values : ndarray of float64 of shape (n_samples, n_timesteps, width)
    """
    raise TypeError(f"{production.label} is not a production over lists.")


@scan.register
def _(production: Map, expression: Expression, sequences: Sequences) -> Array:
    return atom(expression.args[0], sequences.frames)


@scan.register
def _(production: MapPrefix, expression: Expression, sequences: Sequences) -> Array:
    inner = expression.args[0]
    return scan(inner.production, inner, sequences)


@scan.register
def _(production: SlideWindowAvg, expression: Expression, sequences: Sequences) -> Array:
    inner = expression.args[0]
    if production.average == "values":
        return causal_mean(atom(inner, sequences.frames), production.window)
    return atom(inner, causal_mean(sequences.frames, production.window))


@scan.register
def _(production: CenteredWindowAvg, expression: Expression, sequences: Sequences) -> Array:
    means = centered_mean(sequences.frames, sequences.lengths, production.window)
    return atom(expression.args[0], means)


@scan.register
def _(production: Fold, expression: Expression, sequences: Sequences) -> Array:
    n_samples, n_timesteps, _ = sequences.frames.shape
    body = expression.args[0]
    state = np.tile(expression.params["initial"], (n_samples, 1))
    values = np.zeros((n_samples, n_timesteps, expression.width))
    for t in range(int(sequences.lengths.max())):
        # A fold that ran on over padding could overflow there, and warn of it.
        running = t < sequences.lengths
        if running.all():
            state = atom(body, sequences.frames[:, t], state)
        else:
            state = state.copy()
            state[running] = atom(body, sequences.frames[running, t], state[running])
        values[:, t] = state
    return values


@scan.register
def _(production: ITE, expression: Expression, sequences: Sequences) -> Array:
    condition, then, other = (scan(a.production, a, sequences) for a in expression.args)
    return np.where(condition >= 0, then, other)


def atom(expression: Expression, frames: Array, state: Array | None = None) -> Array:
    """Evaluate an atom->atom expression.

    Parameters
    ----------
    expression : Expression
        Of signature atom->atom.
    frames : ndarray of float64 of shape (..., n_features)
        Frames, or means of frames.
    state : ndarray of float64 of shape (..., accumulator) or None, default=None
        Accumulator of the enclosing ``Fold``.

    Returns
    -------
    values : ndarray of float64 of shape (..., width)
    """
    production = expression.production
    if production.is_terminal:
        return _terminal(expression, frames, state)
    values = [atom(arg, frames, state) for arg in expression.args]
    return combine(production, values)


def combine(production: Production, values: list[Array]) -> Array:
    """Combine the values of an atom->atom production's arguments."""
    if isinstance(production, Add):
        return values[0] + values[1]
    if isinstance(production, Multiply):
        return values[0] * values[1]
    if isinstance(production, ITE):
        return np.where(values[0] >= 0, values[1], values[2])
    if isinstance(production, UserProduction):
        return production.evaluate(*values)
    raise TypeError(f"{production.label} is not an atom->atom production.")


def _terminal(expression: Expression, frames: Array, state: Array | None) -> Array:
    production, params = expression.production, expression.params
    if isinstance(production, Affine):
        value = frames[..., list(production.features)] @ params["weight"].T + params["bias"]
        if state is not None:
            value = value + state @ params["recurrent"].T
        return value
    if isinstance(production, Constant):
        return np.broadcast_to(params["value"], (*frames.shape[:-1], expression.width))
    if isinstance(production, Input):
        return frames
    raise TypeError(f"{production.label} is not a terminal production.")


def causal_mean(frames: Array, window: int | None) -> Array:
    """Mean of the last ``window`` frames of every prefix, by cumulative sums.

    Parameters
    ----------
    frames : ndarray of shape (n_samples, n_timesteps, d)
        Values per frame.
    window : int or None
        Number of frames; None means all frames so far.

    Returns
    -------
    means : ndarray of shape (n_samples, n_timesteps, d)
        Shorter prefixes are averaged over the frames they have.
    """
    n_timesteps = frames.shape[1]
    sums = np.cumsum(frames, axis=1)
    counts = np.arange(1, n_timesteps + 1, dtype=np.float64)
    if window is not None and window < n_timesteps:
        sums = np.concatenate([sums[:, :window], sums[:, window:] - sums[:, :-window]], axis=1)
        counts = np.minimum(counts, window)
    return sums / counts[:, None]


def centered_mean(frames: Array, lengths: IntArray, window: int) -> Array:
    """Mean of the frames around each frame, cut at the two ends of the sequence."""
    n_timesteps = frames.shape[1]
    half = window // 2
    padded = np.pad(np.cumsum(frames, axis=1), ((0, 0), (1, 0), (0, 0)))
    t = np.arange(n_timesteps)
    first = np.maximum(t - half, 0)
    last = np.minimum(t + half + 1, lengths[:, None])
    last = np.maximum(last, first + 1)
    rows = np.arange(len(frames))[:, None]
    sums: Array = padded[rows, last] - padded[:, first]
    means: Array = sums / (last - first)[..., None]
    return means
