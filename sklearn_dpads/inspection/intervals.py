"""The numbers of a program by their names, with the intervals that refits give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..estimator.result_html import table_html
from ..grammar import Add, Affine, OneVsRest
from ..inputs.optional import import_pandas
from ..program import Expression, Program
from ..program.compact import compact, compact_part
from ..program.identified import affine_of
from ..program.numbers import format_number
from ..program.scales import offsets_of, readings
from ..program.text import PREVIOUS, column_names, output_names, show_name
from .tables import text_table

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
CONSTANT = "constant"
_TITLES = ("value", "interval", "per deviation", "interval", "0 inside", "number")
_MOST_ROWS = 30
_DIGITS = 3
# What is smaller, beside the largest number, is 0 but for rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class NumberInterval:
    """A number of a program, with the interval that most refits lie in.

    Parameters
    ----------
    part : str
        The part of the program that it stands in, in one line.
    output : str
        The class whose value it moves; empty in a part of one value.
    name : str
        The feature that it weighs, or what else it is.
    value, low, high : float
        The number, and the ends of its interval.
    per_deviation, low_per_deviation, high_per_deviation : float
        The same for each standard deviation of what is read; of constants, where all features
        are at their mean.
    """

    part: str
    output: str
    name: str
    value: float
    low: float
    high: float
    per_deviation: float
    low_per_deviation: float
    high_per_deviation: float

    @property
    def includes_zero(self) -> bool:
        """Whether 0 lies in the interval for each standard deviation."""
        return self.low_per_deviation <= 0.0 <= self.high_per_deviation

    @property
    def label(self) -> str:
        """What it is called: its part, its class where there are several, and its name."""
        of = f"{self.output}: " if self.output else ""
        return f"{self.part}  {of}{self.name}"


class NumberTable(list["NumberInterval"]):
    """A list of numbers with intervals that prints as a table; :func:`stability` gives it.

    Parameters
    ----------
    numbers : iterable of NumberInterval
        The numbers, in the order of the program.
    """

    def __repr__(self) -> str:
        if not self:
            return "No numbers."
        return "\n".join([*text_table(_TITLES, self._rows()), *self._left_out()])

    def _repr_html_(self) -> str:
        if not self:
            return "<p>No numbers.</p>"
        rows = self._rows()
        return table_html(_TITLES, rows, [row[-1] for row in rows], self._left_out())

    def largest(self, n_numbers: int) -> NumberTable:
        """Give those that are largest for each standard deviation, the largest first.

        Parameters
        ----------
        n_numbers : int
            How many, at most.
        """
        return NumberTable(sorted(self, key=lambda n: -abs(n.per_deviation))[:n_numbers])

    def to_frame(self) -> pd.DataFrame:
        """Give all numbers as a table of pandas.

        Returns
        -------
        frame : pandas.DataFrame
            One row each, with the columns ``part``, ``output``, ``name``, ``value``, ``low``,
            ``high``, ``per_deviation``, ``low_per_deviation``, ``high_per_deviation`` and
            ``includes_zero``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        columns = [*NumberInterval.__dataclass_fields__, "includes_zero"]
        data = {name: [getattr(number, name) for number in self] for name in columns}
        frame: pd.DataFrame = import_pandas("NumberTable.to_frame").DataFrame(data)
        return frame

    def _shown(self) -> NumberTable:
        return self if len(self) <= _MOST_ROWS else self.largest(_MOST_ROWS)

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                format_number(n.value, _DIGITS),
                _interval(n.low, n.high),
                format_number(n.per_deviation, _DIGITS),
                _interval(n.low_per_deviation, n.high_per_deviation),
                "yes" * n.includes_zero,
                n.label,
            )
            for n in self._shown()
        ]

    def _left_out(self) -> list[str]:
        n_left = len(self) - len(self._shown())
        return [f"… and {n_left} that are smaller; .to_frame() holds all."] * (n_left > 0)


def _interval(low: float, high: float) -> str:
    return f"{format_number(low, _DIGITS)} to {format_number(high, _DIGITS)}"


