"""Programs one edit away from a program, with parameters that keep what it computes.

Some edits begin close to the function they come from, and training only has to find
whether the new part helps: an added summand is near zero, and reads no accumulator yet; so
is an added product of two terminals; an added factor is near one; an added condition has
two branches that repeat the node. ``Input`` is no small part wherever it is added, since
it has no parameters.

The other edits begin elsewhere. A leaf made one of two branches keeps its values, but the
other branch is a new terminal with small weights; a production swapped, removed, or
put around a node changes the function at once. A filter in the place of another one keeps its
frequency and its spread, and a terminal its bias and what it reads of an accumulator.
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

# Makes another expression of one in its place.
Change = Callable[[Expression, np.random.Generator], Expression]
# A change, and the productions that come in by it.
Bringing = tuple[Change, tuple[Production, ...]]
# A terminal, and the readers around it, outermost first; none where it stands alone.
Simplest = tuple[tuple[Production, ...], Production]


@dataclass(frozen=True)
class Edit:
    """A change of one place of a program, which can be made in every version of the program.

    An edit holds no number of the program it was made for, so that versions whose parameters
    have seen other sequences stay apart.

    Parameters
    ----------
    path : tuple of int
        The place, as the numbers of the arguments that lead to it.
    change : callable
        Makes what comes there of what is there.
    seed : int
        Seed of the numbers that are new, the same in every version.
    brings : tuple of Production
        Productions that come into the program by it.
    """

    path: tuple[int, ...]
    change: Change
    seed: int
    brings: tuple[Production, ...]

    def apply(self, expression: Expression) -> Expression:
        """Make the edit in a version of the program."""
        return _changed(expression, self.path, self.change, np.random.default_rng(self.seed))


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
        self._of = {signature: grammar.of(signature) for signature in SIGNATURES}
        self._leaves: dict[int, tuple[Production, ...]] = {}
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

    def edits(self, expression: Expression, *, n_combined: int = 100) -> list[Edit]:
        """Edits of a program, which are not made yet.

        There may be many thousands, of which few are tried. Several may lead to one shape.

        Parameters
        ----------
        expression : Expression
            The program.
        n_combined : int, default=100
            How many of the edits that bring two new terminals at once are drawn; of
            the others, there are all.
        """
        plain = [(path, made) for path, node in expression.walk() for made in self._edits(node)]
        combined = [
            (path, made, n_read)
            for path, node in expression.walk()
            for made, n_read in self._combined(node, n_combined)
        ]
        drawn = _drawn([n_read for *_, n_read in combined], n_combined, self.rng)
        chosen = plain + [combined[i][:2] for i in drawn]
        seeds = self.rng.integers(2**32, size=len(chosen)).tolist()
        return [
            Edit(path, change, seed, brings)
            for (path, (change, brings)), seed in zip(chosen, seeds, strict=True)
        ]

    def _edits(self, node: Expression) -> Iterator[Bringing]:
        yield from self._swap(node)
        yield from self._wrap(node)
        for i, arg in enumerate(node.args):
            if arg.signature == node.signature and arg.width == node.width:
                yield _argument(i), ()
        if node.args and node.signature.input is Kind.ATOM:
            for terminal in self._terminals(node.width):
                yield self._put(terminal), (terminal,)

    def _combined(self, node: Expression, n: int) -> Iterator[tuple[Bringing, int]]:
        """Edits with two new terminals: a product added, or a leaf made one of two.

        Beside each stands how many features the two read.
        """
        if node.signature.input is not Kind.ATOM or not n:
            return
        terminals = self._terminals(node.width)
        for production in self._of[node.signature]:
            if isinstance(production, Add):
                factors = [t for t in terminals if not isinstance(t, Constant)]
                for multiply in (p for p in self._of[ATOM_TO_ATOM] if isinstance(p, Multiply)):
                    for left, right in self._pairs(factors, factors, n):
                        change = self._plus_product(production, multiply, left, right)
                        n_read = _n_read(node) + _n_features(left) + _n_features(right)
                        yield (change, (production, multiply, left, right)), n_read
            elif production.branches and not node.args:
                conditions = [t for t in self._terminals(1) if not isinstance(t, Constant)]
                for condition, other in self._pairs(conditions, terminals, n):
                    change = self._one_of(production, ((), condition), other)
                    n_read = _n_read(node) + _n_features(condition) + _n_features(other)
                    yield (change, (production, condition, other)), n_read

    def _pairs(
        self, left: Sequence[Production], right: Sequence[Production], n: int
    ) -> list[tuple[Production, Production]]:
        """Pairs of terminals; where there are very many, some, with those that read most.

        Of two equal sequences no pair comes twice, in one order and in the other.
        """
        n_pairs = len(left) * len(right)
        index = np.arange(n_pairs)
        if n_pairs > _MANY_DRAWS * n:
            widest_left, widest_right = (_widest(of, n) for of in (left, right))
            widest = (widest_left[:, None] * len(right) + widest_right).ravel()
            index = np.union1d(self.rng.integers(n_pairs, size=_MANY_DRAWS * n), widest)
        pairs = [divmod(i, len(right)) for i in index.tolist()]
        if left is right:
            pairs = list(dict.fromkeys((min(pair), max(pair)) for pair in pairs))
        return [(left[i], right[j]) for i, j in pairs]

    def _swap(self, node: Expression) -> Iterator[Bringing]:
        """Other productions with the same arguments."""
        if not node.args:
            for terminal in self._terminals(node.width):
                yield self._in_place(terminal), (terminal,)
            return
        for production in self._of[node.signature]:
            if production != node.production and production.arguments == node.production.arguments:
                yield self._exchanged(production), (production,)
        yield from self._read_otherwise(node)

    def _read_otherwise(self, node: Expression) -> Iterator[Bringing]:
        """The same function of frames, read from the list another way."""
        n_readers, body = 1, node
        while len(body.args) == 1 and body.args[0].signature.input is not Kind.ATOM:
            body = body.args[0]
            n_readers += 1
        if len(body.args) != 1:
            return
        for readers in self._readers[node.signature]:
            # Readers as long as the node's own are found as swaps of single productions.
            if len(readers) != n_readers:
                yield self._read_by(readers, n_readers), readers

    def _wrap(self, node: Expression) -> Iterator[Bringing]:
        """The node as an argument of a new production."""
        for production in self._of[node.signature]:
            if production.neutral is not None:
                for readers, terminal in self._simplest(node.signature, node.width):
                    change = self._joined_to(production, production.neutral, (readers, terminal))
                    yield change, (production, *readers, terminal)
            elif production.branches:
                if node.n_productions <= self.largest_repeated:
                    for readers, terminal in self._simplest(node.signature, 1):
                        # A constant is no condition.
                        if not isinstance(terminal, Constant):
                            change = self._both(production, (readers, terminal))
                            yield change, (production, *readers, terminal)
            elif len(production.arguments) == 1 and (
                production.arguments[0].signature == node.signature
            ):
                yield self._around(production), (production,)

    def _put(self, terminal: Production) -> Change:
        """Put a terminal in the place of whatever is there."""
        return lambda node, rng: self._make(terminal, node.width, node.accumulator, (), rng)

    def _in_place(self, terminal: Production) -> Change:
        """Put a terminal in the place of another, whose bias and accumulator it takes over."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            made = self._make(terminal, node.width, node.accumulator, (), rng)
            bias = node.params.get("bias", node.params.get("value"))
            if bias is None:
                return made
            return _beginning(made, bias, node.params.get("recurrent"))

        return change

    def _around(self, production: Production) -> Change:
        """Put a production around a node."""
        return lambda node, rng: self._make(production, node.width, node.accumulator, (node,), rng)

    def _joined_to(self, production: Production, neutral: float, other: Simplest) -> Change:
        """Join a node with another that begins near what changes nothing."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            bias = np.full(node.width, neutral)
            args = (node, self._small(other, node.width, node.accumulator, bias, rng))
            return self._make(production, node.width, node.accumulator, args, rng)

        return change

    def _plus_product(
        self, add: Production, multiply: Production, left: Production, right: Production
    ) -> Change:
        """Add a product of two terminals, small but with a gradient to both."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            size = node.width, node.accumulator
            nothing = np.zeros(node.width)
            factors = tuple(self._small(((), t), *size, nothing, rng) for t in (left, right))
            product = self._make(multiply, *size, factors, rng)
            return self._make(add, *size, (node, product), rng)

        return change

    def _both(self, production: Production, condition: Simplest) -> Change:
        """Make a node both branches of a condition."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            args = (self._small(condition, 1, node.accumulator, None, rng), node, node)
            return self._make(production, node.width, node.accumulator, args, rng)

        return change

    def _one_of(self, production: Production, condition: Simplest, other: Production) -> Change:
        """Make a node one of two branches, the other a terminal."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            args = (
                self._small(condition, 1, node.accumulator, None, rng),
                node,
                self._make(other, node.width, node.accumulator, (), rng),
            )
            return self._make(production, node.width, node.accumulator, args, rng)

        return change

    def _exchanged(self, production: Production) -> Change:
        """Put another production in the place of a node's own."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            accumulator = production.accumulator_shown(node.width, node.accumulator)
            args = tuple(self._with_accumulator(arg, accumulator, rng) for arg in node.args)
            made = self._make(production, node.width, node.accumulator, args, rng)
            return _with_shared(made, node)

        return change

    def _read_by(self, readers: tuple[Production, ...], n_readers: int) -> Change:
        """Put other readers in the place of those around a function of frames."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            function = node
            for _ in range(n_readers):
                (function,) = function.args
            return self._read(readers, function, node.width, rng)

        return change

    def _read(
        self,
        readers: tuple[Production, ...],
        function: Expression,
        width: int,
        rng: np.random.Generator,
    ) -> Expression:
        accumulator = readers[-1].accumulator_shown(width, 0)
        expression = self._with_accumulator(function, accumulator, rng)
        for production in reversed(readers):
            expression = self._make(production, width, 0, (expression,), rng)
        return expression

    def _simplest(self, signature: Signature, width: int) -> list[Simplest]:
        """The simplest expressions of a signature: one terminal, read from the list."""
        terminals = self._terminals(width)
        if signature.input is Kind.ATOM:
            return [((), terminal) for terminal in terminals]
        choices = list(product(self._readers[signature], terminals))
        if len(choices) > self.most_read:
            drawn = self.rng.choice(len(choices), self.most_read, replace=False)
            choices = [choices[i] for i in sorted(drawn)]
        return choices

    def _small(
        self,
        simplest: Simplest,
        width: int,
        accumulator: int,
        bias: np.ndarray | None,
        rng: np.random.Generator,
    ) -> Expression:
        """Make one of the simplest expressions; where a bias is given, it begins as just that."""
        readers, terminal = simplest
        shown = readers[-1].accumulator_shown(width, 0) if readers else accumulator
        leaf = self._make(terminal, width, shown, (), rng)
        leaf = leaf if bias is None else _beginning(leaf, bias, None)
        return self._read(readers, leaf, width, rng) if readers else leaf

    def _terminals(self, width: int) -> tuple[Production, ...]:
        """Terminals that fit a width."""
        if width not in self._leaves:
            self._leaves[width] = self.grammar.candidates(
                ATOM_TO_ATOM, width=width, n_features=self.n_features, depth=1
            )
        return self._leaves[width]

    def _make(
        self,
        production: Production,
        width: int,
        accumulator: int,
        args: tuple[Expression, ...],
        rng: np.random.Generator,
    ) -> Expression:
        shapes = production.parameter_shapes(width, accumulator)
        ranges = production.parameter_ranges
        params = {name: _draw(name, shape, ranges.get(name), rng) for name, shape in shapes.items()}
        return Expression(production, width, accumulator, args, params)

    def _with_accumulator(
        self, node: Expression, accumulator: int, rng: np.random.Generator
    ) -> Expression:
        if node.accumulator == accumulator:
            return node
        args = tuple(self._with_accumulator(arg, accumulator, rng) for arg in node.args)
        made = self._make(node.production, node.width, accumulator, args, rng)
        return _with_shared(made, node)


