"""Programs as formulas in LaTeX."""

from __future__ import annotations

from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..grammar import LIST_TO_LIST, Part, Span, Statistic, StreamKey, TemporalFilter, UserProduction
from ..grammar.filters import LEAST_SPREAD
from ..grammar.spans import span_label
from ..grammar.statistics import MEAN
from ..grammar.user import split_template
from ..program.expression import Array
from ..program.meaning import Meaning, Node
from ..program.numbers import (
    NumberTexts,
    around,
)
from ..program.scales import offsets_of
from .common import check_positive
from .latex_symbols import LatexNumbers, Symbols, escape

if TYPE_CHECKING:
    from ..program.intervals import ProgramIntervals
    from ..program.program import Program


def to_latex(
    program: Program, precision: int = 3, intervals: ProgramIntervals | None = None
) -> str:
    """Give a program as a formula; :meth:`Program.to_latex` describes it."""
    check_positive("precision", precision)
    return _Formulas(program, LatexNumbers(program, precision, intervals)).formula()


class _Binding(IntEnum):
    """How tightly the parts of a formula hold together."""

    CASES = 0
    SUM = 1
    PRODUCT = 2
    WHOLE = 3


class _Formula(NamedTuple):
    text: str
    binding: _Binding

    def within(self, binding: _Binding) -> str:
        """Give the text, in parentheses unless it holds together at least so tightly."""
        if self.binding >= binding:
            return self.text
        return rf"\left( {self.text} \right)"


class _Point(NamedTuple):
    """What an atom->atom expression reads: a frame or a mean of frames, at a time.

    Its meaning is summed over the frames `of` a time, and written with some symbols.
    """

    time: str
    mark: str = "{}"
    meaning: str = ""
    of: str = "s"
    symbols: tuple[tuple[str, str], ...] = ()


