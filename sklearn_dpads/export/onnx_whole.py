"""Operators of ONNX for programs of a value per sequence, which read nothing in vain.

Sequences may differ in length, so a span is cut out of all of them from where the first one begins
to where the last one ends, and in each sequence what is not of its own span is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial, reduce

import numpy as np

from ..grammar import STATISTICS, Part, Span, Statistic, StreamKey
from ..program.meaning import Node
from ..program.prefixes import filter_weights
from ..program.whole import columns_of
from .onnx_graph import OnnxGraph
from .onnx_operators import Operators, column
from .onnx_windows import over_span


class WholeOperators(Operators):
    """Adds the operators of expressions, and gives the names of their values at the end.

    Parameters
    ----------
    graph : OnnxGraph
        Where they are added.
    n_features : int
        Number of features of a frame.
    """

    def __init__(self, graph: OnnxGraph, n_features: int) -> None:
        super().__init__(graph)
        self._all_columns = tuple(range(n_features))
        self._spans: dict[Span, _Cut] = {}
        # Of what was read of some columns alone.
        self._columns: dict[str, tuple[int, ...]] = {}

    def over_stream(self, node: Node, sequence: None) -> str:
        key, (body,) = node.production.stream, node.args
        columns = tuple(sorted(columns_of(body)))
        if key.statistic not in _FORMS or not columns:
            return self.over_frame(body, self.stream(key, None))
        graph, cut = self._graph, self._span(key.window)
        frames = cut.frames
        if columns != self._all_columns:
            frames = graph.add("Gather", frames, graph.integers(columns), axis=2)
        x = _FORMS[key.statistic](cut, frames)
        self._columns[x] = columns
        return self.over_frame(body, x)

    def stream(self, key: StreamKey, sequence: None) -> str:
        return self._last(super().stream(key, None))

    def filtered(self, node: Node, sequence: None) -> str:
        graph, terms = self._graph, []
        for lag, weight in enumerate(filter_weights(node)):
            before = graph.add("Sub", "lengths", graph.integers(1 + lag))
            frame = at(graph, "frames", graph.add("Max", before, graph.integers(0)))
            terms.append(graph.add("Mul", frame, graph.numbers(weight)))
        return reduce(partial(graph.add, "Add"), terms)

    def statistic_of_values(self, node: Node, sequence: None) -> str:
        production, (body,) = node.production, node.args
        if production.statistic not in _FORMS:
            values = self.over_frame(body, "frames")
            return self._last(
                over_span(self._graph, production.statistic, values, production.window)
            )
        cut = self._span(production.window)
        return _FORMS[production.statistic](cut, self.over_frame(body, cut.frames))

    def fold(self, node: Node, sequence: None) -> str:
        return self.scanned(node)[0]

    def affine_map(self, node: Node, x: str, state: str | None) -> str:
        known = self._columns.get(x)
        if known is None or state is not None:
            return super().affine_map(node, x, state)
        graph, columns, params = self._graph, columns_of(node), node.params
        places = [known.index(feature) for feature in columns]
        chosen = graph.add("Gather", x, graph.integers(places), axis=-1)
        weight = params["weight"][:, params["weight"].any(axis=0)]
        value = graph.add("MatMul", chosen, graph.numbers(weight.T))
        return graph.add("Add", value, graph.numbers(params["bias"]))

    def _span(self, span: Span) -> _Cut:
        if span not in self._spans:
            self._spans[span] = _Cut(self._graph, span)
        return self._spans[span]

    def _last(self, values: str) -> str:
        """Give the last of the values on all prefixes."""
        return at(self._graph, values, self._graph.add("Sub", "lengths", self._graph.integers(1)))


def at(graph: OnnxGraph, values: str, places: str) -> str:
    """Add the values of each sequence at a place of its own."""
    return graph.add("GatherND", values, column(graph, places), batch_dims=1)


class _Cut:
    """A span of each sequence, cut out of all.

    Attributes
    ----------
    graph : OnnxGraph
        Where operators are added.
    frames : str
        From the first frame of any span to the last, (n_samples, n_cut, n_features).
    """

    def __init__(self, graph: OnnxGraph, span: Span) -> None:
        self.graph = graph
        self._first, self._end = _bounds(graph, span)
        low, high = (
            graph.add(operator, name, graph.integers([0]), keepdims=1)
            for operator, name in (("ReduceMin", self._first), ("ReduceMax", self._end))
        )
        self.frames = graph.add("Slice", "frames", low, high, graph.integers([1]))
        self._begin = graph.add("Sub", self._first, low)
        self._stop = graph.add("Sub", self._end, low)
        n_cut = graph.add("Squeeze", graph.add("Sub", high, low))
        steps = graph.add("Range", graph.integers(0), n_cut, graph.integers(1))
        inside = graph.add(
            "And",
            graph.add("GreaterOrEqual", steps, column(graph, self._begin)),
            graph.add("Less", steps, column(graph, self._stop)),
        )
        self._inside = column(graph, inside)

    @cached_property
    def count(self) -> str:
        """Number of frames of each span, (n_samples, 1)."""
        graph = self.graph
        count = graph.add("Sub", self._end, self._first)
        return column(graph, graph.add("Cast", count, to=graph.element_type))

    def inside(self, values: str, otherwise: float = 0.0) -> str:
        """Put a number wherever a value is not of its sequence's span."""
        return self.graph.add("Where", self._inside, values, self.graph.numbers(otherwise))

    def total(self, values: str) -> str:
        """Add the values of each span up, given that all others are 0."""
        return self.graph.add("ReduceSum", values, self.graph.integers([1]), keepdims=0)

    def first(self, values: str) -> str:
        """Give the first value of each span."""
        return at(self.graph, values, self._begin)

    def last(self, values: str) -> str:
        """Give the last value of each span."""
        return at(self.graph, values, self.graph.add("Sub", self._stop, self.graph.integers(1)))

    def around(self, values: str, centers: str) -> str:
        """Give how far values are from the one of their sequence; 0 outside of its span."""
        center = self.graph.add("Unsqueeze", centers, self.graph.integers([1]))
        return self.inside(self.graph.add("Sub", values, center))

    def steps(self, values: str) -> str:
        """Give how large the steps between frames of a span are; 0 outside of it."""
        graph = self.graph
        start, axes = graph.integers([1]), graph.integers([1])
        following = graph.add("Slice", values, start, graph.integers([2**31]), axes)
        before = graph.add("Slice", values, graph.integers([0]), graph.integers([-1]), axes)
        steps = graph.add("Abs", graph.add("Sub", following, before))
        both = graph.add(
            "And",
            graph.add("Slice", self._inside, start, graph.integers([2**31]), axes),
            graph.add("Slice", self._inside, graph.integers([0]), graph.integers([-1]), axes),
        )
        return graph.add("Where", both, steps, graph.numbers(0.0))


