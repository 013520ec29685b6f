"""Values on all prefixes of sequences, in numpy, in float64 and without a loop over windows.

Every list->atom expression has a scan form, which gives its value on all prefixes of a
sequence in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..grammar import Span, StreamKey
from ..grammar.filters import over_lags, wavelet
from ..grammar.statistics import MEAN, over_centered, over_span
from ..inputs.sequences import Sequences
from .expression import Array
from .meaning import Meaning, Node, S, X


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
        for t, state in enumerate(fold_states(self.over_frame, node, sequence)):
            values[:, t] = state
        return values

    def affine_map(self, node: Node, x: Array, state: Array | None) -> Array:
        return affine_values(node, x, state)

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


def affine_values(node: Node, x: Array, state: Array | None) -> Array:
    """Give the value of an ``Affine`` on frames of shape (..., n_features)."""
    params = node.params
    value: Array = x[..., list(node.production.features)] @ params["weight"].T + params["bias"]
    return value if state is None else value + state @ params["recurrent"].T


def fold_states(
    over_frame: Callable[[Node, Array, Array], Array], node: Node, sequence: Sequences
) -> Iterator[Array]:
    """Give the accumulator of a ``Fold`` after each frame.

    Parameters
    ----------
    over_frame : callable
        Gives the value of its body on frames and accumulators.
    node : Node
        The ``Fold``.
    sequence : Sequences
        The sequences.

    Yields
    ------
    state : ndarray of float64 of shape (n_samples, width)
    """
    (body,) = node.args
    state = np.tile(node.params["initial"], (sequence.n_samples, 1))
    frames, lengths = sequence.frames, sequence.lengths
    for t in range(int(lengths.max())):
        # A fold that ran on over padding could overflow there, and warn of it.
        running = t < lengths
        if running.all():
            state = over_frame(body, frames[:, t], state)
        else:
            state = state.copy()
            state[running] = over_frame(body, frames[running, t], state[running])
        yield state


def filter_weights(node: Node) -> tuple[float, ...]:
    """Give the weights of a filter: of the frame itself, of the one before it, and so on."""
    frequency, spread = node.params["frequency"], node.params["spread"]
    weights = wavelet(np, frequency, spread, node.production.window)
    return tuple(float(weight[0]) for weight in weights)


def causal_mean(values: Array, span: Span) -> Array:
    """Mean of values per frame over a span of every prefix; see :func:`over_span`."""
    means: Array = over_span(MEAN, values, span, np)
    return means
