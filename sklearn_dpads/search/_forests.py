"""Cutting many programs into forests of a size that trains well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from ..grammar import Fold, Production, SlideWindowAvg
from ..graph import DerivationGraph

LARGEST_FOREST = 96
MOST_RECURRENCES = 64

T = TypeVar("T")


def forests(
    items: list[T],
    graph_of: Callable[[T], DerivationGraph],
    n_copies: Callable[[T], int] = lambda item: 1,
) -> Iterator[list[T]]:
    """Cut items into forests, programs that walk over single frames apart from the rest.

    Programs without ``Fold`` cost nothing per frame, so that they should not wait for
    those with it; and the recurrent part of a forest is a dense matrix over its folds.

    Parameters
    ----------
    items : list
        What to train.
    graph_of : callable
        Gives an item's graph.
    n_copies : callable, default=one
        Gives the number of copies of an item that a forest holds, for cross-fitting.

    Yields
    ------
    forest : list
        Some of the items; each is in exactly one forest.
    """
    forest: list[T] = []
    size = n_recurrences = 0
    for item in sorted(items, key=lambda item: recurrences(graph_of(item)) > 0):
        copies = n_copies(item)
        here = recurrences(graph_of(item)) * copies
        full = size + copies > LARGEST_FOREST or n_recurrences + here > MOST_RECURRENCES
        mixed = here > 0 and n_recurrences == 0
        if forest and (full or mixed):
            yield forest
            forest, size, n_recurrences = [], 0, 0
        forest.append(item)
        size += copies
        n_recurrences += here
    if forest:
        yield forest


def affordable(
    items: list[T],
    graph_of: Callable[[T], DerivationGraph],
    *,
    walk_price: float,
    most: int,
    budget: float,
) -> list[T]:
    """The first items that a budget of work pays for, at least one.

    Work is counted, not timed, so that the same seed gives the same search on any machine.
    A program without recurrence costs 1; each recurrence adds a price.

    Parameters
    ----------
    items : list
        What to train, best first.
    graph_of : callable
        Gives an item's graph.
    walk_price : float
        Work of a recurrence.
    most : int
        Greatest number of items.
    budget : float
        Greatest work, in programs without recurrence.
    """
    kept: list[T] = []
    spent = 0.0
    for item in items[:most]:
        price = 1.0 + recurrences(graph_of(item)) * walk_price
        if kept and spent + price > budget:
            continue
        spent += price
        kept.append(item)
    return kept


def recurrences(graph: DerivationGraph) -> int:
    """Number of productions of a graph that walk over single frames."""
    return sum(map(is_recurrent, (p for slot in graph.slots.values() for p in slot.candidates)))


def is_recurrent(production: Production) -> bool:
    """Whether a production walks over single frames."""
    return isinstance(production, Fold) or (
        isinstance(production, SlideWindowAvg) and production.average == "values"
    )
