"""Symbols and numbers of formulas in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..program.numbers import (
    DOUBT,
    INTERVAL_DIGITS,
    NumberTexts,
    format_number,
    has_unsure_sign,
    is_point,
)
from ..program.text import column_names, output_names

# Where a character would be an operator, braces take its spacing away.
_ESCAPES = {
    "\\": r"\backslash ",
    "^": r"\hat{\ }",
    "~": r"\sim ",
    **{character: rf"\{character}" for character in "{}$&#_% "},
    **{character: f"{{{character}}}" for character in "+-*/=<>:,;!?|"},
}


def escape(text: str) -> str:
    r"""Give a text as it stands in ``\mathrm{…}``; what can't be printed becomes a space."""
    characters = (c if c.isprintable() else " " for c in text)
    return "".join(_ESCAPES.get(c, c) for c in characters)


def symbol(name: str) -> str:
    r"""Give the symbol of a name: a number as it is, anything else in ``\mathrm``."""
    return name if re.fullmatch("[0-9]+", name) else rf"\mathrm{{{escape(name)}}}"


def number(value: float, precision: int) -> str:
    """Round a number to some significant digits."""
    text = format_number(value, precision)
    mantissa, _, exponent = text.partition("e")
    if exponent:
        sign, digits = mantissa.removesuffix("1"), mantissa.removeprefix("-")
        power = f"10^{{{exponent}}}"
        return f"{sign}{power}" if digits == "1" else rf"{mantissa} \cdot {power}"
    return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")


class Symbols:
    """Symbols of the columns and outputs of a program.

    Parameters
    ----------
    n_features : int
        Number of columns.
    feature_names : sequence of str or None
        Their names; x_{t,0}, x_{t,1}, … where None.
    classes : sequence or None
        Class labels.
    """

    def __init__(
        self, n_features: int, feature_names: Sequence[str] | None, classes: Sequence[Any] | None
    ) -> None:
        self._named = feature_names is not None
        self._columns = column_names(n_features, feature_names)
        self._classes = classes

    def feature(self, column: int, time: str, mark: str = "{}") -> str:
        r"""Give a feature at a time; the mark makes its mean of it, as in ``\overline{{{}}}``."""
        if self._named:
            return f"{mark.format(symbol(self._columns[column]))}_{{{time}}}"
        return f"{mark.format('x')}_{{{time},{column}}}"

    def outputs(self, width: int) -> list[str]:
        """Give the symbols of the parts of a vector, to stand as indices."""
        if width == 1:
            return [""]
        names = output_names(width, self._classes)
        if self._classes is None or names[0] == "y0":
            return [str(i) for i in range(width)]
        return [symbol(name) for name in names]


class LatexNumbers(NumberTexts):
    """Writes numbers of a formula, with the ends of their intervals in small print."""

    def _alone(self, value: float) -> str:
        return number(value, self._precision)

    def _in_interval(self, value: float, low: float, high: float) -> str:
        text = self._alone(value)
        if is_point(value, low, high):
            return text
        ends = r",\, ".join(number(end, INTERVAL_DIGITS) for end in (low, high))
        doubt = f"^{{{DOUBT}}}" if has_unsure_sign(value, low, high) else ""
        # A power of ten has an exponent already.
        doubt = doubt and (f"{{{text}}}{doubt}" if "^" in text else f"{text}{doubt}")
        return rf"{doubt or text} \, {{\scriptstyle [{ends}]}}"