def intervals(program: Program, refits: Sequence[Program], confidence: float) -> NumberTable:
    """Give the numbers of a program with intervals.

    Parameters
    ----------
    program : Program
        The program, with scales.
    refits : sequence of Program
        It with other numbers, at least one, with the same scales.
    confidence : float
        Share of the refits that an interval holds, as many below it as above.

    Returns
    -------
    table : NumberTable
        Those that are not 0 in all refits.
    """
    named = list(_numbers(program))
    values = np.array([[n.values for n in _numbers(p)] for p in (program, *refits)])
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(values[1:], tails, axis=0)
    sizes = np.abs(values[..., 1]).max(axis=0)
    kept = np.flatnonzero(sizes > _ROUNDING * sizes.max(initial=0.0))
    return NumberTable(
        NumberInterval(
            named[i].part,
            named[i].output,
            named[i].name,
            *(float(x[i, 0]) for x in (values[0], low, high)),
            *(float(x[i, 1]) for x in (values[0], low, high)),
        )
        for i in kept
    )


@dataclass(frozen=True)
class _Number:
    part: str
    output: str
    name: str
    values: tuple[float, float]


def _numbers(program: Program) -> Iterator[_Number]:
    """Give every number with its value for each standard deviation, in the order of the program."""
    keys = {id(node): key for node, key in readings(program.expression)}
    at_mean = _at_mean(program)
    offsets = offsets_of(program.expression, program.scales)
    parts = _parts(program)
    for path, node in program.expression.walk():
        part = parts[path]
        if isinstance(node.production, Affine):
            offset = offsets.get(id(node), np.zeros(len(node.production.features)))
            spreads = np.ones(len(offset))
            if program.scales is not None:
                _, spreads = program.scales.of(node, keys[id(node)])
            yield from _weights(program, node, part, spreads)
            # The constant that is printed is that around the means of features far from 0.
            constant = node.params["bias"] + node.params["weight"] @ offset
            values = np.column_stack([constant, at_mean[id(node)]])
            yield from _of_outputs(program, part, CONSTANT, values)
        else:
            for name, value in node.params.items():
                called = CONSTANT if name == "value" else name
                yield from _of_outputs(program, part, called, np.column_stack([value, value]))


def _at_mean(program: Program) -> dict[int, Array]:
    """Give what ``Affine`` adds where features are at their mean; of a sum the first has it all."""
    found: dict[int, Array] = {}
    for node, key in readings(program.expression):
        centers = np.zeros(node.params["weight"].shape[1])
        if program.scales is not None:
            centers, _ = program.scales.of(node, key)
        found[id(node)] = node.params["bias"] + node.params["weight"] @ centers
    for _, node in program.expression.walk():
        if isinstance(node.production, Add):
            known = [leaf for leaf in map(affine_of, node.members()) if leaf is not None]
            for leaf in known[1:]:
                found[id(known[0])] = found[id(known[0])] + found[id(leaf)]
                found[id(leaf)] = np.zeros_like(found[id(leaf)])
    return found


def _weights(program: Program, node: Expression, part: str, spreads: Array) -> Iterator[_Number]:
    """Weights of features, and of what a ``Fold`` gave for the frame before."""
    assert isinstance(node.production, Affine)
    weight = node.params["weight"]
    columns = column_names(program.n_features, program.feature_names)
    for i, feature in enumerate(node.production.features):
        values = np.column_stack([weight[:, i], weight[:, i] * spreads[i]])
        yield from _of_outputs(program, part, show_name(columns[feature]), values)
    for i, column in enumerate(node.params["recurrent"].T if node.accumulator else ()):
        of = output_names(node.accumulator, program.classes)
        name = PREVIOUS if node.accumulator == 1 else f"{PREVIOUS}[{show_name(of[i])}]"
        yield from _of_outputs(program, part, name, np.column_stack([column, column]))


def _of_outputs(program: Program, part: str, name: str, values: Array) -> Iterator[_Number]:
    outputs = output_names(len(values), program.classes) if len(values) > 1 else ("",)
    for output, (value, per_deviation) in zip(outputs, values, strict=True):
        yield _Number(part, show_name(output), name, (float(value), float(per_deviation)))


def _parts(program: Program) -> dict[tuple[int, ...], str]:
    """By its path, the part of a sum, a product or a choice that each expression stands in."""
    found: dict[tuple[int, ...], str] = {}

    def visit(path: tuple[int, ...], node: Expression, part: str, of_class: str) -> None:
        found[path] = part
        for i, arg in enumerate(node.args):
            inner, of_arg = part, of_class
            if isinstance(node.production, OneVsRest):
                outputs = output_names(len(node.args), program.classes)
                of_arg = f"{show_name(outputs[i])}: "
            if len(node.args) > 1 and arg.production != node.production:
                inner = of_arg + compact_part(program, arg)
            visit((*path, i), arg, inner, of_arg)

    visit((), program.expression, compact(program), "")
    return found
