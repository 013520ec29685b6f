"""Programs that are linear in their parameters, and what they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..grammar import Affine, Constant, Production, StreamKey
from ..program import Expression
from ..program.expression import Array

# A statistic of a feature.
Column = tuple[StreamKey, int]


@dataclass(frozen=True)
class Leaf:
    """A terminal of a linear program.

    Parameters
    ----------
    path : tuple of int
        Where it stands.
    columns : tuple of Column
        What it reads; nothing for a constant.
    """

    path: tuple[int, ...]
    columns: tuple[Column, ...]


def linear_leaves(expression: Expression) -> tuple[Leaf, ...] | None:
    """Give the terminals of a program that is linear in its parameters; None of any other."""
    try:
        return tuple(_leaves(expression, (), None))
    except _NotLinearError:
        return None


class _NotLinearError(Exception):
    """A program is not linear in its parameters."""


def _leaves(node: Expression, path: tuple[int, ...], key: StreamKey | None) -> Iterator[Leaf]:
    production = node.production
    if isinstance(production, Affine) and key is not None:
        yield Leaf(path, tuple((key, feature) for feature in production.features))
    elif isinstance(production, Constant):
        yield Leaf(path, ())
    elif _hands_on(production):
        if production.stream is not None:
            key = production.stream
        for i, arg in enumerate(node.args):
            yield from _leaves(arg, (*path, i), key)
    else:
        raise _NotLinearError


def keeps_linear(production: Production) -> bool:
    """Whether a linear program is another linear one where a production comes into it."""
    return isinstance(production, Affine | Constant) or _hands_on(production)


def _hands_on(production: Production) -> bool:
    """Whether a value is the sum of the arguments' values."""
    n_arguments = len(production.arguments)
    if production.walks_frames or not n_arguments:
        return False
    of_one = n_arguments == 1 and (production.stream is not None or production.takes_lists)
    return of_one or production.affine


def columns_read(program: Expression) -> tuple[Column, ...]:
    """Give what a linear program reads, each column once."""
    leaves = linear_leaves(program)
    assert leaves is not None
    return tuple(dict.fromkeys(column for leaf in leaves for column in leaf.columns))


def with_params(
    node: Expression,
    path: tuple[int, ...],
    params: dict[tuple[int, ...], dict[str, Array]],
) -> Expression:
    """Give a program other parameters, by where they stand below a path."""
    args = tuple(with_params(arg, (*path, i), params) for i, arg in enumerate(node.args))
    here = params.get(path, dict(node.params))
    return Expression(node.production, node.width, node.accumulator, args, here)