class _Formulas(Meaning[str, _Point, _Formula]):
    """Writes the value of a program, and below it what its symbols stand for."""

    def __init__(self, program: Program, numbers: NumberTexts) -> None:
        self._program = program
        self._numbers = numbers
        self._symbols = Symbols(program.n_features, program.feature_names, program.classes)
        self._definitions: dict[str, str] = {}
        self._offsets = offsets_of(program.expression, program.scales)
        folds = [e for _, e in program.expression.walk() if e.production.recurrent]
        self._accumulators = {
            id(fold): "a" if len(folds) == 1 else f"a^{{({i})}}"
            for i, fold in enumerate(folds, start=1)
        }
        nodes = [node for _, node in program.expression.walk()]
        filters = [node for node in nodes if isinstance(node.production, TemporalFilter)]
        self._filters = {
            id(node): "" if len(filters) == 1 else f"^{{({i})}}"
            for i, node in enumerate(filters, start=1)
        }
        self._accumulator = ""

    def formula(self) -> str:
        program = self._program
        time = "t" if program.expression.signature == LIST_TO_LIST else "T"
        name = "y" if program.n_outputs == 1 else r"\mathbf{y}"
        left = f"{name}_{{t}}" if time == "t" else name
        value = self.over_list(program.expression, time).text
        lines = [f"{left} &= {value}"]
        if program.n_outputs > 1 and program.classes is not None:
            before = "t," if time == "t" else ""
            indices = self._symbols.outputs(program.n_outputs)
            parts = ", ".join(f"y_{{{before}{index}}}" for index in indices)
            lines.append(rf"{left} &= \left( {parts} \right)^\top")
        lines += [f"{left} &= {right}" for left, right in self._definitions.items()]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def stream(self, key: StreamKey, sequence: str) -> _Point:
        if key.kind == "causal" and key.statistic != MEAN:
            return _statistic(key.statistic, key.window, sequence)
        if key.kind == "causal":
            return _causal_mean(key.window, sequence)
        if key.kind == "centered":
            assert isinstance(key.window, int)
            return _centered(key.statistic, key.window, sequence)
        return _Point(sequence)

    def filtered(self, node: Node, sequence: str) -> _Point:
        label, half = self._filters[id(node)], node.production.window // 2
        name = rf"k{label}(\tau)"
        frequency, spread = self._numbers.of(node, _sizes_of_filter)
        phase = rf"{frequency} \, \tau"
        fraction = rf"\frac{{{phase}}}{{{spread}}}"
        shape = rf"\exp\left( -\frac{{1}}{{2}} \left( {fraction} \right)^2 \right) \cos({phase})"
        ends = rf"{{\tau=-{half}}}^{{{half}}}"
        meaning = rf"\frac{{1}}{{\sum_{ends} |{name}|}} \sum_{ends} {name} \,"
        mark = rf"\widehat{{{{{{}}}}}}{label.replace('{', '{{').replace('}', '}}')}"
        frames = rf"\max(1, t - {half} - \tau)"
        return _Point(sequence, mark, meaning, frames, ((name, shape),))

    def statistic_of_values(self, node: Node, sequence: str) -> _Formula:
        inner = self.over_stream(node, "s").within(_Binding.PRODUCT)
        statistic = node.production.statistic
        if statistic != MEAN:
            first, last = _ends(sequence, node.production.window)
            operator = rf"\{statistic.name.lower()}_{{s={first}}}^{{{last}}}"
            return _Formula(f"{operator} {inner}", _Binding.SUM)
        return _Formula(f"{_mean_up_to(sequence, node.production.window)} {inner}", _Binding.SUM)

    def fold(self, node: Node, sequence: str) -> _Formula:
        name = self._accumulators[id(node)]
        bold = name if node.width == 1 else name.replace("a", r"\mathbf{a}")
        self._accumulator = name
        self._definitions[f"{bold}_{{t}}"] = self.over_stream(node, "t").text
        self._definitions[f"{bold}_{{0}}"] = self._vector(node, "initial").text
        return _Formula(f"{bold}_{{{sequence}}}", _Binding.WHOLE)

    def add(self, node: Node, left: _Formula, right: _Formula) -> _Formula:
        return _Formula(_sum([arg.within(_Binding.SUM) for arg in (left, right)]), _Binding.SUM)

    def multiply(self, node: Node, left: _Formula, right: _Formula) -> _Formula:
        sign = r"\cdot" if node.width == 1 else r"\odot"
        factors = [arg.within(_Binding.PRODUCT) for arg in (left, right)]
        return _Formula(f" {sign} ".join(factors), _Binding.PRODUCT)

    def choice(self, node: Node, condition: _Formula, then: _Formula, other: _Formula) -> _Formula:
        lines = [
            rf"{then.text} & \text{{if }} {condition.within(_Binding.SUM)} \ge 0 \\",
            rf"{other.text} & \text{{otherwise}}",
        ]
        text = "\n".join([r"\begin{cases}", *lines, r"\end{cases}"])
        return _Formula(text, _Binding.CASES)

    def side_by_side(self, node: Node, *values: _Formula) -> _Formula:
        return _column(list(values))

    def call(self, node: Node, *args: _Formula) -> _Formula:
        return _call(node.production, args)

    def constant(self, node: Node, x: _Point, state: _Formula | None) -> _Formula:
        return self._vector(node, "value")

    def frame(self, node: Node, x: _Point, state: _Formula | None) -> _Formula:
        self._define(x)
        if node.width == 1:
            return _Formula(self._feature(0, x), _Binding.WHOLE)
        frame = x.mark.format(r"\mathbf{x}")
        return _Formula(f"{frame}_{{{x.time}}}", _Binding.WHOLE)

    def affine_map(self, node: Node, x: _Point, state: _Formula | None) -> _Formula:
        columns = [self._feature(j, x) for j in node.production.features]
        offsets = self._offsets.get(id(node), np.zeros(len(columns)))
        variables = [
            variable if offset == 0.0 else rf"\left( {around(variable, offset)[1:-1]} \right)"
            for variable, offset in zip(columns, offsets, strict=True)
        ]
        if node.params["weight"].any():
            self._define(x)
        if node.accumulator:
            indices = self._symbols.outputs(node.accumulator)
            previous = [",".join(filter(None, ["t-1", index])) for index in indices]
            variables += [f"{self._accumulator}_{{{index}}}" for index in previous]

        def table(part: Node) -> Array:
            """Weights, and constants around the means that features are printed around."""
            weights, bias = part.params["weight"], part.params["bias"]
            bias = bias + weights @ offsets if offsets.any() else bias
            of_previous = [part.params["recurrent"]] if node.accumulator else []
            return np.column_stack([weights, *of_previous, bias])

        values, texts = table(node), self._numbers.of(node, table)
        rows = zip(values, texts, strict=True)
        return _column([_row(of_row, text, variables) for of_row, text in rows])

    def _vector(self, node: Node, name: str) -> _Formula:
        def column(part: Node) -> Array:
            values: Array = part.params[name][:, None]
            return values

        rows = zip(column(node), self._numbers.of(node, column), strict=True)
        return _column([_row(values, texts, []) for values, texts in rows])

    def _feature(self, column: int, point: _Point) -> str:
        return self._symbols.feature(column, point.time, point.mark)

    def _define(self, point: _Point) -> None:
        if point.meaning:
            left = point.mark.format(r"\mathbf{x}") + "_{t}"
            self._definitions[left] = rf"{point.meaning} \mathbf{{x}}_{{{point.of}}}"
            self._definitions.update(point.symbols)


