"""Drawings of programs and searches, with matplotlib."""

from __future__ import annotations

from ._architecture import ArchitectureDisplay
from ._pareto import ParetoFrontDisplay
from ._program import ProgramDisplay
from ._search import SearchDisplay
from ._trace import TraceDisplay

__all__ = [
    "ArchitectureDisplay",
    "ParetoFrontDisplay",
    "ProgramDisplay",
    "SearchDisplay",
    "TraceDisplay",
]
