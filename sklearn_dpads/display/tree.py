"""The boxes of a program drawn as a tree: what each says, and where it stands."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ..grammar import (
    Affine,
    Constant,
    Fold,
)
from ..program import Expression, Program
from ..program.scales import offsets_of
from ..program.text import (
    PREVIOUS,
    around,
    column_names,
    filter_numbers,
    format_number,
    output_names,
)

Size = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A placed node; lengths are in points, and y grows upwards.

    Parameters
    ----------
    node : NodeContent
        What stands in the box.
    x, y : float
        Its left edge and its middle.
    width, height : float
        Its size.
    parent : Box or None
        The box that the edge comes from.
    """

    node: NodeContent
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
    root: NodeContent,
    size: Callable[[NodeContent], Size],
    *,
    column_gap: Callable[[list[NodeContent]], float],
    row_gap: float,
) -> list[Box]:
    """Place a tree: a column per level, subtrees in bands of their own, one below the other.

    Parameters
    ----------
    root : NodeContent
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

    def band(node: NodeContent) -> float:
        """Height that a subtree takes."""
        inner = sum(band(child) for child in node.children)
        inner += row_gap * max(0, len(node.children) - 1)
        bands[id(node)] = max(sizes[id(node)][1], inner)
        return bands[id(node)]

    band(root)
    boxes: list[Box] = []

    def settle(node: NodeContent, level: int, top: float, parent: Box | None) -> None:
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


def _columns(
    root: NodeContent, sizes: dict[int, Size], gap: Callable[[list[NodeContent]], float]
) -> list[float]:
    """Left edge of every level."""
    lefts, level = [0.0], [root]
    while following := [child for node in level for child in node.children]:
        widest = max(sizes[id(node)][0] for node in level)
        lefts.append(lefts[-1] + widest + gap(following))
        level = following
    return lefts


_LONGEST_LINE = 60
_NO_BREAK = "\u00a0"
_MOST_TERMS = 8
_MOST_ROWS = 10


@dataclass(frozen=True)
class NodeContent:
    """A box of a drawn program.

    Parameters
    ----------
    title : str
        Label of the production.
    kind : {"list", "combination", "terminal"}
        What sort of production it is.
    lines : list of str
        The formula of a leaf.
    branch : str
        What stands on the edge that leads here.
    children : list of NodeContent
        The arguments.
    """

    title: str
    kind: str
    lines: list[str] = field(default_factory=list)
    branch: str = ""
    children: list[NodeContent] = field(default_factory=list)

    def walk(self) -> Iterator[NodeContent]:
        """Visit the tree in depth-first order."""
        yield self
        for child in self.children:
            yield from child.walk()


def program_nodes(program: Program, precision: int) -> NodeContent:
    """Boxes of a program, as a tree.

    Parameters
    ----------
    program : Program
        The program.
    precision : int
        Significant digits of the numbers.
    """
    writer = _FormulaWriter(program, precision)

    def node(expression: Expression, branch: str) -> NodeContent:
        production = expression.production
        places = production.arguments
        children = [node(a, p.role) for a, p in zip(expression.args, places, strict=True)]
        return NodeContent(
            production.label, _kind(expression), writer.lines(expression), branch, children
        )

    return node(program.expression, "")


def _kind(expression: Expression) -> str:
    if "list" in str(expression.signature):
        return "list"
    return "combination" if expression.args else "terminal"


class _FormulaWriter:
    """Writes the parameters of a production as a few short lines."""

    def __init__(self, program: Program, precision: int) -> None:
        self._classes = program.classes
        self._precision = precision
        self._columns = column_names(program.n_features, program.feature_names)
        self._offsets = offsets_of(program.expression, program.scales)

    def lines(self, expression: Expression) -> list[str]:
        production, params = expression.production, expression.params
        if isinstance(production, Affine):
            return self._rows(expression.width, list(self._sums(expression, production)))
        if isinstance(production, Constant):
            return self._rows(expression.width, [self._number(v) for v in params["value"]])
        if isinstance(production, Fold) and params["initial"].any():
            values = [self._number(v) for v in params["initial"]]
            return self._rows(expression.width, [f"initial {value}" for value in values])
        numbers = filter_numbers(expression, self._precision)
        return [f"{name} {number}" for name, number in numbers.items()]

    def _rows(self, width: int, texts: list[str]) -> list[str]:
        """One row per output, named where there are several, and broken where too long."""
        names = output_names(width, self._classes) if width > 1 else [""]
        lines: list[str] = []
        for name, text in list(zip(names, texts, strict=True))[:_MOST_ROWS]:
            row = f"{name}: {text}" if name else text
            lines += textwrap.wrap(
                row,
                _LONGEST_LINE,
                subsequent_indent=4 * _NO_BREAK,
                break_long_words=False,
                break_on_hyphens=False,
            )
        if len(texts) > _MOST_ROWS:
            lines.append(f"… and {len(texts) - _MOST_ROWS} more outputs")
        return lines

    def _sums(self, expression: Expression, production: Affine) -> Iterator[str]:
        columns = [self._columns[i] for i in production.features]
        weights, biases = expression.params["weight"], expression.params["bias"]
        offsets = self._offsets.get(id(expression), np.zeros(len(columns)))
        variables = [around(*pair) for pair in zip(columns, offsets, strict=True)]
        if offsets.any():
            biases = biases + weights @ offsets
        if expression.accumulator:
            variables += self._previous(expression)
            weights = np.hstack([weights, expression.params["recurrent"]])
        for row, bias in zip(weights, biases, strict=True):
            terms = [self._term(w, v) for w, v in zip(row, variables, strict=True) if w]
            if bias or not terms:
                terms.append(self._number(bias))
            yield _join(terms)

    def _previous(self, expression: Expression) -> list[str]:
        if expression.accumulator == 1:
            return [PREVIOUS]
        names = output_names(expression.accumulator, self._classes)
        return [f"{PREVIOUS}[{name}]" for name in names]

    def _term(self, weight: float, variable: str) -> str:
        factor = self._number(weight)
        return factor.replace("1", variable) if factor in ("1", "-1") else f"{factor}·{variable}"

    def _number(self, value: float) -> str:
        return format_number(value, self._precision)


def _join(terms: list[str]) -> str:
    """A sum that lines may be broken at, before the sign of a term."""
    text = terms[0]
    for term in terms[1:_MOST_TERMS]:
        sign = "-" if term.startswith("-") else "+"
        text += f" {sign}{_NO_BREAK}{term.removeprefix('-')}"
    left_out = len(terms) - _MOST_TERMS
    return f"{text} … and {left_out} more terms" if left_out > 0 else text
