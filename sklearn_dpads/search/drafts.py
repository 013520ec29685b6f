"""Programs that the local search tries, with the values they begin with, per fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..engine import Parameters, from_expression, to_expression
from ..grammar import (
    Grammar,
    SlideWindowAvg,
)
from ..graph import (
    DerivationGraph,
    derivation_graph,
    discrete_graph,
    split_all,
)
from ..program import Expression
from .cross_fitting import ScoredProgram, Trial, fresh_trial
from .neighbours import Neighbourhood
from .problem import Problem


@dataclass(frozen=True, eq=False)
class Draft:
    """A program with values for the first fold; those of the others are made on demand.

    Parameters
    ----------
    graph : DerivationGraph
        The program.
    start : Parameters
        Values that have not seen the first fold.
    others : callable
        Makes the values for each other fold, which have not seen it.
    """

    graph: DerivationGraph
    start: Parameters
    others: Callable[[], list[Parameters]]

    def trial(self) -> Trial:
        """The program with values for every fold."""
        return Trial(self.graph, [self.start, *self.others()])


class Drafter:
    """Makes the programs to try.

    Parameters
    ----------
    problem : Problem
        The problem.
    rng : numpy.random.Generator
        Source of the small values that new weights begin with.
    """

    def __init__(self, problem: Problem, rng: np.random.Generator) -> None:
        self.problem = problem
        self.neighbourhood = Neighbourhood(
            problem.grammar, problem.n_features, problem.options.max_depth, rng
        )

    def edits(self, parent: ScoredProgram, wanted: Callable[[Expression], bool]) -> list[Draft]:
        """The edits of a program that are wanted and not too large."""
        origin = _origin(parent)
        return self._drafts(self.neighbourhood.of(origin), origin, parent, wanted)

    def edits_of_values(
        self, parent: ScoredProgram, wanted: Callable[[Expression], bool]
    ) -> list[Draft]:
        """Such edits of the same program with windows that average values, if it has any."""
        origin = _origin(parent)
        twin = of_values(origin, self.problem.grammar)
        found = [] if twin is origin else self.neighbourhood.of(twin)
        return self._drafts(found, origin, parent, wanted)

    def _drafts(
        self,
        found: list[Expression],
        origin: Expression,
        parent: ScoredProgram,
        wanted: Callable[[Expression], bool],
    ) -> list[Draft]:
        most = self.problem.options.max_productions
        graph, starts = parent.trial.graph, parent.trial.starts
        forms = (canonical(edited, self.problem.grammar) for edited in found)
        return [
            self._edit(edited, origin, graph, starts[1:])
            for edited in forms
            if edited.n_productions <= most and wanted(edited)
        ]

    def _edit(
        self,
        edited: Expression,
        origin: Expression,
        parent: DerivationGraph,
        starts: list[Parameters],
    ) -> Draft:
        graph = discrete_graph(edited, self.problem.grammar, self.problem.n_features)

        def others() -> list[Parameters]:
            versions = (to_expression(parent, start) for start in starts)
            return [
                from_expression(graph, carried_over(edited, origin, version))
                for version in versions
            ]

        return Draft(graph, from_expression(graph, edited), others)

    def shallowest(self, wanted: Callable[[Expression], bool] = lambda _: True) -> list[Draft]:
        """The programs of the least depth, so that no search starts from one corner."""
        problem = self.problem
        depth = problem.grammar.min_depth(
            problem.signature, width=problem.n_outputs, n_features=problem.n_features
        )
        graph = derivation_graph(
            problem.grammar,
            problem.signature,
            n_features=problem.n_features,
            n_outputs=problem.n_outputs,
            depth=depth,
            max_depth=depth,
        )
        drafts = [_fresh(problem, part) for part in split_all(graph)]
        shapes = [to_expression(draft.graph, draft.start) for draft in drafts]
        return [
            draft
            for draft, shape in zip(drafts, shapes, strict=True)
            if canonical(shape, problem.grammar) is shape and wanted(shape)
        ]


def _origin(parent: ScoredProgram) -> Expression:
    """A program with the values that the first fold has not seen."""
    return to_expression(parent.trial.graph, parent.trial.starts[0])


def _fresh(problem: Problem, graph: DerivationGraph) -> Draft:
    first, *others = fresh_trial(problem, graph).starts
    return Draft(graph, first, lambda: others)


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
    if not all(node.production.affine for _, node in args[0].walk()):
        return whole
    for other in grammar.productions:
        if isinstance(other, SlideWindowAvg) and (other.window, other.average) == (
            production.window,
            average,
        ):
            return Expression(other, whole.width, whole.accumulator, args, whole.params)
    return whole
