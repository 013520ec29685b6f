"""No search at all: programs that are given are judged and fitted."""

from __future__ import annotations

from collections.abc import Sequence

from ..engine import from_expression
from ..graph import discrete_graph
from ..program import Expression
from ._choice import rank
from .cross_fitting import (
    ScoredProgram,
    Trial,
    cross_fit,
    fresh_trial,
)
from .ending import SearchResult, choose, interruptible
from .problem import Log, Problem


def fit_programs(problem: Problem, log: Log, programs: Sequence[Expression]) -> SearchResult:
    """Judge programs by cross-fitting, and fit the best of them to all the data.

    Their present parameters may have seen the data. They are one of the beginnings of the
    last fit, and cross-fitting does without them.

    Parameters
    ----------
    problem : Problem
        The problem; its grammar holds the productions of the programs.
    log : Log
        Record of what is done.
    programs : sequence of Expression
        At least one, with parameters in the units of training.
    """
    trials = [_trial(problem, expression) for expression in programs]
    scored: list[ScoredProgram] = []
    with interruptible(log):
        scored = cross_fit(problem, trials, log, n_steps=problem.fit_steps)
    scored = scored or cross_fit(problem, trials, log, n_steps=problem.fit_steps)
    return choose(problem, rank(problem, scored), log)


def _trial(problem: Problem, expression: Expression) -> Trial:
    graph = discrete_graph(expression, problem.grammar, problem.n_features)
    return fresh_trial(problem, graph, [from_expression(graph, expression)])
