"""The table of programs as a notebook shows it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

# Colours mix with that of the text, which is light in a dark notebook.
_LINE = "1px solid color-mix(in srgb, currentColor 20%, transparent)"
_CELL = (
    f"text-align: right; padding: 2px 10px; border: 0; border-bottom: {_LINE}; white-space: nowrap"
)
_TABLE = (
    "border-collapse: collapse; font-variant-numeric: tabular-nums; color: inherit; font-size: 13px"
)
_CHOSEN = "background: rgba(59, 117, 175, .18)"
_PROGRAM = f"{_CELL}; text-align: left; white-space: normal; font-family: monospace"


def table_html(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    texts: Sequence[str],
    notes: Sequence[str],
) -> str:
    """Give a table of programs, which brings its own style.

    Parameters
    ----------
    titles : sequence of str
        Titles of the columns, the first of them that of ranks.
    rows : sequence of sequence of str
        The cells, the program last.
    texts : sequence of str
        The whole text of every program, which is shown where the mouse rests on it.
    notes : sequence of str
        What is said below.

    Examples
    --------
    >>> table_html(["rank", "program"], [["0", "avg5(speed)"]], ["..."], []).count("<tr")
    2
    """
    *names, last = titles
    head = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in names)
    head += f'<th style="{_CELL}; text-align: left">{escape(last)}</th>'
    body = "".join(_row(row, text) for row, text in zip(rows, texts, strict=True))
    below = "".join(f"<p>{escape(line)}</p>" for line in notes)
    return (
        f'<div style="overflow-x: auto"><table style="{_TABLE}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{below}"
    )


def _row(row: Sequence[str], text: str) -> str:
    *cells, program = row
    style = f' style="{_CHOSEN}"' if cells[0] == "0" else ""
    inner = "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in cells)
    inner += f'<td style="{_PROGRAM}" title="{escape(text)}">{escape(program)}</td>'
    return f"<tr{style}>{inner}</tr>"
