"""The same function without parts whose value is always the same."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..grammar import Add, Affine, Constant, Multiply, Production
from .expression import Array, Expression
from .identified import rescaled, shifted


def without_idle(expression: Expression, productions: Collection[Production]) -> Expression:
    """Give the same function without parts that give the same for all frames.

    A summand that does is added to the constants of another one, and a factor is multiplied with
    another one. So are single outputs of a product that is a summand. What is left, such as a
    branch, is a ``Constant``.

    Parameters
    ----------
    expression : Expression
        Any expression.
    productions : collection of Production
        What it may be made of: a ``Constant`` has to be among them.

    Returns
    -------
    expression : Expression
        Of the same signature and width, with no more productions and numbers.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> grammar = Grammar.paper({"a": [0], "b": [1]})
    >>> text = "SlideWindowAvg[5](Add(Affine[a](x0 + 1), Multiply(Affine[b](2), Affine[b](3))))"
    >>> program = Program.parse(text, grammar)
    >>> print(program.with_expression(without_idle(program.expression, grammar.productions)))
    SlideWindowAvg[5](Affine[a](x0 + 7))
    """
    args = tuple(without_idle(arg, productions) for arg in expression.args)
    whole = expression.with_args(args) if args else expression
    if isinstance(whole.production, Add):
        return _sum_of_two(whole)
    if isinstance(whole.production, Multiply):
        return _product_of_two(whole)
    constant = Constant()
    is_idle = isinstance(whole.production, Affine) and np.isfinite(values_of(whole)).all()
    if is_idle and constant in productions:
        value = {"value": whole.params["bias"]}
        return Expression(constant, whole.width, whole.accumulator, (), value)
    return whole


def values_of(node: Expression) -> Array:
    """Give the outputs that are the same for all frames, and NaN for the others.

    Returns
    -------
    values : ndarray of shape (width,)
    """
    production, args = node.production, node.args
    if isinstance(production, Constant):
        return node.params["value"]
    if isinstance(production, Affine):
        reads = node.params["weight"].any(axis=1)
        if "recurrent" in node.params:
            reads |= node.params["recurrent"].any(axis=1)
        return np.where(reads, np.nan, node.params["bias"])
    if isinstance(production, Add | Multiply):
        left, right = map(values_of, args)
        if isinstance(production, Add):
            return left + right
        return np.where((left == 0) | (right == 0), 0.0, left * right)
    if production.streams and not production.recurrent:
        return values_of(args[0])
    return np.full(node.width, np.nan)


def _sum_of_two(whole: Expression) -> Expression:
    for arg, other in (whole.args, whole.args[::-1]):
        values = values_of(arg)
        if np.isfinite(values).all():
            moved = shifted(other, values)
            if moved is not None:
                return moved
    for i, arg in enumerate(whole.args):
        values = values_of(arg)
        idle = np.isfinite(values)
        if idle.any() and isinstance(arg.production, Multiply):
            quiet = _without_outputs(arg, idle)
            moved = shifted(whole.args[1 - i], np.where(idle, values, 0.0))
            if quiet is not None and moved is not None:
                changed = whole.with_args((quiet, moved) if i == 0 else (moved, quiet))
                whole = changed if changed.n_parameters < whole.n_parameters else whole
    return whole


def _without_outputs(product: Expression, idle: Array) -> Expression | None:
    """Let outputs of a product be 0."""
    factors = [rescaled(arg, np.where(idle, 0.0, 1.0)) for arg in product.args]
    numbers = [v for f in factors if f is not None for _, n in f.walk() for v in n.params.values()]
    if None in factors or not all(np.isfinite(value).all() for value in numbers):
        return None
    return product.with_args(tuple(factor for factor in factors if factor is not None))


def _product_of_two(whole: Expression) -> Expression:
    for arg, other in (whole.args, whole.args[::-1]):
        values = values_of(arg)
        if not values.any():
            return arg
        if np.isfinite(values).all() and values.all():
            multiplied = rescaled(other, values)
            if multiplied is not None:
                return multiplied
    return whole
