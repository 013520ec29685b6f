"""Programs as sympy expressions of x[t, j], feature j of frame t, both counted from 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..grammar import (
    ITE,
    LIST_TO_LIST,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
    SlideWindowAvg,
    UserProduction,
)
from ..program.expression import Expression
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
    elif any(isinstance(node.production, Fold) for _, node in program.expression.walk()):
        raise ValueError(
            "The program holds Fold, which is written out frame by frame; give n_timesteps, the "
            "number of frames."
        )
    sympy = import_extra("sympy", "to_sympy", "export")
    per_frame = program.expression.signature == LIST_TO_LIST
    if n_timesteps is None:
        writer = _Writer(sympy, sympy.Symbol("T"))
        last = sympy.Symbol("t") if per_frame else writer.length - 1
        rows = [writer.over_list(program.expression, last)]
    else:
        writer = _Writer(sympy, sympy.Integer(n_timesteps))
        ends = range(n_timesteps) if per_frame else [n_timesteps - 1]
        rows = [writer.over_list(program.expression, sympy.Integer(t)) for t in ends]
    if per_frame and n_timesteps is not None:
        return sympy.Matrix(rows)
    (row,) = rows
    return row[0] if len(row) == 1 else sympy.Matrix(row)


class _Writer:
    """Gives values of expressions as lists of sympy expressions, one for each output.

    Sums are written out where the frames they run over are numbers.
    """

    def __init__(self, sympy: Any, length: Any) -> None:
        self._sympy = sympy
        self.length = length
        self._x = sympy.IndexedBase("x")
        self._accumulators: dict[int, list[Vector]] = {}
        self._n_enclosing = 0

    def over_list(self, expression: Expression, last: Any) -> Vector:
        """Give the value of an expression over lists on the frames up to the last one."""
        production = expression.production
        if isinstance(production, MapPrefix):
            return self.over_list(expression.args[0], last)
        if isinstance(production, ITE):
            with self._enclosed():
                condition = self.over_list(expression.args[0], last)
            return self._choice(condition, *(self.over_list(a, last) for a in expression.args[1:]))
        if isinstance(production, Fold):
            return self._fold(expression, int(last))
        body = expression.args[0]
        if isinstance(production, Map):
            return self._atom(body, self._frame(last))
        if isinstance(production, CenteredWindowAvg):
            half = production.window // 2
            first = self._sympy.Max(0, last - half)
            end = self._sympy.Min(self.length - 1, last + half)
            return self._atom(body, self._mean_frame(first, end))
        assert isinstance(production, SlideWindowAvg)
        window = production.window
        first = self._sympy.Max(0, last - window + 1) if window else self._sympy.Integer(0)
        if production.average == "frames":
            return self._atom(body, self._mean_frame(first, last))
        return [self._mean(self._part_of(body, i), first, last) for i in range(body.width)]

    def _part_of(self, body: Expression, i: int) -> Callable[[Any], Any]:
        return lambda time: self._atom(body, self._frame(time))[i]

    def _frame(self, time: Any) -> Features:
        return lambda j: self._x[time, j]

    def _mean_frame(self, first: Any, last: Any) -> Features:
        return lambda j: self._mean(lambda s: self._x[s, j], first, last)

    def _mean(self, value: Callable[[Any], Any], first: Any, last: Any) -> Any:
        """Give the mean of a value over the frames from the first to the last."""
        count = last - first + 1
        if count.is_Integer and first.is_Integer:
            values = [value(self._sympy.Integer(s)) for s in range(int(first), int(last) + 1)]
            return self._sympy.Add(*values) / count
        s = self._sympy.Symbol("s")
        with self._enclosed():
            return self._sympy.Sum(value(s), (s, first, last)) / count

    def _fold(self, expression: Expression, last: int) -> Vector:
        initial = self._numbers(expression.params["initial"])
        states = self._accumulators.setdefault(id(expression), [initial])
        while len(states) < last + 2:
            frame = self._frame(len(states) - 1)
            with self._enclosed():
                states.append(self._atom(expression.args[0], frame, states[-1]))
        return states[last + 1]

    def _atom(self, expression: Expression, x: Features, state: Vector | None = None) -> Vector:
        production, params = expression.production, expression.params
        if isinstance(production, Input):
            return [x(j) for j in range(expression.width)]
        if isinstance(production, Affine):
            values = self._product(params["weight"], [x(j) for j in production.features])
            if state is not None:
                seen = self._product(params["recurrent"], state)
                values = [v + u for v, u in zip(values, seen, strict=True)]
            bias = self._numbers(params["bias"])
            return [v + b for v, b in zip(values, bias, strict=True)]
        if isinstance(production, Constant):
            return self._numbers(params["value"])
        if isinstance(production, ITE):
            with self._enclosed():
                condition = self._atom(expression.args[0], x, state)
            return self._choice(condition, *(self._atom(a, x, state) for a in expression.args[1:]))
        args = [self._atom(arg, x, state) for arg in expression.args]
        if isinstance(production, Add):
            return [a + b for a, b in zip(*args, strict=True)]
        if isinstance(production, Multiply):
            return [a * b for a, b in zip(*args, strict=True)]
        assert isinstance(production, UserProduction)
        return self._call(production, args)

    def _choice(self, condition: Vector, then: Vector, other: Vector) -> Vector:
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

    @contextmanager
    def _enclosed(self) -> Iterator[None]:
        """Have choices written as products with a step function.

        Of cases inside a condition sympy makes cases of conditions, as many as there are
        combinations, and takes them out of sums that they don't belong outside of.
        """
        self._n_enclosing += 1
        yield
        self._n_enclosing -= 1

    def _call(self, production: UserProduction, args: list[Vector]) -> Vector:
        """Apply an undefined function to all parts of all arguments, one for each output."""
        width = len(args[0])
        names = (
            [production.name] if width == 1 else [f"{production.name}_{i}" for i in range(width)]
        )
        parts = [part for arg in args for part in arg]
        return [self._sympy.Function(name)(*parts) for name in names]

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
