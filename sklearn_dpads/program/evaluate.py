"""Evaluation of expressions in numpy, in float64 and without a loop over windows.

Every list->atom expression has a scan form, which gives its value on all prefixes of a
sequence in one pass; its value on the whole sequence is the last valid one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from ..grammar import (
    ATOM_TO_ATOM,
    ITE,
    LIST_TO_LIST,
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
    Signature,
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


Mask = NDArray[np.bool_]

_ITE_ROLES = ("if ≥ 0", "then", "else")


@dataclass(frozen=True, eq=False)
class Place:
    """A subexpression and what it sees and gives in its place.

    Parameters
    ----------
    path : tuple of int
        Positions of the arguments that lead here from the root.
    role : str
        ``"if ≥ 0"``, ``"then"`` or ``"else"`` for an argument of ``ITE``, else empty.
    expression : Expression
        The subexpression.
    inputs : ndarray of float64 of shape (n_samples, n_timesteps, n_features)
        Frames, or means of frames, that it is applied to.
    state : ndarray of float64 of shape (n_samples, n_timesteps, accumulator) or None
        Accumulator before each frame, inside ``Fold``.
    values : ndarray of float64 of shape (n_samples, n_timesteps, width)
        Its value after each frame; meaningless past a sequence's end.
    reached : ndarray of bool of shape (n_samples, n_timesteps)
        Frames after which the branches taken lead here.
    """

    path: tuple[int, ...]
    role: str
    expression: Expression
    inputs: Array
    state: Array | None
    values: Array
    reached: Mask


def argument_roles(expression: Expression) -> tuple[str, ...]:
    """Roles of the arguments of an expression, as :class:`Place` names them."""
    if isinstance(expression.production, ITE):
        return _ITE_ROLES
    return ("",) * len(expression.args)


def walk_places(expression: Expression, sequences: Sequences) -> Iterator[Place]:
    """Evaluate every subexpression in its place, in depth-first order.

    Parameters
    ----------
    expression : Expression
        Of signature list->atom or list->list.
    sequences : Sequences
        The data.
    """
    n_timesteps = sequences.frames.shape[1]
    reached = np.arange(n_timesteps) < sequences.lengths[:, None]
    return _walk((), "", expression, sequences, sequences.frames, None, reached)


def _walk(
    path: tuple[int, ...],
    role: str,
    expression: Expression,
    sequences: Sequences,
    inputs: Array,
    state: Array | None,
    reached: Mask,
) -> Iterator[Place]:
    values = _value(expression, sequences, inputs, state)
    yield Place(path, role, expression, inputs, state, values, reached)
    inputs, state = _shown(expression, sequences, values, inputs, state)
    roles, branches = argument_roles(expression), [reached] * len(expression.args)
    if isinstance(expression.production, ITE):
        chosen = _value(expression.args[0], sequences, inputs, state)[..., 0] >= 0
        branches = [reached, reached & chosen, reached & ~chosen]
    for i, (arg, name, mask) in enumerate(zip(expression.args, roles, branches, strict=True)):
        yield from _walk((*path, i), name, arg, sequences, inputs, state, mask)


def _value(
    expression: Expression, sequences: Sequences, inputs: Array, state: Array | None
) -> Array:
    if expression.signature == ATOM_TO_ATOM:
        return np.array(atom(expression, inputs, state))
    return scan(expression.production, expression, sequences)


def _shown(
    expression: Expression,
    sequences: Sequences,
    values: Array,
    inputs: Array,
    state: Array | None,
) -> tuple[Array, Array | None]:
    """Frames and accumulator that an expression shows to its arguments."""
    production = expression.production
    if isinstance(production, SlideWindowAvg) and production.average == "frames":
        return causal_mean(sequences.frames, production.window), None
    if isinstance(production, CenteredWindowAvg):
        return centered_mean(sequences.frames, sequences.lengths, production.window), None
    if isinstance(production, Fold):
        first = np.broadcast_to(expression.params["initial"], values[:, :1].shape)
        return inputs, np.concatenate([first, values[:, :-1]], axis=1)
    return inputs, state


# What an expression reads: the sequences, all frames, or the means of a window.
_Source = tuple[str, int | None]
_SEQUENCES: _Source = ("sequences", None)
_FRAMES: _Source = ("frames", None)
_Key = tuple[int, _Source]


class IncrementalEvaluator:
    """Evaluates expressions that share subexpressions with one that is kept.

    Window means are computed once, and for expressions that give one value per sequence
    nothing is computed on frames that such a value does not depend on.

    Parameters
    ----------
    sequences : Sequences
        The data.
    signature : Signature
        Signature of the expressions.
    """

    def __init__(self, sequences: Sequences, signature: Signature) -> None:
        self._sequences = sequences
        self._per_frame = signature == LIST_TO_LIST
        self._inputs: dict[_Source, Array] = {_FRAMES: sequences.frames}
        # An expression is kept with its value, so that no other one can have its id.
        self._kept: dict[_Key, tuple[Expression, Array]] = {}

    def evaluate(self, expression: Expression) -> Array:
        """Give the values, as :func:`evaluate` does."""
        return self._value(expression, _SEQUENCES, {})

    def keep(self, expression: Expression) -> None:
        """Evaluate, and keep the values of all subexpressions in place of those kept before."""
        found: dict[_Key, tuple[Expression, Array]] = {}
        self._value(expression, _SEQUENCES, found)
        parts = {id(node) for _, node in expression.walk()}
        old = {key: value for key, value in self._kept.items() if key[0] in parts}
        self._kept = {**old, **found}

    def _value(
        self, expression: Expression, source: _Source, found: dict[_Key, tuple[Expression, Array]]
    ) -> Array:
        key = (id(expression), source)
        if key in self._kept:
            return self._kept[key][1]
        if source != _SEQUENCES:
            value = self._atom(expression, source, found)
        else:
            value = self._over_list(expression, found)
        found[key] = (expression, value)
        return value

    def _over_list(
        self, expression: Expression, found: dict[_Key, tuple[Expression, Array]]
    ) -> Array:
        production = expression.production
        if isinstance(production, Fold):
            return self._at_the_end(scan(production, expression, self._sequences))
        if isinstance(production, ITE):
            values = [self._value(arg, _SEQUENCES, found) for arg in expression.args]
            return combine(production, values)
        (body,) = expression.args
        if isinstance(production, MapPrefix):
            return self._value(body, _SEQUENCES, found)
        if isinstance(production, Map):
            return self._value(body, _FRAMES, found)
        if isinstance(production, CenteredWindowAvg):
            return self._value(body, ("centered", production.window), found)
        assert isinstance(production, SlideWindowAvg)
        if production.average == "values":
            inner = self._value(body, _FRAMES, found)
            return self._at_the_end(causal_mean(inner, production.window))
        return self._value(body, ("causal", production.window), found)

    def _atom(
        self,
        expression: Expression,
        source: _Source,
        found: dict[_Key, tuple[Expression, Array]],
    ) -> Array:
        if not expression.args:
            return atom(expression, self._input(source))
        values = [self._value(arg, source, found) for arg in expression.args]
        return combine(expression.production, values)

    def _input(self, source: _Source) -> Array:
        if source not in self._inputs:
            kind, window = source
            frames, lengths = self._sequences.frames, self._sequences.lengths
            if kind == "causal":
                means = self._at_the_end(causal_mean(frames, window))
            else:
                assert window is not None
                means = centered_mean(frames, lengths, window)
            self._inputs[source] = means
        return self._inputs[source]

    def _at_the_end(self, values: Array) -> Array:
        """Give the values after the last frame, where one value per sequence is asked for."""
        if self._per_frame:
            return values
        return values[np.arange(len(values)), self._sequences.lengths - 1]
