"""The numbers of a leaf in HTML: a table of classes by features, whose cells are coloured."""

from __future__ import annotations

from html import escape

from ..program.class_tables import ClassTable
from ..program.text import format_number

_DIGITS = 2
# A policy that allows one style sheet allows no colours in the cells themselves, so tables.css
# has classes for some shades. More than these are hard to tell apart.
N_SHADES = 8
# Tables of more columns have colours alone, with the numbers where the mouse rests: first on
# a phone, then everywhere. So nothing is cut.
_MOST_ON_PHONES, _MOST = 7, 14


def table_of_classes(table: ClassTable, largest: float) -> str:
    """Give a table; a cell is blue where it raises the value of its class, red where it lowers it.

    Parameters
    ----------
    table : ClassTable
        The numbers.
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
        + "".join(_cell(value, largest) for value in values)
        + "</tr>"
        for name, values in zip(table.rows, table.values.tolist(), strict=True)
    )
    n_columns = len(table.columns)
    size = " wide" if n_columns > _MOST else " middle" if n_columns > _MOST_ON_PHONES else ""
    return (
        f'<div class="scroll"><table class="classes{size}"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(value: float, largest: float) -> str:
    if value == 0.0:
        return "<td></td>"
    # A number that isn't 0 has a colour, however small it is.
    shade = max(1, round(N_SHADES * min(1.0, abs(value) / largest))) if largest > 0.0 else 1
    name = "up" if value > 0 else "down"
    number = format_number(value, _DIGITS)
    return f'<td class="{name}{shade}" title="{number}">{number}</td>'
