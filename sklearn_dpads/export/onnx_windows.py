"""Statistics of windows in ONNX's operators: the same merges, on outputs of operators."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..grammar import Statistic
from ..grammar.statistics import State, join, lift
from .onnx_graph import OnnxGraph


class _Output:
    """An output of an operator, with the arithmetic that statistics use."""

    def __init__(self, graph: OnnxGraph, name: str) -> None:
        self.graph, self.name = graph, name

    def apply(self, operator: str, *others: _Output | float) -> _Output:
        """Add an operator of this and other operands."""
        names = [_name(self.graph, other) for other in others]
        return _Output(self.graph, self.graph.add(operator, self.name, *names))

    def __add__(self, other: _Output | float) -> _Output:
        return self.apply("Add", other)

    def __sub__(self, other: _Output | float) -> _Output:
        return self.apply("Sub", other)

    def __mul__(self, other: _Output | float) -> _Output:
        return self.apply("Mul", other)

    def __truediv__(self, other: _Output | float) -> _Output:
        return self.apply("Div", other)

    def __radd__(self, other: float) -> _Output:
        return _constant(self.graph, other) + self

    def __rsub__(self, other: float) -> _Output:
        return _constant(self.graph, other) - self

    def __rmul__(self, other: float) -> _Output:
        return _constant(self.graph, other) * self

    def __rtruediv__(self, other: float) -> _Output:
        return _constant(self.graph, other) / self

    def __eq__(self, other: object) -> _Output:  # type: ignore[override]
        assert isinstance(other, _Output | int | float)
        equal = self.apply("Equal", other)
        return _Output(self.graph, self.graph.add("Cast", equal.name, to=self.graph.element_type))

    __hash__ = object.__hash__


_FUNCTIONS = SimpleNamespace(
    maximum=lambda a, b: a.apply("Max", b),
    minimum=lambda a, b: a.apply("Min", b),
    abs=lambda a: a.apply("Abs"),
    sqrt=lambda a: a.apply("Sqrt"),
)


def over_windows(graph: OnnxGraph, statistic: Statistic, window: int | None) -> str:
    """Add a statistic of the last frames of every prefix, and give its name."""
    state = _so_far(graph, statistic) if window is None else _last(graph, statistic, window)
    return _name(graph, statistic.finish(_FUNCTIONS, state))


def _last(graph: OnnxGraph, statistic: Statistic, window: int) -> State:
    """Merge the frames one, two, … back, oldest first, where a prefix has them."""
    steps = graph.add("Unsqueeze", graph.steps(), graph.integers([-1]))
    found: State | None = None
    for back in reversed(range(window)):
        frame = _entries(graph, lift(statistic, _shifted(graph, back)))
        if found is None:
            found = frame
            continue
        older = graph.add("Greater", steps, graph.integers(back))
        found = _where(graph, older, join(statistic, _FUNCTIONS, found, frame), frame)
    assert found is not None
    return found


def _so_far(graph: OnnxGraph, statistic: Statistic) -> State:
    """Merge frame by frame, in a loop that starts with no frame."""
    body = graph.inner()
    x = _Output(body, graph.unused("frame"))
    frame = _entries(body, lift(statistic, x))
    before = [_Output(body, graph.unused("before")) for _ in frame]
    some = body.add("Greater", before[0].name, body.numbers(0.0))
    merged = _where(body, some, join(statistic, _FUNCTIONS, tuple(before), frame), frame)
    after, kept = [graph.unused("after") for _ in frame], [graph.unused("state") for _ in frame]
    for part, *names in zip(merged, after, kept, strict=True):
        for name in names:
            body.add_named("Identity", (_name(body, part),), [name])
    shapes = [(1, 1), *[("n_samples", "n_features")] * (len(frame) - 1)]

    def values(names: list[str]) -> list[Any]:
        return [body.value(name, shape) for name, shape in zip(names, shapes, strict=True)]

    inner = body.finish(
        graph.unused("so_far"),
        [*values([b.name for b in before]), body.value(x.name, ("n_samples", "n_features"))],
        [*values(after), *values(kept)],
    )
    over_time = graph.add("Transpose", "frames", perm=[1, 0, 2])
    first = graph.add("Gather", over_time, graph.integers(0), axis=0)
    nothing = graph.add("Mul", first, graph.numbers(0.0))
    initial = [graph.numbers([[0.0]]), *[nothing] * (len(frame) - 1)]
    last = [graph.unused("last") for _ in frame]
    states = [graph.unused("states") for _ in frame]
    inputs = (*initial, over_time)
    graph.add_named("Scan", inputs, [*last, *states], body=inner, num_scan_inputs=1)
    return tuple(_Output(graph, graph.add("Transpose", name, perm=[1, 0, 2])) for name in states)


def _where(graph: OnnxGraph, condition: str, then: State, other: State) -> State:
    pairs = zip(then, other, strict=True)
    return tuple(
        _Output(graph, graph.add("Where", condition, _name(graph, a), _name(graph, b)))
        for a, b in pairs
    )


def _entries(graph: OnnxGraph, state: State) -> State:
    """Give a state whose number of frames is an output, too."""
    count, *parts = state
    return (_Output(graph, graph.numbers([[float(count)]])), *parts)


def _shifted(graph: OnnxGraph, back: int) -> _Output:
    """Frames some steps back; those before the first are 0."""
    if not back:
        return _Output(graph, "frames")
    padded = graph.add("Pad", "frames", graph.integers([0, back, 0, 0, 0, 0]))
    axes = graph.integers([1])
    end = graph.add("Reshape", graph.n_timesteps(), axes)
    return _Output(graph, graph.add("Slice", padded, graph.integers([0]), end, axes))


def _name(graph: OnnxGraph, value: _Output | float) -> str:
    return value.name if isinstance(value, _Output) else graph.numbers(float(value))


def _constant(graph: OnnxGraph, value: float) -> _Output:
    return _Output(graph, graph.numbers(float(value)))
