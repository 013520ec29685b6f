"""Summands of sums of readers, and the programs that sums of them are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ..grammar import (
    ATOM_TO_ATOM,
    RAW,
    Add,
    Affine,
    Grammar,
    Kind,
    Multiply,
    Production,
    Signature,
)
from ..program import Expression
from .drafts import canonical
from .linear_programs import Column
from .problem import Problem


@dataclass(frozen=True)
class Summand:
    """A reader of an ``Affine``.

    Parameters
    ----------
    readers : tuple of Production
        Productions around the function of frames, outermost first.
    terminal : Affine
        The function.
    """

    readers: tuple[Production, ...]
    terminal: Affine

    @property
    def columns(self) -> tuple[Column, ...]:
        """What it reads."""
        key = self.readers[-1].stream
        assert key is not None
        return tuple((key, feature) for feature in self.terminal.features)

    def __str__(self) -> str:
        return f"{self.readers[-1]}({self.terminal})"


def summands(grammar: Grammar, signature: Signature) -> list[Summand]:
    """Give the summands of a grammar that read statistics, in its order."""
    terminals = [p for p in grammar.of(ATOM_TO_ATOM) if isinstance(p, Affine)]
    return [
        Summand(readers, terminal)
        for readers in _readers(grammar, signature)
        for terminal in terminals
    ]


def _readers(grammar: Grammar, signature: Signature) -> Iterator[tuple[Production, ...]]:
    for production in grammar.of(signature):
        if len(production.arguments) != 1 or production.walks_frames:
            continue
        inner = production.arguments[0].signature
        if inner.input is Kind.ATOM:
            # What is made of streams by weights of its own is not linear in them.
            if production.stream is not None:
                yield (production,)
        elif inner != signature:
            yield from ((production, *rest) for rest in _readers(grammar, inner))


def sum_of(chosen: Sequence[Summand], width: int, grammar: Grammar) -> Expression | None:
    """Give a sum as a program with parameters of 0; None where the grammar has none.

    Sums stand as deep as they can, so that what all summands share is written once.
    """
    by_outer: dict[tuple[Production, ...], list[Summand]] = {}
    for summand in chosen:
        by_outer.setdefault(summand.readers[:-1], []).append(summand)
    parts = []
    for outer, members in by_outer.items():
        part = _joined([read(m, width) for m in members], grammar)
        for production in reversed(outer):
            part = None if part is None else Expression(production, width, 0, (part,), {})
        parts.append(part)
    whole = [part for part in parts if part is not None]
    return _joined(whole, grammar) if len(whole) == len(parts) else None


def program_of(chosen: Sequence[Summand], problem: Problem) -> Expression | None:
    """Give a sum as a program of a problem; None where the grammar has none within the depth."""
    whole = sum_of(chosen, problem.n_outputs, problem.grammar)
    if whole is None or whole.depth > problem.max_depth:
        return None
    return canonical(whole, problem.grammar)


def read(summand: Summand, width: int) -> Expression:
    """Give a summand without what its reader stands in, with parameters of 0."""
    shapes = summand.terminal.parameter_shapes(width, 0)
    params = {name: np.zeros(shape) for name, shape in shapes.items()}
    terminal = Expression(summand.terminal, width, 0, (), params)
    return Expression(summand.readers[-1], width, 0, (terminal,), {})


def _joined(parts: Sequence[Expression], grammar: Grammar) -> Expression | None:
    """Give the sum of expressions of one signature."""
    add = Add(parts[0].signature)
    if len(parts) > 1 and add not in grammar.productions:
        return None
    return reduce(lambda left, right: Expression(add, left.width, 0, (left, right), {}), parts)


def columns_of(chosen: Sequence[Summand]) -> tuple[Column, ...]:
    return tuple(dict.fromkeys(column for summand in chosen for column in summand.columns))


def plus_product(
    whole: Expression,
    pair: tuple[Summand, Summand],
    factors: tuple[Expression, Expression],
) -> Iterator[Expression]:
    """Add a product of readers to a program, in each of the forms that a grammar may have.

    Parameters
    ----------
    whole : Expression
        The program.
    pair : (Summand, Summand)
        What the product is of.
    factors : (Expression, Expression)
        The same as :func:`read` gives it, with any parameters.

    Yields
    ------
    program : Expression
        The same function each time.
    """
    for product in _products(pair, factors):
        yield Expression(Add(whole.signature), whole.width, 0, (whole, product), {})
        shared = whole.production
        hands_on = len(whole.args) == 1 and not shared.walks_frames
        if shared == product.production and hands_on and shared.stream in (None, RAW):
            inner = (*whole.args, *product.args)
            joined = Expression(Add(inner[0].signature), whole.width, 0, inner, {})
            yield Expression(shared, whole.width, 0, (joined,), {})


def _products(
    pair: tuple[Summand, Summand], factors: tuple[Expression, Expression]
) -> Iterator[Expression]:
    """A product of what is read, and where both factors read frames, also of what is of frames."""
    outer = [factor.readers[:-1] for factor in pair]
    if outer[0] == outer[1]:
        yield _within(outer[0], _times(*factors))
    else:
        yield _times(*(_within(of, f) for of, f in zip(outer, factors, strict=True)))
    if pair[0].readers == pair[1].readers and pair[0].readers[-1].stream == RAW:
        yield _within(pair[0].readers, _times(*(factor.args[0] for factor in factors)))


def _times(first: Expression, second: Expression) -> Expression:
    return Expression(Multiply(first.signature), first.width, 0, (first, second), {})


def _within(outer: Sequence[Production], part: Expression) -> Expression:
    for production in reversed(outer):
        part = Expression(production, part.width, 0, (part,), {})
    return part
