"""Programs: the discrete result of a search, readable and evaluated in numpy."""

from ._reduce import reduced
from ._trace_parts import BranchTrace, NodeTrace
from .evaluate import (
    Sequences,
    causal_mean,
    centered_mean,
    evaluate,
)
from .expression import Expression, argument_accumulator, parameter_shapes
from .program import Program
from .trace import Trace

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
