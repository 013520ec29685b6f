"""Programs one edit away from a program: which edits there are.

There may be very many, as many as terminals at every place, of which a search draws some hundred.
So they are counted, and each is described when it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..grammar import (
    ATOM_TO_ATOM,
    SIGNATURES,
    Add,
    Constant,
    Grammar,
    Kind,
    Multiply,
    Production,
    Signature,
)
from ..program import Expression
from . import changes
from .changes import Change, Edit, Simplest
from .lazy import Chosen, Joined, Lazy, Made

# A change, and the productions that come in by it.
Bringing = tuple[Change, tuple[Production, ...]]
# Those of one kind at one place.
Family = Sequence[Bringing]
Pair = tuple[Production, Production]
Path = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Terminals:
    """Terminals that fit a place, and how many features each reads."""

    members: tuple[Production, ...]
    n_features: NDArray[np.int64]

    def widest(self, n: int) -> NDArray[np.intp]:
        """Numbers of those of which pairs make up a quarter of a number."""
        return np.argsort(-self.n_features, kind="stable")[: math.isqrt(n // 4) + 1]


class Edits(Lazy[Edit]):
    """Edits of a program, each described when it is asked for.

    Parameters
    ----------
    places : sequence of (path, Bringing)
        What changes where.
    seeds : ndarray of int
        Seed of each.
    """

    def __init__(self, places: Sequence[tuple[Path, Bringing]], seeds: NDArray[np.int64]) -> None:
        self._places, self._seeds = places, seeds

    def __len__(self) -> int:
        return len(self._places)

    def made(self, number: int) -> Edit:
        path, (change, brings) = self._places[number]
        return Edit(path, change, int(self._seeds[number]), brings)


class Neighbourhood:
    """Edits of programs of a grammar.

    Parameters
    ----------
    grammar : Grammar
        The language.
    n_features : int
        Length of a frame.
    max_depth : int
        Greatest depth of a program.
    rng : numpy.random.Generator
        Source of what is drawn.
    largest_repeated : int, default=4
        Productions of a part that an edit may make both branches of a condition, at most.
    most_read : int, default=60
        Readers of a terminal that are drawn for each place and production, where there are more.
    """

    def __init__(
        self,
        grammar: Grammar,
        n_features: int,
        max_depth: int,
        rng: np.random.Generator,
        *,
        largest_repeated: int = 4,
        most_read: int = 60,
    ) -> None:
        self.grammar, self.n_features, self.max_depth = grammar, n_features, max_depth
        self.rng, self.largest_repeated, self.most_read = rng, largest_repeated, most_read
        # Productions with arguments: there are few of them, however many groups there are.
        self._of = {
            signature: [p for p in grammar.of(signature) if not p.is_terminal]
            for signature in SIGNATURES
        }
        self._leaves: dict[tuple[int, bool], Terminals] = {}
        self._readers = {signature: self._chains(signature) for signature in SIGNATURES}

    def _chains(self, signature: Signature) -> list[tuple[Production, ...]]:
        """Ways to make an expression over lists of a function of frames.

        ``SlideWindowAvg[5]`` is one for list->atom, and so are ``Map`` and ``MapPrefix`` of
        ``SlideWindowAvg[5]`` for list->list.
        """
        found: list[tuple[Production, ...]] = []
        for production in self._of[signature]:
            if len(production.arguments) != 1:
                continue
            inner = production.arguments[0].signature
            if inner.input is Kind.ATOM:
                found.append((production,))
            elif inner != signature:
                found += [(production, *rest) for rest in self._chains(inner)]
        return [] if signature.input is Kind.ATOM else found

    def of(self, expression: Expression, *, n_combined: int = 100) -> list[tuple[Expression, Edit]]:
        """Programs one edit away, each shape once, without the program itself.

        Parameters
        ----------
        expression : Expression
            The program.
        n_combined : int, default=100
            As for :meth:`edits`.

        Returns
        -------
        neighbours : list of (Expression, Edit)
            What each edit makes of the program, and the edit.
        """
        found: dict[str, tuple[Expression, Edit]] = {}
        for edit in self.edits(expression, n_combined=n_combined):
            edited = self.made(expression, edit)
            if edited is not None:
                found.setdefault(edited.skeleton(), (edited, edit))
        return list(found.values())

    def made(self, expression: Expression, edit: Edit) -> Expression | None:
        """Make an edit; None where it leads to the same shape, or to one too deep."""
        edited = edit.apply(expression)
        same = edited.skeleton() == expression.skeleton()
        return None if same or edited.depth > self.max_depth else edited

    def edits(self, expression: Expression, *, n_combined: int = 100) -> Edits:
        """Edits of a program, which are not made yet, nor described before they are asked for.

        There may be many thousands, of which few are tried. Several may lead to one shape.

        Parameters
        ----------
        expression : Expression
            The program.
        n_combined : int, default=100
            How many of the edits that bring two new terminals at once are drawn; of
            the others, there are all.
        """
        plain = [
            _at(path, family) for path, node in expression.walk() for family in self._edits(node)
        ]
        combined = [
            (_at(path, family), n_read)
            for path, node in expression.walk()
            for family, n_read in self._combined(node, n_combined)
        ]
        n_read = np.concatenate([np.zeros(0, int), *(n for _, n in combined)])
        drawn = _drawn(n_read, n_combined, self.rng)
        chosen = Joined([*plain, Chosen(Joined([places for places, _ in combined]), drawn)])
        return Edits(chosen, self.rng.integers(2**32, size=len(chosen)))

    def _edits(self, node: Expression) -> Iterator[Family]:
        yield from self._swap(node)
        yield from self._wrap(node)
        removing: list[Bringing] = [
            (changes.argument(i), ())
            for i, arg in enumerate(node.args)
            if arg.signature == node.signature and arg.width == node.width
        ]
        yield removing
        if node.args and node.signature.input is Kind.ATOM:
            terminals = self._terminals(node.width).members
            yield Made(terminals, lambda t: (changes.put(t), (t,)))

    def _combined(self, node: Expression, n: int) -> Iterator[tuple[Family, NDArray[np.int64]]]:
        """Edits with two new terminals: a product added, or a leaf made one of two.

        Beside each stands how many features the two read, and the node.
        """
        if node.signature.input is not Kind.ATOM or not n:
            return
        for production in self._of[node.signature]:
            if isinstance(production, Add):
                factors = self._terminals(node.width, constant=False)
                for multiply in (p for p in self._of[ATOM_TO_ATOM] if isinstance(p, Multiply)):
                    pairs, n_read = self._pairs(factors, factors, n)
                    yield Made(pairs, _adding_product(production, multiply)), n_read + _n_read(node)
            elif production.branches and not node.args:
                conditions = self._terminals(1, constant=False)
                pairs, n_read = self._pairs(conditions, self._terminals(node.width), n)
                yield Made(pairs, _choosing(production)), n_read + _n_read(node)

    def _pairs(
        self, left: Terminals, right: Terminals, n: int
    ) -> tuple[Sequence[Pair], NDArray[np.int64]]:
        """Pairs of terminals; where there are very many, some, with those that read most.

        Of two equal sequences no pair comes twice, in one order and in the other. Beside them
        stands how many features the two of each read.
        """
        n_right = len(right.members)
        n_pairs = len(left.members) * n_right
        if n_pairs > _MANY_DRAWS * n:
            widest = (left.widest(n)[:, None] * n_right + right.widest(n)).ravel()
            index = np.union1d(self.rng.integers(n_pairs, size=_MANY_DRAWS * n), widest)
        else:
            index = np.arange(n_pairs)
        one, other = np.divmod(index, max(1, n_right))
        if left is right:
            one, other = np.minimum(one, other), np.maximum(one, other)
            _, first = np.unique(one * n_right + other, return_index=True)
            # In the order in which they come first.
            first.sort()
            one, other = one[first], other[first]
        numbers = list(zip(one.tolist(), other.tolist(), strict=True))
        pairs = Made(numbers, lambda pair: (left.members[pair[0]], right.members[pair[1]]))
        return pairs, left.n_features[one] + right.n_features[other]

    def _swap(self, node: Expression) -> Iterator[Family]:
        """Other productions with the same arguments."""
        if not node.args:
            terminals = self._terminals(node.width).members
            yield Made(terminals, lambda t: (changes.in_place(t), (t,)))
            return
        own = node.production
        alike = [p for p in self._of[node.signature] if p != own and p.arguments == own.arguments]
        yield Made(alike, lambda p: (changes.exchanged(p), (p,)))
        yield from self._read_otherwise(node)

    def _read_otherwise(self, node: Expression) -> Iterator[Family]:
        """The same function of frames, read from the list another way."""
        n_readers, body = 1, node
        while len(body.args) == 1 and body.args[0].signature.input is not Kind.ATOM:
            body = body.args[0]
            n_readers += 1
        if len(body.args) != 1:
            return
        # Readers as long as the node's own are found as swaps of single productions.
        others = [r for r in self._readers[node.signature] if len(r) != n_readers]
        yield Made(others, lambda readers: (changes.read_by(readers, n_readers), readers))

    def _wrap(self, node: Expression) -> Iterator[Family]:
        """The node as an argument of a new production."""
        for production in self._of[node.signature]:
            if production.neutral is not None:
                simplest = self._simplest(node.signature, node.width)
                yield Made(simplest, _joined_by(production, production.neutral))
            elif production.branches:
                if node.n_productions <= self.largest_repeated:
                    # A constant is no condition.
                    simplest = self._simplest(node.signature, 1, constant=False)
                    yield Made(simplest, _branching_on(production))
            elif len(production.arguments) == 1 and (
                production.arguments[0].signature == node.signature
            ):
                yield [(changes.around(production), (production,))]

    def _simplest(
        self, signature: Signature, width: int, *, constant: bool = True
    ) -> Sequence[Simplest]:
        """The simplest expressions of a signature: one terminal, read from the list."""
        if signature.input is Kind.ATOM:
            members = self._terminals(width, constant=constant).members
            return Made(members, lambda terminal: ((), terminal))
        terminals, readers = self._terminals(width).members, self._readers[signature]
        n_choices = len(readers) * len(terminals)
        choices: list[Simplest]
        if n_choices > self.most_read:
            drawn = self.rng.choice(n_choices, self.most_read, replace=False)
            places = (divmod(i, len(terminals)) for i in sorted(drawn.tolist()))
            choices = [(readers[i], terminals[j]) for i, j in places]
        else:
            choices = list(product(readers, terminals))
        return [c for c in choices if constant or not isinstance(c[1], Constant)]

    def _terminals(self, width: int, *, constant: bool = True) -> Terminals:
        """Terminals that fit a width, those that are constant among them or not."""
        if (width, constant) not in self._leaves:
            fitting = self.grammar.candidates(
                ATOM_TO_ATOM, width=width, n_features=self.n_features, depth=1
            )
            kept = tuple(t for t in fitting if constant or not isinstance(t, Constant))
            n_features = np.array([_n_features(t) for t in kept], dtype=np.int64)
            self._leaves[width, constant] = Terminals(kept, n_features)
        return self._leaves[width, constant]


# How many times as many pairs of terminals as are wanted are looked at, where there are more.
_MANY_DRAWS = 4


def _drawn(n_read: NDArray[np.int64], n: int, rng: np.random.Generator) -> list[int]:
    """Draw some edits, a quarter of them among those that read the most features.

    A product of all features holds the products of every two groups.
    """
    order = rng.permutation(len(n_read))
    widest = order[np.argsort(-n_read[order], kind="stable")]
    return list(dict.fromkeys([*widest[: n // 4].tolist(), *order.tolist()]))[:n]


def _at(path: Path, family: Family) -> Lazy[tuple[Path, Bringing]]:
    return Made(family, lambda bringing: (path, bringing))


def _joined_by(production: Production, neutral: float) -> Callable[[Simplest], Bringing]:
    def bringing(other: Simplest) -> Bringing:
        return changes.joined_to(production, neutral, other), (production, *other[0], other[1])

    return bringing


def _branching_on(production: Production) -> Callable[[Simplest], Bringing]:
    def bringing(condition: Simplest) -> Bringing:
        readers, terminal = condition
        return changes.both(production, condition), (production, *readers, terminal)

    return bringing


def _adding_product(add: Production, multiply: Production) -> Callable[[Pair], Bringing]:
    return lambda pair: (changes.plus_product(add, multiply, *pair), (add, multiply, *pair))


def _choosing(production: Production) -> Callable[[Pair], Bringing]:
    def bringing(pair: Pair) -> Bringing:
        condition, other = pair
        return changes.one_of(production, ((), condition), other), (production, *pair)

    return bringing


def _n_features(terminal: Production) -> int:
    return len(getattr(terminal, "features", ()))


def _n_read(expression: Expression) -> int:
    return sum(_n_features(node.production) for _, node in expression.walk())
