"""The dPads search as a whole: relax, prune, split, choose, fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..engine import from_expression, to_expression
from ..graph import describe, discrete_graph
from ..program import Expression
from ._canonical import canonical
from ._choice import rank
from ._likeliest import likeliest
from ._relaxation import Relaxation
from ._selection import Selection
from .cross_fitting import (
    ScoredProgram,
    Trial,
    cross_fit,
    fresh_trial,
)
from .drafts import Drafter
from .ending import SearchResult, choose, interruptible
from .local_search import Refinement
from .problem import Log, Partition, Problem

FEW = 24


def search(problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
    """Run the seven steps of Cui and Zhu (2021) on a problem.

    A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
    programs met so far is chosen and fitted. A second one is passed on.

    Parameters
    ----------
    problem : Problem
        The problem.
    log : Log
        Record of the search.
    initial : sequence of Expression, default=()
        Programs of the grammar, with parameters, to score beside those the search finds.

    Returns
    -------
    result : SearchResult
    """
    rng = np.random.default_rng([problem.seed, 0])
    relaxation = Relaxation(problem, log, rng)
    selection = Selection(problem, log, rng)
    with interruptible(log):
        selection.run(relaxation.run())
    found = [_partition(problem, expression) for expression in initial]
    found += sorted(selection.discrete.values(), key=lambda partition: -partition.score)
    if not found or log.stopwatch.expired():
        found.append(likeliest(problem, relaxation.state))
    pool = _trials(problem, found)
    if log.stopwatch.expired():
        # What a search cut short has found may be worse than the simplest programs.
        simple = [draft.trial() for draft in Drafter(problem, rng).shallowest()]
        pool = problem.affordable(pool + simple, lambda trial: trial.graph, FEW)
    n_steps = problem.fit_steps
    scored: list[ScoredProgram] = []
    with interruptible(log):
        scored = cross_fit(problem, pool, log, n_steps=n_steps)
    scored = rank(problem, scored or cross_fit(problem, pool, log, n_steps=n_steps))
    refinement = Refinement(problem, log, rng)
    with interruptible(log):
        refinement.run(scored)
    if log.stopwatch.expired():
        log.add("expired")
    return choose(problem, refinement.programs or scored, log)


def _trials(problem: Problem, found: list[Partition]) -> list[Trial]:
    """Programs to score, each once; the values they were found with serve the final fit."""
    shapes: dict[str, Partition] = {}
    for partition in (_in_canonical_form(problem, partition) for partition in found):
        shapes.setdefault(describe(partition.graph), partition)
    trials = [
        fresh_trial(problem, partition.graph, [partition.parameters])
        for partition in shapes.values()
    ]
    return problem.affordable(trials, lambda trial: trial.graph, problem.options.n_screened)


def _in_canonical_form(problem: Problem, partition: Partition) -> Partition:
    expression = to_expression(partition.graph, partition.parameters)
    form = canonical(expression, problem.grammar)
    return partition if form is expression else _partition(problem, form)


def _partition(problem: Problem, expression: Expression) -> Partition:
    graph = discrete_graph(expression, problem.grammar, problem.n_features)
    return Partition(graph, from_expression(graph, expression))
