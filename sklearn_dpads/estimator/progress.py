"""Progress of a search as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PHASES = {
    "train": "train",
    "prune": "prune",
    "split": "split",
    "dequeue": "select",
    "choose": "cross-fit",
    "refine": "refine",
    "fit": "fit",
    "pass_over": "pass over",
    "expand": "expand",
    "deepen": "deepen",
    "census": "census",
    "limit": "limit met",
    "interrupt": "interrupted",
    "expired": "stop early",
}
_WIDEST = max(map(len, _PHASES.values()))


@dataclass(frozen=True)
class ProgressPrinter:
    """Prints a line for every event of a search.

    Parameters
    ----------
    restart, n_restarts : int
        Number of the search, from 0, and how many there are.
    max_time : float or None, default=None
        Seconds the search may take; what is left of them is printed.
    title : str, default="dPads"
        Name of the search, in brackets at the beginning of every line.
    """

    restart: int = 0
    n_restarts: int = 1
    max_time: float | None = None
    title: str = "dPads"

    def __call__(self, event: Mapping[str, Any]) -> None:
        search = "" if self.n_restarts == 1 else f"search {self.restart + 1}/{self.n_restarts}  "
        left = ""
        if self.max_time is not None:
            left = f"  {max(0.0, self.max_time - event['time']):.0f} s left"
        print(f"[{self.title}] {search}{format_event(event)}{left}", flush=True)


def format_event(event: Mapping[str, Any]) -> str:
    """Give one line for an event: time, phase, what it was about, and the score."""
    phase = _PHASES.get(event["phase"], event["phase"])
    parts = [f"{event['time']:7.1f} s  {phase:{_WIDEST}}"]
    if "round" in event:
        parts.append(f"round {event['round'] + (event['phase'] == 'refine')}")
    if "split" in event:
        parts.append(f"number {event['split'] + 1}")
    if "number" in event:
        parts.append(f"number {event['number']}")
    if "n_done" in event:
        parts.append(f"{event['n_done']} of {event['n_total']} programs")
    for key, text in _COUNTS.items():
        if key in event:
            parts.append(text.format(event[key]))
    for key in ("score", "loss"):
        if key in event:
            parts.append(f"{key} {event[key]:.3f}")
    for key in ("program", "defect"):
        if key in event:
            parts.append(str(event[key]))
    return "  ".join(parts)


_COUNTS = {
    "depth": "depth {}",
    "n_top": "top {}",
    "n_candidates": "{} candidates",
    "n_expansions": "{} expansions",
    "n_parts": "{} parts",
    "n_cut": "{} cut off",
    "n_queued": "{} queued",
    "n_neighbours": "{} neighbours",
    "n_programs": "{} programs",
    "n_epochs": "{} epochs",
}
