"""Programs: the discrete result of a search, readable and evaluated in numpy."""

from ._evaluate import Sequences, causal_mean, centered_mean, evaluate
from ._expression import Expression, argument_accumulator, parameter_shapes
from ._program import Program
from ._reduce import reduced
from ._trace import Trace
from ._trace_parts import BranchTrace, NodeTrace

__all__ = [
    "BranchTrace",
    "Expression",
    "NodeTrace",
    "Program",
    "Sequences",
    "Trace",
    "argument_accumulator",
    "causal_mean",
    "centered_mean",
    "evaluate",
    "parameter_shapes",
    "reduced",
]
