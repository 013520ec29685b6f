"""The numbers of a leaf as a table: classes by features, for each standard deviation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..grammar import Affine, Constant
from .expression import Array, Expression
from .folds import own_accumulator, sees_others
from .scales import readings
from .text import PREVIOUS, column_names, output_names

if TYPE_CHECKING:
    from .intervals import ProgramIntervals
    from .program import Program

AT_MEAN = "at the mean"
AT_ZERO = "constant"
# What the arguments of these give is added up at most, so that what all classes share decides
# nothing.
ADDITIVE = frozenset(["add", "choice", "over_stream", "prefixes"])


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
    ends : (ndarray, ndarray) or None, default=None
        Low and high ends of the intervals of the values, where they are known.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array
    ends: tuple[Array, Array] | None = None

    @property
    def half_widths(self) -> Array | None:
        """Halves of the widths of the intervals."""
        return None if self.ends is None else (self.ends[1] - self.ends[0]) / 2

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """Where a number is not 0, but 0 is in its interval, or between it and the number."""
        if self.ends is None:
            return np.zeros(self.values.shape, dtype=bool)
        low, high = np.minimum(self.ends[0], self.values), np.maximum(self.ends[1], self.values)
        unsure: NDArray[np.bool_] = (low <= 0.0) & (high >= 0.0) & (self.values != 0.0)
        return unsure


def class_tables(
    program: Program, intervals: ProgramIntervals | None = None
) -> dict[int, ClassTable]:
    """Give the tables of all leaves that have an output for each of several classes.

    Parameters
    ----------
    program : Program
        The program.
    intervals : ProgramIntervals or None, default=None
        Intervals of its numbers.

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
    whole = _whole_tables(program)
    ends: list[tuple[Array, Array] | None] = [None] * len(whole)
    if intervals is not None:
        intervals.check(program)
        ends = [_ends(intervals, i) for i in range(len(whole))]
    return {
        number: _without_empty(table, of_table)
        for (number, table), of_table in zip(whole.items(), ends, strict=True)
    }


def _ends(intervals: ProgramIntervals, number: int) -> tuple[Array, Array]:
    return intervals.quantiles(lambda refit: list(_whole_tables(refit).values())[number].values)


def _without_empty(table: ClassTable, ends: tuple[Array, Array] | None) -> ClassTable:
    """Leave columns of zeros out, but for one."""
    kept = np.flatnonzero(table.values.any(axis=0))
    kept = kept if len(kept) else np.array([len(table.columns) - 1])
    columns = tuple(table.columns[i] for i in kept)
    kept_ends = None if ends is None else (ends[0][:, kept], ends[1][:, kept])
    return ClassTable(table.rows, columns, table.values[:, kept], kept_ends)


def _whole_tables(program: Program) -> dict[int, ClassTable]:
    """Give tables with all columns, of the same shapes for all numbers that a program may have."""
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
    elif node.production.meaning in ADDITIVE:
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
    rows = output_names(node.width, program.classes)
    return ClassTable(rows, tuple(columns), np.hstack([*parts, at_mean[:, None]]))


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
