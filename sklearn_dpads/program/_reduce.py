"""Programs without parts that another part can take over."""

from __future__ import annotations

from ..grammar import (
    ITE,
    Add,
    Affine,
    Constant,
    Map,
    Multiply,
    SlideWindowAvg,
)
from .expression import Array, Expression


def reduced(expression: Expression) -> Expression:
    """Give the same function with fewer productions, where algebra alone allows it.

    A constant added to an ``Affine`` or multiplied with it goes into its parameters, as do
    sums of two ``Affine`` of one group and of two constants. A condition that is constant
    leaves one branch. Values are equal up to rounding.

    Parameters
    ----------
    expression : Expression
        Any expression.

    Returns
    -------
    expression : Expression
        Of the same signature and width, with at most as many productions.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> grammar = Grammar.default({"a": [0, 1]})
    >>> text = "SlideWindowAvg[5](Multiply(Add(Affine[a](x0 + 1), Constant(2)), Constant(3)))"
    >>> program = Program.parse(text, grammar)
    >>> print(program.with_expression(reduced(program.expression)))
    SlideWindowAvg[5](Affine[a](3*x0 + 9))
    """
    args = tuple(reduced(arg) for arg in expression.args)
    whole = expression.with_args(args)
    if isinstance(expression.production, Add):
        return _sum(*args) or whole
    if isinstance(expression.production, Multiply):
        return _product(*args) or whole
    if isinstance(expression.production, ITE):
        value = _constant_value(args[0])
        if value is not None:
            return args[1] if value[0] >= 0 else args[2]
    return whole


def _sum(left: Expression, right: Expression) -> Expression | None:
    if isinstance(left.production, Constant):
        left, right = right, left
    if left.production == right.production and isinstance(left.production, Affine | Constant):
        return left.with_params({k: v + right.params[k] for k, v in left.params.items()})
    if isinstance(left.production, Affine) and isinstance(right.production, Constant):
        bias = left.params["bias"] + right.params["value"]
        return left.with_params({**left.params, "bias": bias})
    return None


def _product(left: Expression, right: Expression) -> Expression | None:
    if isinstance(left.production, Constant):
        left, right = right, left
    if not isinstance(right.production, Constant):
        return None
    if isinstance(left.production, Affine | Constant):
        factor = right.params["value"]
        # Rows of a weight matrix belong to outputs, as the entries of a vector do.
        return left.with_params({k: (v.T * factor).T for k, v in left.params.items()})
    return None


def _constant_value(expression: Expression) -> Array | None:
    """Value of an expression that is the same for every input, or None."""
    if isinstance(expression.production, Map | SlideWindowAvg):
        return _constant_value(expression.args[0])
    if isinstance(expression.production, Constant):
        return expression.params["value"]
    return None
