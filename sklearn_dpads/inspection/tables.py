"""Lists of findings that print as tables, in text and in notebooks."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[str]


def text_table(titles: Row, rows: Sequence[Row]) -> list[str]:
    r"""Give the lines of a table whose last column is that of names.

    Examples
    --------
    >>> print(*text_table(["share", "name"], [["5 %", "speed"], ["100 %", "turn"]]), sep="\n")
    share  name
      5 %  speed
    100 %  turn
    """
    whole = [titles, *rows]
    widths = [max(len(row[i]) for row in whole) for i in range(len(titles) - 1)]
    return [
        "  ".join([*(cell.rjust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
        for row in whole
    ]
