"""The numbers of a leaf in HTML: a table of classes by features, whose cells are coloured."""

from __future__ import annotations

from html import escape

from ..program.class_tables import ClassTable
from ..program.numbers import DOUBT, format_number

_DIGITS = 2
# A policy that allows one style sheet allows no colours in the cells themselves, so tables.css
# has classes for some shades. More than these are hard to tell apart.
N_SHADES = 8
# Tables of more columns have colours alone, first on a phone, then everywhere, so that nothing is
# cut. Numbers stand where the mouse rests; a touch shows them all, in a table that scrolls.
_MOST_ON_PHONES, _MOST = 7, 14
# Of those with intervals, whose cells are wider.
_MOST_ON_PHONES_BETWEEN, _MOST_BETWEEN = 6, 10


# Stands before the box that scrolls. Style sheets show it where numbers are left out, and numbers
# where it is open, so that no script is needed.
SHOW_NUMBERS = '<details class="numbers"><summary>show numbers</summary></details>'


def table_of_classes(table: ClassTable, largest: float) -> str:
    """Give a table; a cell is blue where it raises the value of its class, red where it lowers it.

    A number whose sign is not sure has no colour.

    Parameters
    ----------
    table : ClassTable
        The numbers, with their intervals or without.
    largest : float
        Size of the number that has the darkest shade.

    Returns
    -------
    html : str
        To be styled by :func:`~.assets.program_style`.
    """
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(_cell(table, (row, column), largest) for column in range(len(table.columns)))
        + "</tr>"
        for row, name in enumerate(table.rows)
    )
    size = _size(table)
    return (
        f'{SHOW_NUMBERS if size else ""}<div class="scroll"><table class="classes{size}">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _size(table: ClassTable) -> str:
    on_phones, anywhere = _MOST_ON_PHONES, _MOST
    if table.ends is not None:
        on_phones, anywhere = _MOST_ON_PHONES_BETWEEN, _MOST_BETWEEN
    n_columns = len(table.columns)
    return " wide" if n_columns > anywhere else " middle" if n_columns > on_phones else ""


def _cell(table: ClassTable, place: tuple[int, int], largest: float) -> str:
    value = float(table.values[place])
    if value == 0.0:
        return "<td></td>"
    # A number that isn't 0 has a colour, however small it is.
    shade = max(1, round(N_SHADES * min(1.0, abs(value) / largest))) if largest > 0.0 else 1
    style = f"up{shade}" if value > 0 else f"down{shade}"
    number = format_number(value, _DIGITS)
    if table.ends is None:
        return f'<td class="{style}" title="{number}">{number}</td>'
    low, high = (float(end[place]) for end in table.ends)
    between = f"{number}, {format_number(low, _DIGITS)} to {format_number(high, _DIGITS)}"
    half = f"<small>±{format_number((high - low) / 2, _DIGITS)}</small>"
    if table.doubtful[place]:
        return f'<td class="doubt" title="{between}">{number}{DOUBT}{half}</td>'
    return f'<td class="{style}" title="{between}">{number}{half}</td>'
