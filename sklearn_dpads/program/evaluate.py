"""Evaluation of programs in numpy, in float64 and without a loop over windows.

Every list->atom expression has a scan form, which gives its value on all prefixes of a
sequence in one pass; its value on the whole sequence is the last valid one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..grammar import LIST_TO_LIST, RAW, Signature, Span, StreamKey
from ..grammar.filters import over_lags, wavelet
from ..grammar.spans import span_bounds
from ..grammar.statistics import MEAN, over_centered, over_end, over_span
from ..inputs.sequences import Sequences
from .expression import Array, Expression
from .meaning import Meaning, Node, S, X

IntArray = NDArray[np.int64]


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
    per_frame = expression.signature == LIST_TO_LIST
    shape = (sequences.n_samples, *[sequences.n_timesteps] * per_frame, expression.width)
    found = np.zeros(shape)
    for rows, part in sequences.parts():
        if per_frame:
            found[rows, : part.n_timesteps] = AllPrefixes().over_list(expression, part)
        else:
            found[rows] = WholeSequences().over_list(expression, part)
    return found


class Arithmetic(Meaning[S, X, Array]):
    """What productions make of arrays of values, of shape (..., width)."""

    def add(self, node: Node, left: Array, right: Array) -> Array:
        return left + right

    def multiply(self, node: Node, left: Array, right: Array) -> Array:
        return left * right

    def choice(self, node: Node, condition: Array, then: Array, other: Array) -> Array:
        return np.where(condition >= 0, then, other)

    def side_by_side(self, node: Node, *values: Array) -> Array:
        return np.concatenate(values, axis=-1)

    def call(self, node: Node, *args: Array) -> Array:
        values: Array = node.production.evaluate(*args)
        return values


class AllPrefixes(Arithmetic[Sequences, Array]):
    """Values on all prefixes of all sequences, of shape (n_samples, n_timesteps, width).

    Functions of frames are evaluated on arrays of shape (..., n_features).
    """

    def stream(self, key: StreamKey, sequence: Sequences) -> Array:
        if key.kind == "centered":
            assert isinstance(key.window, int)
            lengths = sequence.lengths.tolist()
            found: Array = over_centered(key.statistic, sequence.frames, lengths, key.window, np)
            return found
        if key.kind == "raw":
            return sequence.frames
        if key.kind == "before":
            assert isinstance(key.window, int)
            steps = np.arange(sequence.frames.shape[1])
            return sequence.frames[:, np.maximum(steps - key.window, 0)]
        values: Array = over_span(key.statistic, sequence.frames, key.window, np)
        return values

    def filtered(self, node: Node, sequence: Sequences) -> Array:
        return self.weighted(sequence, filter_weights(node))

    def weighted(self, sequence: Sequences, weights: tuple[float, ...]) -> Array:
        """Give the frames filtered by weights."""
        values: Array = over_lags(sequence.frames, weights)
        return values

    def statistic_of_values(self, node: Node, sequence: Sequences) -> Array:
        production, frames = node.production, self.over_stream(node, sequence)
        values: Array = over_span(production.statistic, frames, production.window, np)
        return values

    def fold(self, node: Node, sequence: Sequences) -> Array:
        values = np.zeros((sequence.n_samples, sequence.n_timesteps, node.width))
        for t, state in enumerate(self.accumulators(node, sequence)):
            values[:, t] = state
        return values

    def accumulators(self, node: Node, sequence: Sequences) -> Iterator[Array]:
        """Give the accumulator of a ``Fold`` after each frame, of shape (n_samples, width)."""
        (body,) = node.args
        state = np.tile(node.params["initial"], (sequence.n_samples, 1))
        for t in range(int(sequence.lengths.max())):
            # A fold that ran on over padding could overflow there, and warn of it.
            running = t < sequence.lengths
            if running.all():
                state = self.over_frame(body, sequence.frames[:, t], state)
            else:
                state = state.copy()
                now, before = sequence.frames[running, t], state[running]
                state[running] = self.over_frame(body, now, before)
            yield state

    def affine_map(self, node: Node, x: Array, state: Array | None) -> Array:
        params = node.params
        value: Array = x[..., list(node.production.features)] @ params["weight"].T + params["bias"]
        return value if state is None else value + state @ params["recurrent"].T

    def constant(self, node: Node, x: Array, state: Array | None) -> Array:
        return np.broadcast_to(node.params["value"], (*x.shape[:-1], node.width))

    def frame(self, node: Node, x: Array, state: Array | None) -> Array:
        return x


class KeptStreams(AllPrefixes):
    """Values on all prefixes of the same sequences, whose streams are found once."""

    def __init__(self) -> None:
        self._streams: dict[StreamKey, Array] = {}

    def stream(self, key: StreamKey, sequence: Sequences) -> Array:
        if key not in self._streams:
            self._streams[key] = super().stream(key, sequence)
        return self._streams[key]


class WholeSequences(AllPrefixes):
    """Values on whole sequences alone, of shape (n_samples, width).

    Where sequences are equally long, nothing is computed on frames that such a value does not
    depend on.
    """

    def stream(self, key: StreamKey, sequence: Sequences) -> Array:
        # A centred window stands in programs of one value per frame alone.
        if _equally_long(sequence):
            values: Array = over_end(key.statistic, sequence.frames, key.window, np)
            return values
        return _last(super().stream(key, sequence), sequence)

    def weighted(self, sequence: Sequences, weights: tuple[float, ...]) -> Array:
        if not _equally_long(sequence):
            return _last(super().weighted(sequence, weights), sequence)
        return super().weighted(
            Sequences(sequence.frames[:, -len(weights) :], sequence.lengths), weights
        )[:, -1]

    def statistic_of_values(self, node: Node, sequence: Sequences) -> Array:
        production = node.production
        if not _equally_long(sequence):
            return _last(AllPrefixes().statistic_of_values(node, sequence), sequence)
        first, end = span_bounds(production.window, sequence.n_timesteps)
        frames = self.over_frame(node.args[0], sequence.frames[:, first:end])
        values: Array = over_end(production.statistic, frames, None, np)
        return values

    def fold(self, node: Node, sequence: Sequences) -> Array:
        state: Array
        for state in self.accumulators(node, sequence):  # noqa: B007
            pass
        return state


def _equally_long(sequence: Sequences) -> bool:
    return bool((sequence.lengths == sequence.n_timesteps).all())


def _last(values: Array, sequence: Sequences) -> Array:
    return values[np.arange(len(values)), sequence.lengths - 1]


def filter_weights(node: Node) -> tuple[float, ...]:
    """Give the weights of a filter: of the frame itself, of the one before it, and so on."""
    frequency, spread = node.params["frequency"], node.params["spread"]
    weights = wavelet(np, frequency, spread, node.production.window)
    return tuple(float(weight[0]) for weight in weights)


def causal_mean(values: Array, span: Span) -> Array:
    """Mean of values per frame over a span of every prefix; see :func:`over_span`."""
    means: Array = over_span(MEAN, values, span, np)
    return means


# What a function of frames reads: a stream, or the frames filtered by weights.
_Read = StreamKey | tuple[float, ...]
# An expression that is kept, and what it reads; None for one over lists.
_Key = tuple[int, _Read | None]


class LastValues(Arithmetic[None, _Read]):
    """Values of expressions that share subexpressions with one that is kept.

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
        self._all = AllPrefixes() if self._per_frame else WholeSequences()
        self._inputs: dict[_Read, Array] = {RAW: sequences.frames}
        # An expression is kept with its value, so that no other one can have its id.
        self._kept: dict[_Key, tuple[Node, Array]] = {}
        self._found: dict[_Key, tuple[Node, Array]] = {}

    def evaluate(self, expression: Expression) -> Array:
        """Give the values, as :func:`evaluate` does."""
        self._found = {}
        return self.over_list(expression, None)

    def keep(self, expression: Expression) -> None:
        """Evaluate, and keep the values of all subexpressions in place of those kept before."""
        self.evaluate(expression)
        parts = {id(node) for _, node in expression.walk()}
        old = {key: value for key, value in self._kept.items() if key[0] in parts}
        self._kept = {**old, **self._found}

    def over_list(self, node: Node, sequence: None) -> Array:
        key = (id(node), None)
        if key not in self._kept:
            self._found[key] = (node, super().over_list(node, sequence))
        return (self._kept if key in self._kept else self._found)[key][1]

    def over_frame(self, node: Node, x: _Read, state: Array | None = None) -> Array:
        key = (id(node), x)
        if key not in self._kept:
            self._found[key] = (node, super().over_frame(node, x, state))
        return (self._kept if key in self._kept else self._found)[key][1]

    def stream(self, key: StreamKey, sequence: None) -> StreamKey:
        return key

    def filtered(self, node: Node, sequence: None) -> tuple[float, ...]:
        return filter_weights(node)

    def statistic_of_values(self, node: Node, sequence: None) -> Array:
        if not self._per_frame:
            return WholeSequences().statistic_of_values(node, self._sequences)
        production, frames = node.production, self.over_stream(node, sequence)
        values: Array = over_span(production.statistic, frames, production.window, np)
        return values

    def fold(self, node: Node, sequence: None) -> Array:
        return self._all.fold(node, self._sequences)

    def affine_map(self, node: Node, x: _Read, state: Array | None) -> Array:
        return self._all.affine_map(node, self._input(x), None)

    def constant(self, node: Node, x: _Read, state: Array | None) -> Array:
        return self._all.constant(node, self._input(x), None)

    def frame(self, node: Node, x: _Read, state: Array | None) -> Array:
        return self._input(x)

    def _input(self, read: _Read) -> Array:
        if read not in self._inputs:
            if isinstance(read, StreamKey):
                self._inputs[read] = self._all.stream(read, self._sequences)
            else:
                self._inputs[read] = self._all.weighted(self._sequences, read)
        return self._inputs[read]
