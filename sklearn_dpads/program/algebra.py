"""The same function in a shorter form, where algebra alone allows it.

Constants and like terms are taken over, and what a sum reads in one way is read once:
``Avg(f) + Avg(g)`` is ``Avg(f + g)``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import reduce
from itertools import combinations

import numpy as np

from ..grammar import ITE, Add, Affine, Constant, Multiply, Production
from ..grammar.statistics import MEAN
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
    >>> grammar = Grammar.paper({"a": [0, 1]})
    >>> text = "SlideWindowAvg[5](Multiply(Add(Affine[a](x0 + 1), Constant(2)), Constant(3)))"
    >>> program = Program.parse(text, grammar)
    >>> print(program.with_expression(reduced(program.expression)))
    SlideWindowAvg[5](Affine[a](3*x0 + 9))
    """
    if not expression.args:
        return expression
    args = tuple(reduced(arg) for arg in expression.args)
    changed = any(new is not old for new, old in zip(args, expression.args, strict=True))
    whole = expression.with_args(args) if changed else expression
    if isinstance(expression.production, Add):
        return _sum_of_two(*args) or whole
    if isinstance(expression.production, Multiply):
        return _product_of_two(*args) or whole
    if isinstance(expression.production, ITE):
        value = _constant_value(args[0])
        if value is not None:
            return args[1] if value[0] >= 0 else args[2]
    return whole


def _sum_of_two(left: Expression, right: Expression) -> Expression | None:
    if isinstance(left.production, Constant):
        left, right = right, left
    if left.production == right.production and isinstance(left.production, Affine | Constant):
        return left.with_params({k: v + right.params[k] for k, v in left.params.items()})
    if isinstance(left.production, Affine) and isinstance(right.production, Constant):
        bias = left.params["bias"] + right.params["value"]
        return left.with_params({**left.params, "bias": bias})
    return None


def _product_of_two(left: Expression, right: Expression) -> Expression | None:
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
    if expression.production.streams and not expression.production.recurrent:
        return _constant_value(expression.args[0])
    if isinstance(expression.production, Constant):
        return expression.params["value"]
    return None


# Gives the group that two are joined to, by the columns that have a weight.
GroupOf = Callable[[frozenset[int], Affine, Affine], Affine | None]


def joined(expression: Expression, productions: Collection[Production]) -> Expression:
    """Give the same function with what a sum reads in one way read once.

    Parameters
    ----------
    expression : Expression
        Any expression.
    productions : collection of Production
        What it may be made of, such as those of a grammar. Two groups become one if there is one
        that holds all columns with a weight, and no column that neither of the two holds: another
        fit of the program then has no number to find that it didn't have before.

    Returns
    -------
    expression : Expression
        Of no more productions, and no deeper. Values are equal up to rounding.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> grammar = Grammar.paper({"acc": [0], "gyro": [1], "all": [0, 1]})
    >>> text = "Add(SlideWindowAvg[5](Affine[acc](x0)), SlideWindowAvg[5](Affine[gyro](2*x1)))"
    >>> program = Program.parse(text, grammar)
    >>> print(program.with_expression(joined(program.expression, grammar.productions)))
    SlideWindowAvg[5](Affine[all](x0 + 2*x1))
    """
    groups = [p for p in productions if isinstance(p, Affine)]
    groups.sort(key=lambda group: len(group.features))

    def group_of(read: frozenset[int], left: Affine, right: Affine) -> Affine | None:
        held = {*left.features, *right.features}
        # One of the two, if it will do, and else the smallest.
        return next((g for g in (left, right, *groups) if read <= {*g.features} <= held), None)

    return _Joiner(group_of, frozenset(productions)).of(expression)


def joined_in_shape(expression: Expression, productions: Collection[Production]) -> Expression:
    """Do as :func:`joined`, whatever the parameters are, so that all versions have one shape.

    Groups become one only where there is one of just the columns of both.
    """
    groups = [p for p in productions if isinstance(p, Affine)]

    def group_of(read: frozenset[int], left: Affine, right: Affine) -> Affine | None:
        held = {*left.features, *right.features}
        return next((g for g in (left, right, *groups) if {*g.features} == held), None)

    return _Joiner(group_of, frozenset(productions)).of(expression)


