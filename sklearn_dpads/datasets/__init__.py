"""A small real data set, and sequences labelled by a known program."""

from __future__ import annotations

from ._basic_motions import load_basic_motions
from ._program_data import make_program_classification

__all__ = ["load_basic_motions", "make_program_classification"]
