"""Numbers of slots and edges of a forest: where packed tensors have what belongs to each.

Slots are numbered per output width. The leaves (terminals) of a slot fill the first
columns of its row, the other candidates the columns after the widest leaf block, so that
one tensor of architecture logits (slot, entering edge, candidate) serves a whole forest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ..grammar import Production
from ..graph import NEURAL, DerivationGraph, EdgeKey, SlotKey

SlotName = tuple[int, SlotKey]
EdgeName = tuple[int, EdgeKey]


@dataclass
class SlotTable:
    """Slots of one output width over all graphs of a forest.

    The numbers of columns are counted once, when they are first asked for: the table has
    to be complete by then.
    """

    width: int
    index: dict[SlotName, int] = field(default_factory=dict)
    leaves: list[tuple[Production, ...]] = field(default_factory=list)
    others: list[tuple[str, ...]] = field(default_factory=list)
    entering: list[list[EdgeKey]] = field(default_factory=list)

    @property
    def n_slots(self) -> int:
        return len(self.leaves)

    @cached_property
    def n_leaves(self) -> int:
        """Leaf columns: those of the slot with the most."""
        return max((len(leaves) for leaves in self.leaves), default=0)

    @cached_property
    def n_columns(self) -> int:
        """Candidate columns in all."""
        return self.n_leaves + max((len(others) for others in self.others), default=0)

    @cached_property
    def n_entering(self) -> int:
        """Edge rows per slot: those of the slot that most edges enter."""
        return max((len(edges) for edges in self.entering), default=0)

    @cached_property
    def columns(self) -> list[dict[str, int]]:
        """Columns of a slot's candidates by their labels, slot by slot."""
        return [
            {
                **{leaf.label: k for k, leaf in enumerate(leaves)},
                **{label: self.n_leaves + k for k, label in enumerate(others)},
            }
            for leaves, others in zip(self.leaves, self.others, strict=True)
        ]


@dataclass(frozen=True)
class EdgeRow:
    """Row of an edge in the packed logits of its target's width."""

    width: int
    slot: int
    row: int


class Tables:
    """Numbers for every slot and edge of a forest.

    Parameters
    ----------
    graphs : list of DerivationGraph
        The forest.
    """

    def __init__(self, graphs: list[DerivationGraph]) -> None:
        self.graphs = graphs
        self.by_width: dict[int, SlotTable] = {}
        for g, graph in enumerate(graphs):
            for key, slot in graph.slots.items():
                table = self.by_width.setdefault(key.width, SlotTable(key.width))
                table.index[g, key] = table.n_slots
                leaves = tuple(p for p in slot.candidates if p.is_terminal)
                table.leaves.append(leaves)
                others = tuple(p.label for p in slot.branching)
                table.others.append((NEURAL,) if slot.is_neural else others)
                table.entering.append([])
            for edge in graph.edges.values():
                table = self.by_width[edge.target.width]
                table.entering[table.index[g, edge.target]].append(edge.key)
        self.rows: dict[EdgeName, EdgeRow] = {}
        for width, table in self.by_width.items():
            per_slot = table.n_entering
            for (g, _), number in table.index.items():
                for p, entering in enumerate(table.entering[number]):
                    self.rows[g, entering] = EdgeRow(width, number, number * per_slot + p)

    @property
    def max_accumulator(self) -> int:
        """Accumulator columns that a leaf's weights need."""
        return max((key.accumulator for graph in self.graphs for key in graph.slots), default=0)
