"""Searches for the best discrete program."""

from ._choice import ScoredProgram, cross_fit, final_fit, ranked
from ._dpads import SearchResult, search
from ._problem import Log, Partition, Problem, SearchOptions
from ._relaxation import Relaxation
from ._selection import Selection
from ._soundness import Defect
from ._stopping import Stopwatch

__all__ = [
    "Defect",
    "Log",
    "Partition",
    "Problem",
    "Relaxation",
    "ScoredProgram",
    "SearchOptions",
    "SearchResult",
    "Selection",
    "Stopwatch",
    "cross_fit",
    "final_fit",
    "ranked",
    "search",
]
