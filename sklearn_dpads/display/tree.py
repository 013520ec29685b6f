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
from ..program.class_tables import ClassTable, class_tables
from ..program.expression import Array
from ..program.scales import offsets_of, readings
from ..program.text import (
    PREVIOUS,
    around,
    column_names,
    filter_numbers,
    format_number,
    output_names,
    role_of,
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
    """Place a tree: arguments to the right of their production, one below the other.

    A subtree has a band of its own, so that nothing else stands to the right of a box, and an
    argument begins where its production ends.

    Parameters
    ----------
    root : NodeContent
        The tree.
    size : callable
        Gives a node's width and height in points.
    column_gap : callable
        Gives the room before some arguments, in points.
    row_gap : float
        Room between bands, in points.

    Returns
    -------
    boxes : list of Box
        Parents before children.
    """
    sizes = {id(node): size(node) for node in root.walk()}
    boxes: list[Box] = []

    def inner(node: NodeContent) -> float:
        """Height that the arguments take."""
        bands = sum(band(child) for child in node.children)
        return bands + row_gap * max(0, len(node.children) - 1)

    def band(node: NodeContent) -> float:
        """Height that a subtree takes."""
        return max(sizes[id(node)][1], inner(node))

    def settle(node: NodeContent, left: float, top: float, parent: Box | None) -> None:
        width, height = sizes[id(node)]
        middle = top - band(node) / 2
        box = Box(node, left, middle, width, height, parent)
        boxes.append(box)
        child_top = middle + inner(node) / 2
        for child in node.children:
            settle(child, left + width + column_gap(node.children), child_top, box)
            child_top -= band(child) + row_gap

    settle(root, 0.0, 0.0, None)
    return boxes


_LONGEST_LINE = 60


@dataclass(frozen=True)
class NodeContent:
    """A box of a drawn program.

    Parameters
    ----------
    title : str
        Label of the production.
    kind : {"list", "combination", "terminal"}
        What sort of production it is.
    line : str, default=""
        The formula of a leaf of one output, or the numbers of another production.
    table : ClassTable or None, default=None
        The numbers of a leaf of several outputs.
    branch : str
        What stands on the edge that leads here.
    children : list of NodeContent
        The arguments.
    """

    title: str
    kind: str
    line: str = ""
    table: ClassTable | None = None
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
    writer, tables = _FormulaWriter(program, precision), class_tables(program)

    def node(expression: Expression, branch: str, before: str) -> NodeContent:
        production = expression.production
        children = []
        for i, arg in enumerate(expression.args):
            role = role_of(expression, i, program.classes)
            # The room before a box is that of the name of a branch, and classes have any names.
            of_class = production.meaning == "side_by_side"
            children.append(node(arg, "" if of_class else role, f"{role}: " if of_class else ""))
        table = tables.get(id(expression))
        line = "" if table is not None else writer.line(expression)
        title = before + production.label
        return NodeContent(title, _kind(expression), line, table, branch, children)

    return node(program.expression, "", "")


def _kind(expression: Expression) -> str:
    if "list" in str(expression.signature):
        return "list"
    return "combination" if expression.args else "terminal"


class _FormulaWriter:
    """Writes the parameters of a production as one short line."""

    def __init__(self, program: Program, precision: int) -> None:
        self._classes = program.classes
        self._precision = precision
        self._columns = column_names(program.n_features, program.feature_names)
        self._offsets = offsets_of(program.expression, program.scales)
        self._spreads = {
            id(node): program.scales.of(node, key)[1]
            for node, key in readings(program.expression)
            if program.scales is not None
        }

    def line(self, expression: Expression) -> str:
        production, params = expression.production, expression.params
        if isinstance(production, Affine):
            return self._sum(expression, production)
        if isinstance(production, Constant):
            return self._number(params["value"][0])
        if isinstance(production, Fold):
            return self._initial(params["initial"]) if params["initial"].any() else ""
        numbers = filter_numbers(expression, self._precision)
        return "  ".join(f"{name} {number}" for name, number in numbers.items())

    def _initial(self, values: Array) -> str:
        if len(values) == 1:
            return f"initial {self._number(values[0])}"
        names = output_names(len(values), self._classes)
        texts = [f"{n} {self._number(v)}" for n, v in zip(names, values, strict=True) if v]
        return textwrap.shorten(f"initial {', '.join(texts)}", _LONGEST_LINE, placeholder=" …")

    def _sum(self, expression: Expression, production: Affine) -> str:
        """The terms in their order; of many, those that move the value most."""
        columns = [self._columns[i] for i in production.features]
        weights, bias = expression.params["weight"][0], expression.params["bias"][0]
        offsets = self._offsets.get(id(expression), np.zeros(len(columns)))
        variables = [around(*pair) for pair in zip(columns, offsets, strict=True)]
        if offsets.any():
            bias = bias + weights @ offsets
        sizes = weights * self._spreads.get(id(expression), 1.0)
        if expression.accumulator:
            variables += self._previous(expression)
            weights = np.hstack([weights, expression.params["recurrent"][0]])
            sizes = np.hstack([sizes, expression.params["recurrent"][0]])
        terms = [self._term(w, v) for w, v in zip(weights, variables, strict=True)]
        end = [self._number(bias)] if bias or not weights.any() else []
        order = [int(i) for i in np.argsort(-np.abs(sizes), kind="stable") if weights[i]]
        if not order:
            return _join(end)
        for n_kept in range(len(order), 0, -1):
            kept = [terms[i] for i in sorted(order[:n_kept])]
            left_out = len(order) - n_kept
            text = _join(kept + end) + (f"  … {left_out} smaller terms" if left_out else "")
            if len(text) <= _LONGEST_LINE:
                return text
        # A name may be longer than a line.
        return f"{_join([terms[i] for i in order[:1]] + end)[: _LONGEST_LINE - 1]}…"

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
    text = terms[0] if terms else "0"
    for term in terms[1:]:
        text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text
