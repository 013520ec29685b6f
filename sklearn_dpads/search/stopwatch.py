"""The clock of a search, and when it has to end."""

from __future__ import annotations

import time


class Stopwatch:
    """Monotonic clock with an optional budget.

    Parameters
    ----------
    max_time : float or None, default=None
        Seconds until :meth:`expired` turns true.
    """

    def __init__(self, max_time: float | None = None) -> None:
        self._start = time.monotonic()
        self.max_time = max_time

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def expired(self) -> bool:
        """Whether the budget is used up."""
        return self.max_time is not None and self.elapsed() >= self.max_time

    def advance_to(self, elapsed: float) -> None:
        """Let at least so many seconds have passed."""
        self._start -= max(0.0, elapsed - self.elapsed())

    def stop(self) -> None:
        """Use up the budget now."""
        self.max_time = 0.0
