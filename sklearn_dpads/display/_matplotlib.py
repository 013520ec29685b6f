"""matplotlib, imported when something is drawn."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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


def axes_size(ax: Axes) -> tuple[float, float]:
    """Width and height of axes in points."""
    figure = ax.get_figure(root=True)
    box = ax.get_window_extent()
    return 72.0 * box.width / figure.dpi, 72.0 * box.height / figure.dpi
