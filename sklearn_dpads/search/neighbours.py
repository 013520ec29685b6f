"""Programs one edit away from a program, with parameters that keep what it computes.

Some edits begin close to the function they come from, and training only has to find
whether the new part helps: an added summand is near zero, and reads no accumulator yet; so
is an added product of two terminals; an added factor is near one; an added condition has
two branches that repeat the node. ``Input`` is no small part wherever it is added, since
it has no parameters.

The other edits begin elsewhere. A leaf made one of two branches keeps its values, but the
other branch is a new terminal with small weights; a production swapped, removed, or
put around a node changes the function at once. A terminal in the place of another keeps
its bias and what it reads of an accumulator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

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

# Makes another expression of one in its place; whatever is new in it was drawn before.
Change = Callable[[Expression, np.random.Generator], Expression]


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
        Makes what comes there of what is there. What it draws, it does not keep.
    """

    path: tuple[int, ...]
    change: Change

    def apply(self, expression: Expression, rng: np.random.Generator | None = None) -> Expression:
        """Make the edit in a version of the program."""
        rng = np.random.default_rng(0) if rng is None else rng
        return _changed(expression, self.path, self.change, rng)


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
        Source of the small values that new weights begin with.
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
            How many of the edits that bring two new terminals at once are drawn; of
            the others, all are made.

        Returns
        -------
        neighbours : list of (Expression, Edit)
            What each edit makes of the program, and the edit.
        """
        plain = list(self._made(expression, self._edits))
        combined = list(self._made(expression, self._combined))
        shapes = {expression.skeleton()}
        found = []
        for edited, edit in plain + self._drawn(combined, n_combined):
            whole = _changed(expression, edit.path, lambda *_, made=edited: made, self.rng)
            if whole.depth <= self.max_depth and whole.skeleton() not in shapes:
                shapes.add(whole.skeleton())
                found.append((whole, edit))
        return found

    def _made(
        self, expression: Expression, edits: Callable[[Expression], Iterator[Change]]
    ) -> Iterator[tuple[Expression, Edit]]:
        """What each edit of each place puts there."""
        for path, node in expression.walk():
            for change in edits(node):
                yield change(node, self.rng), Edit(path, change)

    def _drawn(self, edits: list[tuple[Expression, Edit]], n: int) -> list[tuple[Expression, Edit]]:
        """Draw some edits, a quarter of them among those that read the most features.

        A product of all features holds the products of every two groups.
        """
        order = self.rng.permutation(len(edits))
        read = np.array([sum(map(_n_read, _leaves(edited))) for edited, _ in edits])
        widest = order[np.argsort(-read[order], kind="stable")] if len(edits) else order
        return [edits[i] for i in dict.fromkeys([*widest[: n // 4], *order])][:n]

    def _edits(self, node: Expression) -> Iterator[Change]:
        yield from self._swap(node)
        yield from self._wrap(node)
        for i, arg in enumerate(node.args):
            if arg.signature == node.signature and arg.width == node.width:
                yield _argument(i)
        if node.args and node.signature.input is Kind.ATOM:
            yield from map(_put, self._terminals(node.width, node.accumulator))

    def _combined(self, node: Expression) -> Iterator[Change]:
        """Edits with two new terminals: a product added, or a leaf made one of two."""
        if node.signature.input is not Kind.ATOM:
            return
        for production in self._of[node.signature]:
            if isinstance(production, Add):
                for other in self._products(node.width, node.accumulator):
                    yield self._around(production, other)
            elif production.branches and not node.args:
                for condition in self._conditions(node):
                    for other in self._terminals(node.width, node.accumulator):
                        yield self._chosen_by(production, condition, other)

    def _swap(self, node: Expression) -> Iterator[Change]:
        """Other productions with the same arguments."""
        if not node.args:
            for terminal in self._terminals(node.width, node.accumulator):
                yield _in_place(terminal)
            return
        for production in self._of[node.signature]:
            if production != node.production and production.arguments == node.production.arguments:
                yield self._exchanged(production)
        yield from self._read_otherwise(node)

    def _read_otherwise(self, node: Expression) -> Iterator[Change]:
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
                yield self._read_by(readers, n_readers)

    def _wrap(self, node: Expression) -> Iterator[Change]:
        """The node as an argument of a new production."""
        for production in self._of[node.signature]:
            if production.neutral is not None:
                bias = np.full(node.width, production.neutral)
                for other in self._simplest(node, node.width, bias):
                    yield self._around(production, other)
            elif production.branches:
                if node.n_productions <= self.largest_repeated:
                    for condition in self._conditions(node):
                        yield self._chosen_by(production, condition, None)
            elif len(production.arguments) == 1 and (
                production.arguments[0].signature == node.signature
            ):
                yield self._around(production)

    def _around(self, production: Production, *others: Expression) -> Change:
        """Put a production around a node, with other arguments behind it."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            args = (node, *others)
            return self._make(production, node.width, node.accumulator, args, rng)

        return change

    def _chosen_by(
        self, production: Production, condition: Expression, other: Expression | None
    ) -> Change:
        """Make a node one of two branches; where there is no other, it is both."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            args = (condition, node, node if other is None else other)
            return self._make(production, node.width, node.accumulator, args, rng)

        return change

    def _exchanged(self, production: Production) -> Change:
        """Put another production in the place of a node's own."""

        def change(node: Expression, rng: np.random.Generator) -> Expression:
            accumulator = production.accumulator_shown(node.width, node.accumulator)
            args = tuple(self._with_accumulator(arg, accumulator, rng) for arg in node.args)
            return self._make(production, node.width, node.accumulator, args, rng)

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

    def _products(self, width: int, accumulator: int) -> Iterator[Expression]:
        """Products of two terminals, small but with a gradient to both."""
        multiply = [p for p in self._of[ATOM_TO_ATOM] if isinstance(p, Multiply)]
        terminals = [
            leaf
            for leaf in self._terminals(width, accumulator, np.zeros(width))
            if not isinstance(leaf.production, Constant)
        ]
        for production in multiply:
            for i, left in enumerate(terminals):
                for right in terminals[i:]:
                    yield self._make(production, width, accumulator, (left, right), self.rng)

    def _conditions(self, node: Expression) -> Iterator[Expression]:
        """Conditions that a place can have: the simplest that read a feature."""
        for condition in self._simplest(node, 1):
            if not any(isinstance(leaf.production, Constant) for leaf in _leaves(condition)):
                yield condition

    def _simplest(
        self, node: Expression, width: int, bias: np.ndarray | None = None
    ) -> Iterator[Expression]:
        """The simplest expressions of a node's signature: one terminal, read from the list."""
        if node.signature.input is Kind.ATOM:
            yield from self._terminals(width, node.accumulator, bias)
            return
        choices = [
            (readers, terminal)
            for readers in self._readers[node.signature]
            for terminal in self._terminals_of(width)
        ]
        # Drawn before they are made, for they are as many as readers times groups.
        if len(choices) > self.most_read:
            drawn = self.rng.choice(len(choices), self.most_read, replace=False)
            choices = [choices[i] for i in sorted(drawn)]
        for readers, terminal in choices:
            accumulator = readers[-1].accumulator_shown(width, 0)
            leaf = self._make(terminal, width, accumulator, (), self.rng)
            leaf = leaf if bias is None else _beginning(leaf, bias, None)
            yield self._read(readers, leaf, width, self.rng)

    def _terminals(
        self, width: int, accumulator: int, bias: np.ndarray | None = None
    ) -> Iterator[Expression]:
        """Terminals that fit a place; where a bias is given, they begin as just that."""
        for production in self._terminals_of(width):
            expression = self._make(production, width, accumulator, (), self.rng)
            yield expression if bias is None else _beginning(expression, bias, None)

    def _terminals_of(self, width: int) -> tuple[Production, ...]:
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
        params = {name: _draw(name, shape, rng) for name, shape in shapes.items()}
        return Expression(production, width, accumulator, args, params)

    def _with_accumulator(
        self, node: Expression, accumulator: int, rng: np.random.Generator
    ) -> Expression:
        if node.accumulator == accumulator:
            return node
        args = tuple(self._with_accumulator(arg, accumulator, rng) for arg in node.args)
        made = self._make(node.production, node.width, accumulator, args, rng)
        kept = {name: value for name, value in node.params.items() if name in made.params}
        return made.with_params({**made.params, **kept})


