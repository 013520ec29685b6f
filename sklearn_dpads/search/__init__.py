"""Searches for the best discrete program."""

from ._choice import final_fit, ranked
from ._crossfit import ScoredProgram, Trial, cross_fit, fresh_trial
from ._dpads import SearchResult, search
from ._problem import Log, Partition, Problem, SearchOptions, effective_penalty
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
    "Trial",
    "cross_fit",
    "effective_penalty",
    "final_fit",
    "fresh_trial",
    "ranked",
    "search",
]
