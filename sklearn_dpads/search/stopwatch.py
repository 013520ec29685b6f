"""The clock of a search, and when its parts have to end.

A budget has two parts: the search, and what comes after it, which is to judge at least one program
and to fit the chosen one. How long that takes is told by what was fitted before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from ..training import Pace

# What is set aside for the end where nothing has told how long it takes, and at most, as shares of
# the budget. A last fit that is cut short begins with fitted values, so that it loses little.
_ASIDE, _MOST_ASIDE = 0.1, 0.25
# Seconds that judging and the last fit have in any case, each, so that there is a fitted program.
_LEAST = 0.25


class Stopwatch:
    """Monotonic clock with an optional budget.

    Parameters
    ----------
    max_time : float or None, default=None
        Seconds for all that is timed.

    Attributes
    ----------
    has_cut : bool
        Whether work was cut short for want of time.
    """

    def __init__(self, max_time: float | None = None) -> None:
        self._start = time.monotonic()
        self.max_time = math.inf if max_time is None else max_time
        self._aside = _ASIDE * self.max_time if max_time is not None else 0.0
        # Seconds that the end takes, as far as anything has told, whatever the budget is.
        self.told = 0.0
        self.has_cut = False
        self._stopped = False

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    @property
    def end_of_search(self) -> float:
        """Seconds after which no more is searched."""
        return self.max_time - self._aside

    def set_aside(self, seconds: float) -> None:
        """Keep at least so much of the budget for the end, as far as that leaves most of it."""
        self.told = max(self.told, seconds)
        self._aside = max(self._aside, min(seconds, _MOST_ASIDE * self.max_time))

    def expired(self) -> bool:
        """Whether the search is to end: its part of the budget is used up, or it was stopped."""
        return self._stopped or self.is_late()

    def is_late(self) -> bool:
        """Whether the search's part of the budget is used up."""
        return self.elapsed() >= self.end_of_search

    def is_over(self) -> bool:
        """Whether the whole budget is used up."""
        return self.elapsed() >= self.max_time

    def advance_to(self, elapsed: float) -> None:
        """Let at least so many seconds have passed."""
        self._start -= max(0.0, elapsed - self.elapsed())

    def stop(self) -> None:
        """End the search now; what comes after it has its time."""
        self._stopped = True

    def pace(self) -> BudgetPace:
        """For work that begins now: it ends with the search, or leaves half of what is left."""
        now = self.elapsed()
        if now < self.end_of_search:
            return BudgetPace(self, self.end_of_search)
        return BudgetPace(self, max((now + self.max_time) / 2, now + _LEAST))

    def last_pace(self) -> BudgetPace:
        """For the last work of all."""
        return BudgetPace(self, max(self.max_time, self.elapsed() + _LEAST))


class BudgetPace(Pace):
    """Tells work that goes step by step when to stop, so that it ends in time.

    Work that has to stop looks at what came of it, which takes about as long as a step. Where a
    step takes long, there may still be time for other work.

    Parameters
    ----------
    stopwatch : Stopwatch
        The clock.
    until : float
        Seconds on it at which the work has to be over.
    """

    def __init__(self, stopwatch: Stopwatch, until: float) -> None:
        self._stopwatch, self._until = stopwatch, until
        self._longest = 0.0
        self._last: float | None = None
        self.has_stopped = False

    def foresee(self, estimate: Callable[[], float]) -> None:
        if self._until < math.inf:
            self._longest = max(self._longest, estimate())

    def __call__(self) -> bool:
        """Whether there is no time for another step; asked before each."""
        now = self._stopwatch.elapsed()
        if self._last is not None:
            self._longest = max(self._longest, now - self._last)
        self._last = now
        if now + 2 * self._longest >= self._until:
            self.has_stopped = self._stopwatch.has_cut = True
        return self.has_stopped
