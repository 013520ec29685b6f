"""Derivations: programs without parameters, listed by structural cost or drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations_with_replacement, groupby, product

import numpy as np

from ..grammar import Grammar, Production, Signature
from ..graph import DerivationGraph, SlotKey
from ._partial import derive

Place = tuple[Signature, int]


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
        self._fitting: dict[tuple[Place, int], tuple[Production, ...]] = {}
        self._costs: dict[tuple[Place, int], tuple[int, ...]] = {}
        self._lists: dict[tuple[Place, int, int], tuple[Derivation, ...]] = {}

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

    def _candidates(self, place: Place, depth: int) -> tuple[Production, ...]:
        if (place, depth) not in self._fitting:
            signature, width = place
            self._fitting[place, depth] = self.grammar.candidates(
                signature, width=width, n_features=self.n_features, depth=depth
            )
        return self._fitting[place, depth]

    def _possible_costs(self, place: Place, depth: int) -> tuple[int, ...]:
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

    def _of_cost(self, place: Place, depth: int, cost: int) -> Iterator[Derivation]:
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

    def _list(self, place: Place, depth: int, cost: int) -> tuple[Derivation, ...]:
        if (place, depth, cost) not in self._lists:
            self._lists[place, depth, cost] = tuple(self._of_cost(place, depth, cost))
        return self._lists[place, depth, cost]

    def _divisions(self, places: list[Place], depth: int, cost: int) -> Iterator[tuple[int, ...]]:
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


def _places(production: Production, width: int) -> list[Place]:
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