def _causal_mean(span: Span, time: str) -> _Point:
    label = "" if span is None else f"^{{{{({span_label(span)})}}}}"
    return _Point(time, r"\overline{{{}}}" + label, _mean_up_to("t", span))


def _statistic(statistic: Statistic, span: Span, time: str) -> _Point:
    name = statistic.name.lower()
    of = "" if span is None else f"\\,({span_label(span)})"
    first, last = _ends("t", span)
    meaning = rf"\operatorname{{{name}}}_{{s={first}}}^{{{last}}}"
    return _Point(time, rf"{{}}^{{{{\mathrm{{{{{name}}}}}{of}}}}}", meaning)


def _ends(time: str, span: Span) -> tuple[str, str]:
    """Give the first and the last frame of a span of the frames up to a time."""
    if not isinstance(span, Part):
        return ("1" if span is None else rf"\max(1, {time} - {span - 1})"), time
    first = "1" if span.number == 1 else f"{_frames_up_to(span.number - 1, span, time)} + 1"
    if span.number == span.of:
        return first, time
    return first, rf"\max({first}, {_frames_up_to(span.number, span, time)})"


def _frames_up_to(number: int, span: Part, time: str) -> str:
    factor = "" if number == 1 else str(number)
    return rf"\lfloor {factor}{time}/{span.of} \rfloor"


def _centered(statistic: Statistic, window: int, time: str) -> _Point:
    half = window // 2
    first, last = rf"\max(1, t - {half})", rf"\min(T, t + {half})"
    if statistic != MEAN:
        name = statistic.name.lower()
        meaning = rf"\operatorname{{{name}}}_{{s={first}}}^{{{last}}}"
        return _Point(time, rf"{{}}^{{{{\mathrm{{{{{name}}}}}\,[{window}]}}}}", meaning)
    meaning = rf"\frac{{1}}{{{last} - {first} + 1}} \sum_{{s={first}}}^{{{last}}}"
    return _Point(time, rf"\widetilde{{{{{{}}}}}}^{{{{({window})}}}}", meaning)


def _mean_up_to(time: str, span: Span) -> str:
    """Give the sum over s, and its factor, that takes the mean of a span."""
    first, last = _ends(time, span)
    count = time if span is None else rf"\min({span}, {time})"
    if isinstance(span, Part):
        count = last if span.number == 1 else f"{last} - {first.removesuffix(' + 1')}"
    return rf"\frac{{1}}{{{count}}} \sum_{{s={first}}}^{{{last}}}"


def _sizes_of_filter(part: Node) -> Array:
    """Frequency and spread, whose signs make no difference."""
    frequency, spread = (abs(float(part.params[name][0])) for name in ("frequency", "spread"))
    return np.array([frequency, max(spread, LEAST_SPREAD)])


def _row(values: Array, texts: Array, variables: list[str]) -> _Formula:
    """Give a sum of terms, and of a constant in the last place."""
    *weights, bias = texts.tolist()
    triples = zip(values[:-1], weights, variables, strict=True)
    terms = [_term(text, variable) for value, text, variable in triples if value != 0]
    if values[-1] != 0 or not terms:
        terms.append(bias)
    if len(terms) > 1 or terms[0].startswith("-"):
        return _Formula(_sum(terms), _Binding.SUM)
    return _Formula(terms[0], _Binding.PRODUCT)


def _term(factor: str, variable: str) -> str:
    if factor in ("1", "-1"):
        return factor.replace("1", variable)
    return rf"{factor} \, {variable}"


def _column(rows: list[_Formula]) -> _Formula:
    if len(rows) == 1:
        return rows[0]
    text = r" \\ ".join(row.text for row in rows)
    return _Formula(rf"\begin{{pmatrix}} {text} \end{{pmatrix}}", _Binding.WHOLE)


def _sum(terms: list[str]) -> str:
    first, *rest = terms
    return " ".join([first, *(f"- {t[1:]}" if t[0] == "-" else f"+ {t}" for t in rest)])


def _call(production: UserProduction, args: tuple[_Formula, ...]) -> _Formula:
    """Fill the user's own template, with parentheses where it has none around an argument."""
    if production.latex_template is None:
        inside = ", ".join(arg.text for arg in args)
        name = escape(production.name)
        return _Formula(rf"\operatorname{{{name}}}\left( {inside} \right)", _Binding.WHOLE)
    texts, order = split_template(production.latex_template)
    text = texts[0]
    for i, (before, after) in zip(order, pairwise(texts), strict=True):
        enclosed = before.rstrip().endswith(("(", "[", ",", "|")) and after.lstrip().startswith(
            (")", "]", ",", "|", r"\right")
        )
        text += args[i].text if enclosed else args[i].within(_Binding.WHOLE)
        text += after
    return _Formula(text, _Binding.SUM)
