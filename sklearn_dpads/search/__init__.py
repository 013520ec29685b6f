"""Searches for the best discrete program."""

from .base import Search
from .census import Enumerate, GivenPrograms, RandomPrograms
from .cross_fitting import cross_fit, held_out_outputs
from .dpads import DPads
from .drafts import DraftSettings
from .ending import Defect, SearchResult, Verdict, choose, defect_of, final_fit, interruptible, rank
from .growth import GrowthSettings
from .journal import Journal
from .judging import Judging
from .log import Listener, Log, Phase
from .near import NEAR
from .output_scores import OutputScores
from .problem import Problem, RandomStream, ValuedGraph
from .products import ProductSettings
from .reweighing import reweighted
from .rules import (
    DEFAULT_RULE,
    SELECTION_RULES,
    BestScore,
    Judged,
    Rule,
    Simplest,
    WithinErrors,
    ranked,
)
from .sparse_sums import SparseSums
from .stages import LocalSearch
from .stopwatch import Stopwatch
from .sums import SumSettings, SumsOfReaders
from .trials import JudgedProgram, Trial, fresh_trial

__all__ = [
    "DEFAULT_RULE",
    "NEAR",
    "SELECTION_RULES",
    "BestScore",
    "DPads",
    "Defect",
    "DraftSettings",
    "Enumerate",
    "GivenPrograms",
    "GrowthSettings",
    "Journal",
    "Judged",
    "JudgedProgram",
    "Judging",
    "Listener",
    "LocalSearch",
    "Log",
    "OutputScores",
    "Phase",
    "Problem",
    "ProductSettings",
    "RandomPrograms",
    "RandomStream",
    "Rule",
    "Search",
    "SearchResult",
    "Simplest",
    "SparseSums",
    "Stopwatch",
    "SumSettings",
    "SumsOfReaders",
    "Trial",
    "ValuedGraph",
    "Verdict",
    "WithinErrors",
    "choose",
    "cross_fit",
    "defect_of",
    "final_fit",
    "fresh_trial",
    "held_out_outputs",
    "interruptible",
    "rank",
    "ranked",
    "reweighted",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
