"""What a part of a search has found, made ready to be judged."""

from __future__ import annotations

from dataclasses import replace

from ..engine import from_expression, to_expression
from ..graph import describe, discrete_graph
from ..program import Expression
from .drafts import canonical
from .problem import Problem, ValuedGraph
from .trials import Trial, fresh_trial


def trials_of(problem: Problem, found: list[ValuedGraph], found_by: str) -> list[Trial]:
    """Programs to score, each once; the values they were found with serve the final fit."""
    shapes: dict[str, ValuedGraph] = {}
    for each in (_in_canonical_form(problem, program) for program in found):
        shapes.setdefault(describe(each.graph), each)
    trials = [fresh_trial(problem, each.graph, [each.parameters]) for each in shapes.values()]
    return [replace(trial, found_by=found_by) for trial in trials]


def new_beside(pool: list[Trial], others: list[Trial]) -> list[Trial]:
    """Those programs that are not there yet: what two parts have found is judged once."""
    met = {describe(trial.graph) for trial in pool}
    return [trial for trial in others if describe(trial.graph) not in met]


def _in_canonical_form(problem: Problem, program: ValuedGraph) -> ValuedGraph:
    expression = to_expression(program.graph, program.parameters)
    form = canonical(expression, problem.grammar)
    return program if form is expression else valued(problem, form)


def valued(problem: Problem, expression: Expression) -> ValuedGraph:
    """The discrete graph of a program, with its parameters."""
    graph = discrete_graph(expression, problem.grammar, problem.n_features)
    return ValuedGraph(graph, from_expression(graph, expression))
