"""Summands of sums of readers, and the programs that sums of them are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ..grammar import (
    ATOM_TO_ATOM,
    Add,
    Affine,
    Grammar,
    Kind,
    Production,
    Signature,
)
from ..program import Expression
from .linear import Column


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
        part = _joined([_read(m, width) for m in members], grammar)
        for production in reversed(outer):
            part = None if part is None else Expression(production, width, 0, (part,), {})
        parts.append(part)
    whole = [part for part in parts if part is not None]
    return _joined(whole, grammar) if len(whole) == len(parts) else None


def _read(summand: Summand, width: int) -> Expression:
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