def joined_to_read(expression: Expression) -> Expression:
    """Give the same function with groups joined, whether a grammar has the union or not.

    To be told in words, since no grammar may read it.
    """

    def group_of(read: frozenset[int], left: Affine, right: Affine) -> Affine:
        return Affine("joined", tuple(sorted({*left.features, *right.features})))

    return _Joiner(group_of, None).of(expression)


class _Joiner:
    """Joins members of sums, two at a time."""

    def __init__(self, group_of: GroupOf, allowed: frozenset[Production] | None) -> None:
        self._group_of = group_of
        self._allowed = allowed

    def of(self, node: Expression) -> Expression:
        args = tuple(self.of(arg) for arg in node.args)
        changed = any(new is not old for new, old in zip(args, node.args, strict=True))
        whole = node.with_args(args) if changed else node
        if not isinstance(whole.production, Add):
            return whole
        members = list(whole.members())
        while (shorter := next(self._shorter(whole, members), None)) is not None:
            whole, members = shorter
        return whole

    def _shorter(
        self, whole: Expression, members: Sequence[Expression]
    ) -> Iterator[tuple[Expression, list[Expression]]]:
        """Give the sum with two of its members joined."""
        for i, j in combinations(range(len(members)), 2):
            pair = self._pair(members[i], members[j])
            if pair is not None:
                rest = [*members[:i], pair, *members[i + 1 : j], *members[j + 1 :]]
                candidate = _sum_of(rest, members[i])
                if candidate.depth <= whole.depth:
                    yield candidate, rest

    def _pair(self, left: Expression, right: Expression) -> Expression | None:
        if isinstance(left.production, Affine) and isinstance(right.production, Affine):
            return self._affine(left, right)
        if left.production != right.production or not _is_additive(left):
            return None
        (one,), (other,) = left.args, right.args
        inside = self.of(reduced(_sum_of([one, other], one)))
        has_sum = isinstance(inside.production, Add)
        if has_sum and self._allowed is not None and inside.production not in self._allowed:
            return None
        return left.with_args((inside,))

    def _affine(self, left: Expression, right: Expression) -> Expression | None:
        assert isinstance(left.production, Affine)
        assert isinstance(right.production, Affine)
        group = self._group_of(_read(left) | _read(right), left.production, right.production)
        if group is None:
            return None
        params = {
            name: left.params[name] + right.params[name] for name in left.params if name != "weight"
        }
        params["weight"] = _spread(left, group) + _spread(right, group)
        return Expression(group, left.width, left.accumulator, (), params)


def _sum_of(members: Sequence[Expression], like: Expression) -> Expression:
    add = Add(like.signature)

    def added(left: Expression, right: Expression) -> Expression:
        return Expression(add, like.width, like.accumulator, (left, right), {})

    return reduce(added, members)


def _is_additive(node: Expression) -> bool:
    """Whether a sum of two of these is one of the sum of their arguments."""
    meaning = node.production.meaning
    if meaning == "statistic_of_values":
        return getattr(node.production, "statistic", None) == MEAN
    # The numbers of a filter may differ from those of another one.
    return meaning in ("over_stream", "prefixes")


def _read(node: Expression) -> frozenset[int]:
    """Columns with a weight."""
    assert isinstance(node.production, Affine)
    has_weight = node.params["weight"].any(axis=0)
    return frozenset(np.array(node.production.features)[has_weight].tolist())


def _spread(node: Expression, group: Affine) -> Array:
    """Give weights for the columns of another group."""
    assert isinstance(node.production, Affine)
    weights = dict(zip(node.production.features, node.params["weight"].T, strict=True))
    nothing = np.zeros(node.width)
    return np.column_stack([weights.get(column, nothing) for column in group.features])
