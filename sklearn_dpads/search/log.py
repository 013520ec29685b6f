"""What a search tells of itself: its events, with its clock and the journal of its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import numpy as np

from .journal import Journal
from .stopwatch import Stopwatch

T = TypeVar("T")


class Phase(StrEnum):
    """What an event of a search is about; its value is ``event["phase"]``."""

    TRAIN = "train"
    PRUNE = "prune"
    SPLIT = "split"
    DEQUEUE = "dequeue"
    SUM = "sum"
    CHOOSE = "choose"
    GROW = "grow"
    REFINE = "refine"
    END = "end"
    EXPAND = "expand"
    DEEPEN = "deepen"
    LIMIT = "limit"
    CENSUS = "census"
    FIT = "fit"
    PASS_OVER = "pass_over"
    INTERRUPT = "interrupt"
    LOST = "lost"
    EXPIRED = "expired"


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
