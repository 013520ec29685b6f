"""The events of a search in the order in which they are drawn, without matplotlib."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Event = Mapping[str, Any]

_STAGES = {
    "train": "relaxed",
    "prune": "relaxed",
    "split": "splitting",
    "expand": "expanding",
    "choose": "programs",
    "refine": "programs",
    "census": "programs",
}
_SUMMARIES = ("refine", "census")


@dataclass(frozen=True)
class Column:
    """An event that is drawn; cross-fitting and the round it belongs to are one.

    Parameters
    ----------
    event : dict
        The event.
    stage : {"relaxed", "splitting", "expanding", "programs"}
        Stage of the search.
    best : float or None
        Best score among the programs that were cross-fitted.
    """

    event: Event
    stage: str
    best: float | None = None

    @property
    def phase(self) -> str:
        """Phase of the event."""
        return str(self.event["phase"])

    @property
    def restart(self) -> int:
        """Number of the search, from 0."""
        return int(self.event.get("restart", 0))

    @property
    def score(self) -> float:
        """Score of the event, NaN where there is none."""
        return finite(self.event.get("score"))


@dataclass(frozen=True)
class Stay:
    """How long a part of a split waited in the queue.

    Parameters
    ----------
    score : float
        Its score.
    entered, left : float
        Columns between which it waited.
    taken : bool
        Whether it was taken from the queue, or was still there in the end.
    """

    score: float
    entered: float
    left: float
    taken: bool


def columns(history: Sequence[Event]) -> list[Column]:
    """Give the events to draw, each in a column of its own."""
    found: list[Column] = []
    for event in history:
        phase, last = event["phase"], found[-1] if found else None
        if phase == "dequeue":
            expanding = last is not None and last.stage == "expanding"
            found.append(Column(event, "expanding" if expanding else "splitting"))
        elif phase == "choose":
            found.append(Column(event, "programs", finite(event["score"])))
        elif phase in _SUMMARIES and last is not None and last.phase == "choose":
            found[-1] = Column({**last.event, **event}, "programs", last.best)
        elif phase in _STAGES:
            found.append(Column(event, _STAGES[phase]))
    return found


def runs(drawn: Sequence[Column]) -> Iterator[tuple[int, str, int, int]]:
    """Number of the search, stage, first and last column of every stage."""
    places = groupby(range(len(drawn)), key=lambda i: (drawn[i].restart, drawn[i].stage))
    for (restart, stage), members in places:
        here = list(members)
        yield restart, stage, here[0], here[-1]


def stays(drawn: Sequence[Column]) -> list[Stay]:
    """Give the time in the queue of every part of every split."""
    found: list[Stay] = []
    for _, stage, first, last in runs(drawn):
        if stage != "splitting":
            continue
        queue: list[tuple[Any, float, int]] = []
        for i in range(first, last + 1):
            event = drawn[i].event
            taken = (event.get("priority"), finite(event.get("score")))
            match = next((part for part in queue if part[:2] == taken), None)
            if match is not None:
                queue.remove(match)
                found.append(Stay(match[1], match[2], i, taken=True))
            scores = event.get("part_scores", ())
            priorities = event.get("part_priorities", [None] * len(scores))
            queue += [(p, finite(s), i) for p, s in zip(priorities, scores, strict=True)]
        found += [Stay(score, i, last + 0.5, taken=False) for _, score, i in queue]
    return found


def finite(score: float | None) -> float:
    """A score, or NaN where it is none or infinite."""
    value = float("nan") if score is None else float(score)
    return value if abs(value) < float("inf") else float("nan")
