"""Text that chooses its own line breaks: a document is laid out within a width.

The scheme is that of Wadler, "A prettier printer" (2003): a group stands on one line where
it fits, and otherwise all its own breaks become new lines.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Break:
    """A place to break a line: ``flat`` is what stands there on one line."""

    flat: str = ""


@dataclass(frozen=True)
class Nest:
    """A document whose new lines are indented by some more columns."""

    columns: int
    document: Document


@dataclass(frozen=True)
class Group:
    """A document that is laid out on one line where it fits.

    With ``always_open`` it is so only where there is no width to keep to.
    """

    document: Document
    always_open: bool = False


@dataclass(frozen=True)
class Choice:
    """One document on one line, and another where the enclosing group is broken."""

    flat: Document
    broken: Document


Document = str | Break | Nest | Group | Choice | tuple["Document", ...]

_Item = tuple[int, bool, Document]


def lay_out(document: Document, width: int | None) -> str:
    """Lay a document out.

    Parameters
    ----------
    document : Document
        The text and its possible breaks.
    width : int or None
        Number of columns to keep to where that is possible; None gives one line.

    Returns
    -------
    text : str
    """
    pieces: list[str] = []
    column = 0
    todo: list[_Item] = [(0, width is None, document)]
    while todo:
        indent, flat, item = todo.pop()
        if isinstance(item, str):
            pieces.append(item)
            column += len(item)
        elif isinstance(item, Break) and flat:
            pieces.append(item.flat)
            column += len(item.flat)
        elif isinstance(item, Break):
            pieces.append("\n" + " " * indent)
            column = indent
        elif isinstance(item, Group) and not flat and width is not None:
            inner = (indent, True, item.document)
            fits = not item.always_open and _fits(inner, todo, width - column)
            todo.append((indent, fits, item.document))
        else:
            todo += reversed(_unfold(indent, flat, item))
    return "".join(pieces)


def _unfold(indent: int, flat: bool, item: Document) -> list[_Item]:
    if isinstance(item, Nest):
        return [(indent + item.columns, flat, item.document)]
    if isinstance(item, Choice):
        return [(indent, flat, item.flat if flat else item.broken)]
    if isinstance(item, Group):
        return [(indent, flat, item.document)]
    assert isinstance(item, tuple)
    return [(indent, flat, part) for part in item]


def _fits(first: _Item, rest: list[_Item], room: int) -> bool:
    """Whether an item, and what follows up to the next new line, takes at most some columns.

    What follows is a stack, its next item last; it is read, and neither changed nor copied.
    """
    todo, n_left = [first], len(rest)
    while room >= 0:
        if not todo:
            if n_left == 0:
                return True
            n_left -= 1
            todo.append(rest[n_left])
        indent, flat, item = todo.pop()
        if isinstance(item, str):
            room -= len(item)
        elif isinstance(item, Break):
            if not flat:
                return True
            room -= len(item.flat)
        else:
            todo += reversed(_unfold(indent, flat, item))
    return False
