"""Searches for the best discrete program."""

from .census import (
    CensusResult,
    EnumerationOptions,
    RandomOptions,
    Verdict,
    enumerate_search,
    fit_programs,
    random_search,
)
from .cross_fitting import (
    ScoredProgram,
    Trial,
    cross_fit,
    fresh_trial,
)
from .dpads import Relaxation, Selection, search
from .ending import Defect, SearchResult, final_fit
from .log import Journal, Stopwatch
from .near import NearOptions
from .near_orders import AStarOptions, near_astar_search, near_ids_bb_search
from .problem import (
    Listener,
    Log,
    Partition,
    Problem,
    SearchOptions,
    effective_penalty,
)
from .rules import (
    SELECTION_RULES,
    Judged,
    Rule,
    ranked,
    two_standard_errors,
)

__all__ = [
    "SELECTION_RULES",
    "AStarOptions",
    "CensusResult",
    "Defect",
    "EnumerationOptions",
    "Journal",
    "Judged",
    "Listener",
    "Log",
    "NearOptions",
    "Partition",
    "Problem",
    "RandomOptions",
    "Relaxation",
    "Rule",
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
    "fit_programs",
    "fresh_trial",
    "near_astar_search",
    "near_ids_bb_search",
    "random_search",
    "ranked",
    "search",
    "two_standard_errors",
]
