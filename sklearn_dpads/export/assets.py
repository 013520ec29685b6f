"""Style sheets and the script of pages, which are files beside this module."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


def page_script() -> str:
    """Give the script of a page."""
    return _read("page.js")


def page_style() -> str:
    """Give the style sheet of a page, but for the program."""
    return _style("page.css")


def program_style(selector: str) -> str:
    """Give the style sheet of a program in HTML; it reaches nothing outside a selector.

    Parameters
    ----------
    selector : str
        What selects the element that holds the program, such as ``#program``.

    Examples
    --------
    >>> program_style("#here").split("{")[0].strip()
    '#here'
    """
    return (_style("tree.css") + _style("tables.css")).replace("#ROOT", selector)


@cache
def _style(name: str) -> str:
    return _COMMENT.sub("", _read(name))


@cache
def _read(name: str) -> str:
    return files(__package__).joinpath("page", name).read_text(encoding="utf-8")
