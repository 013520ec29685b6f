"""Statistics of frames by numpy's reductions, of frames that lie in one of four ways.

They give the states that the statistics themselves are made of, so that a long span is cut, and
the states of its pieces are merged. Only statistics that are known here have such a form.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..grammar import Statistic
from ..grammar.statistics import STATISTICS, State
from .expression import Array

IntArray = NDArray[np.int64]


class Lying(ABC):
    """How the frames of some sequences lie in an array of values.

    Attributes
    ----------
    counts : int or ndarray of int64 of shape (n_samples,)
        Frames of each sequence.
    """

    counts: int | IntArray

    @abstractmethod
    def first(self, values: Array) -> Array:
        """Give the first value of each sequence."""

    @abstractmethod
    def last(self, values: Array) -> Array:
        """Give the last value of each sequence."""

    @abstractmethod
    def total(self, values: Array) -> Array:
        """Add the values of each sequence up."""

    @abstractmethod
    def largest(self, values: Array) -> Array:
        """Give the largest value of each sequence."""

    @abstractmethod
    def spread(self, of_each: Array) -> Array:
        """Put a value of each sequence beside its frames."""

    @abstractmethod
    def steps(self, values: Array) -> Array:
        """Give the differences to the frame before."""


class Across(Lying):
    """Frames along the first axis, sequences along the second: best where frames are few."""

    def __init__(self, n_frames: int) -> None:
        self.counts = n_frames

    def first(self, values: Array) -> Array:
        first: Array = values[0]
        return first

    def last(self, values: Array) -> Array:
        last: Array = values[-1]
        return last

    def total(self, values: Array) -> Array:
        total: Array = values.sum(axis=0)
        return total

    def largest(self, values: Array) -> Array:
        largest: Array = values.max(axis=0)
        return largest

    def spread(self, of_each: Array) -> Array:
        return of_each

    def steps(self, values: Array) -> Array:
        steps: Array = values[1:] - values[:-1]
        return steps


class Along(Lying):
    """Sequences along the first axis, frames along the second: best where frames are many."""

    def __init__(self, n_frames: int) -> None:
        self.counts = n_frames

    def first(self, values: Array) -> Array:
        return values[:, 0]

    def last(self, values: Array) -> Array:
        return values[:, -1]

    def total(self, values: Array) -> Array:
        total: Array = values.sum(axis=1)
        return total

    def largest(self, values: Array) -> Array:
        largest: Array = values.max(axis=1)
        return largest

    def spread(self, of_each: Array) -> Array:
        spread: Array = of_each[:, None]
        return spread

    def steps(self, values: Array) -> Array:
        steps: Array = values[:, 1:] - values[:, :-1]
        return steps


class Wide(Along):
    """As :class:`Along`, with a third axis of several columns.

    Reductions over an axis in the middle are slow in numpy where the last one is short: sums are
    products with a row of ones, and extremes those of two halves.
    """

    def total(self, values: Array) -> Array:
        total: Array = np.matmul(np.ones(values.shape[1]), values)
        return total

    def largest(self, values: Array) -> Array:
        while values.shape[1] > 1:
            half = (values.shape[1] + 1) // 2
            values = np.maximum(values[:, :half], values[:, -half:])
        largest: Array = values[:, 0]
        return largest


class Runs(Lying):
    """The frames of one sequence after those of another, along the first axis.

    Parameters
    ----------
    counts : ndarray of int64 of shape (n_samples,)
        Frames of each sequence, at least one.
    """

    counts: IntArray

    def __init__(self, counts: IntArray) -> None:
        self.counts = counts
        self._ends = np.cumsum(counts)
        self._starts = self._ends - counts

    def first(self, values: Array) -> Array:
        first: Array = values[self._starts]
        return first

    def last(self, values: Array) -> Array:
        last: Array = values[self._ends - 1]
        return last

    def total(self, values: Array) -> Array:
        total: Array = np.add.reduceat(values, self._starts)
        return total

    def largest(self, values: Array) -> Array:
        largest: Array = np.maximum.reduceat(values, self._starts)
        return largest

    def spread(self, of_each: Array) -> Array:
        return np.repeat(of_each, self.counts)

    def steps(self, values: Array) -> Array:
        steps = np.zeros_like(values)
        np.subtract(values[1:], values[:-1], out=steps[1:])
        steps[self._starts] = 0.0
        return steps


def _mean(lying: Lying, values: Array) -> State:
    return (lying.total(values),)


def _deviation(lying: Lying, values: Array) -> State:
    # Around the first frame, for nothing is lost then of features that are far from 0, and what
    # stands still has no deviation at all.
    first = lying.first(values)
    rest = values - lying.spread(first)
    shift = lying.total(rest) / lying.counts
    # In place, for pages of new memory take as long as all of the rest.
    rest -= lying.spread(shift)
    rest *= rest
    return (first + shift, lying.total(rest))


def _max(lying: Lying, values: Array) -> State:
    return (lying.largest(values),)


def _min(lying: Lying, values: Array) -> State:
    return (-lying.largest(-values),)


def _change(lying: Lying, values: Array) -> State:
    steps = np.abs(lying.steps(values))
    return (lying.first(values), lying.last(values), lying.total(steps))


def _delta(lying: Lying, values: Array) -> State:
    return (lying.first(values), lying.last(values))


_FORMS: dict[Statistic, Callable[[Lying, Array], State]] = {
    STATISTICS["Avg"]: _mean,
    STATISTICS["Std"]: _deviation,
    STATISTICS["Max"]: _max,
    STATISTICS["Min"]: _min,
    STATISTICS["Change"]: _change,
    STATISTICS["Delta"]: _delta,
}


def has_form(statistic: Statistic) -> bool:
    """Whether reductions give the statistic; a user's own has none."""
    return statistic in _FORMS


def state_of(statistic: Statistic, lying: Lying, values: Array) -> State:
    """Give the state of a statistic, with the number of frames.

    Parameters
    ----------
    statistic : Statistic
        One that has a form here.
    lying : Lying
        How the frames lie.
    values : ndarray of float64
        They themselves, which are not written to.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 4.0, 2.0, 8.0], [2.0, 2.0, 2.0, 2.0]])
    >>> state_of(STATISTICS["Avg"], Along(4), x)
    (4, array([15.,  8.]))
    """
    return (lying.counts, *_FORMS[statistic](lying, values))