# New weights begin small, so that what is added changes little, and not at zero, where a product
# has no gradient. An accumulator begins by halving what came before.
_NEW_WEIGHT, _NEW_RECURRENCE = 0.1, 0.5


def _draw(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if name == "weight":
        return _NEW_WEIGHT * rng.standard_normal(shape)
    if name == "recurrent":
        return _NEW_RECURRENCE * np.eye(shape[0], shape[1])
    return np.zeros(shape)


def _argument(index: int) -> Change:
    """Leave one argument of a node alone."""
    return lambda node, rng: node.args[index]


def _put(terminal: Expression) -> Change:
    """Put a terminal in the place of whatever is there."""
    return lambda node, rng: terminal


def _in_place(terminal: Expression) -> Change:
    """Put a terminal in the place of another, whose bias and accumulator it takes over."""

    def change(node: Expression, rng: np.random.Generator) -> Expression:
        bias = node.params.get("bias", node.params.get("value"))
        if bias is None:
            return terminal
        return _beginning(terminal, bias, node.params.get("recurrent"))

    return change


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


def _n_read(leaf: Expression) -> int:
    return len(getattr(leaf.production, "features", ()))


def _leaves(expression: Expression) -> Iterator[Expression]:
    for _, node in expression.walk():
        if not node.args:
            yield node
