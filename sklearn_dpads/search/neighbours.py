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

from collections.abc import Iterator

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

LARGEST_REPEATED = 4


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
    """

    def __init__(
        self, grammar: Grammar, n_features: int, max_depth: int, rng: np.random.Generator
    ) -> None:
        self.grammar, self.n_features, self.max_depth = grammar, n_features, max_depth
        self.rng = rng
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

    def of(self, expression: Expression, *, n_combined: int = 100) -> list[Expression]:
        """Programs one edit away, each shape once, without the program itself.

        Parameters
        ----------
        expression : Expression
            The program.
        n_combined : int, default=100
            How many of the edits that bring two new terminals at once are drawn; of
            the others, all are made.
        """
        plain = [(path, edited) for path, node in expression.walk() for edited in self._edits(node)]
        combined = [
            (path, edited) for path, node in expression.walk() for edited in self._combined(node)
        ]
        found = {expression.skeleton(): expression}
        for path, edited in plain + self._drawn(combined, n_combined):
            if len(path) + edited.depth <= self.max_depth:
                whole = _replace(expression, path, edited)
                found.setdefault(whole.skeleton(), whole)
        return list(found.values())[1:]

    def _drawn(
        self, edits: list[tuple[tuple[int, ...], Expression]], n: int
    ) -> list[tuple[tuple[int, ...], Expression]]:
        """Draw some edits, a quarter of them among those that read the most features.

        A product of all features holds the products of every two groups.
        """
        order = self.rng.permutation(len(edits))
        read = np.array([sum(map(_n_read, _leaves(edited))) for _, edited in edits])
        widest = order[np.argsort(-read[order], kind="stable")] if len(edits) else order
        return [edits[i] for i in dict.fromkeys([*widest[: n // 4], *order])][:n]

    def _edits(self, node: Expression) -> Iterator[Expression]:
        yield from self._swap(node)
        yield from self._wrap(node)
        for arg in node.args:
            if arg.signature == node.signature and arg.width == node.width:
                yield arg
        if node.args and node.signature.input is Kind.ATOM:
            yield from self._terminals(node.width, node.accumulator)

    def _combined(self, node: Expression) -> Iterator[Expression]:
        """Edits with two new terminals: a product added, or a leaf made one of two."""
        if node.signature.input is not Kind.ATOM:
            return
        for production in self._of[node.signature]:
            if isinstance(production, Add):
                for other in self._products(node.width, node.accumulator):
                    yield self._make(production, node.width, node.accumulator, (node, other))
            elif production.branches and not node.args:
                for condition in self._conditions(node):
                    for other in self._terminals(node.width, node.accumulator):
                        args = (condition, node, other)
                        yield self._make(production, node.width, node.accumulator, args)

    def _swap(self, node: Expression) -> Iterator[Expression]:
        """Other productions with the same arguments."""
        if not node.args:
            bias = node.params.get("bias", node.params.get("value"))
            kept = node.params.get("recurrent")
            yield from self._terminals(node.width, node.accumulator, bias, kept)
            return
        for production in self._of[node.signature]:
            if production != node.production and production.arguments == node.production.arguments:
                accumulator = production.accumulator_shown(node.width, node.accumulator)
                args = tuple(self._with_accumulator(arg, accumulator) for arg in node.args)
                yield self._make(production, node.width, node.accumulator, args)
        yield from self._read_otherwise(node)

    def _read_otherwise(self, node: Expression) -> Iterator[Expression]:
        """The same function of frames, read from the list another way."""
        chain, body = [node.production], node
        while len(body.args) == 1 and body.args[0].signature.input is not Kind.ATOM:
            body = body.args[0]
            chain.append(body.production)
        if len(body.args) != 1:
            return
        for readers in self._readers[node.signature]:
            # Readers as long as the node's own are found as swaps of single productions.
            if len(readers) != len(chain):
                yield self._read(readers, body.args[0], node.width)

    def _read(
        self, readers: tuple[Production, ...], function: Expression, width: int
    ) -> Expression:
        accumulator = readers[-1].accumulator_shown(width, 0)
        expression = self._with_accumulator(function, accumulator)
        for production in reversed(readers):
            expression = self._make(production, width, 0, (expression,))
        return expression

    def _wrap(self, node: Expression) -> Iterator[Expression]:
        """The node as an argument of a new production."""
        for production in self._of[node.signature]:
            if production.neutral is not None:
                bias = np.full(node.width, production.neutral)
                for other in self._terminals(node.width, node.accumulator, bias):
                    yield self._make(production, node.width, node.accumulator, (node, other))
            elif production.branches:
                yield from self._branch(production, node)
            elif len(production.arguments) == 1 and (
                production.arguments[0].signature == node.signature
            ):
                yield self._make(production, node.width, node.accumulator, (node,))

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
                    yield self._make(production, width, accumulator, (left, right))

    def _branch(self, production: Production, node: Expression) -> Iterator[Expression]:
        if node.n_productions > LARGEST_REPEATED:
            return
        for condition in self._conditions(node):
            args = (condition, node, node)
            yield self._make(production, node.width, node.accumulator, args)

    def _conditions(self, node: Expression) -> Iterator[Expression]:
        """Conditions that a place can have: the simplest that read a feature."""
        for condition in self._simplest(node, width=1):
            if not any(isinstance(leaf.production, Constant) for leaf in _leaves(condition)):
                yield condition

    def _simplest(self, node: Expression, width: int) -> Iterator[Expression]:
        """The simplest expressions of a node's signature: one terminal, read from the list."""
        if node.signature.input is Kind.ATOM:
            yield from self._terminals(width, node.accumulator)
            return
        for readers in self._readers[node.signature]:
            accumulator = readers[-1].accumulator_shown(width, 0)
            for leaf in self._terminals(width, accumulator):
                yield self._read(readers, leaf, width)

    def _terminals(
        self,
        width: int,
        accumulator: int,
        bias: np.ndarray | None = None,
        recurrent: np.ndarray | None = None,
    ) -> Iterator[Expression]:
        """Terminals that fit a place; where a bias is given, they begin as just that."""
        if width not in self._leaves:
            self._leaves[width] = self.grammar.candidates(
                ATOM_TO_ATOM, width=width, n_features=self.n_features, depth=1
            )
        for production in self._leaves[width]:
            expression = self._make(production, width, accumulator, ())
            params = dict(expression.params)
            for name in ("bias", "value"):
                if name in params and bias is not None:
                    params[name] = bias
            if "recurrent" in params and bias is not None:
                shape = params["recurrent"].shape
                params["recurrent"] = np.zeros(shape) if recurrent is None else recurrent
            yield expression.with_params(params)

    def _make(
        self,
        production: Production,
        width: int,
        accumulator: int,
        args: tuple[Expression, ...],
    ) -> Expression:
        shapes = production.parameter_shapes(width, accumulator)
        params = {name: self._draw(name, shape) for name, shape in shapes.items()}
        return Expression(production, width, accumulator, args, params)

    def _draw(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        if name == "weight":
            return 0.1 * self.rng.standard_normal(shape)
        if name == "recurrent":
            return 0.5 * np.eye(*shape)
        return np.zeros(shape)

    def _with_accumulator(self, node: Expression, accumulator: int) -> Expression:
        if node.accumulator == accumulator:
            return node
        args = tuple(self._with_accumulator(arg, accumulator) for arg in node.args)
        made = self._make(node.production, node.width, accumulator, args)
        kept = {name: value for name, value in node.params.items() if name in made.params}
        return made.with_params({**made.params, **kept})


def _replace(expression: Expression, path: tuple[int, ...], edited: Expression) -> Expression:
    if not path:
        return edited
    args = list(expression.args)
    args[path[0]] = _replace(args[path[0]], path[1:], edited)
    return expression.with_args(tuple(args))


def _n_read(leaf: Expression) -> int:
    return len(getattr(leaf.production, "features", ()))


def _leaves(expression: Expression) -> Iterator[Expression]:
    for _, node in expression.walk():
        if not node.args:
            yield node
