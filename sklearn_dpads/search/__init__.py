"""Searches for the best discrete program."""

from ._census import CensusResult, Verdict
from ._choice import final_fit
from ._crossfit import ScoredProgram, Trial, cross_fit, fresh_trial
from ._dpads import search
from ._enumeration import EnumerationOptions, enumerate_search
from ._journal import Journal
from ._near import NearOptions
from ._near_astar import AStarOptions, near_astar_search
from ._near_ids_bb import near_ids_bb_search
from ._outcome import SearchResult
from ._problem import Listener, Log, Partition, Problem, SearchOptions, effective_penalty
from ._random import RandomOptions, random_search
from ._refit import fit_programs
from ._relaxation import Relaxation
from ._rules import SELECTION_RULES, Judged, Rule, ranked, two_standard_errors
from ._selection import Selection
from ._soundness import Defect
from ._stopping import Stopwatch

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
