"""What all pictures have in common: matplotlib itself, sizes of text and of axes, and greys."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Of what is said beside the data, and of the data where they have no colour of their own.
NOTE, LINE = "#6b6b6b", "#303030"
FONT_SIZE = 9.0
# Rendered text is a little wider than its outlines, the more so in small sizes.
_TEXT_SLACK = 1.06


def import_pyplot(caller: str) -> ModuleType:
    """Import ``matplotlib.pyplot``, or say how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{caller} needs matplotlib, which is not installed. "
            "Install it with: pip install sklearn_dpads[plot]"
        ) from error
    return plt


def figure_of(ax: Axes) -> Figure:
    """Give the figure that axes are in."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are made in a figure
    return figure


def axes_size(ax: Axes) -> tuple[float, float]:
    """Width and height of axes in points."""
    figure = figure_of(ax)
    box = ax.get_window_extent()
    return 72.0 * box.width / figure.dpi, 72.0 * box.height / figure.dpi


def text_width(text: str, weight: str = "normal", size: float = FONT_SIZE) -> float:
    """Width in points of a text."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return _TEXT_SLACK * float(width)


def legend_above(ax: Axes) -> None:
    """Name what is drawn in one line above axes, to their right."""
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=3,
        borderaxespad=0.1,
        frameon=False,
        fontsize="small",
    )
