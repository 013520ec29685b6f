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
from ..program.intervals import ProgramIntervals
from ..program.numbers import NumberTexts, around, in_sum, term
from ..program.scales import offsets_of, readings
from ..program.text import (
    INITIAL,
    PREVIOUS,
    column_names,
    family_of,
    output_names,
    role_of,
    show_name,
    sums_printed,
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


# Intervals need room.
_LONGEST_LINE, _LONGEST_WITH_INTERVALS = 60, 100


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


def program_nodes(
    program: Program, precision: int, intervals: ProgramIntervals | None = None
) -> NodeContent:
    """Boxes of a program, as a tree.

    Parameters
    ----------
    program : Program
        The program.
    precision : int
        Significant digits of the numbers.
    intervals : ProgramIntervals or None, default=None
        Intervals of the numbers, to stand beside them.
    """
    writer = _FormulaWriter(program, NumberTexts(program, precision, intervals))
    tables = class_tables(program, intervals)

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
        title = before + show_name(production.label)
        return NodeContent(title, family_of(expression), line, table, branch, children)

    return node(program.expression, "", "")


class _FormulaWriter:
    """Writes the parameters of a production as one short line."""

    def __init__(self, program: Program, numbers: NumberTexts) -> None:
        self._classes = program.classes
        self._numbers = numbers
        self._names = column_names(program.n_features, program.feature_names)
        self._offsets = offsets_of(program.expression, program.scales)
        self._spreads = {
            id(node): program.scales.of(node, key)[1]
            for node, key in readings(program.expression)
            if program.scales is not None
        }

    def line(self, expression: Expression) -> str:
        production = expression.production
        if isinstance(production, Affine):
            return self._sum(expression, production)
        if isinstance(production, Constant):
            return str(self._numbers.of(expression, lambda node: node.params["value"])[0])
        if isinstance(production, Fold):
            return self._initial(expression)
        numbers = self._numbers.of_filter(expression)
        return "  ".join(f"{name} {number}" for name, number in numbers.items())

    def _initial(self, expression: Expression) -> str:
        values = expression.params[INITIAL]
        if not values.any():
            return ""
        numbers = self._numbers.of(expression, lambda node: node.params[INITIAL])
        if len(values) == 1:
            return f"{INITIAL} {numbers[0]}"
        names = output_names(len(values), self._classes)
        triples = zip(names, numbers, values, strict=True)
        texts = [f"{show_name(name)} {number}" for name, number, value in triples if value]
        return textwrap.shorten(f"{INITIAL} {', '.join(texts)}", _LONGEST_LINE, placeholder=" …")

    def _sum(self, expression: Expression, production: Affine) -> str:
        """The terms in their order; of many, those that move the value most."""
        columns = [show_name(self._names[i]) for i in production.features]
        offsets = self._offsets.get(id(expression), np.zeros(len(columns)))
        variables = [around(*pair) for pair in zip(columns, offsets, strict=True)]
        if expression.accumulator:
            variables += self._previous(expression)

        def numbers(node: Expression) -> Array:
            row: Array = sums_printed(node, offsets, expression)[0]
            return row

        weights, texts = numbers(expression), self._numbers.of(expression, numbers)
        spreads = np.ones(len(weights) - 1)
        spreads[: len(columns)] = self._spreads.get(id(expression), 1.0)
        sizes = np.abs(weights[:-1] * spreads)
        terms = [term(t, v, "·") for t, v in zip(texts[:-1], variables, strict=True)]
        end = [in_sum(texts[-1])] if weights[-1] or not weights.any() else []
        order = [int(i) for i in np.argsort(-sizes, kind="stable") if weights[i]]
        if not order:
            return _join(end)
        longest = _LONGEST_WITH_INTERVALS if self._numbers.with_intervals else _LONGEST_LINE
        for n_kept in range(len(order), 0, -1):
            kept = [terms[i] for i in sorted(order[:n_kept])]
            left_out = len(order) - n_kept
            text = _join(kept + end) + (f"  … {left_out} smaller terms" if left_out else "")
            if len(text) <= longest:
                return text
        # A name may be longer than a line.
        return f"{_join([terms[i] for i in order[:1]] + end)[: longest - 1]}…"

    def _previous(self, expression: Expression) -> list[str]:
        if expression.accumulator == 1:
            return [PREVIOUS]
        names = output_names(expression.accumulator, self._classes)
        return [f"{PREVIOUS}[{show_name(name)}]" for name in names]


def _join(terms: list[str]) -> str:
    text = terms[0] if terms else "0"
    for other in terms[1:]:
        text += f" - {other[1:]}" if other.startswith("-") else f" + {other}"
    return text
