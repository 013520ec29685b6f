"""Programs: the discrete result of a search, readable and evaluated in numpy."""

from .evaluate import (
    Sequences,
    causal_mean,
    centered_mean,
    evaluate,
)
from .expression import Expression, argument_accumulator, parameter_shapes
from .program import Program
from .simplify import reduced
from .trace import BranchTrace, NodeTrace, Trace

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
