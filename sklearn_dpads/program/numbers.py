"""The numbers of a program as text, with their intervals where those are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..grammar import TemporalFilter
from .expression import Array

if TYPE_CHECKING:
    from .intervals import ProgramIntervals
    from .meaning import Node
    from .program import Program

# More significant digits than these add nothing to a number in double precision.
MOST_DIGITS = 17
# Of intervals; more would say how sure it is how unsure a number is.
INTERVAL_DIGITS = 2
# Half a width stands for the ends where the number is in the middle half of its interval.
_MIDDLE = 0.5
# Ends are as good as the number itself where they differ from it by rounding, in parts of it.
_ROUNDING = 1e-9
# Stands after a number whose sign is not sure.
DOUBT = "?"


class NumberTexts:
    """Writes the numbers of a program's parts.

    Parameters
    ----------
    program : Program
        The program.
    precision : int
        Significant digits of the numbers.
    intervals : ProgramIntervals or None, default=None
        Their intervals; None writes numbers alone.

    Raises
    ------
    ValueError
        If the intervals are those of another program.
    """

    def __init__(
        self, program: Program, precision: int, intervals: ProgramIntervals | None = None
    ) -> None:
        self._precision = precision
        self._ends = {} if intervals is None else intervals.ends(program)

    @property
    def with_intervals(self) -> bool:
        """Whether intervals stand beside the numbers."""
        return bool(self._ends)

    def of(self, node: Node, numbers: Callable[[Any], Array]) -> NDArray[np.object_]:
        """Write numbers of a part of the program.

        Parameters
        ----------
        node : Node
            The part, an ``Expression``.
        numbers : callable
            Gives the numbers, an array, of an expression of its productions.

        Returns
        -------
        texts : ndarray of str
            Of the shape of the numbers.
        """
        values = numbers(node)
        texts = np.empty(values.shape, dtype=object)
        ends = [numbers(end) for end in self._ends.get(id(node), ())]
        for at, value in np.ndenumerate(values):
            if ends:
                low, high = (float(end[at]) for end in ends)
                texts[at] = self._in_interval(float(value), low, high)
            else:
                texts[at] = self._alone(float(value))
        return texts

    def _alone(self, value: float) -> str:
        return format_number(value, self._precision)

    def _in_interval(self, value: float, low: float, high: float) -> str:
        return format_interval(value, low, high, self._precision)

    def of_filter(self, node: Node) -> dict[str, str]:
        """Write a filter's numbers by their names; nothing for other productions."""
        if not isinstance(node.production, TemporalFilter):
            return {}
        names = list(node.production.parameters)
        texts = self.of(node, lambda part: np.array([part.params[name][0] for name in names]))
        return dict(zip(names, texts, strict=True))


def format_interval(value: float, low: float, high: float, precision: int) -> str:
    """Give a number with half the width of its interval, and a mark where its sign is not sure.

    The ends stand in place of the width where the number is far from the middle, so that 0 seems
    to be inside only where it is.

    Examples
    --------
    >>> format_interval(-0.52, -0.62, -0.42, 3), format_interval(0.05, -0.02, 0.1, 3)
    ('-0.52 ± 0.1', '0.05? ± 0.06')
    >>> format_interval(0.17, 0.05, 0.75, 3), format_interval(2.0, 2.0, 2.0, 3)
    ('0.17 [0.05 to 0.75]', '2')
    """
    text = format_number(value, precision)
    if is_point(value, low, high):
        return text
    doubt = DOUBT if has_unsure_sign(value, low, high) else ""
    half, middle = (high - low) / 2, (low + high) / 2
    seems_unsure = value - half <= 0.0 <= value + half
    if abs(value - middle) <= _MIDDLE * half and seems_unsure == bool(doubt):
        return f"{text}{doubt} ± {format_number(half, INTERVAL_DIGITS)}"
    ends = (format_number(end, INTERVAL_DIGITS) for end in (low, high))
    return f"{text}{doubt} [{' to '.join(ends)}]"


def is_point(value: float, low: float, high: float) -> bool:
    """Whether an interval holds the number alone, but for rounding."""
    return max(high - value, value - low) <= _ROUNDING * abs(value)


def has_unsure_sign(value: float, low: float, high: float) -> bool:
    """Whether 0 lies in an interval, or between it and the number."""
    return min(value, low) <= 0.0 <= max(value, high)


def term(number: str, variable: str, sign: str = "*") -> str:
    """Give a product of a sum: a number as it was written, times a variable.

    Examples
    --------
    >>> term("-2", "speed"), term("-1", "speed"), term("0.5 ± 0.1", "speed")
    ('-2*speed', '-speed', '(0.5 ± 0.1)*speed')
    """
    if number in ("1", "-1"):
        return number.replace("1", variable)
    return f"{in_sum(number)}{sign}{variable}"


def in_sum(number: str) -> str:
    """Give a number as it stands among others, its sign before all else.

    Examples
    --------
    >>> in_sum("-2"), in_sum("-0.5 ± 0.1"), in_sum("-0.5 [-0.6 to -0.1]")
    ('-2', '-(0.5 ± 0.1)', '(-0.5 [-0.6 to -0.1])')
    """
    if " " not in number:
        return number
    # The sign of ends is theirs.
    is_outside = number.startswith("-") and "±" in number
    return f"-({number[1:]})" if is_outside else f"({number})"


def around(variable: str, offset: float) -> str:
    """Give a feature, less what it is about where that is far from 0.

    Examples
    --------
    >>> around("pa", 101327.0), around("speed", 0.0)
    ('(pa - 101327)', 'speed')
    """
    if offset == 0.0:
        return variable
    sign = "-" if offset > 0 else "+"
    return f"({variable} {sign} {format_number(abs(offset), MOST_DIGITS)})"


def round_number(value: float, precision: int) -> float:
    """Round a number to some significant digits.

    Parameters
    ----------
    value : float
        The number.
    precision : int
        Significant digits; 17 and more lose nothing.

    Examples
    --------
    >>> round_number(101327.4, 3), round_number(-0.0471, 2)
    (101000.0, -0.047)
    """
    rounded = float(f"{value:.{min(precision, MOST_DIGITS)}g}")
    return float(value) if math.isinf(rounded) else rounded


def format_number(value: float, precision: int) -> str:
    """Round a number to some significant digits and give the shortest text of the result.

    Parameters
    ----------
    value : float
        The number.
    precision : int
        Significant digits; 17 and more lose nothing.
    """
    text = repr(round_number(value, precision)).removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    if exponent:
        return f"{mantissa}e{int(exponent)}"
    return "0" if text == "-0" else text
