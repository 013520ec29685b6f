"""Drawings of programs and searches, with matplotlib."""

from __future__ import annotations

from ._program import ProgramDisplay
from ._search import SearchDisplay

__all__ = ["ProgramDisplay", "SearchDisplay"]
