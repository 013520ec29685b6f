"""A program drawn as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from ..program import Program
from .pareto import axes_size, figure_of, import_pyplot
from .tree import (
    Box,
    NodeContent,
    place,
    program_nodes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT_SIZE = 9.0
_LINE = 1.35 * FONT_SIZE
_PADDING = 6.0
_MARGIN = 10.0
_COLUMN_GAP = 34.0
_BRANCH_ROOM = 34.0
# Rendered text is a little wider than its outlines, the more so in small sizes.
_TEXT_SLACK = 1.06
_ROW_GAP = 10.0
_FILLS = {"list": "#d6e6f4", "combination": "#fde6cf", "terminal": "#f4f4f1"}
_EDGES = {"list": "#3b75af", "combination": "#c8742b", "terminal": "#8a8a85"}
_LINES = "#6b6b6b"


class ProgramDisplay:
    """A program drawn as a tree, the root on the left.

    A box is a production: blue where it reads sequences, orange where it combines
    values, grey for the leaves, which show their formula. Build one with
    :meth:`from_estimator` or :meth:`from_program`.

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
        program: int | Program | None = None,
        *,
        precision: int | None = None,
        ax: Axes | None = None,
    ) -> ProgramDisplay:
        """Draw a program of a fitted estimator.

        Parameters
        ----------
        estimator : DPadsClassifier
            The fitted estimator.
        program : int, Program or None, default=None
            An index of its `programs_`, a program, or None for its `program_`.
        precision : int or None, default=None
            Significant digits of the numbers; None takes as many as the program
            needs, :attr:`Program.digits`, or 3 where that is not known.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure of the size the tree needs.

        Returns
        -------
        display : ProgramDisplay
        """
        check_is_fitted(estimator, "programs_")
        chosen: Program
        if program is None:
            chosen = estimator.program_
        elif isinstance(program, Program):
            chosen = program
        else:
            chosen = estimator.programs_[program].program
        return cls.from_program(chosen, precision=precision, ax=ax)

    @classmethod
    def from_program(
        cls, program: Program, *, precision: int | None = None, ax: Axes | None = None
    ) -> ProgramDisplay:
        """Draw a program.

        Parameters
        ----------
        program : Program
            The program.
        precision : int or None, default=None
            Significant digits of the numbers; None takes as many as the program
            needs, :attr:`Program.digits`, or 3 where that is not known.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure of the size the tree needs.

        Returns
        -------
        display : ProgramDisplay
        """
        return cls(program).plot(ax, precision=precision)

    def plot(self, ax: Axes | None = None, *, precision: int | None = None) -> ProgramDisplay:
        """Draw the program.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure of the size the tree needs.
        precision : int or None, default=None
            Significant digits of the numbers; None takes as many as the program
            needs, :attr:`Program.digits`, or 3 where that is not known.

        Returns
        -------
        display : ProgramDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = import_pyplot(type(self).__name__)
        boxes = place(
            program_nodes(self.program, self.program.printed_digits(3, precision)),
            _size,
            column_gap=_gap,
            row_gap=_ROW_GAP,
        )
        caption = _caption(self.program)
        right = max(box.x + box.width for box in boxes)
        right = max(right, _text_width(caption, "normal"))
        top, bottom = max(box.top for box in boxes), min(box.bottom for box in boxes)
        top += 2 * _LINE
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
        ax.text(0, top, caption, fontsize=zoom * FONT_SIZE, va="top", color=_LINES)
        for box in boxes:
            _draw_box(ax, box, zoom)
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
        return f"log-odds of {program.classes[-1]} against {program.classes[0]}"
    return "one value per class, the largest decides"


def _text_width(text: str, weight: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=FONT_SIZE, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return _TEXT_SLACK * float(width)


def _size(node: NodeContent) -> tuple[float, float]:
    width = max([_text_width(node.title, "bold"), *(_text_width(t, "normal") for t in node.lines)])
    return width + 2 * _PADDING, _LINE * (1 + len(node.lines)) + 2 * _PADDING


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
    for i, text in enumerate(box.node.lines, start=1):
        ax.text(left, line - i * _LINE, text, **style)


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
