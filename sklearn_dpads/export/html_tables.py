"""The numbers of a leaf in HTML: a table of classes by features, whose cells are coloured."""

from __future__ import annotations

from html import escape

from ..program.class_tables import ClassTable
from ..program.text import format_number

_DIGITS = 2
# A policy that allows one style sheet allows no colours in the cells themselves, so there are
# classes for some shades. More than these are hard to tell apart.
N_SHADES = 8
_DARKEST = 72
# Tables of more columns have colours alone, with the numbers where the mouse rests: first on
# a phone, then everywhere. So nothing is cut.
_MOST_ON_PHONES, _MOST = 7, 14
_COLOURS_ALONE = """{ font-size: 0; min-width: 7px; padding: 5px 0; }"""
_THIN_HEADS = """{ font-size: 9px; line-height: 1; padding: 2px 0; }"""

TABLE_STYLE = (
    """
#ROOT .scroll { overflow-x: auto; max-width: 100%; }
#ROOT table.classes { border-collapse: separate; border-spacing: 1px; width: auto;
  margin: .2em 0 .5em; font: 11px/1.3 system-ui, sans-serif; color: inherit; border: 0; }
#ROOT table.classes tr { background: transparent; }
#ROOT table.classes th { font-weight: normal; text-align: right; padding: 1px 5px 1px 2px;
  border: 0; white-space: nowrap; color: inherit; background: transparent; }
#ROOT table.classes thead th { writing-mode: vertical-rl; transform: rotate(180deg);
  text-align: left; padding: 2px 1px; }
#ROOT table.classes thead td { background: transparent; }
#ROOT table.classes td { min-width: 2.6em; text-align: center; padding: 1px 2px; border: 0;
  color: inherit; background: color-mix(in srgb, currentColor 5%, transparent);
  font-variant-numeric: tabular-nums; }
"""
    + f"""
#ROOT table.wide tbody td {_COLOURS_ALONE}
#ROOT table.wide thead th {_THIN_HEADS}
@media (max-width: 620px) {{
  #ROOT .args {{ margin-left: .3em; padding-left: .3em; }}
  #ROOT table.middle tbody td {_COLOURS_ALONE}
  #ROOT table.middle thead th {_THIN_HEADS} }}
"""
    + "".join(
        f"#ROOT table.classes td.{name}{shade} {{ background: color-mix(in srgb, {color} "
        f"{round(_DARKEST * shade / N_SHADES)}%, transparent); }}\n"
        for name, color in (("up", "#3b75af"), ("down", "#c5443c"))
        for shade in range(1, N_SHADES + 1)
    )
)


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
        To be styled by ``TABLE_STYLE``.
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
