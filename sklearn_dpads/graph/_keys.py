"""Names of the parts of a derivation graph, stable under unfolding, pruning and splitting."""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Signature

Step = int | tuple[str, int]
Path = tuple[Step, ...]


@dataclass(frozen=True)
class SlotKey:
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


@dataclass(frozen=True)
class EdgeKey:
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
