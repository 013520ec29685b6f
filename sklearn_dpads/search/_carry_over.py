"""Values of another version of a program, carried over to an edit of it."""

from __future__ import annotations

import numpy as np

from ..program import Expression


def carried_over(expression: Expression, origin: Expression, other: Expression) -> Expression:
    """Give an edit of a program the values that another version of the program has.

    What the edit kept of the program, it shares with it, array by array.

    Parameters
    ----------
    expression : Expression
        The edit.
    origin : Expression
        The program that it was made of.
    other : Expression
        The program with other values.
    """
    values = {
        id(old): new
        for (_, a), (_, b) in zip(origin.walk(), other.walk(), strict=True)
        for old, new in zip(a.params.values(), b.params.values(), strict=True)
    }
    return _with_values(expression, values)


def _with_values(expression: Expression, values: dict[int, np.ndarray]) -> Expression:
    args = tuple(_with_values(arg, values) for arg in expression.args)
    params = {name: values.get(id(array), array) for name, array in expression.params.items()}
    return Expression(expression.production, expression.width, expression.accumulator, args, params)
