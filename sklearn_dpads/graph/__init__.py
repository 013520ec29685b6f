"""The derivation graph and what a search does to it. Plain immutable Python, no torch."""

from ._discrete import discrete_graph
from ._keys import (
    NEURAL,
    ROOT_EDGE,
    EdgeKey,
    SlotKey,
)
from .graph import (
    DerivationGraph,
    Edge,
    Slot,
    derivation_graph,
)
from .operations import (
    describe,
    discretize,
    keep_top,
    lowest_cost,
    split,
    split_all,
    unfold,
)

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
]