# How many times as many pairs of terminals as are wanted are looked at, where there are more.
_MANY_DRAWS = 4


def _drawn(n_read: Sequence[int], n: int, rng: np.random.Generator) -> list[int]:
    """Draw some edits, a quarter of them among those that read the most features.

    A product of all features holds the products of every two groups.
    """
    order = rng.permutation(len(n_read))
    widest = order[np.argsort(-np.array(n_read, int)[order], kind="stable")]
    return list(dict.fromkeys([*widest[: n // 4].tolist(), *order.tolist()]))[:n]


def _widest(terminals: Sequence[Production], n: int) -> NDArray[np.intp]:
    """Those of which pairs make up a quarter of a number."""
    most = math.isqrt(n // 4) + 1
    return np.argsort([-_n_features(t) for t in terminals], kind="stable")[:most]


# New weights begin small, so that what is added changes little, and not at zero, where a product
# has no gradient. An accumulator begins by halving what came before.
_NEW_WEIGHT, _NEW_RECURRENCE = 0.1, 0.5


def _draw(
    name: str,
    shape: tuple[int, ...],
    bounds: tuple[float, float] | None,
    rng: np.random.Generator,
) -> np.ndarray:
    if bounds is not None:
        return rng.uniform(*bounds, size=shape)
    if name == "weight":
        return _NEW_WEIGHT * rng.standard_normal(shape)
    if name == "recurrent":
        return _NEW_RECURRENCE * np.eye(shape[0], shape[1])
    return np.zeros(shape)


def _with_shared(made: Expression, node: Expression) -> Expression:
    """Give an expression the parameters that it shares with the one it comes in the place of."""
    kept = {name: value for name, value in node.params.items() if name in made.params}
    return made.with_params({**made.params, **kept})


def _argument(index: int) -> Change:
    """Leave one argument of a node alone."""
    return lambda node, rng: node.args[index]


def _beginning(terminal: Expression, bias: np.ndarray, recurrent: np.ndarray | None) -> Expression:
    """Give a terminal another bias, and let it read the accumulator as told, or not at all."""
    params = dict(terminal.params)
    for name in ("bias", "value"):
        if name in params:
            params[name] = bias
    if "recurrent" in params:
        shape = params["recurrent"].shape
        params["recurrent"] = np.zeros(shape) if recurrent is None else recurrent
    return terminal.with_params(params)


def _changed(
    expression: Expression, path: tuple[int, ...], change: Change, rng: np.random.Generator
) -> Expression:
    if not path:
        return change(expression, rng)
    args = list(expression.args)
    args[path[0]] = _changed(args[path[0]], path[1:], change, rng)
    return expression.with_args(tuple(args))


def _n_features(terminal: Production) -> int:
    return len(getattr(terminal, "features", ()))


def _n_read(expression: Expression) -> int:
    return sum(_n_features(node.production) for _, node in expression.walk())
