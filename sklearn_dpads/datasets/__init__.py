"""Data sets, sequences labelled by a known program, and readers of other layouts."""

from __future__ import annotations

from .annotations import read_annotations
from .basic_motions import load_basic_motions
from .layouts import from_channels_first, to_channels_first
from .paper import (
    load_basketball,
    load_crim13,
    load_fly_vs_fly,
    load_sk152,
)
from .poses import read_poses
from .synthetic import make_program_classification
from .tables import LabelledSequences, read_sequences

__all__ = [
    "LabelledSequences",
    "from_channels_first",
    "load_basic_motions",
    "load_basketball",
    "load_crim13",
    "load_fly_vs_fly",
    "load_sk152",
    "make_program_classification",
    "read_annotations",
    "read_poses",
    "read_sequences",
    "to_channels_first",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
