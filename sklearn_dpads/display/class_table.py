"""The numbers of a leaf drawn as a table of coloured cells: classes by features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..program.class_tables import ClassTable
from ..program.numbers import DOUBT, format_number
from .drawing import FONT_SIZE, LINE, text_width
from .names import told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SMALL = FONT_SIZE - 1.5
_CELL_HEIGHT = 13.0
# With an interval below the number.
_DOUBLE_HEIGHT = 20.0
# Cells hold two digits; those of a wide table have colours alone.
_WIDE_CELL, _NARROW_CELL = 23.0, 12.0
_MOST_WIDE = 14
_GAP = 4.0
_LONGEST_NAME = 20
# The lightest colour of the second is white.
_COLORS, _OF_DOUBT = "RdBu", "Greys"
_DARK = 0.6


Names = Mapping[str, str]


def table_names(tables: Iterable[ClassTable]) -> Names:
    """Give what is written for each class and feature, the same in all tables of a picture."""
    names = dict.fromkeys(name for table in tables for name in (*table.rows, *table.columns))
    return dict(zip(names, told_apart(names, _LONGEST_NAME), strict=True))


def table_size(table: ClassTable, written: Names) -> tuple[float, float]:
    """Width and height in points that a table takes."""
    names, heading = _room_for_names(table, written)
    width = names + len(table.columns) * _cell_width(table)
    return width, heading + len(table.rows) * _cell_height(table)


def draw_table(
    ax: Axes,
    table: ClassTable,
    written: Names,
    corner: tuple[float, float],
    *,
    zoom: float,
    largest: float,
) -> None:
    """Draw a table; numbers whose sign is not sure have white cells.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw; a unit is a point, magnified by `zoom`.
    table : ClassTable
        The numbers.
    written : dict of str to str
        What is written for each name.
    corner : (float, float)
        Left edge and top.
    zoom : float
        Points on the figure for a unit.
    largest : float
        Size of the number that has the darkest colour.
    """
    names, heading = _room_for_names(table, written)
    width, height = _cell_width(table), _cell_height(table)
    left, top = corner[0] + names, corner[1] - heading
    style: dict[str, Any] = {"fontsize": zoom * _SMALL, "zorder": 4, "parse_math": False}
    columns = left + width * np.arange(len(table.columns) + 1)
    rows = top - height * np.arange(len(table.rows) + 1)
    grid: dict[str, Any] = {"edgecolors": "white", "linewidth": 0.5 * zoom, "zorder": 3}
    surely = np.ma.masked_where((table.values == 0.0) | table.doubtful, table.values)
    limit = largest or 1.0
    ax.pcolormesh(columns, rows, surely, cmap=_COLORS, vmin=-limit, vmax=limit, **grid)
    if table.doubtful.any():
        doubtful = np.ma.masked_where(~table.doubtful, table.values)
        ax.pcolormesh(columns, rows, 0.0 * doubtful, cmap=_OF_DOUBT, vmin=0.0, vmax=1.0, **grid)
    for x, name in zip(columns, table.columns, strict=False):
        at = (x + width / 2, top + _GAP / 2)
        ax.text(*at, written[name], rotation=90, ha="center", va="bottom", **style)
    for y, name in zip(rows, table.rows, strict=False):
        ax.text(left - _GAP, y - height / 2, written[name], ha="right", va="center", **style)
    if width == _WIDE_CELL:
        _write_numbers(ax, table, (left, top), style, limit)


def _write_numbers(
    ax: Axes, table: ClassTable, corner: tuple[float, float], style: dict[str, Any], largest: float
) -> None:
    height = _cell_height(table)
    for (row, column), value in np.ndenumerate(table.values):
        if value:
            is_dark = abs(value) > _DARK * largest and not table.doubtful[row, column]
            ax.text(
                corner[0] + (column + 0.5) * _WIDE_CELL,
                corner[1] - (row + 0.5) * height,
                _cell_text(table, row, column),
                color="white" if is_dark else LINE,
                ha="center",
                va="center",
                linespacing=1.05,
                **{**style, "fontsize": 0.87 * style["fontsize"]},
            )


def _cell_text(table: ClassTable, row: int, column: int) -> str:
    text = _short(float(table.values[row, column]))
    if table.half_widths is None:
        return text
    doubt = DOUBT if table.doubtful[row, column] else ""
    return f"{text}{doubt}\n±{_short(float(table.half_widths[row, column]))}"


def _short(value: float) -> str:
    """Two digits, in as few characters as a cell has room for."""
    return f"{value:.0e}" if abs(value) >= 1e4 else format_number(round(value, 2), 2)


def _room_for_names(table: ClassTable, written: Names) -> tuple[float, float]:
    """Width of the classes, and height of the features, with a gap."""
    width, height = (
        max(text_width(written[name], size=_SMALL) for name in names)
        for names in (table.rows, table.columns)
    )
    return width + _GAP, height + _GAP


def _cell_width(table: ClassTable) -> float:
    return _WIDE_CELL if len(table.columns) <= _MOST_WIDE else _NARROW_CELL


def _cell_height(table: ClassTable) -> float:
    numbers_and_ends = table.ends is not None and _cell_width(table) == _WIDE_CELL
    return _DOUBLE_HEIGHT if numbers_and_ends else _CELL_HEIGHT
