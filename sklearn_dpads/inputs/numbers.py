"""What counts as a number in a parameter, told to type checkers too.

They take :class:`numbers.Real` for a class of which ``float`` is no instance.
"""

from __future__ import annotations

from numbers import Integral, Real
from typing import TypeGuard


def is_integral(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number: an int, one of numpy's, or a bool."""
    return isinstance(value, Integral)


def is_real(value: object) -> TypeGuard[float]:
    """Tell whether a value is a real number: whole, a float, or one of numpy's."""
    return isinstance(value, Real)
