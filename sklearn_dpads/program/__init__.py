"""Programs: the discrete result of a search, readable and evaluated in numpy."""

from ..inputs.sequences import Sequences
from .algebra import joined, joined_in_shape, reduced
from .evaluate import evaluate
from .expression import Expression
from .idle import without_idle
from .intervals import ProgramIntervals
from .meaning import Meaning, Node
from .prefixes import causal_mean
from .program import Program
from .streaming import ProgramStream
from .trace import BranchTrace, NodeTrace, Trace

__all__ = [
    "BranchTrace",
    "Expression",
    "Meaning",
    "Node",
    "NodeTrace",
    "Program",
    "ProgramIntervals",
    "ProgramStream",
    "Sequences",
    "Trace",
    "causal_mean",
    "evaluate",
    "joined",
    "joined_in_shape",
    "reduced",
    "without_idle",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
