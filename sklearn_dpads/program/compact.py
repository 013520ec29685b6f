"""Programs in one short line, for tables: ``avg10(overlap) > 1.24 ? nose : acc·axis``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..grammar import RAW, Affine, StreamKey, TemporalFilter, UserProduction
from ..grammar.spans import Span, span_label
from ..grammar.statistics import MEAN, Statistic
from ..grammar.text import format_name
from .expression import Expression
from .numbers import format_number
from .scales import offsets_of
from .text import column_names, format_feature, format_output, output_names

if TYPE_CHECKING:
    from .program import Program


def compact(program: Program, digits: int = 3) -> str:
    """Give a program in one line; :meth:`Program.compact` describes it."""
    return compact_part(program, program.expression, digits)


def compact_part(program: Program, part: Expression, digits: int = 3) -> str:
    """Give a part of a program in one line, its thresholds as they stand in that of the whole."""
    return _Line(program, digits).value(part)


class _Line:
    """Writes expressions; what reads frames stands innermost, around the group that it reads."""

    def __init__(self, program: Program, digits: int) -> None:
        self._digits = digits
        self._classes = program.classes
        self._columns = column_names(program.n_features, program.feature_names)
        self._offsets = offsets_of(program.expression, program.scales)

    def value(self, node: Expression, key: StreamKey = RAW) -> str:
        """Give an expression, where frames are what the key says."""
        production = node.production
        meaning = production.meaning
        if meaning == "affine_map":
            return self._read(self._affine(node), key)
        if meaning == "frame":
            return self._read("frame", key)
        if meaning == "constant":
            values = node.params["value"]
            return self._number(values[0]) if len(values) == 1 else "const"
        if meaning == "add":
            return _sum(self._terms(node, key))
        if meaning == "multiply":
            return "·".join(self._part(m, key, ("add", "choice")) for m in node.members())
        if meaning == "choice":
            condition, then, other = node.args
            first = self._condition(condition, key)
            second = self._part(then, key, ("choice",))
            return f"{first} ? {second} : {self.value(other, key)}"
        if meaning == "side_by_side":
            names = [format_output(name) for name in output_names(node.width, self._classes)]
            parts = [self._part(arg, key, ("choice",)) for arg in node.args]
            return "; ".join(f"{n}: {part}" for n, part in zip(names, parts, strict=True))
        return self._over_lists(node, key)

    def _over_lists(self, node: Expression, key: StreamKey) -> str:
        production = node.production
        meaning = production.meaning
        if meaning == "prefixes":
            return self.value(node.args[0])
        if meaning == "over_stream":
            assert production.stream is not None
            return self.value(node.args[0], production.stream)
        inside = [self.value(arg, key) for arg in node.args]
        if meaning == "statistic_of_values":
            statistic = getattr(production, "statistic", MEAN)
            span: Span = getattr(production, "window", None)
            return f"{_read_as(statistic, span)}{{{inside[0]}}}"
        if isinstance(production, TemporalFilter):
            return f"wave{production.window}({inside[0]})"
        name = production.name if isinstance(production, UserProduction) else "fold"
        return f"{name}({', '.join(inside)})"

    def _terms(self, node: Expression, key: StreamKey) -> list[str]:
        """Give the terms of a sum; what is read in one way is read once, at its first place."""
        members = list(self._members(node, key))
        read: dict[StreamKey, list[str]] = {}
        for member, of in members:
            if member.production.meaning == "affine_map":
                read.setdefault(of, []).append(self._affine(member))
        terms = []
        for member, of in members:
            if member.production.meaning != "affine_map":
                terms.append(self._part(member, of, ("choice",)))
            elif names := read.pop(of, None):
                terms += self._read_together(list(dict.fromkeys(names)), of)
        return terms

    def _members(self, node: Expression, key: StreamKey) -> Iterator[tuple[Expression, StreamKey]]:
        """Give members of sums within sums, and what stands for frames there."""
        meaning = node.production.meaning
        if meaning == "add":
            for member in node.members():
                yield from self._members(member, key)
        elif meaning in ("over_stream", "prefixes"):
            yield from self._members(node.args[0], node.production.stream or key)
        else:
            yield node, key

    def _read_together(self, names: list[str], key: StreamKey) -> list[str]:
        if key.kind == "raw" or len(names) == 1:
            return [self._read(name, key) for name in names]
        if all(name.startswith("-") for name in names):
            return [self._read(f"-{_sum([name[1:] for name in names])}", key)]
        # A sign that comes first would be taken for that of the whole.
        return [self._read(_sum(sorted(names, key=lambda name: name.startswith("-"))), key)]

    def _part(self, node: Expression, key: StreamKey, looser: tuple[str, ...]) -> str:
        """Give a part of a sum or a product, in parentheses where it binds less."""
        text = self.value(node, key)
        inner = node
        while inner.production.meaning in ("over_stream", "prefixes"):
            key = inner.production.stream or key
            inner = inner.args[0]
        loose = inner.production.meaning in looser
        if inner.production.meaning == "add":
            loose = loose and len(self._terms(inner, key)) > 1
        return f"({text})" if loose else text

    def _condition(self, node: Expression, key: StreamKey) -> str:
        """Give a comparison: of a feature with a threshold, or of a value with 0."""
        inner = node
        while inner.production.meaning in ("over_stream", "prefixes"):
            key = inner.production.stream or key
            inner = inner.args[0]
        if inner.production.meaning == "affine_map" and not inner.accumulator:
            (weights,) = inner.params["weight"]
            (places,) = np.nonzero(weights)
            if len(places) == 1:
                weight, bias = weights[places[0]], inner.params["bias"][0]
                sign = ">" if weight > 0 else "<"
                name = self._read(self._column(inner, places[0]), key)
                return f"{name} {sign} {self._threshold(-bias / weight, inner, places[0])}"
        return f"{self._part(node, key, ('choice',))} > 0"

    def _threshold(self, value: float, node: Expression, place: int) -> str:
        offset = self._offsets.get(id(node), np.zeros(place + 1))[place]
        if offset == 0.0:
            return self._number(value)
        # As many digits as the mean is printed with tell thresholds apart.
        return format_number(value, max(self._digits, len(f"{abs(offset):g}")))

    def _affine(self, node: Expression) -> str:
        """Give the one feature that is read, or the group."""
        assert isinstance(node.production, Affine)
        places = np.flatnonzero(node.params["weight"].any(axis=0))
        if len(places) == 1:
            weights = node.params["weight"][:, places[0]]
            name = self._column(node, int(places[0]))
            return f"-{name}" if len(weights) == 1 and weights[0] < 0 else name
        return format_name(node.production.group)

    def _column(self, node: Expression, place: int) -> str:
        assert isinstance(node.production, Affine)
        return format_feature(self._columns[node.production.features[place]])

    def _read(self, text: str, key: StreamKey) -> str:
        if key.kind == "raw":
            return text
        sign, name = ("-", text[1:]) if text.startswith("-") else ("", text)
        centered = "~" if key.kind == "centered" else ""
        return f"{sign}{centered}{_read_as(key.statistic, key.window)}({name})"

    def _number(self, value: float) -> str:
        return format_number(float(value), self._digits)


def _sum(terms: list[str]) -> str:
    first, *rest = terms
    signed = (f"- {term[1:]}" if term.startswith("-") else f"+ {term}" for term in rest)
    return " ".join([first, *signed])


def _read_as(statistic: Statistic, span: Span) -> str:
    """Give the short name of a reader: ``avg10``, ``std1/3``, ``max``."""
    return statistic.name.lower() + ("" if span is None else span_label(span))
