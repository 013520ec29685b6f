"""Which accumulators the outputs of a ``Fold`` see: their own, or those of all outputs."""

from __future__ import annotations

import numpy as np

from ..grammar import Fold
from .expression import Array, Expression


def sees_others(node: Expression) -> bool:
    """Whether an ``Affine`` adds up accumulators of other outputs than the one that it is for.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> text = "Fold(Affine[x0](a: x0 + 0.5*previous, b: 2*x0, c: 0.1*previous[a]))"
    >>> program = Program.parse(text, Grammar.paper(1))
    >>> sees_others(program.expression.args[0]), program.expression.production.label
    (True, 'Fold[mixed]')
    """
    recurrent = node.params.get("recurrent")
    if recurrent is None or node.width != node.accumulator:
        return False
    return bool(recurrent[~np.eye(node.width, dtype=bool)].any())


def own_accumulator(node: Expression) -> Array:
    """Weights of each output's own accumulator, as one column."""
    weights: Array = np.diag(node.params["recurrent"])[:, None]
    return weights


def with_folds_as_they_are(expression: Expression) -> Expression:
    """Let every ``Fold`` be mixed where the numbers of one are, or where one says so.

    Programs of before say ``Fold`` of both kinds. Fitted again, they keep the numbers they have.
    """
    nodes = [node for _, node in expression.walk()]
    folds = [node.production for node in nodes if isinstance(node.production, Fold)]
    if not any(fold.mixed for fold in folds) and not any(map(sees_others, nodes)):
        return expression

    def mixed(node: Expression) -> Expression:
        args = tuple(map(mixed, node.args))
        production = Fold(mixed=True) if isinstance(node.production, Fold) else node.production
        return Expression(production, node.width, node.accumulator, args, node.params)

    return mixed(expression)
