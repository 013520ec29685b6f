"""Classes in pictures: their colours, and their names in legends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ..program import Program
from .drawing import text_width
from .names import told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Of a legend: points of its letters, most names side by side, and characters of each.
_SMALL, _NAMES_A_LINE = 8.33, 6
LONGEST_NAME = 40
TWO_CLASSES = ("#7b52a3", "#2f7d4f")
MANY_CLASSES = (
    *("#3b75af", "#c8742b", "#2f7d4f", "#b23a48", "#7b52a3"),
    *("#8c6d46", "#c2649a", "#5f6a72", "#8a8a1f", "#2b8a9c"),
)


def class_colors(n_classes: int) -> list[str]:
    """Give each class a colour; beyond ten they recur."""
    if n_classes == 2:
        return list(TWO_CLASSES)
    return [MANY_CLASSES[k % len(MANY_CLASSES)] for k in range(n_classes)]


class Record(Protocol):
    """A record of the ``programs_`` of an estimator."""

    @property
    def program(self) -> Program: ...


AProgram: TypeAlias = int | Record | Program


def chosen_program(estimator: Any, program: AProgram | None) -> Program:
    """Give the program of a fitted estimator that is meant by an index, a record, or itself."""
    program = getattr(program, "program", program)
    if isinstance(program, Program):
        return program
    found: Program = estimator.program_ if program is None else estimator.programs_[program].program
    return found


def legend_columns(names: Sequence[str], room: float) -> int:
    """How many names of a legend stand side by side in a room, in points."""
    # Patch, gap to the name, and gap to the next, in sizes of the letters.
    widest = max(text_width(name, size=_SMALL) for name in names) + 3.8 * _SMALL
    return max(1, min(len(names), _NAMES_A_LINE, int(room / widest)))


def figure_legend(figure: Figure, names: Sequence[str], colors: Sequence[str]) -> None:
    """Name the colours of classes above all panels of a figure, as many to a line as fit."""
    shown = told_apart(names, LONGEST_NAME)
    n_columns = legend_columns(shown, 72 * figure.get_figwidth())
    _legend(figure, shown, colors, loc="outside upper left", ncols=n_columns)


def class_legend(ax: Axes, names: Sequence[str], colors: Sequence[str], **style: Any) -> None:
    """Name the colours of classes above axes, a few to a line."""
    _legend(ax, names, colors, loc="lower left", borderaxespad=0.2, **style)


def _legend(
    place: Axes | Figure, names: Sequence[str], colors: Sequence[str], **style: Any
) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=color, label=name) for name, color in zip(names, colors, strict=True)]
    legend = place.legend(
        handles=handles, frameon=False, fontsize="small", handlelength=1.0, **style
    )
    # Names are no formulas, whatever signs are in them.
    for text in legend.get_texts():
        text.set_parse_math(False)
