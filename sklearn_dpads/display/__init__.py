"""Drawings of programs and searches, with matplotlib."""

from __future__ import annotations

from .architecture import ArchitectureDisplay
from .pareto import ParetoFrontDisplay
from .program import ProgramDisplay
from .search import SearchDisplay
from .trace import TraceDisplay

__all__ = [
    "ArchitectureDisplay",
    "ParetoFrontDisplay",
    "ProgramDisplay",
    "SearchDisplay",
    "TraceDisplay",
]
