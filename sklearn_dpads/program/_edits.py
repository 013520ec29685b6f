"""Single steps that make an expression smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..grammar import (
    ITE,
    Add,
    Affine,
    Fold,
    Multiply,
)
from .expression import Array, Expression

Path = tuple[int, ...]


@dataclass(frozen=True)
class Edit:
    """A change of one place of an expression.

    Parameters
    ----------
    path : tuple of int
        The place, as the numbers of the arguments that lead to it.
    change : callable
        Gives the expression that comes into the place of the one that is there.
    replaces : bool
        Whether another production comes there, so that paths that lead on are void.
    """

    path: Path
    change: Callable[[Expression], Expression]
    replaces: bool

    def apply(self, expression: Expression) -> Expression:
        """Give a whole expression with the place changed."""
        return _changed(expression, self.path, self.change)


def size(expression: Expression) -> int:
    """Number of parts of an expression: productions, and numbers other than 0."""
    numbers = [value for _, node in expression.walk() for value in node.params.values()]
    return expression.n_productions + sum(int(np.count_nonzero(value)) for value in numbers)


def edits(expression: Expression, mean_frame: Array) -> Iterator[Edit]:
    """Give the edits of an expression, in depth-first order.

    Parameters
    ----------
    expression : Expression
        Any expression.
    mean_frame : ndarray of shape (n_features,)
        What a feature is on average; a weight may be dropped for a constant of this times
        the weight, besides being dropped outright.
    """
    for path, node in expression.walk():
        if isinstance(node.production, Add | Multiply):
            yield from (Edit(path, _argument(i), True) for i in (0, 1))
        elif isinstance(node.production, ITE):
            yield from (Edit(path, _argument(i), True) for i in (1, 2))
        elif isinstance(node.production, Fold):
            yield Edit(path, _without_initial, False)
        elif isinstance(node.production, Affine):
            yield from _terms(path, node, mean_frame[list(node.production.features)])


def _terms(path: Path, node: Expression, means: Array) -> Iterator[Edit]:
    for name, values in node.params.items():
        for row, column in zip(*np.nonzero(np.atleast_2d(values.T).T), strict=True):
            yield Edit(path, _without_term(name, row, column, 0.0), False)
            if name == "weight" and means[column] != 0:
                yield Edit(path, _without_term(name, row, column, means[column]), False)


def _argument(i: int) -> Callable[[Expression], Expression]:
    return lambda node: node.args[i]


def _without_initial(node: Expression) -> Expression:
    return node.with_params({"initial": np.zeros(node.width)})


def _without_term(
    name: str, row: int, column: int, mean: float
) -> Callable[[Expression], Expression]:
    """Drop a number of an ``Affine``, and let the bias take over what its term is on average."""

    def change(node: Expression) -> Expression:
        params = {key: value.copy() for key, value in node.params.items()}
        # A bias is a vector, of which this makes a column.
        number = np.atleast_2d(params[name].T).T
        params["bias"][row] += mean * number[row, column]
        number[row, column] = 0.0
        return node.with_params(params)

    return change


def _changed(
    expression: Expression, path: Path, change: Callable[[Expression], Expression]
) -> Expression:
    if not path:
        return change(expression)
    first, *rest = path
    args = list(expression.args)
    args[first] = _changed(args[first], tuple(rest), change)
    return expression.with_args(tuple(args))
