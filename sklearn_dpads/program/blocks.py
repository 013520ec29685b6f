"""Spans of whole sequences, of which nothing is read but the frames and columns asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ..grammar import Part, Span, Statistic
from ..grammar.spans import span_bounds
from ..grammar.statistics import State, join, over_end
from .expression import Array
from .reductions import Across, Along, IntArray, Runs, Wide, has_form, state_of

# Columns of a frame, and which of them each statistic is asked for.
Columns = tuple[int, ...]
Asked = Mapping[Statistic, Columns]

# Values that a reduction reads at a time: memory that is taken beside the sequences.
_PIECE = 2**18
_SHORT = 64
_WIDE = 4


class Block(ABC):
    """Some sequences, of which statistics of spans are taken."""

    @abstractmethod
    def statistics(self, span: Span, asked: Asked) -> dict[Statistic, Array]:
        """Take statistics of a span of each sequence.

        Parameters
        ----------
        span : int, Part or None
            Which of the frames.
        asked : dict of Statistic to tuple of int
            The columns that each statistic is taken of.

        Returns
        -------
        values : dict of Statistic to ndarray of shape (n_samples, n_columns)
        """

    @abstractmethod
    def of_values(
        self, statistic: Statistic, span: Span, function: Callable[[Array], Array]
    ) -> Array:
        """Take a statistic of what a function gives on each frame of a span.

        Parameters
        ----------
        statistic : Statistic
            The statistic.
        span : int, Part or None
            Which of the frames.
        function : callable
            Maps frames, of shape (..., n_features), to values of shape (..., width).

        Returns
        -------
        values : ndarray of shape (n_samples, width)
        """

    @abstractmethod
    def weighted(self, weights: Array, columns: Columns) -> Array:
        """Weigh the last frames, with the first one in place of those before it.

        Parameters
        ----------
        weights : ndarray of shape (window,)
            Of the last frame, of the one before it, and so on.
        columns : tuple of int
            The columns asked for.

        Returns
        -------
        values : ndarray of shape (n_samples, n_columns)
        """


class Even(Block):
    """Sequences that are equally long.

    Parameters
    ----------
    frames : ndarray of float64 of shape (n_samples, n_timesteps, n_features)
        They are not written to.
    """

    def __init__(self, frames: Array) -> None:
        self._frames = frames

    def statistics(self, span: Span, asked: Asked) -> dict[Statistic, Array]:
        first, end = span_bounds(span, self._frames.shape[1])
        frames = self._frames[:, first:end]
        found: dict[Statistic, Array] = {}
        of_column: dict[int, list[Statistic]] = {}
        for statistic, columns in asked.items():
            if not has_form(statistic):
                found[statistic] = over_end(statistic, frames[..., list(columns)], None, np)
            elif len(columns) >= _WIDE and frames.strides[-1] == frames.itemsize:
                found[statistic] = _wide(frames, statistic, columns)
            else:
                found[statistic] = np.empty((len(frames), len(columns)))
                for column in columns:
                    of_column.setdefault(column, []).append(statistic)
        for column, statistics in of_column.items():
            values = _of_column(frames[..., column], statistics)
            for statistic, value in values.items():
                found[statistic][:, asked[statistic].index(column)] = value
        return found

    def of_values(
        self, statistic: Statistic, span: Span, function: Callable[[Array], Array]
    ) -> Array:
        first, end = span_bounds(span, self._frames.shape[1])
        frames = self._frames[:, first:end]

        if not has_form(statistic):
            whole: Array = over_end(statistic, function(frames), None, np)
            return whole

        def state(first: int, end: int) -> dict[Statistic, State]:
            values = function(frames[:, first:end])
            return {statistic: state_of(statistic, Wide(end - first), values)}

        return _finished(_in_pieces(frames.shape[1], frames[:, 0].size, state))[statistic]

    def weighted(self, weights: Array, columns: Columns) -> Array:
        last = self._frames.shape[1] - 1
        frames = self._frames[:, -len(weights) :, list(columns)]
        last = frames.shape[1] - 1
        total = np.zeros((len(frames), len(columns)))
        for lag, weight in enumerate(weights.tolist()):
            total += weight * frames[:, max(0, last - lag)]
        return total


def _wide(frames: Array, statistic: Statistic, columns: Columns) -> Array:
    """Take a statistic of several columns at once."""
    low, high = min(columns), max(columns) + 1
    # Columns that are read in vain take no more time than it takes to pick the others.
    if high - low <= 2 * len(columns):
        frames = frames[..., low:high]
        places = [column - low for column in columns]
    else:
        frames = frames[..., list(columns)]
        places = list(range(len(columns)))

    def state(first: int, end: int) -> dict[Statistic, State]:
        return {statistic: state_of(statistic, Wide(end - first), frames[:, first:end])}

    values = _finished(_in_pieces(frames.shape[1], frames[:, 0].size, state))[statistic]
    return values if places == list(range(high - low)) else values[:, places]


def _of_column(values: Array, statistics: list[Statistic]) -> dict[Statistic, Array]:
    """Take statistics of one column, of shape (n_samples, n_timesteps)."""
    n_samples, n_timesteps = values.shape

    def state(first: int, end: int) -> dict[Statistic, State]:
        if n_timesteps < _SHORT:
            lying, piece = Across(end - first), np.ascontiguousarray(values[:, first:end].T)
            return {s: state_of(s, lying, piece) for s in statistics}
        return {s: state_of(s, Along(end - first), values[:, first:end]) for s in statistics}

    return _finished(_in_pieces(n_timesteps, n_samples, state))


def _in_pieces(
    n_frames: int, size: int, state_of_piece: Callable[[int, int], dict[Statistic, State]]
) -> dict[Statistic, State]:
    """Merge the states of pieces of the frames, whose size is that of one frame of all."""
    step = max(1, _PIECE // size)
    states = state_of_piece(0, min(step, n_frames))
    for first in range(step, n_frames, step):
        piece = state_of_piece(first, min(first + step, n_frames))
        states = {s: join(s, np, before, piece[s]) for s, before in states.items()}
    return states


def _finished(states: dict[Statistic, State]) -> dict[Statistic, Array]:
    return {statistic: statistic.finish(np, state) for statistic, state in states.items()}


class Uneven(Block):
    """Sequences of unequal length.

    Parameters
    ----------
    frames : ndarray of float64 of shape (n_frames, n_features)
        The frames of one after those of another; they are not written to.
    lengths : ndarray of int64 of shape (n_samples,)
        Frames of each, at least one.
    """

    def __init__(self, frames: Array, lengths: IntArray) -> None:
        self._frames, self._lengths = frames, lengths
        self._starts = np.cumsum(lengths) - lengths

    def statistics(self, span: Span, asked: Asked) -> dict[Statistic, Array]:
        first, end = _bounds(span, self._lengths)
        counts = end - first
        if (counts == counts[0]).all():
            places = (self._starts + first)[:, None] + np.arange(counts[0])
            return Even(self._frames[places]).statistics(None, asked)
        index, runs = self._index(first, counts), Runs(counts)
        found: dict[Statistic, Array] = {}
        of_column: dict[int, list[Statistic]] = {}
        for statistic, columns in asked.items():
            found[statistic] = np.empty((len(counts), len(columns)))
            if not has_form(statistic):
                for rows, block in self._each_length():
                    values = block.statistics(span, {statistic: columns})[statistic]
                    found[statistic][rows] = values
                continue
            for column in columns:
                of_column.setdefault(column, []).append(statistic)
        for column, statistics in of_column.items():
            values = self._frames[:, column][index]
            for statistic in statistics:
                value = statistic.finish(np, state_of(statistic, runs, values))
                found[statistic][:, asked[statistic].index(column)] = value
        return found

    def of_values(
        self, statistic: Statistic, span: Span, function: Callable[[Array], Array]
    ) -> Array:
        if not has_form(statistic):
            parts = [
                (rows, b.of_values(statistic, span, function)) for rows, b in self._each_length()
            ]
            order = np.argsort(np.concatenate([rows for rows, _ in parts]))
            return np.concatenate([values for _, values in parts])[order]
        first, end = _bounds(span, self._lengths)
        counts = end - first
        values = function(self._frames[self._index(first, counts)])
        runs = Runs(counts)
        columns = [statistic.finish(np, state_of(statistic, runs, v)) for v in values.T]
        return np.stack(columns, axis=1)

    def weighted(self, weights: Array, columns: Columns) -> Array:
        frames = self._frames[:, list(columns)]
        total = np.zeros((len(self._lengths), len(columns)))
        for lag, weight in enumerate(weights.tolist()):
            total += weight * frames[self._starts + np.maximum(0, self._lengths - 1 - lag)]
        return total

    def _index(self, first: IntArray, counts: IntArray) -> IntArray | slice:
        """Tell where the frames of a span lie."""
        if np.array_equal(counts, self._lengths):
            return slice(None)
        before = np.cumsum(counts) - counts
        index: IntArray = np.repeat(self._starts + first - before, counts)
        return index + np.arange(len(index))

    def _each_length(self) -> Iterator[tuple[IntArray, Even]]:
        """Give those that are equally long, of one length after the other."""
        for length in np.unique(self._lengths).tolist():
            rows = np.flatnonzero(self._lengths == length)
            yield rows, Even(self._frames[self._starts[rows][:, None] + np.arange(length)])


def _bounds(span: Span, lengths: IntArray) -> tuple[IntArray, IntArray]:
    """Give the first frame of a span of each sequence, and the one after its last."""
    if isinstance(span, Part):
        first = (span.number - 1) * lengths // span.of
        return first, np.maximum(first + 1, span.number * lengths // span.of)
    return (lengths * 0 if span is None else np.maximum(0, lengths - span)), lengths
