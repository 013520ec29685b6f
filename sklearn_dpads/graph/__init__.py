"""The derivation graph and what a search does to it. Plain immutable Python, no torch."""

from .graph import DerivationGraph, derivation_graph, discrete_graph
from .growing import with_relaxed_summand
from .operations import (
    describe,
    discretize,
    keep_top,
    lowest_cost,
    split,
    split_all,
    unfold,
)
from .slots import NEURAL, ROOT_EDGE, Edge, EdgeKey, Slot, SlotKey

__all__ = [
    "NEURAL",
    "ROOT_EDGE",
    "DerivationGraph",
    "Edge",
    "EdgeKey",
    "Slot",
    "SlotKey",
    "derivation_graph",
    "describe",
    "discrete_graph",
    "discretize",
    "keep_top",
    "lowest_cost",
    "split",
    "split_all",
    "unfold",
    "with_relaxed_summand",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
