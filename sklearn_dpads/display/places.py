"""The places of a program's graph, and what stood there in the course of a search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph import NEURAL

Event = Mapping[str, Any]
EdgeWeights = Mapping[str, Mapping[str, float]]

_ROOT = "root"
_EDGE = re.compile(
    r"/(?P<path>\S*) (?P<signature>\S+) width=\d+ acc=(?P<accumulator>\d+) "
    r"(?P<label>.+)\[(?P<argument>\d+)\]"
)
_BRANCHES = ("condition", "then-branch", "else-branch")
_ORDINALS = ("1st", "2nd", "3rd")


@dataclass(frozen=True)
class EdgeHistory:
    """The candidates of a place, and their weights after each step.

    Parameters
    ----------
    title : str
        Where the place is.
    candidates : list of str
        Labels of the candidates, the heaviest in the end first.
    weights : ndarray of shape (n_candidates, n_steps)
        EdgeWeights, NaN where a candidate is not there.
    unfolded : ndarray of shape (n_steps,), bool
        Whether the place had candidates at all, rather than a network in their stead.
    n_left_out : int
        How many further candidates there were.
    """

    title: str
    candidates: list[str]
    weights: NDArray[np.float64]
    unfolded: NDArray[np.bool_]
    n_left_out: int


@dataclass(frozen=True)
class ArgumentPlace:
    """Where an edge leaves from, read off its text; None for the edge to the root.

    Parameters
    ----------
    path : tuple of str
        Steps from the root to the node of the candidate that the edge belongs to.
    label : str
        Label of that candidate.
    argument : int
        Index of its argument.
    inside_fold : bool
        Whether the node sees the accumulator of a ``Fold``.
    """

    path: tuple[str, ...]
    label: str
    argument: int
    inside_fold: bool

    @classmethod
    def parse(cls, text: str) -> ArgumentPlace | None:
        """Read the text of an edge."""
        match = _EDGE.fullmatch(text)
        if match is None:
            return None
        path = tuple(match["path"].split(".")) if match["path"] else ()
        inside = match["accumulator"] != "0"
        return cls(path, match["label"], int(match["argument"]), inside)

    def targets(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Path of the node that the edge leads to, with node sharing and without."""
        step = str(self.argument)
        return (*self.path, step), (*self.path, f"{self.label}:{step}")


def step_names(events: Sequence[Event]) -> list[str]:
    """Names of the steps, from training and pruning."""
    return [
        f"round {event['round']}: trained"
        if event["phase"] == "train"
        else f"pruned to {event['n_top']}"
        for event in events
    ]


def edge_histories(
    events: Sequence[Event], *, max_edges: int, max_candidates: int
) -> tuple[list[EdgeHistory], int]:
    """Give the places that matter most in the end, those near the root first.

    Parameters
    ----------
    events : sequence of dict
        Events of one search that hold ``weights``, at least one.
    max_edges, max_candidates : int
        Most places, and most candidates of each.

    Returns
    -------
    histories : list of EdgeHistory
        The places.
    n_places : int
        How many there were to choose from: those that ever had two candidates.
    """
    last: EdgeWeights = events[-1]["weights"]
    open_edges = [
        edge for edge in last if any(len(event["weights"].get(edge, ())) > 1 for event in events)
    ]
    shares = _shares(last)
    likely = sorted(open_edges, key=lambda edge: -shares[edge])[:max_edges]
    titles = _titles(last)
    kept = [edge for edge in open_edges if edge in likely]
    histories = [_history(edge, titles[edge], events, max_candidates) for edge in kept]
    return histories, len(open_edges)


def _history(edge: str, title: str, events: Sequence[Event], max_candidates: int) -> EdgeHistory:
    of_steps = [event["weights"].get(edge, {}) for event in events]
    of_steps = [{} if NEURAL in of_step else of_step for of_step in of_steps]
    labels = list(dict.fromkeys(label for of_step in of_steps for label in of_step))
    weights = np.array([[of.get(label, np.nan) for of in of_steps] for label in labels])
    # Those that stayed longest come first, and of these the heaviest.
    lasted = [int(np.flatnonzero(np.isfinite(row))[-1]) for row in weights]
    order = sorted(range(len(labels)), key=lambda i: (-lasted[i], -weights[i, lasted[i]]))
    kept = order[:max_candidates]
    return EdgeHistory(
        title,
        [labels[i] for i in kept],
        weights[kept],
        np.array([bool(of_step) for of_step in of_steps]),
        len(labels) - len(kept),
    )


def _shares(weights: EdgeWeights) -> dict[str, float]:
    """What share of the whole each edge has: the product of the weights on the way to it."""
    shares: dict[str, float] = {}
    by_target: dict[tuple[tuple[str, ...], str], float] = {}
    for edge, of_edge in weights.items():
        place = ArgumentPlace.parse(edge)
        targets: tuple[tuple[str, ...], ...]
        if place is None:
            share, targets = 1.0, ((),)
        else:
            share, targets = by_target.get((place.path, place.label), 0.0), place.targets()
        shares[edge] = share
        for target in targets:
            for label, weight in of_edge.items():
                key = (target, label)
                by_target[key] = max(by_target.get(key, 0.0), share * weight)
    return shares


def _titles(weights: EdgeWeights) -> dict[str, str]:
    """Where the edges are, in words; the path is told where words are not enough."""
    places = {edge: ArgumentPlace.parse(edge) for edge in weights}
    n_arguments = Counter(
        (place.path, place.label, edge.rpartition("[")[0])
        for edge, place in places.items()
        if place is not None
    )
    titles = {}
    for edge, place in places.items():
        if place is None:
            titles[edge] = "level 1: the program itself"
            continue
        siblings = n_arguments[place.path, place.label, edge.rpartition("[")[0]]
        inside = ", inside Fold" if place.inside_fold else ""
        level = len(place.path) + 2
        titles[edge] = f"level {level}: {_argument(place, siblings)} of {place.label}{inside}"
    counts = Counter(titles.values())
    for edge, place in places.items():
        if place is not None and counts[titles[edge]] > 1:
            titles[edge] += f" at {'.'.join(place.path)}"
    return titles


def _argument(place: ArgumentPlace, siblings: int) -> str:
    """Name an argument among its siblings, itself counted."""
    if place.label == "ITE":
        return _BRANCHES[place.argument]
    if siblings == 1:
        return "argument"
    return f"{_ORDINALS[place.argument]} argument"
