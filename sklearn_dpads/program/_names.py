"""Names and numbers as they stand in the text of a program."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from ..grammar.lexer import is_name, quote

PREVIOUS = "previous"
INITIAL = "initial"
NOT_FINITE = frozenset(["inf", "nan"])
_RESERVED = NOT_FINITE | {PREVIOUS, "if", "else"}


def column_names(n_features: int, feature_names: Sequence[str] | None) -> tuple[str, ...]:
    """Give each column a name of its own.

    Parameters
    ----------
    n_features : int
        Number of columns.
    feature_names : sequence of str or None
        Their names; x0, x1, … where None. Where two are the same, the number of the
        column is added to all.
    """
    if feature_names is None:
        return tuple(f"x{i}" for i in range(n_features))
    if len(set(feature_names)) < len(feature_names):
        return tuple(f"{name}#{i}" for i, name in enumerate(feature_names))
    return tuple(feature_names)


def output_names(width: int, classes: Sequence[Any] | None) -> tuple[str, ...]:
    """Give each output a name: its class where there is one for each, else y0, y1, …."""
    if classes is not None:
        names = tuple(str(label) for label in classes)
        if len(names) == width and len(set(names)) == width:
            return names
    return tuple(f"y{i}" for i in range(width))


def format_feature(name: str) -> str:
    """Give a feature's name, quoted where it could be taken for something else."""
    return name if is_name(name) and name not in _RESERVED else quote(name)


def format_output(name: str) -> str:
    """Give an output's name, quoted unless it is a plain name or a whole number."""
    return name if is_name(name) or re.fullmatch("[0-9]+", name) else quote(name)


def format_number(value: float, precision: int) -> str:
    """Round a number to some significant digits and give the shortest text of the result.

    Parameters
    ----------
    value : float
        The number.
    precision : int
        Significant digits; 17 and more lose nothing.
    """
    rounded = float(f"{value:.{min(precision, 17)}g}")
    if math.isinf(rounded):
        rounded = float(value)
    text = repr(rounded).removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    if exponent:
        return f"{mantissa}e{int(exponent)}"
    return "0" if text == "-0" else text
