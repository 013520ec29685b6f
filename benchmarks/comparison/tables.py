"""The tables of the comparison: our measurements, standings, and what the paper reports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .layout import MISSING, TextTable
from .published import PUBLISHED, SOURCE
from .summary import Group, Summary, standings
from .systems import SYSTEMS

# Field of a row, heading and form of its column.
COLUMNS = (
    ("f1", "test F1", ".3f"),
    ("accuracy", "test accuracy", ".3f"),
    ("fit_seconds", "fit s", ".1f"),
    ("cpu_seconds", "cpu s", ".1f"),
    ("score", "cross-fitted F1", ".3f"),
    ("n_productions", "productions", ".1f"),
)
_MARKED = ("f1", "accuracy")


def measured_table(summary: Summary, data_set: str) -> TextTable:
    """Mean and standard deviation over the seeds, a row per system; the best are marked."""
    groups = summary.of(data_set)
    rows = [
        [g.label, str(len(g.rows)), *(_mean_and_spread(g, field, f) for field, _, f in COLUMNS)]
        for g in groups
    ]
    best = frozenset(
        (i, j)
        for j, (field, _, _) in enumerate(COLUMNS, start=2)
        if field in _MARKED and len(groups) > 1
        for i in _greatest([group.mean(field) for group in groups])
    )
    heading = ["system", "seeds", *(title for _, title, _ in COLUMNS)]
    sizes = groups[0].rows[0]
    title = f"{data_set}: {sizes['n_train']} training and {sizes['n_test']} test sequences"
    return TextTable(title, heading, rows, best)


def standings_table(summary: Summary) -> TextTable | None:
    """Wins and ranks over the data sets that all systems ran on; None without any."""
    found, common = standings(summary)
    if not found:
        return None
    rows = [[s.label, str(s.wins), f"{s.mean_rank:.2f}", f"{s.mean_f1:.3f}"] for s in found]
    best = frozenset((i, 2) for i in _greatest([-s.mean_rank for s in found]))
    title = f"Over {len(common)} data set(s) that all systems ran on, by mean test F1"
    return TextTable(title, ["system", "wins", "mean rank", "mean F1"], rows, best)


def published_table(data_sets: Sequence[str]) -> TextTable | None:
    """The paper's own figures for those of its sets that are named; None without any."""
    rows = [
        [
            p.data_set,
            SYSTEMS[p.system].title,
            f"{p.f1:.3f}",
            f"{p.accuracy:.3f}",
            MISSING if p.minutes is None else f"{p.minutes:.2f}",
        ]
        for p in PUBLISHED
        if p.data_set in data_sets
    ]
    if not rows:
        return None
    heading = ["data set", "system", "test F1", "test accuracy", "minutes"]
    return TextTable(f"Published, not measured here: {SOURCE}", heading, rows)


def _mean_and_spread(group: Group, field: str, form: str) -> str:
    mean, spread = group.mean(field), group.spread(field)
    if mean is None:
        return MISSING
    return f"{mean:{form}}" if spread is None else f"{mean:{form}} ± {spread:{form}}"


def _greatest(values: Sequence[float | None]) -> list[int]:
    numbers = np.array([-np.inf if value is None else value for value in values])
    return np.flatnonzero(numbers == numbers.max()).tolist()
