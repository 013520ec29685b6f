"""What ONNX models are built of: operators, constants, and bodies of loops."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike


class OnnxGraph:
    """Operators and constants of a graph, or of the body of a loop in it.

    Parameters
    ----------
    onnx : module
        The package ``onnx``.
    float_type : type
        Numpy type of the numbers, float32 or float64.
    outer : OnnxGraph or None, default=None
        The graph around a loop's body; constants are kept there, and names are shared.
    """

    def __init__(self, onnx: Any, float_type: type, outer: OnnxGraph | None = None) -> None:
        self.onnx = onnx
        self.float_type = float_type
        self._top: OnnxGraph = self if outer is None else outer._top
        self._nodes: list[Any] = []
        self._constants: dict[str, np.ndarray] = {}
        self._n_names = 0

    @property
    def element_type(self) -> int:
        """ONNX's code of the type of the numbers."""
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(self.float_type)))

    def inner(self) -> OnnxGraph:
        """Start the body of a loop."""
        return OnnxGraph(self.onnx, self.float_type, self)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator of one output and give that output's name."""
        name = self.unused(operator.lower())
        self.add_named(operator, inputs, [name], **attributes)
        return name

    def add_named(
        self, operator: str, inputs: tuple[str, ...], outputs: list[str], **attributes: Any
    ) -> None:
        """Add an operator whose outputs have given names."""
        self._nodes.append(self.onnx.helper.make_node(operator, inputs, outputs, **attributes))

    def numbers(self, values: ArrayLike) -> str:
        """Give the name of a constant of the graph's own type of numbers."""
        return self._constant(np.asarray(values, dtype=self.float_type))

    def integers(self, values: ArrayLike) -> str:
        """Give the name of a constant of whole numbers."""
        return self._constant(np.asarray(values, dtype=np.int64))

    def n_timesteps(self) -> str:
        """Add the number of frames of the input ``frames``, and give its name."""
        return self.add("Squeeze", self.add("Shape", "frames", start=1, end=2))

    def steps(self) -> str:
        """Add the numbers of the frames, from 0, and give their name."""
        return self.add("Range", self.integers(0), self.n_timesteps(), self.integers(1))

    def value(self, name: str, shape: tuple[Any, ...], element_type: int | None = None) -> Any:
        """Describe an input or an output; a str in the shape names a length that varies."""
        kind = self.element_type if element_type is None else element_type
        return self.onnx.helper.make_tensor_value_info(name, kind, list(shape))

    def finish(self, name: str, inputs: list[Any], outputs: list[Any], text: str = "") -> Any:
        """Give the graph as ONNX's own object."""
        constants = [
            self.onnx.numpy_helper.from_array(array, key) for key, array in self._constants.items()
        ]
        return self.onnx.helper.make_graph(
            self._nodes, name, inputs, outputs, initializer=constants, doc_string=text
        )

    def unused(self, stem: str) -> str:
        """Give a name that nothing else in the graph or in its loops has."""
        self._top._n_names += 1
        return f"{stem}_{self._top._n_names}"

    def _constant(self, values: np.ndarray) -> str:
        name = self.unused("constant")
        self._top._constants[name] = values
        return name
