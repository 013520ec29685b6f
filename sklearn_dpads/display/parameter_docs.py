"""Parameters that several methods of a display take, each described in one place."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import TypeVar

C = TypeVar("C", bound=type)

# Of what all displays take that draw a fitted estimator.
COMMON = """
estimator : DPadsClassifier
    The fitted estimator.
program : int, ProgramRecord, Program or None, default=None
    An index of its `programs_` or one of its records, a program, or None for its `program_`.
"""


def documented(cls: C) -> C:
    """Decorate a display: a line ``{name}`` in a docstring of a method describes a parameter.

    It is described as in :meth:`plot`, or else as in `COMMON`, in the docstring of the class, or in
    that of another method.
    """
    methods = {
        name: getattr(value, "__func__", value)
        for name, value in vars(cls).items()
        if getattr(value, "__doc__", None) and not name.startswith("_")
    }
    if "plot" not in methods:
        return cls  # Python was told to leave docstrings out
    texts = [_parameters(method.__doc__) for name, method in methods.items() if name != "plot"]
    texts += [_parameters(cls.__doc__), COMMON, _parameters(methods["plot"].__doc__)]
    known = {name: entry for text in texts for name, entry in _entries(text)}
    for method in methods.values():
        # A name that nobody describes is a mistake, which shows when the display is imported.
        method.__doc__ = re.sub(
            r"^\{(\w+)\}$", lambda m: known[m[1]], cleandoc(method.__doc__), flags=re.MULTILINE
        )
    return cls


def _parameters(docstring: str | None) -> str:
    """The text of the section of parameters."""
    found = re.search(
        r"^Parameters\n-+\n(.*?)(?=^\w+\n-+$|\Z)", cleandoc(docstring or ""), re.S | re.M
    )
    return found[1] if found else ""


def _entries(text: str) -> list[tuple[str, str]]:
    """Names of parameters and what is said of them; lines that stand for others are left out."""
    entries = re.split(r"\n(?=\S)", text.strip())
    return [(entry.split(" : ")[0], entry.rstrip()) for entry in entries if " : " in entry]
