"""Slots of a derivation graph, which hold candidates, and the edges that lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..grammar import Production, Signature

Step = int | tuple[str, int]
Path = tuple[Step, ...]


class SlotKey(NamedTuple):
    """The part of a node that answers for one signature.

    A node is a place in a program, named by the path that leads to it. With node sharing
    a step is an argument's index; without, it is the pair (production label, index), so
    that every candidate has children of its own.

    Parameters
    ----------
    path : tuple
        Steps from the root; the root's is empty.
    signature : Signature
        Signature asked of the node.
    width : int
        Output width asked of the node.
    accumulator : int
        Accumulator length inside ``Fold``, 0 outside.
    """

    path: Path
    signature: Signature
    width: int
    accumulator: int

    @property
    def level(self) -> int:
        """Depth of the node; the root's is 1."""
        return len(self.path) + 1

    def __str__(self) -> str:
        steps = ".".join(str(s) if isinstance(s, int) else f"{s[0]}:{s[1]}" for s in self.path)
        return f"/{steps} {self.signature} width={self.width} acc={self.accumulator}"


class EdgeKey(NamedTuple):
    """An argument of a candidate: the place where architecture weights live.

    Parameters
    ----------
    parent : SlotKey or None
        Slot that holds the candidate; None for the edge that enters the root.
    label : str
        Label of the candidate production.
    argument : int
        Index of the argument.
    """

    parent: SlotKey | None
    label: str
    argument: int

    def __str__(self) -> str:
        return "root" if self.parent is None else f"{self.parent} {self.label}[{self.argument}]"


ROOT_EDGE = EdgeKey(None, "", 0)
NEURAL = "?"


@dataclass(frozen=True)
class Slot:
    """Candidates of a node for one signature.

    Parameters
    ----------
    key : SlotKey
        Name of the slot.
    candidates : tuple of Production
        Productions that may stand here; empty where a neural completion stands in.
    """

    key: SlotKey
    candidates: tuple[Production, ...]

    @property
    def is_neural(self) -> bool:
        """Whether a neural completion stands in for what is not unfolded yet."""
        return not self.candidates

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the candidates, or the mark of a neural completion."""
        return tuple(p.label for p in self.candidates) or (NEURAL,)

    @cached_property
    def branching(self) -> tuple[Production, ...]:
        """Candidates that have arguments, few of what may be very many."""
        return tuple(p for p in self.candidates if not p.is_terminal)

    def production(self, label: str) -> Production:
        """Candidate of a label, one that has arguments."""
        return next(p for p in self.branching if p.label == label)


@dataclass(frozen=True)
class Edge:
    """Where an argument leads, and which candidates there it still mixes.

    Parameters
    ----------
    key : EdgeKey
        Name of the edge.
    target : SlotKey
        Slot whose candidates the edge mixes.
    labels : tuple of str
        Labels of the live candidates, in the slot's order.
    """

    key: EdgeKey
    target: SlotKey
    labels: tuple[str, ...]