def _bounds(graph: OnnxGraph, span: Span) -> tuple[str, str]:
    """Add the first frame of a span of each sequence, and the one after its last."""
    if span is None:
        return graph.add("Mul", "lengths", graph.integers(0)), "lengths"
    if isinstance(span, int):
        first = graph.add("Sub", "lengths", graph.integers(span))
        return graph.add("Max", first, graph.integers(0)), "lengths"

    def share(part: Part, number: int) -> str:
        times = graph.add("Mul", "lengths", graph.integers(number))
        return graph.add("Div", times, graph.integers(part.of))

    first = share(span, span.number - 1)
    least = graph.add("Add", first, graph.integers(1))
    return first, graph.add("Max", least, share(span, span.number))


def _mean(cut: _Cut, values: str) -> str:
    return cut.graph.add("Div", cut.total(cut.inside(values)), cut.count)


def _deviation(cut: _Cut, values: str) -> str:
    # Around the first frame, so that what stands still has none, however far from 0 it is.
    graph = cut.graph
    rest = cut.around(values, cut.first(values))
    rest = cut.around(rest, graph.add("Div", cut.total(rest), cut.count))
    squares = cut.total(graph.add("Mul", rest, rest))
    return graph.add("Sqrt", graph.add("Div", squares, cut.count))


def _largest(cut: _Cut, values: str) -> str:
    known = cut.inside(values, -np.inf)
    return cut.graph.add("ReduceMax", known, cut.graph.integers([1]), keepdims=0)


def _smallest(cut: _Cut, values: str) -> str:
    known = cut.inside(values, np.inf)
    return cut.graph.add("ReduceMin", known, cut.graph.integers([1]), keepdims=0)


def _change(cut: _Cut, values: str) -> str:
    graph = cut.graph
    n_steps = graph.add("Sub", cut.count, graph.numbers(1.0))
    n_steps = graph.add("Max", n_steps, graph.numbers(1.0))
    return graph.add("Div", cut.total(cut.steps(values)), n_steps)


def _rise(cut: _Cut, values: str) -> str:
    return cut.graph.add("Sub", cut.last(values), cut.first(values))


# A user's statistic has no such form; it is merged frame by frame, on all prefixes.
_FORMS: dict[Statistic, Callable[[_Cut, str], str]] = {
    STATISTICS["Avg"]: _mean,
    STATISTICS["Std"]: _deviation,
    STATISTICS["Max"]: _largest,
    STATISTICS["Min"]: _smallest,
    STATISTICS["Change"]: _change,
    STATISTICS["Delta"]: _rise,
}
