"""Searches for the best discrete program."""

from ._choice import final_fit
from ._enumeration import EnumerationOptions, enumerate_search
from ._near_ids_bb import near_ids_bb_search
from ._random import RandomOptions, random_search
from ._refit import fit_programs
from ._relaxation import Relaxation
from ._selection import Selection
from ._soundness import Defect
from ._stopping import Stopwatch
from .census import CensusResult, Verdict
from .cross_fitting import (
    ScoredProgram,
    Trial,
    cross_fit,
    fresh_trial,
)
from .dpads import search
from .ending import SearchResult
from .log import Journal
from .near import NearOptions
from .near_orders import AStarOptions, near_astar_search
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
