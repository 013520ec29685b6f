"""Programs as sympy expressions of x[t, j], feature j of frame t, both counted from 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, reduce
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..grammar import LIST_TO_LIST, Part, Production, Span, Statistic, StreamKey
from ..grammar.statistics import MEAN, join, lift
from ..program.meaning import Meaning, Node
from ..program.prefixes import filter_weights
from .common import check_finite, check_positive, import_extra

if TYPE_CHECKING:
    from ..program.program import Program

Vector = list[Any]
# Gives one feature, of a frame or of a mean of frames.
Features = Callable[[int], Any]


def to_sympy(program: Program, n_timesteps: int | None = None) -> Any:
    """Give a program as a sympy expression; :meth:`Program.to_sympy` describes it."""
    check_finite(program, "to_sympy")
    if n_timesteps is not None:
        check_positive("n_timesteps", n_timesteps)
    else:
        for _, node in program.expression.walk():
            if _is_written_out(node.production):
                raise ValueError(
                    f"The program holds {node.production.symbol}, which is written out frame by "
                    "frame; give n_timesteps, the number of frames."
                )
    sympy = import_extra("sympy", "to_sympy", "export")
    per_frame = program.expression.signature == LIST_TO_LIST
    if n_timesteps is None:
        writer = _Symbols(sympy, sympy.Symbol("T"))
        last = sympy.Symbol("t") if per_frame else writer.length - 1
        rows = [writer.over_list(program.expression, last)]
    else:
        writer = _Symbols(sympy, sympy.Integer(n_timesteps))
        ends = range(n_timesteps) if per_frame else [n_timesteps - 1]
        rows = [writer.over_list(program.expression, sympy.Integer(t)) for t in ends]
    if per_frame and n_timesteps is not None:
        return sympy.Matrix(rows)
    (row,) = rows
    return row[0] if len(row) == 1 else sympy.Matrix(row)


def _is_written_out(production: Production) -> bool:
    """Whether no formula with a sum says what a production does, whatever the length."""
    part = isinstance(getattr(production, "window", None), Part)
    return production.recurrent or part or getattr(production, "statistic", MEAN) != MEAN


class _Symbols(Meaning[Any, Features, Vector]):
    """Gives values of expressions as lists of sympy expressions, one for each output.

    An expression over lists has the value on the frames up to a last one. Sums are written
    out where the frames they run over are numbers.
    """

    def __init__(self, sympy: Any, length: Any) -> None:
        self._sympy = sympy
        self.length = length
        self._x = sympy.IndexedBase("x")
        self._accumulators: dict[int, list[Vector]] = {}
        self._n_enclosing = 0

    def argument(self, node: Node, index: int, value: Callable[[], Vector]) -> Vector:
        if not node.production.arguments[index].condition:
            return value()
        with self._enclosed():
            return value()

    def stream(self, key: StreamKey, sequence: Any) -> Features:
        if key.kind == "raw":
            return self._frame(sequence)
        if key.kind == "causal":
            first, last = self._ends(sequence, key.window)
            if key.statistic == MEAN:
                return self._mean_frame(first, last)
            return self._statistic(key.statistic, first, last)
        assert isinstance(key.window, int)
        half = key.window // 2
        first = self._sympy.Max(0, sequence - half)
        last = self._sympy.Min(self.length - 1, sequence + half)
        if key.statistic == MEAN:
            return self._mean_frame(first, last)
        return self._statistic(key.statistic, first, last)

    def filtered(self, node: Node, sequence: Any) -> Features:
        weights = self._numbers(filter_weights(node))

        def sum_of(j: int) -> Any:
            frames = (self._sympy.Max(0, sequence - lag) for lag in range(len(weights)))
            pairs = zip(weights, frames, strict=True)
            return self._sympy.Add(*(weight * self._x[t, j] for weight, t in pairs))

        return sum_of

    def statistic_of_values(self, node: Node, sequence: Any) -> Vector:
        first, last = self._ends(sequence, node.production.window)
        statistic = node.production.statistic
        if statistic != MEAN:
            rows = [self.over_stream(node, s) for s in self._numbers_between(first, last)]
            return [self._merged(statistic, [row[i] for row in rows]) for i in range(node.width)]

        def part(i: int, time: Any) -> Any:
            return self.over_stream(node, time)[i]

        return [self._mean(partial(part, i), first, last) for i in range(node.width)]

    def _ends(self, last: Any, span: Span) -> tuple[Any, Any]:
        """Give the first and the last frame of a span of the frames up to a last one."""
        if isinstance(span, Part):
            first, end = span.bounds(int(last) + 1)
            return self._sympy.Integer(first), self._sympy.Integer(end - 1)
        first = self._sympy.Max(0, last - span + 1) if span else self._sympy.Integer(0)
        return first, last

    def _frame(self, time: Any) -> Features:
        return lambda j: self._x[time, j]

    def _mean_frame(self, first: Any, last: Any) -> Features:
        return lambda j: self._mean(lambda s: self._x[s, j], first, last)

    def _statistic(self, statistic: Statistic, first: Any, last: Any) -> Features:
        frames = self._numbers_between(first, last)
        return lambda j: self._merged(statistic, [self._x[s, j] for s in frames])

    def _numbers_between(self, first: Any, last: Any) -> list[Any]:
        return [self._sympy.Integer(s) for s in range(int(first), int(last) + 1)]

    def _merged(self, statistic: Statistic, values: list[Any]) -> Any:
        """Give a statistic of some values, written out."""
        xp = SimpleNamespace(
            maximum=self._sympy.Max,
            minimum=self._sympy.Min,
            abs=self._sympy.Abs,
            sqrt=self._sympy.sqrt,
        )
        states = [lift(statistic, value) for value in values]
        return statistic.finish(xp, reduce(partial(join, statistic, xp), states))

    def _mean(self, value: Callable[[Any], Any], first: Any, last: Any) -> Any:
        """Give the mean of a value over the frames from the first to the last."""
        count = last - first + 1
        if count.is_Integer and first.is_Integer:
            values = [value(self._sympy.Integer(s)) for s in range(int(first), int(last) + 1)]
            return self._sympy.Add(*values) / count
        s = self._sympy.Symbol("s")
        with self._enclosed():
            return self._sympy.Sum(value(s), (s, first, last)) / count

    def fold(self, node: Node, sequence: Any) -> Vector:
        last = int(sequence)
        states = self._accumulators.setdefault(id(node), [self._numbers(node.params["initial"])])
        while len(states) < last + 2:
            frame = self._frame(len(states) - 1)
            with self._enclosed():
                states.append(self.over_frame(node.args[0], frame, states[-1]))
        return states[last + 1]

    def affine_map(self, node: Node, x: Features, state: Vector | None) -> Vector:
        params = node.params
        values = self._product(params["weight"], [x(j) for j in node.production.features])
        if state is not None:
            seen = self._product(params["recurrent"], state)
            values = [v + u for v, u in zip(values, seen, strict=True)]
        return [v + b for v, b in zip(values, self._numbers(params["bias"]), strict=True)]

    def constant(self, node: Node, x: Features, state: Vector | None) -> Vector:
        return self._numbers(node.params["value"])

    def frame(self, node: Node, x: Features, state: Vector | None) -> Vector:
        return [x(j) for j in range(node.width)]

    def add(self, node: Node, left: Vector, right: Vector) -> Vector:
        return [a + b for a, b in zip(left, right, strict=True)]

    def multiply(self, node: Node, left: Vector, right: Vector) -> Vector:
        return [a * b for a, b in zip(left, right, strict=True)]

    def choice(self, node: Node, condition: Vector, then: Vector, other: Vector) -> Vector:
        holds = condition[0] >= 0
        if holds in (self._sympy.true, self._sympy.false):
            return then if holds else other
        if self._n_enclosing:
            step = self._sympy.Heaviside(condition[0], 1)
            return [step * a + (1 - step) * b for a, b in zip(then, other, strict=True)]
        # Simplifying conditions that hold one another takes very long.
        return [
            self._sympy.Piecewise((a, holds), (b, True), evaluate=False)
            for a, b in zip(then, other, strict=True)
        ]

    def side_by_side(self, node: Node, *values: Vector) -> Vector:
        return [part for value in values for part in value]

    def call(self, node: Node, *args: Vector) -> Vector:
        """Apply an undefined function to all parts of all arguments, one for each output."""
        name, width = node.production.name, node.width
        names = [name] if width == 1 else [f"{name}_{i}" for i in range(width)]
        parts = [part for arg in args for part in arg]
        return [self._sympy.Function(name)(*parts) for name in names]

    @contextmanager
    def _enclosed(self) -> Iterator[None]:
        """Have choices written as products with a step function.

        Of cases inside a condition sympy makes cases of conditions, as many as there are
        combinations, and takes them out of sums that they don't belong outside of.
        """
        self._n_enclosing += 1
        yield
        self._n_enclosing -= 1

    def _product(self, matrix: Any, vector: Vector) -> Vector:
        return [
            self._sympy.Add(*(w * v for w, v in zip(self._numbers(row), vector, strict=True)))
            for row in matrix
        ]

    def _numbers(self, values: Any) -> Vector:
        """Give exact numbers: whole ones as such, others in double precision."""
        numbers = map(float, values)
        return [
            self._sympy.Integer(int(v)) if v.is_integer() else self._sympy.Float(v) for v in numbers
        ]
