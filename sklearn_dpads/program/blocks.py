"""Spans of whole sequences, of which nothing is read but the frames and columns asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..grammar import Part, Span, Statistic
from ..grammar.filters import at_end
from ..grammar.spans import span_bounds
from ..grammar.statistics import State, join, over_end
from .expression import Array
from .reductions import Across, Along, IntArray, Runs, Wide, has_form, state_of

# Columns of a frame, and which of them each statistic is asked for.
Columns = tuple[int, ...]
Asked = Mapping[Statistic, Columns]

# Values that a reduction reads at a time, and so the memory that it takes beside the sequences.
# With half of it, programs that read many columns take up to a quarter longer, with a sixteenth
# three times as long; more are no faster. (benchmarks/predict.py --tune piece)
_PIECE = 2**16
# Frames of a span from which on they are read where they lie, and not copied, frame by frame, to
# stand beside those of other sequences. Without any copies 13 frames take twice as long; from 16 on
# to 256, times are the same. (benchmarks/predict.py --tune short)
_SHORT = 32
# Columns that are read together and not each by itself. From 2 to 6 times are the same; six columns
# of 300 frames take half as long again one by one. (benchmarks/predict.py --tune wide)
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
    frames : ndarray of shape (n_samples, n_timesteps, n_features)
        Numbers of any type, which become float64 as they are read; they are not written to.
    """

    def __init__(self, frames: NDArray[Any]) -> None:
        self._frames = frames

    def statistics(self, span: Span, asked: Asked) -> dict[Statistic, Array]:
        first, end = span_bounds(span, self._frames.shape[1])
        frames = self._frames[:, first:end]
        found: dict[Statistic, Array] = {}
        of_column: dict[int, list[Statistic]] = {}
        for statistic, columns in asked.items():
            if not has_form(statistic):
                chosen = _float64(frames[..., list(columns)])
                found[statistic] = over_end(statistic, chosen, None, np)
            elif len(columns) >= _WIDE and frames.strides[-1] == frames.itemsize:
                found[statistic] = _of_columns(frames, statistic, columns)
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
            whole: Array = over_end(statistic, function(_float64(frames)), None, np)
            return whole

        def some(start: int, stop: int) -> Array:
            def read(first: int, end: int) -> Array:
                return function(_float64(frames[start:stop, first:end]))

            return _merged(read, frames[start:stop].shape, [statistic], Wide)[statistic]

        n_rows = max(1, _PIECE // frames[0].size)
        parts = [some(start, start + n_rows) for start in range(0, len(frames), n_rows)]
        return np.concatenate(parts)

    def weighted(self, weights: Array, columns: Columns) -> Array:
        frames = self._frames[:, -len(weights) :, list(columns)]
        values: Array = at_end(_float64(frames), weights.tolist())
        return values


def _of_columns(frames: NDArray[Any], statistic: Statistic, columns: Columns) -> Array:
    """Take a statistic of several columns at once."""
    low, high = min(columns), max(columns) + 1
    places: list[int] | slice = slice(None)
    if high - low <= 2 * len(columns):
        # To read columns in vain takes no more time than it takes to pick the others.
        frames = frames[..., low:high]
        if high - low > len(columns):
            places = [column - low for column in columns]
    else:
        frames = frames[..., list(columns)]
    return _in_pieces(frames, [statistic], Wide)[statistic][:, places]


def _of_column(values: NDArray[Any], statistics: list[Statistic]) -> dict[Statistic, Array]:
    """Take statistics of one column, of shape (n_samples, n_timesteps)."""
    if values.shape[1] < _SHORT:
        return _in_pieces(values, statistics, Across)
    return _in_pieces(values, statistics, Along)


def _in_pieces(
    values: NDArray[Any], statistics: Sequence[Statistic], lying: type[Across | Along]
) -> dict[Statistic, Array]:
    """Take statistics of some sequences at a time, and of long ones some frames."""
    n_samples, n_timesteps = values.shape[:2]
    n_rows = max(1, _PIECE // (n_timesteps * prod(values.shape[2:])))
    found = {statistic: np.empty((n_samples, *values.shape[2:])) for statistic in statistics}
    for start in range(0, n_samples, n_rows):
        rows = values[start : start + n_rows]
        some = _merged(partial(_frames_of, rows), rows.shape, statistics, lying)
        for statistic, value in some.items():
            found[statistic][start : start + n_rows] = value
    return found


def _frames_of(values: NDArray[Any], first: int, end: int) -> Array:
    return _float64(values[:, first:end])


def _float64(values: NDArray[Any]) -> Array:
    return values.astype(np.float64, copy=False)


def _merged(
    read: Callable[[int, int], Array],
    shape: tuple[int, ...],
    statistics: Sequence[Statistic],
    lying: type[Across | Along],
) -> dict[Statistic, Array]:
    """Take statistics, and merge their states where the frames are too many for one piece.

    Parameters
    ----------
    read : callable
        Gives the values of the frames from a first one to an end, sequences first.
    shape : tuple of int
        Shape of what is read to get them: sequences, frames, and features if any.
    statistics, lying
        As for :func:`_in_pieces`.
    """
    n_samples, n_timesteps, *rest = shape
    states: dict[Statistic, State] = {}
    step = max(1, _PIECE // (n_samples * prod(rest)))
    for first in range(0, n_timesteps, step):
        piece = read(first, min(first + step, n_timesteps))
        at = lying(piece.shape[1])
        if lying is Across:
            piece = np.ascontiguousarray(piece.T)
        for statistic in statistics:
            state = state_of(statistic, at, piece)
            before = states.get(statistic)
            states[statistic] = state if before is None else join(statistic, np, before, state)
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
