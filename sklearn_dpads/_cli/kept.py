"""Options that a program keeps, so that new files are read as those that it was fitted to."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from ..program import Program
from ..program.data_options import DATA_OPTIONS

# Where the program keeps a text.
_NUMBERS = ("fps", "min_likelihood")


def keep_options(program: Program, options: Namespace) -> Program:
    """Give the program with the options that were given, as far as they tell how to read data."""
    given = {name: _given(options, name) for name in DATA_OPTIONS}
    kept = {name: str(value) for name, value in given.items() if value is not None}
    return replace(program, data_options=kept) if kept else program


def with_kept(options: Namespace, program: Program, names: Collection[str]) -> Namespace:
    """Give the options, and those of the program in place of those that were not given.

    Parameters
    ----------
    options : Namespace
        Options of the command line.
    program : Program
        The program.
    names : collection of str
        The options that may be taken from it.

    Returns
    -------
    options : Namespace
        With ``kept``, the names of those that are the program's.
    """
    kept = {
        name: _read(name, text)
        for name, text in (program.data_options or {}).items()
        if name in names and getattr(options, name, None) is None
    }
    return Namespace(**(vars(options) | kept | {"kept": frozenset(kept)}))


def _given(options: Namespace, name: str) -> Any:
    """What was given; an empty text says that there is none."""
    value = getattr(options, name, None)
    return None if value == "" else value


def _read(name: str, text: str) -> Any:
    if name not in _NUMBERS:
        return text
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"The program keeps {name}={text!r}, which is no number.") from error
