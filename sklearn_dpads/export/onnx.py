"""Programs as ONNX models, built of ONNX's own operators."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..grammar import LIST_TO_LIST
from ..inputs.files import write_atomically
from ..program.text import column_names, output_names
from .common import (
    check_finite,
    import_extra,
    user_productions,
    warn_of_single_precision,
)
from .onnx_graph import OnnxGraph
from .onnx_operators import Operators as _Operators
from .onnx_operators import column, running_frames
from .onnx_whole import WholeOperators

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
    per_frame = program.expression.signature == LIST_TO_LIST
    operators = _Operators(graph) if per_frame else WholeOperators(graph, program.n_features)
    root = operators.over_list(program.expression, None)
    if per_frame:
        nan = graph.numbers(np.nan)
        running = column(graph, running_frames(graph))
        graph.add_named("Where", (running, root, nan), ["values"])
        shape: tuple[Any, ...] = ("n_samples", "n_timesteps", program.n_outputs)
    else:
        graph.add_named("Identity", (root,), ["values"])
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
