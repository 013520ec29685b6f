"""Placing the boxes of a tree from left to right, so that none overlaps another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ._nodes import Node

Size = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A placed node; lengths are in points, and y grows upwards.

    Parameters
    ----------
    node : Node
        What stands in the box.
    x, y : float
        Its left edge and its middle.
    width, height : float
        Its size.
    parent : Box or None
        The box that the edge comes from.
    """

    node: Node
    x: float
    y: float
    width: float
    height: float
    parent: Box | None

    @property
    def top(self) -> float:
        """Upper edge."""
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y - self.height / 2


def place(
    root: Node,
    size: Callable[[Node], Size],
    *,
    column_gap: Callable[[list[Node]], float],
    row_gap: float,
) -> list[Box]:
    """Place a tree: a column per level, subtrees in bands of their own, one below the other.

    Parameters
    ----------
    root : Node
        The tree.
    size : callable
        Gives a node's width and height in points.
    column_gap : callable
        Gives the room before a column from the nodes that stand there, in points.
    row_gap : float
        Room between boxes of one column, in points.

    Returns
    -------
    boxes : list of Box
        Parents before children.
    """
    sizes = {id(node): size(node) for node in root.walk()}
    lefts = _columns(root, sizes, column_gap)
    bands: dict[int, float] = {}

    def band(node: Node) -> float:
        """Height that a subtree takes."""
        inner = sum(band(child) for child in node.children)
        inner += row_gap * max(0, len(node.children) - 1)
        bands[id(node)] = max(sizes[id(node)][1], inner)
        return bands[id(node)]

    band(root)
    boxes: list[Box] = []

    def settle(node: Node, level: int, top: float, parent: Box | None) -> None:
        width, height = sizes[id(node)]
        middle = top - bands[id(node)] / 2
        box = Box(node, lefts[level], middle, width, height, parent)
        boxes.append(box)
        inner = sum(bands[id(child)] for child in node.children)
        inner += row_gap * max(0, len(node.children) - 1)
        child_top = middle + inner / 2
        for child in node.children:
            settle(child, level + 1, child_top, box)
            child_top -= bands[id(child)] + row_gap

    settle(root, 0, 0.0, None)
    return boxes


def _columns(root: Node, sizes: dict[int, Size], gap: Callable[[list[Node]], float]) -> list[float]:
    """Left edge of every level."""
    lefts, level = [0.0], [root]
    while following := [child for node in level for child in node.children]:
        widest = max(sizes[id(node)][0] for node in level)
        lefts.append(lefts[-1] + widest + gap(following))
        level = following
    return lefts
