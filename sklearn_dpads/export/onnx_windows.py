"""Statistics of windows in ONNX's operators: the same merges, on outputs of operators."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..grammar import Part, Span, Statistic
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


def over_span(graph: OnnxGraph, statistic: Statistic, values: str, span: Span) -> str:
    """Add a statistic of a span of every prefix of some values, and give its name."""
    if span is None:
        _, states = _merged(graph, statistic, _swapped(graph, values))
        state = tuple(_Output(graph, _swapped(graph, name)) for name in states)
        return _name(graph, statistic.finish(_FUNCTIONS, state))
    if isinstance(span, int) and span <= _LONGEST_WRITTEN_OUT:
        return _name(graph, statistic.finish(_FUNCTIONS, _last(graph, statistic, values, span)))
    return _between(graph, statistic, values, span)


# Operators of a model against its time: what is longer becomes a loop in a loop.
_LONGEST_WRITTEN_OUT = 16


def _last(graph: OnnxGraph, statistic: Statistic, values: str, window: int) -> State:
    """Merge the frames one, two, … back, oldest first, where a prefix has them."""
    steps = graph.add("Unsqueeze", graph.steps(), graph.integers([-1]))
    found: State | None = None
    for back in reversed(range(window)):
        frame = _entries(graph, lift(statistic, _shifted(graph, values, back)))
        if found is None:
            found = frame
            continue
        older = graph.add("Greater", steps, graph.integers(back))
        found = _where(graph, older, join(statistic, _FUNCTIONS, found, frame), frame)
    assert found is not None
    return found


def around(graph: OnnxGraph, statistic: Statistic, values: str, window: int) -> str:
    """Add a statistic of the frames around each frame that its sequence has, and give its name."""
    half = window // 2
    steps = graph.steps()
    found: State | None = None
    for offset in range(-half, half + 1):
        place = graph.add("Add", steps, graph.integers(offset))
        lengths = graph.add("Unsqueeze", "lengths", graph.integers([-1]))
        there = graph.add(
            "And",
            graph.add("GreaterOrEqual", place, graph.integers(0)),
            graph.add("Less", place, lengths),
        )
        there = graph.add("Unsqueeze", there, graph.integers([-1]))
        frame = _entries(graph, lift(statistic, _moved(graph, values, offset)))
        if found is None:
            # What is merged first is taken back where it was not there.
            found, some = frame, there
            continue
        both = _where(graph, some, join(statistic, _FUNCTIONS, found, frame), frame)
        found = _where(graph, there, both, found)
        some = graph.add("Or", some, there)
    assert found is not None
    return _name(graph, statistic.finish(_FUNCTIONS, found))


def _moved(graph: OnnxGraph, values: str, offset: int) -> _Output:
    """Values some steps on, or back where that is negative; 0 where there are none."""
    if offset <= 0:
        return _shifted(graph, values, -offset)
    padded = graph.add("Pad", values, graph.integers([0, 0, 0, 0, offset, 0]))
    ends = graph.integers([offset]), graph.integers([2**31])
    return _Output(graph, graph.add("Slice", padded, *ends, graph.integers([1])))


def _between(graph: OnnxGraph, statistic: Statistic, values: str, span: int | Part) -> str:
    """Add a loop over the prefixes that cuts the span out of each, and merges its frames."""
    body = graph.inner()
    over_time = _swapped(graph, values)
    step, value = graph.unused("step"), graph.unused("value")
    first, end = _bounds(body, step, span)
    axes = body.integers([0])
    ends = [body.add("Reshape", name, body.integers([1])) for name in (first, end)]
    cut = body.add("Slice", over_time, *ends, axes)
    last, _ = _merged(body, statistic, cut)
    state = tuple(_Output(body, name) for name in last)
    body.add_named("Identity", (_name(body, statistic.finish(_FUNCTIONS, state)),), [value])
    inner = body.finish(
        graph.unused("prefixes"),
        [body.value(step, (), graph.onnx.TensorProto.INT64)],
        [body.value(value, ("n_samples", graph.unused("width")))],
    )
    found = graph.unused("values")
    graph.add_named("Scan", (graph.steps(),), [found], body=inner, num_scan_inputs=1)
    return _swapped(graph, found)


def _bounds(graph: OnnxGraph, step: str, span: int | Part) -> tuple[str, str]:
    """Add the first frame of a span of the frames up to a step, and the one after its last."""
    one = graph.integers(1)
    n_frames = graph.add("Add", step, one)
    if isinstance(span, int):
        first = graph.add("Sub", n_frames, graph.integers(span))
        return graph.add("Max", first, graph.integers(0)), n_frames

    def share(number: int) -> str:
        times = graph.add("Mul", n_frames, graph.integers(number))
        return graph.add("Div", times, graph.integers(span.of))

    first = share(span.number - 1)
    return first, graph.add("Max", graph.add("Add", first, one), share(span.number))


def _merged(graph: OnnxGraph, statistic: Statistic, over_time: str) -> tuple[list[str], list[str]]:
    """Merge frame by frame, in a loop that starts with no frame.

    Parameters
    ----------
    graph : OnnxGraph
        Where the loop is added.
    statistic : Statistic
        The statistic.
    over_time : str
        Values of shape (n_timesteps, n_samples, d).

    Returns
    -------
    last, states : list of str
        The parts of the state after all frames, and after each.
    """
    body = graph.inner()
    width = graph.unused("width")
    x = _Output(body, graph.unused("frame"))
    frame = _entries(body, lift(statistic, x))
    before = [_Output(body, graph.unused("before")) for _ in frame]
    some = body.add("Greater", before[0].name, body.numbers(0.0))
    merged = _where(body, some, join(statistic, _FUNCTIONS, tuple(before), frame), frame)
    after, kept = [graph.unused("after") for _ in frame], [graph.unused("state") for _ in frame]
    for part, *names in zip(merged, after, kept, strict=True):
        for name in names:
            body.add_named("Identity", (_name(body, part),), [name])
    shapes = [(1, 1), *[("n_samples", width)] * (len(frame) - 1)]

    def described(names: list[str]) -> list[Any]:
        return [body.value(name, shape) for name, shape in zip(names, shapes, strict=True)]

    inner = body.finish(
        graph.unused("so_far"),
        [*described([b.name for b in before]), body.value(x.name, ("n_samples", width))],
        [*described(after), *described(kept)],
    )
    first = graph.add("Gather", over_time, graph.integers(0), axis=0)
    nothing = graph.add("Mul", first, graph.numbers(0.0))
    initial = [graph.numbers([[0.0]]), *[nothing] * (len(frame) - 1)]
    last = [graph.unused("last") for _ in frame]
    states = [graph.unused("states") for _ in frame]
    inputs = (*initial, over_time)
    graph.add_named("Scan", inputs, [*last, *states], body=inner, num_scan_inputs=1)
    return last, states


def _swapped(graph: OnnxGraph, values: str) -> str:
    return graph.add("Transpose", values, perm=[1, 0, 2])


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


def _shifted(graph: OnnxGraph, values: str, back: int) -> _Output:
    """Values some steps back; those before the first are 0."""
    if not back:
        return _Output(graph, values)
    padded = graph.add("Pad", values, graph.integers([0, back, 0, 0, 0, 0]))
    axes = graph.integers([1])
    end = graph.add("Reshape", graph.n_timesteps(), axes)
    return _Output(graph, graph.add("Slice", padded, graph.integers([0]), end, axes))


def _name(graph: OnnxGraph, value: _Output | float) -> str:
    return value.name if isinstance(value, _Output) else graph.numbers(float(value))


def _constant(graph: OnnxGraph, value: float) -> _Output:
    return _Output(graph, graph.numbers(float(value)))
