"""The numbers of a leaf as a table: classes by features, for each standard deviation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..grammar import Affine, Constant
from .expression import Array, Expression
from .folds import own_accumulator, sees_others
from .scales import readings
from .text import PREVIOUS, column_names, output_names

if TYPE_CHECKING:
    from .program import Program

AT_MEAN = "at the mean"
AT_ZERO = "constant"
# What the arguments of these give is added up at most, so that what all classes share decides
# nothing.
_ADDITIVE = frozenset(["add", "choice", "over_stream", "prefixes"])


@dataclass(frozen=True)
class ClassTable:
    """What a leaf adds to the value of each class.

    Parameters
    ----------
    rows : tuple of str
        The classes.
    columns : tuple of str
        The features that are read, and last the value where all of them are at their mean, or 0
        where their means are not known. It is less its mean over the classes, unless that
        would change what the program decides for, as in a product.
    values : ndarray of shape (n_rows, n_columns)
        Change of the value for a standard deviation of the feature, or for 1 where deviations
        are not known.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array


def class_tables(program: Program) -> dict[int, ClassTable]:
    """Give the tables of all leaves that have an output for each of several classes.

    Parameters
    ----------
    program : Program
        The program.

    Returns
    -------
    tables : dict of int to ClassTable
        By the id of the node.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> text = "SlideWindowAvg[5](Affine[all](a: 2*x0, b: -x0, c: 3))"
    >>> grammar = Grammar.paper({"all": [0, 1]})
    >>> program = Program.parse(text, grammar, classes=["a", "b", "c"])
    >>> (table,) = class_tables(program).values()
    >>> table.columns
    ('x0', 'constant')
    >>> table.values.tolist()
    [[2.0, -1.0], [-1.0, -1.0], [0.0, 2.0]]
    """
    tables = {
        id(node): _of_constant(program, node)
        for _, node in program.expression.walk()
        if node.width > 1 and isinstance(node.production, Constant)
    }
    shifted = set(_shifted(program.expression))
    for node, key in readings(program.expression):
        if node.width > 1:
            means, spreads = np.zeros(1), np.ones(1)
            if program.scales is not None:
                means, spreads = program.scales.of(node, key)
            at_mean = node.params["bias"] + (node.params["weight"] * means).sum(axis=1)
            at_mean = at_mean - at_mean.mean() if id(node) in shifted else at_mean
            tables[id(node)] = _of_affine(program, node, spreads, at_mean)
    return tables


def _shifted(node: Expression) -> Iterator[int]:
    """Give the ids of the leaves that may give more for all classes, and nothing is changed."""
    if not node.args:
        yield id(node)
    elif node.production.meaning in _ADDITIVE:
        for arg in node.args:
            yield from _shifted(arg)


def _of_constant(program: Program, node: Expression) -> ClassTable:
    rows = output_names(node.width, program.classes)
    return ClassTable(rows, (AT_ZERO,), node.params["value"][:, None])


def _of_affine(program: Program, node: Expression, spreads: Array, at_mean: Array) -> ClassTable:
    assert isinstance(node.production, Affine)
    names = column_names(program.n_features, program.feature_names)
    columns = [names[i] for i in node.production.features]
    parts = [node.params["weight"] * spreads]
    if node.accumulator and not sees_others(node):
        columns.append(PREVIOUS)
        parts.append(own_accumulator(node))
    elif node.accumulator:
        columns += _previous(program, node.accumulator)
        parts.append(node.params["recurrent"])
    columns.append(AT_ZERO if program.scales is None else AT_MEAN)
    values = np.hstack([*parts, at_mean[:, None]])
    kept = np.flatnonzero(values.any(axis=0))
    kept = kept if len(kept) else np.array([len(columns) - 1])
    rows = output_names(node.width, program.classes)
    return ClassTable(rows, tuple(columns[i] for i in kept), values[:, kept])


def _previous(program: Program, width: int) -> list[str]:
    if width == 1:
        return [PREVIOUS]
    return [f"{PREVIOUS}[{name}]" for name in output_names(width, program.classes)]


def largest_of(tables: dict[int, ClassTable]) -> float:
    """Give the largest size of a weight in some tables, so that their colours compare.

    Values at the mean are often larger by far, and would leave weights without colour; they
    count where there are no weights.
    """
    weights = [_weights(table) for table in tables.values()]
    largest = max((_size(values) for values in weights), default=0.0)
    return largest or max((_size(table.values) for table in tables.values()), default=0.0)


def _weights(table: ClassTable) -> Array:
    values = table.values
    return values[:, :-1] if table.columns[-1] in (AT_MEAN, AT_ZERO) else values


def _size(values: Array) -> float:
    return float(np.nanmax(np.abs(values), initial=0.0))
