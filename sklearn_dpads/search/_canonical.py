"""One form of programs that compute the same, where another form costs more to train."""

from __future__ import annotations

from ..grammar import (
    Add,
    Affine,
    Constant,
    Grammar,
    Input,
    SlideWindowAvg,
)
from ..program import Expression

_AFFINE = (Affine, Constant, Input, Add)


def canonical(expression: Expression, grammar: Grammar) -> Expression:
    """Average frames rather than values where the function of frames is affine.

    The mean of an affine function's values is its value for the mean frame, which needs one
    evaluation per window, not one per frame. Parameters stay as they are.

    Parameters
    ----------
    expression : Expression
        A program.
    grammar : Grammar
        The language; a window that it lacks is not put in.
    """
    return _averaging("frames", expression, grammar)


def of_values(expression: Expression, grammar: Grammar) -> Expression:
    """Undo :func:`canonical`: average values where the function of frames is affine.

    What it computes is the same, but an edit that makes the function another than affine
    then gives another program.
    """
    return _averaging("values", expression, grammar)


def _averaging(average: str, expression: Expression, grammar: Grammar) -> Expression:
    args = tuple(_averaging(average, arg, grammar) for arg in expression.args)
    changed = any(new is not old for new, old in zip(args, expression.args, strict=True))
    whole = expression.with_args(args) if changed else expression
    production = expression.production
    if not isinstance(production, SlideWindowAvg) or production.average == average:
        return whole
    if not all(isinstance(node.production, _AFFINE) for _, node in args[0].walk()):
        return whole
    for other in grammar.productions:
        if isinstance(other, SlideWindowAvg) and (other.window, other.average) == (
            production.window,
            average,
        ):
            return Expression(other, whole.width, whole.accumulator, args, whole.params)
    return whole
