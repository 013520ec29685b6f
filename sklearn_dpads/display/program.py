"""A program drawn as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from ..program import Program, ProgramIntervals
from ..program.class_tables import class_tables, largest_of
from ..program.text import show_name
from .class_table import Names, draw_table, table_names, table_size
from .classes import AProgram, chosen_program
from .drawing import FONT_SIZE, axes_size, figure_of, import_pyplot, text_width
from .parameter_docs import documented
from .tree import (
    Box,
    NodeContent,
    place,
    program_nodes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINE = 1.35 * FONT_SIZE
_PADDING = 6.0
_MARGIN = 10.0
_COLUMN_GAP = 34.0
_BRANCH_ROOM = 34.0
_ROW_GAP = 10.0
_FILLS = {"list": "#d6e6f4", "combination": "#fde6cf", "terminal": "#f4f4f1"}
_EDGES = {"list": "#3b75af", "combination": "#c8742b", "terminal": "#8a8a85"}
_LINES = "#6b6b6b"


@documented
class ProgramDisplay:
    """A program drawn as a tree, the root on the left.

    A box is a production: blue where it reads sequences, orange where it combines
    values, grey for the leaves. A leaf of one output shows its formula, and of many terms those
    that move it most. With three or more classes, a leaf is a table of classes by features:
    blue raises the value of the class, red lowers it, for each standard deviation of
    the feature where that is known. All tables of a program have the same colours. Build one
    with :meth:`from_estimator` or :meth:`from_program`.

    Parameters
    ----------
    program : Program
        The program.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the drawing.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn_dpads import Grammar, Program
    >>> from sklearn_dpads.display import ProgramDisplay
    >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + 0.9*previous))", Grammar.paper(2))
    >>> display = ProgramDisplay.from_program(program)
    >>> display.figure_.savefig("program.png")  # doctest: +SKIP
    """

    def __init__(self, program: Program) -> None:
        if not isinstance(program, Program):
            raise TypeError(f"program must be a Program; got a {type(program).__name__}.")
        self.program = program

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        program: AProgram | None = None,
        *,
        precision: int | None = None,
        intervals: ProgramIntervals | None = None,
        ax: Axes | None = None,
    ) -> ProgramDisplay:
        """Draw a program of a fitted estimator.

        Parameters
        ----------
        {estimator}
        {program}
        {precision}
        {intervals}
        {ax}

        Returns
        -------
        display : ProgramDisplay
        """
        check_is_fitted(estimator, "programs_")
        chosen = chosen_program(estimator, program)
        return cls.from_program(chosen, precision=precision, intervals=intervals, ax=ax)

    @classmethod
    def from_program(
        cls,
        program: Program,
        *,
        precision: int | None = None,
        intervals: ProgramIntervals | None = None,
        ax: Axes | None = None,
    ) -> ProgramDisplay:
        """Draw a program.

        Parameters
        ----------
        program : Program
            The program.
        {precision}
        {intervals}
        {ax}

        Returns
        -------
        display : ProgramDisplay
        """
        return cls(program).plot(ax, precision=precision, intervals=intervals)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        precision: int | None = None,
        intervals: ProgramIntervals | None = None,
    ) -> ProgramDisplay:
        """Draw the program.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure of the size the tree needs.
        precision : int or None, default=None
            Significant digits of the numbers; None takes as many as the program
            needs, :attr:`Program.digits`, or 3 where that is not known.
        intervals : ProgramIntervals or None, default=None
            Intervals of the numbers, such as ``intervals`` of what
            :func:`~sklearn_dpads.inspection.stability` gives, to stand beside them; None shows
            numbers alone.

        Returns
        -------
        display : ProgramDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the intervals are of another program.
        """
        plt = import_pyplot(type(self).__name__)
        digits = self.program.printed_digits(3, precision)
        root = program_nodes(self.program, digits, intervals)
        tables = {id(n): n.table for n in root.walk() if n.table is not None}
        largest, names = largest_of(tables), table_names(tables.values())
        boxes = place(
            root,
            lambda node: _size(node, names),
            column_gap=_gap,
            row_gap=_ROW_GAP,
        )
        caption = _caption(self.program)
        if intervals is not None:
            caption += f"\n{intervals.legend}"
        right = max(box.x + box.width for box in boxes)
        right = max(right, *map(text_width, caption.splitlines()))
        top, bottom = max(box.top for box in boxes), min(box.bottom for box in boxes)
        top += (2 + caption.count("\n")) * _LINE
        width, height = right + 2 * _MARGIN, top - bottom + 2 * _MARGIN
        if ax is None:
            figure = plt.figure(figsize=(width / 72, height / 72))
            ax = figure.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.set_aspect("equal")
        ax.set_xlim(-_MARGIN, right + _MARGIN)
        ax.set_ylim(bottom - _MARGIN, top + _MARGIN)
        room = axes_size(ax)
        zoom = min(room[0] / width, room[1] / height)
        style: dict[str, Any] = {"fontsize": zoom * FONT_SIZE, "va": "top", "color": _LINES}
        ax.text(0, top, caption, parse_math=False, **style)
        for box in boxes:
            _draw_box(ax, box, zoom)
            if box.node.table is not None:
                corner = (box.x + _PADDING, box.top - _PADDING - _LINE)
                draw_table(ax, box.node.table, names, corner, zoom=zoom, largest=largest)
            if box.parent is not None:
                _draw_edge(ax, box.parent, box, zoom)
        self.ax_: Axes = ax
        self.figure_: Figure = figure_of(ax)
        return self


def _caption(program: Program) -> str:
    """What the value of the program means."""
    if program.classes is None:
        return "output"
    if program.n_outputs == 1:
        other, positive = (show_name(label) for label in program.classes)
        return f"log-odds of {positive} against {other}"
    if not class_tables(program):
        return "one value per class, the largest decides"
    known = "per standard deviation" if program.scales is not None else "per unit"
    return (
        "one value per class, the largest decides\n"
        f"tables: change of it {known} of a feature, blue up, red down"
    )


def _size(node: NodeContent, names: Names) -> tuple[float, float]:
    width = max(text_width(node.title, "bold"), text_width(node.line))
    height = _LINE * (2 if node.line else 1)
    if node.table is not None:
        table_width, table_height = table_size(node.table, names)
        width, height = max(width, table_width), height + table_height
    return width + 2 * _PADDING, height + 2 * _PADDING


def _draw_box(ax: Axes, box: Box, zoom: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(
        FancyBboxPatch(
            (box.x, box.bottom),
            box.width,
            box.height,
            boxstyle="round,pad=0,rounding_size=5",
            facecolor=_FILLS[box.node.kind],
            edgecolor=_EDGES[box.node.kind],
            linewidth=zoom,
            zorder=2,
        )
    )
    left, line = box.x + _PADDING, box.top - _PADDING - 0.5 * _LINE
    style: dict[str, Any] = {
        "fontsize": zoom * FONT_SIZE,
        "va": "center",
        "zorder": 3,
        "parse_math": False,
    }
    ax.text(left, line, box.node.title, weight="bold", **style)
    if box.node.line:
        ax.text(left, line - _LINE, box.node.line, **style)


def _gap(column: list[NodeContent]) -> float:
    """Room before a column of boxes, with space for the names of branches."""
    return _COLUMN_GAP + (_BRANCH_ROOM if any(node.branch for node in column) else 0.0)


def _draw_edge(ax: Axes, parent: Box, child: Box, zoom: float) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    start, end = (parent.x + parent.width, parent.y), (child.x, child.y)
    joint = end[0] - (_BRANCH_ROOM if child.node.branch else 4.0)
    bend = joint - 0.6 * _COLUMN_GAP
    points = [start, (bend, start[1]), (bend, end[1]), (joint, end[1]), end]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO]
    ax.add_patch(
        PathPatch(Path(points, codes), fill=False, edgecolor=_LINES, linewidth=zoom, zorder=1)
    )
    if child.node.branch:
        ax.text(
            end[0] - 0.55 * _BRANCH_ROOM,
            end[1],
            child.node.branch,
            fontsize=zoom * (FONT_SIZE - 1),
            ha="center",
            va="center",
            color=_EDGES["combination"],
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0 * zoom},
            zorder=2,
        )
