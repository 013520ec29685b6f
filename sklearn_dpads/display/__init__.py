"""Drawings of programs and searches, with matplotlib."""

from __future__ import annotations

from .architecture import ArchitectureDisplay
from .dependence import PartialDependenceDisplay
from .ethogram import EthogramDisplay
from .importance import PermutationImportanceDisplay
from .pareto import ParetoFrontDisplay
from .parts import PartsDisplay
from .program import ProgramDisplay
from .search import SearchDisplay
from .stability import StabilityDisplay
from .trace import TraceDisplay

__all__ = [
    "ArchitectureDisplay",
    "EthogramDisplay",
    "ParetoFrontDisplay",
    "PartialDependenceDisplay",
    "PartsDisplay",
    "PermutationImportanceDisplay",
    "ProgramDisplay",
    "SearchDisplay",
    "StabilityDisplay",
    "TraceDisplay",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
