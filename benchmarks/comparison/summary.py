"""Rows of results gathered by data set and system, over the seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from .results import Row
from .runs import Key, key_of
from .systems import SYSTEMS


@dataclass(frozen=True, eq=False)
class Group:
    """The runs of a system on a data set that differ in their seed alone.

    Parameters
    ----------
    data_set : str
        Name of the data set.
    label : str
        Title of the system, and settings that differ from its own.
    rows : list of dict
        One row per seed.
    """

    data_set: str
    label: str
    rows: Sequence[Row]

    def values(self, field: str) -> list[float]:
        """Values of a field, of the rows that have one."""
        return [row[field] for row in self.rows if row.get(field) is not None]

    def mean(self, field: str) -> float | None:
        """Mean of a field over the seeds; None where no row has it."""
        values = self.values(field)
        return float(np.mean(values)) if values else None

    def spread(self, field: str) -> float | None:
        """Standard deviation over the seeds; None for fewer than two."""
        values = self.values(field)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None


@dataclass(frozen=True, eq=False)
class Summary:
    """What a file of results says.

    Parameters
    ----------
    groups : list of Group
        By data set, in the order in which they appear, and within it by system.
    notes : list of str
        What a reader of the means must know besides.
    """

    groups: Sequence[Group]
    notes: Sequence[str]

    @property
    def data_sets(self) -> list[str]:
        """Names of the data sets."""
        return list(dict.fromkeys(group.data_set for group in self.groups))

    def of(self, data_set: str) -> list[Group]:
        """The groups of a data set."""
        return [group for group in self.groups if group.data_set == data_set]


@dataclass(frozen=True)
class Standing:
    """How a system fares over the data sets that all systems ran on.

    Parameters
    ----------
    label : str
        The system.
    wins : int
        Number of sets on which no system has a greater mean F1.
    mean_rank : float
        Mean of its ranks by F1; 1 is best, equals share theirs.
    mean_f1 : float
        Mean of its F1.
    """

    label: str
    wins: int
    mean_rank: float
    mean_f1: float


def summarize(rows: Iterable[Row]) -> Summary:
    """Gather rows by data set and system.

    Rows of one system are comparable only where data, grammar, hyperparameters and
    version are the same. Where they are not, those of the latest row are taken, and a note
    tells of the others. Of several rows of one run the latest counts.
    """
    latest: dict[Key, Row] = {}
    for row in rows:
        latest.pop(key_of(row), None)
        latest[key_of(row)] = row
    by_label: dict[tuple[str, str], list[Row]] = {}
    for row in latest.values():
        by_label.setdefault((row["data_set"], label_of(row)), []).append(row)
    groups, notes = [], []
    for (data_set, label), alike in by_label.items():
        chosen = [row for row in alike if _conditions(row) == _conditions(alike[-1])]
        if len(chosen) < len(alike):
            notes.append(
                f"{data_set}, {label}: {len(alike) - len(chosen)} earlier run(s) of other data, "
                "grammar, hyperparameters or version left out"
            )
        good = [row for row in chosen if row["status"] == "ok"]
        notes += _notes(data_set, label, chosen, good)
        if good:
            groups.append(Group(data_set, label, sorted(good, key=lambda row: row["seed"])))
    return Summary(_in_order(groups), notes)


def label_of(row: Mapping[str, Any]) -> str:
    """Title of a row's system, and the settings that it was run with."""
    system = row["system"]
    title = SYSTEMS[system].title if system in SYSTEMS else system
    settings = ", ".join(f"{name}={value!r}" for name, value in sorted(row["settings"].items()))
    return f"{title} {settings}" if settings else title


def standings(summary: Summary) -> tuple[list[Standing], list[str]]:
    """Compare systems over the data sets that all of them ran on.

    Returns
    -------
    standings : list of Standing
        The best mean rank first; none if there is no such data set.
    data_sets : list of str
        The data sets.
    """
    labels = list(dict.fromkeys(group.label for group in summary.groups))
    f1 = {
        name: {group.label: group.mean("f1") for group in summary.of(name)}
        for name in summary.data_sets
    }
    common = [name for name in f1 if set(f1[name]) == set(labels)]
    if not common:
        return [], []
    table = np.array([[f1[name][label] for label in labels] for name in common], dtype=float)
    ranks = rankdata(-table, axis=1)
    wins = table == table.max(axis=1, keepdims=True)
    found = [
        Standing(label, int(wins[:, i].sum()), float(ranks[:, i].mean()), float(table[:, i].mean()))
        for i, label in enumerate(labels)
    ]
    return sorted(found, key=lambda standing: standing.mean_rank), common


def _conditions(row: Row) -> tuple[Any, ...]:
    return (row["settings_hash"], row["version"])


def _notes(data_set: str, label: str, rows: Sequence[Row], good: Sequence[Row]) -> list[str]:
    notes = [
        f"{data_set}, {label}: seed {row['seed']} failed: {row['error']}"
        for row in rows
        if row["status"] != "ok"
    ]
    n_early = sum(bool(row.get("ended_early")) for row in good)
    if n_early:
        notes.append(
            f"{data_set}, {label}: {n_early} of {len(good)} searches ended early, by time or budget"
        )
    threads = {row["environment"]["n_threads"] for row in good if "environment" in row}
    if len(threads) > 1:
        notes.append(f"{data_set}, {label}: times are of runs with {sorted(threads)} threads")
    return notes


def _in_order(groups: Sequence[Group]) -> list[Group]:
    """By data set as they come, then by system as the registry has them."""
    data_sets = list(dict.fromkeys(group.data_set for group in groups))
    systems = list(SYSTEMS)

    def place(group: Group) -> tuple[int, int]:
        system = group.rows[0]["system"]
        known = systems.index(system) if system in systems else len(systems)
        return data_sets.index(group.data_set), known

    return sorted(groups, key=place)
