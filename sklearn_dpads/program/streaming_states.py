"""What a stream keeps of the frames so far: states of spans, and the last frames for a filter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque

import numpy as np

from ..grammar import Part, Span, Statistic
from ..grammar.statistics import State, join, lift
from .expression import Array

# The one array that is read now: a frame, or what stands in for it.
Cell = list[Array]


class Kept(ABC):
    """What is kept of the arrays so far; its cell holds what is read of them now."""

    def __init__(self) -> None:
        self.cell: Cell = [np.empty(0)]
        self.reset()

    @abstractmethod
    def reset(self) -> None:
        """Forget all arrays."""

    @abstractmethod
    def take(self, x: Array) -> None:
        """Take the next array, which is not written to afterwards."""


def kept_of(statistic: Statistic, span: Span) -> Kept:
    """Give what keeps a statistic of a span of the arrays so far."""
    if span is None:
        return AllSoFar(statistic)
    if isinstance(span, Part):
        return PartSoFar(statistic, span)
    return LastOnes(statistic, span)


class AllSoFar(Kept):
    """A statistic of all arrays so far: their merged state."""

    def __init__(self, statistic: Statistic) -> None:
        self._statistic = statistic
        super().__init__()

    def reset(self) -> None:
        self._state: State | None = None

    def take(self, x: Array) -> None:
        statistic, state = self._statistic, lift(self._statistic, x)
        if self._state is not None:
            state = join(statistic, np, self._state, state)
        self._state = state
        self.cell[0] = statistic.finish(np, state)


class Queue(Kept):
    """A statistic of arrays that come at one end and leave at the other.

    The newer arrays have one merged state. Of the older ones, states are kept of the oldest and
    all up to the last of them, of the second oldest and all up to there, and so on: the oldest
    leaves with its state. Where no older ones are left, the newer ones become older, merged
    backwards. So each array is merged three times, and nothing is subtracted. The newer ones of a
    window start a block as long as itself: the merges are those of :func:`over_windows`.
    """

    # Whether arrays leave at all.
    drops = True

    def __init__(self, statistic: Statistic) -> None:
        self._statistic = statistic
        super().__init__()

    def reset(self) -> None:
        self._older: list[State] = []
        self._newer: list[Array] = []
        self._total: State | None = None

    def __len__(self) -> int:
        return len(self._older) + len(self._newer)

    def add(self, x: Array) -> None:
        """Let an array come."""
        state = lift(self._statistic, x)
        if self._total is not None:
            state = join(self._statistic, np, self._total, state)
        self._total = state
        if self.drops:
            self._newer.append(x)

    def drop(self) -> None:
        """Let the oldest array leave."""
        if not self._older:
            self._turn()
        self._older.pop()

    def _turn(self) -> None:
        statistic, states = self._statistic, self._older
        for x in reversed(self._newer):
            state = lift(statistic, x)
            states.append(join(statistic, np, state, states[-1]) if states else state)
        self._newer, self._total = [], None

    def finish(self) -> None:
        """Put the statistic of those that are there into the cell."""
        state = self._total
        if self._older:
            state = self._older[-1]
            if self._total is not None:
                state = join(self._statistic, np, state, self._total)
        self.cell[0] = self._statistic.finish(np, state or ())


class LastOnes(Queue):
    """A statistic of the last arrays, so many, or what there is of them."""

    def __init__(self, statistic: Statistic, window: int) -> None:
        self._window = window
        super().__init__(statistic)

    def take(self, x: Array) -> None:
        if len(self) == self._window:
            self.drop()
        self.add(x)
        self.finish()


class PartSoFar(Queue):
    """A statistic of a part of all arrays so far.

    Both ends of a part move on by one array at most when one comes. Those behind its end wait.
    """

    def __init__(self, statistic: Statistic, part: Part) -> None:
        self._part = part
        self.drops = part.number > 1
        super().__init__(statistic)

    def reset(self) -> None:
        super().reset()
        self._waiting: deque[Array] = deque()
        self._n_taken, self._first, self._end = 0, 0, 0

    def take(self, x: Array) -> None:
        self._waiting.append(x)
        self._n_taken += 1
        first, end = self._part.bounds(self._n_taken)
        if first > self._first:
            self.drop()
        if end > self._end:
            self.add(self._waiting.popleft())
        self._first, self._end = first, end
        self.finish()


class Filtered(Kept):
    """The last arrays, summed by the weights of a filter."""

    def __init__(self, weights: tuple[float, ...]) -> None:
        self._weights = np.array(weights[::-1])
        super().__init__()

    def reset(self) -> None:
        self._last: Array | None = None
        self._place = 0

    def take(self, x: Array) -> None:
        size = len(self._weights)
        if self._last is None:
            # Before its first frame a sequence is taken to stand still there. Every array stands
            # in two rows, so that the last ones are always neighbours.
            self._last = np.tile(x, (2 * size, 1))
        place = self._place
        self._last[place] = self._last[place + size] = x
        self.cell[0] = self._weights.dot(self._last[place + 1 : place + size + 1])
        self._place = (place + 1) % size
