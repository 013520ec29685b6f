"""Tables as plain text, Markdown and reStructuredText."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

MISSING = "-"


@dataclass(frozen=True)
class TextTable:
    """A table of texts.

    Parameters
    ----------
    title : str
        What it shows.
    heading : sequence of str
        Names of the columns.
    rows : sequence of sequence of str
        The cells.
    best : frozenset of (int, int), default=empty
        Row and column of the cells to be marked.
    """

    title: str
    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    best: frozenset[tuple[int, int]] = frozenset()

    def cells(self, mark: str, end: str) -> list[list[str]]:
        """The rows, with a mark around the best cells."""
        return [
            [
                f"{mark}{cell}{end}" if (i, j) in self.best and cell != MISSING else cell
                for j, cell in enumerate(row)
            ]
            for i, row in enumerate(self.rows)
        ]


def as_text(table: TextTable) -> str:
    """Aligned columns; an asterisk marks the best."""
    rows = [list(table.heading), *table.cells("", " *")]
    widths = [max(len(row[j]) for row in rows) for j in range(len(table.heading))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([table.title, "", lines[0].rstrip(), rule, *(x.rstrip() for x in lines[1:])])


def as_markdown(table: TextTable) -> str:
    """A table of Markdown; the best is bold."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rule = line(["---"] * len(table.heading))
    body = [line(row) for row in table.cells("**", "**")]
    return "\n".join([f"### {table.title}", "", line(table.heading), rule, *body])


def as_rst(table: TextTable) -> str:
    """A list-table of reStructuredText; the best is bold."""
    lines = [f".. list-table:: {table.title}", "   :header-rows: 1", ""]
    for row in [list(table.heading), *table.cells("**", "**")]:
        texts = [c if c.startswith("**") else _escaped(c) for c in row]
        lines += [f"   {'*' if j == 0 else ' '} - {text}" for j, text in enumerate(texts)]
    return "\n".join(lines)


def _escaped(cell: str) -> str:
    """An asterisk would begin emphasis, and a lone hyphen a list."""
    return "\\" + cell if cell == MISSING else cell.replace("*", "\\*")


LAYOUTS: dict[str, Callable[[TextTable], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "rst": as_rst,
}
