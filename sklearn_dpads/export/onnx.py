"""Programs as ONNX models, built of ONNX's own operators."""

from __future__ import annotations

import json
import os
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..grammar import LIST_TO_LIST, StreamKey
from ..inputs.files import write_atomically
from ..program.meaning import Meaning, Node
from ..program.prefixes import filter_weights
from ..program.text import column_names, output_names
from .common import (
    check_finite,
    import_extra,
    user_productions,
    warn_of_single_precision,
)
from .onnx_graph import OnnxGraph
from .onnx_windows import around, over_span

if TYPE_CHECKING:
    from ..program.program import Program


# The first opset whose operators all take the axes and types that are asked for here.
_OPSET, _IR_VERSION = 18, 8
_FLOATS = {"float32": np.float32, "float64": np.float64}


def to_onnx(
    program: Program,
    path: str | os.PathLike[str] | None = None,
    dtype: Literal["float32", "float64"] = "float32",
) -> Any:
    """Give a program as an ONNX model; :meth:`Program.to_onnx` describes it."""
    if dtype not in _FLOATS:
        raise ValueError(f"dtype must be 'float32' or 'float64'; got {dtype!r}.")
    check_finite(program, "to_onnx")
    for production in user_productions(program):
        raise ValueError(
            f"The program holds the user's production {production.name!r}, computed by the torch "
            f"function {production.function_path}, which no operator of ONNX stands for. Use "
            "to_torch, or to_python with a numpy expression of it."
        )
    onnx = import_extra("onnx", "to_onnx", "onnx")
    if dtype == "float32":
        warn_of_single_precision(program, "to_onnx", "'float64'")
    model = _model(program, OnnxGraph(onnx, _FLOATS[dtype]))
    onnx.checker.check_model(model, full_check=True)
    if path is not None:
        write_atomically(path, model.SerializeToString())
    return model


def _model(program: Program, graph: OnnxGraph) -> Any:
    onnx = graph.onnx
    root = _Operators(graph).over_list(program.expression, None)
    per_frame = program.expression.signature == LIST_TO_LIST
    if per_frame:
        nan = graph.numbers(np.nan)
        running = _column(graph, _running(graph))
        graph.add_named("Where", (running, root, nan), ["values"])
        shape: tuple[Any, ...] = ("n_samples", "n_timesteps", program.n_outputs)
    else:
        last = _column(graph, graph.add("Sub", "lengths", graph.integers(1)))
        graph.add_named("GatherND", (root, last), ["values"], batch_dims=1)
        shape = ("n_samples", program.n_outputs)
    inputs = [
        graph.value("frames", ("n_samples", "n_timesteps", program.n_features)),
        graph.value("lengths", ("n_samples",), onnx.TensorProto.INT64),
    ]
    made = graph.finish("program", inputs, [graph.value("values", shape)], program.to_text())
    model = onnx.helper.make_model(
        made,
        producer_name="sklearn_dpads",
        ir_version=_IR_VERSION,
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
    )
    names = {
        "feature_names": list(column_names(program.n_features, program.feature_names)),
        "output_names": output_names(program.n_outputs, program.classes),
        "classes": None if program.classes is None else [str(label) for label in program.classes],
    }
    onnx.helper.set_model_props(model, {key: json.dumps(value) for key, value in names.items()})
    return model


class _Operators(Meaning[None, str, str]):
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
        """Add a scan over the frames; past the end of a sequence the accumulator stays."""
        graph, width = self._graph, node.width
        body = graph.inner()
        state, x, running, kept, value = (
            graph.unused(stem) for stem in ("previous", "frame", "running", "kept", "value")
        )
        following = _Operators(body).over_frame(node.args[0], x, state)
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
        over_time = [_swapped(graph, v) for v in ("frames", _column(graph, _running(graph)))]
        graph.add_named(
            "Scan", (initial, *over_time), [last, values], body=inner, num_scan_inputs=2
        )
        return _swapped(graph, values)

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


def _running(graph: OnnxGraph) -> str:
    """Whether a frame belongs to its sequence, of shape (n_samples, n_timesteps)."""
    return graph.add("Less", graph.steps(), _column(graph, "lengths"))


def _swapped(graph: OnnxGraph, values: str) -> str:
    return graph.add("Transpose", values, perm=[1, 0, 2])


def _column(graph: OnnxGraph, values: str) -> str:
    return graph.add("Unsqueeze", values, graph.integers([-1]))
