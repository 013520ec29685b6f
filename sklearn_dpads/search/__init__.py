"""Searches for the best discrete program."""

from ._census import CensusResult, Verdict
from ._choice import final_fit, ranked
from ._crossfit import ScoredProgram, Trial, cross_fit, fresh_trial
from ._dpads import search
from ._enumeration import EnumerationOptions, enumerate_search
from ._near import NearOptions
from ._near_astar import AStarOptions, near_astar_search
from ._near_ids_bb import near_ids_bb_search
from ._outcome import SearchResult
from ._problem import Listener, Log, Partition, Problem, SearchOptions, effective_penalty
from ._random import RandomOptions, random_search
from ._relaxation import Relaxation
from ._selection import Selection
from ._soundness import Defect
from ._stopping import Stopwatch

__all__ = [
    "AStarOptions",
    "CensusResult",
    "Defect",
    "EnumerationOptions",
    "Listener",
    "Log",
    "NearOptions",
    "Partition",
    "Problem",
    "RandomOptions",
    "Relaxation",
    "ScoredProgram",
    "SearchOptions",
    "SearchResult",
    "Selection",
    "Stopwatch",
    "Trial",
    "Verdict",
    "cross_fit",
    "effective_penalty",
    "enumerate_search",
    "final_fit",
    "fresh_trial",
    "near_astar_search",
    "near_ids_bb_search",
    "random_search",
    "ranked",
    "search",
]
