"""Operators of ONNX for expressions, with values on all prefixes."""

from __future__ import annotations

from functools import partial, reduce

from ..grammar import StreamKey
from ..program.meaning import Meaning, Node
from ..program.prefixes import filter_weights
from .onnx_graph import OnnxGraph
from .onnx_windows import around, over_span


class Operators(Meaning[None, str, str]):
    """Adds the operators of expressions to a graph, and gives the names of their outputs.

    An expression over lists has its values on all prefixes.
    """

    def __init__(self, graph: OnnxGraph) -> None:
        self._graph = graph
        self._means: dict[StreamKey, str] = {}

    def stream(self, key: StreamKey, sequence: None) -> str:
        if key.kind == "raw":
            return "frames"
        if key not in self._means:
            if key.kind == "centered":
                assert isinstance(key.window, int)
                self._means[key] = around(self._graph, key.statistic, "frames", key.window)
            else:
                self._means[key] = over_span(self._graph, key.statistic, "frames", key.window)
        return self._means[key]

    def filtered(self, node: Node, sequence: None) -> str:
        graph, steps = self._graph, self._graph.steps()
        terms = []
        for lag, weight in enumerate(filter_weights(node)):
            before = graph.add("Sub", steps, graph.integers(lag))
            place = graph.add("Max", before, graph.integers(0))
            frames = graph.add("Gather", "frames", place, axis=1)
            terms.append(graph.add("Mul", frames, graph.numbers(weight)))
        return reduce(partial(graph.add, "Add"), terms)

    def statistic_of_values(self, node: Node, sequence: None) -> str:
        production, values = node.production, self.over_stream(node, None)
        return over_span(self._graph, production.statistic, values, production.window)

    def fold(self, node: Node, sequence: None) -> str:
        return swapped(self._graph, self.scanned(node)[1])

    def scanned(self, node: Node) -> tuple[str, str]:
        """Add a scan over the frames; past the end of a sequence the accumulator stays.

        Parameters
        ----------
        node : Node
            A ``Fold``.

        Returns
        -------
        last, values : str
            The accumulator after all frames, and those after each, time first.
        """
        graph, width = self._graph, node.width
        body = graph.inner()
        state, x, running, kept, value = (
            graph.unused(stem) for stem in ("previous", "frame", "running", "kept", "value")
        )
        following = Operators(body).over_frame(node.args[0], x, state)
        body.add_named("Where", (running, following, state), [kept])
        body.add_named("Identity", (kept,), [value])
        shape = ("n_samples", width)
        inner = body.finish(
            graph.unused("fold"),
            [
                body.value(state, shape),
                body.value(x, ("n_samples", "n_features")),
                body.value(running, ("n_samples", 1), graph.onnx.TensorProto.BOOL),
            ],
            [body.value(kept, shape), body.value(value, shape)],
        )
        initial = graph.add(
            "Expand",
            graph.numbers(node.params["initial"]),
            graph.add("Concat", graph.add("Shape", "lengths"), graph.integers([width]), axis=0),
        )
        last, values = graph.unused("last"), graph.unused("values")
        # Some runtimes scan over the first axis only.
        over_time = [swapped(graph, v) for v in ("frames", column(graph, running_frames(graph)))]
        graph.add_named(
            "Scan", (initial, *over_time), [last, values], body=inner, num_scan_inputs=2
        )
        return last, values

    def affine_map(self, node: Node, x: str, state: str | None) -> str:
        graph, params = self._graph, node.params
        chosen = graph.add("Gather", x, graph.integers(node.production.features), axis=-1)
        value = graph.add("MatMul", chosen, graph.numbers(params["weight"].T))
        if state is not None:
            seen = graph.add("MatMul", state, graph.numbers(params["recurrent"].T))
            value = graph.add("Add", value, seen)
        return graph.add("Add", value, graph.numbers(params["bias"]))

    def constant(self, node: Node, x: str, state: str | None) -> str:
        graph = self._graph
        shape = graph.add("Shape", x, end=-1)
        shape = graph.add("Concat", shape, graph.integers([node.width]), axis=0)
        return graph.add("Expand", graph.numbers(node.params["value"]), shape)

    def frame(self, node: Node, x: str, state: str | None) -> str:
        return x

    def add(self, node: Node, left: str, right: str) -> str:
        return self._graph.add("Add", left, right)

    def multiply(self, node: Node, left: str, right: str) -> str:
        return self._graph.add("Mul", left, right)

    def choice(self, node: Node, condition: str, then: str, other: str) -> str:
        holds = self._graph.add("GreaterOrEqual", condition, self._graph.numbers(0.0))
        return self._graph.add("Where", holds, then, other)

    def side_by_side(self, node: Node, *values: str) -> str:
        return self._graph.add("Concat", *values, axis=-1)

    def call(self, node: Node, *args: str) -> str:
        raise TypeError(f"No operator of ONNX stands for {node.production.label}.")


def running_frames(graph: OnnxGraph) -> str:
    """Whether a frame belongs to its sequence, of shape (n_samples, n_timesteps)."""
    return graph.add("Less", graph.steps(), column(graph, "lengths"))


def swapped(graph: OnnxGraph, values: str) -> str:
    return graph.add("Transpose", values, perm=[1, 0, 2])


def column(graph: OnnxGraph, values: str) -> str:
    return graph.add("Unsqueeze", values, graph.integers([-1]))
