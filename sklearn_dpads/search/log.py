"""What a search tells of itself: its clock, its events, and its costly steps kept on disk.

A search is determined by its problem and its seed. On a second run the same steps come in
the same order, and those that the journal holds are read instead of computed, so that it can go
on after a crash.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..inputs.files import write_atomically

T = TypeVar("T")


class Phase(StrEnum):
    """What an event of a search is about; its value is ``event["phase"]``."""

    TRAIN = "train"
    PRUNE = "prune"
    SPLIT = "split"
    DEQUEUE = "dequeue"
    SUM = "sum"
    CHOOSE = "choose"
    REFINE = "refine"
    EXPAND = "expand"
    DEEPEN = "deepen"
    LIMIT = "limit"
    CENSUS = "census"
    FIT = "fit"
    PASS_OVER = "pass_over"
    INTERRUPT = "interrupt"
    EXPIRED = "expired"


class Journal:
    """The steps of one search.

    Parameters
    ----------
    folder : Path or None, default=None
        Where to keep the steps, a folder for this search alone; None keeps nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.n_steps = 0
        self.n_read = 0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def step(
        self,
        name: str,
        compute: Callable[[], T],
        stopwatch: Stopwatch,
        rng: np.random.Generator | None = None,
    ) -> T:
        """Give the result of a step: the one kept, or else the one computed now.

        Parameters
        ----------
        name : str
            What is done, for the name of the file.
        compute : callable
            Does it; the result must be picklable.
        stopwatch : Stopwatch
            Clock of the search, which goes on from the time the step took to be reached.
            What is computed after it has run out is not kept, since it may be cut short.
        rng : numpy.random.Generator or None, default=None
            Source of randomness that the step draws from, set to where the step left it.

        Returns
        -------
        result : object
        """
        if self.folder is None:
            return compute()
        path = self.folder / f"{self.n_steps:04d}-{name}.pickle"
        self.n_steps += 1
        result: T
        if path.exists():
            result, state, elapsed = pickle.loads(path.read_bytes())
            if rng is not None:
                rng.bit_generator.state = state
            stopwatch.advance_to(elapsed)
            self.n_read += 1
            return result
        result = compute()
        if not stopwatch.expired():
            state = None if rng is None else rng.bit_generator.state
            write_atomically(path, pickle.dumps((result, state, stopwatch.elapsed())))
        return result


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


Listener = Callable[[dict], None]


@dataclass
class Log:
    """Record of a search, and whoever listens to it.

    Parameters
    ----------
    stopwatch : Stopwatch
        Clock of the search.
    listeners : list of callable
        Called with every event as it is added.
    journal : Journal
        Keeps the results of costly steps, where it has a folder.
    """

    stopwatch: Stopwatch
    listeners: list[Listener] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    events: list[dict] = field(default_factory=list)

    def add(self, phase: Phase, **values: object) -> None:
        """Add an event."""
        event = {"phase": phase.value, "time": self.stopwatch.elapsed(), **values}
        self.events.append(event)
        for listener in self.listeners:
            listener(event)

    def has(self, phase: Phase) -> bool:
        """Whether there was an event of a phase."""
        return any(event["phase"] == phase for event in self.events)

    def step(
        self, name: str, compute: Callable[[], T], rng: np.random.Generator | None = None
    ) -> T:
        """Do a costly step, or read its result where it was done before."""
        return self.journal.step(name, compute, self.stopwatch, rng)
