"""Derivations: programs without parameters, listed by cost, drawn at random, or grown.

A partial program is a derivation with holes, which are filled one production at a time: a
derivation graph with one candidate per edge whose holes are neural slots. They stand wherever
the derivation stopped, not on one level as those of an unfolded graph do; the engine
evaluates both alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations_with_replacement, groupby, product

import numpy as np

from ..grammar import Grammar, Production, Signature
from ..graph import (
    NEURAL,
    ROOT_EDGE,
    DerivationGraph,
    Edge,
    EdgeKey,
    Slot,
    SlotKey,
    derivation_graph,
)
from .problem import Problem

SizedPlace = tuple[Signature, int]


@dataclass(frozen=True)
class Derivation:
    """A production applied to derivations: a program without its parameters.

    Parameters
    ----------
    production : Production
        The rule at this place.
    args : tuple of Derivation
        One per argument of the production.
    """

    production: Production
    args: tuple[Derivation, ...] = ()

    def at(self, path: tuple[int, ...]) -> Derivation:
        """The part that a path of argument indices leads to."""
        return self.args[path[0]].at(path[1:]) if path else self

    def graph(self, empty: DerivationGraph) -> DerivationGraph:
        """The discrete graph of the program; the root and the sizes are those of an empty one.

        Parameters
        ----------
        empty : DerivationGraph
            What :func:`empty_program` gives.
        """

        def production_at(key: SlotKey) -> Production:
            return self.at(tuple(i for i in key.path if isinstance(i, int))).production

        return derive(empty, production_at)


class Derivations:
    """All derivations of a grammar, commutative twins once.

    Parameters
    ----------
    grammar : Grammar
        The productions.
    n_features : int
        Length of a frame.
    """

    def __init__(self, grammar: Grammar, n_features: int) -> None:
        self.grammar, self.n_features = grammar, n_features
        self._fitting: dict[tuple[SizedPlace, int], tuple[Production, ...]] = {}
        self._costs: dict[tuple[SizedPlace, int], tuple[int, ...]] = {}
        self._lists: dict[tuple[SizedPlace, int, int], tuple[Derivation, ...]] = {}

    def by_cost(
        self, signature: Signature, *, width: int, max_depth: int
    ) -> Iterator[tuple[int, Derivation]]:
        """Every derivation up to a depth with its structural cost, the cheapest first.

        Only derivations one level shallower are held in memory.

        Yields
        ------
        cost, derivation : int, Derivation
            Of equal cost, in the order of the grammar.
        """
        place = (signature, width)
        for cost in self._possible_costs(place, max_depth):
            for derivation in self._of_cost(place, max_depth, cost):
                yield cost, derivation

    def draw(
        self, signature: Signature, *, width: int, max_depth: int, rng: np.random.Generator
    ) -> Derivation:
        """Draw a derivation: in every place, all productions that can finish are as likely."""
        choices = self._candidates((signature, width), max_depth)
        production = choices[rng.integers(len(choices))]
        args = tuple(
            self.draw(place, width=w, max_depth=max_depth - 1, rng=rng)
            for place, w in _places(production, width)
        )
        return Derivation(production, args)

    def _candidates(self, place: SizedPlace, depth: int) -> tuple[Production, ...]:
        if (place, depth) not in self._fitting:
            signature, width = place
            self._fitting[place, depth] = self.grammar.candidates(
                signature, width=width, n_features=self.n_features, depth=depth
            )
        return self._fitting[place, depth]

    def _possible_costs(self, place: SizedPlace, depth: int) -> tuple[int, ...]:
        """Costs of the derivations of a place up to a depth, in order."""
        if (place, depth) not in self._costs:
            found: set[int] = set()
            for production in self._candidates(place, depth):
                sums = {production.cost}
                for argument in _places(production, place[1]):
                    costs = self._possible_costs(argument, depth - 1)
                    sums = {total + cost for total in sums for cost in costs}
                found |= sums
            self._costs[place, depth] = tuple(sorted(found))
        return self._costs[place, depth]

    def _of_cost(self, place: SizedPlace, depth: int, cost: int) -> Iterator[Derivation]:
        """Derivations of a place up to a depth that cost so much."""
        for production in self._candidates(place, depth):
            places = _places(production, place[1])
            for costs in self._divisions(places, depth - 1, cost - production.cost):
                if production.commutative and list(costs) != sorted(costs):
                    continue
                lists = [
                    self._list(argument, depth - 1, c)
                    for argument, c in zip(places, costs, strict=True)
                ]
                choose = _multisets if production.commutative else product
                for args in choose(*lists):
                    yield Derivation(production, args)

    def _list(self, place: SizedPlace, depth: int, cost: int) -> tuple[Derivation, ...]:
        if (place, depth, cost) not in self._lists:
            self._lists[place, depth, cost] = tuple(self._of_cost(place, depth, cost))
        return self._lists[place, depth, cost]

    def _divisions(
        self, places: list[SizedPlace], depth: int, cost: int
    ) -> Iterator[tuple[int, ...]]:
        """Ways to divide a cost among places."""
        if not places:
            if cost == 0:
                yield ()
            return
        for first in self._possible_costs(places[0], depth):
            if first > cost:
                break
            for rest in self._divisions(places[1:], depth, cost - first):
                yield (first, *rest)


def _places(production: Production, width: int) -> list[SizedPlace]:
    """Signature and width of each argument."""
    return [(a.signature, 1 if a.condition else width) for a in production.arguments]


def _multisets(*lists: tuple[Derivation, ...]) -> Iterator[tuple[Derivation, ...]]:
    """Ways to take one derivation of each list where their order doesn't matter.

    Lists are the same object or have nothing in common; equal ones follow each other.
    """
    runs = [list(run) for _, run in groupby(lists, key=id)]
    choices = [combinations_with_replacement(run[0], len(run)) for run in runs]
    for parts in product(*choices):
        yield tuple(chain.from_iterable(parts))


ProductionAt = Callable[[SlotKey], Production | None]


def empty_program(problem: Problem) -> DerivationGraph:
    """The partial program that is one hole.

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within the depth.
    """
    return derivation_graph(
        problem.grammar,
        problem.signature,
        n_features=problem.n_features,
        n_outputs=problem.n_outputs,
        depth=0,
        max_depth=problem.max_depth,
    )


def derive(graph: DerivationGraph, production_at: ProductionAt) -> DerivationGraph:
    """Build the partial program that has given productions in its places.

    Parameters
    ----------
    graph : DerivationGraph
        A graph with node sharing, whose root and sizes are taken.
    production_at : callable
        Gives the production in a place, or None for a hole. Asked from the root down.
    """
    slots: dict[SlotKey, Slot] = {}
    edges: dict[EdgeKey, Edge] = {}
    entering = [(ROOT_EDGE, graph.root)]
    while entering:
        following: list[tuple[EdgeKey, SlotKey]] = []
        for key, target in entering:
            production = production_at(target)
            slots[target] = Slot(target, () if production is None else (production,))
            edges[key] = Edge(key, target, slots[target].labels)
            if production is not None:
                following.extend(graph.arguments(target, production))
        entering = following
    return replace(graph, slots=slots, edges=edges)


def top_left_hole(graph: DerivationGraph) -> SlotKey | None:
    """The first hole in depth and then left-to-right order; None in a whole program."""
    return next((e.target for e in graph.edges.values() if e.labels == (NEURAL,)), None)


def fill(graph: DerivationGraph, hole: SlotKey, production: Production) -> DerivationGraph:
    """Put a production into a hole; its arguments become holes."""

    def production_at(key: SlotKey) -> Production | None:
        if key == hole:
            return production
        known = graph.slots.get(key)
        return known.candidates[0] if known is not None and known.candidates else None

    return derive(graph, production_at)


def expansions(graph: DerivationGraph, max_depth: int) -> list[DerivationGraph]:
    """Fill the top-left hole with every production that can still finish within a depth.

    Parameters
    ----------
    graph : DerivationGraph
        A partial program.
    max_depth : int
        Greatest depth of the whole programs.

    Returns
    -------
    children : list of DerivationGraph
        In the order of the grammar; none for a whole program.
    """
    hole = top_left_hole(graph)
    if hole is None:
        return []
    return [fill(graph, hole, p) for p in _fitting(graph, hole, max_depth - hole.level + 1)]


def path_cost(graph: DerivationGraph) -> int:
    """Structural cost of the productions of a partial program; holes are free."""
    return sum(p.cost for slot in graph.slots.values() for p in slot.candidates)


def shallowest_completion(graph: DerivationGraph) -> DerivationGraph:
    """Fill every hole so that the depth is least, with the cheaper production among equals."""
    while (hole := top_left_hole(graph)) is not None:
        choices: tuple[Production, ...] = ()
        depth = 0
        while not choices:
            depth += 1
            choices = _fitting(graph, hole, depth)
        graph = fill(graph, hole, min(choices, key=lambda p: p.cost))
    return graph


def _fitting(graph: DerivationGraph, hole: SlotKey, depth: int) -> tuple[Production, ...]:
    return graph.grammar.candidates(
        hole.signature, width=hole.width, n_features=graph.n_features, depth=depth
    )
