"""The dPads search as a whole: relax, prune, split, choose, fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..engine import architecture_weights, from_expression, initialize
from ..graph import DerivationGraph, describe, discrete_graph, keep_top, unfold
from ..program import Expression
from ._choice import final_fit, rank
from ._crossfit import ScoredProgram, Trial, cross_fit, fresh_trial
from ._problem import Log, Partition, Problem
from ._refinement import Refinement
from ._relaxation import Relaxation
from ._selection import Selection
from ._soundness import Defect, Inspector


@dataclass(frozen=True)
class SearchResult:
    """Outcome of a search.

    Parameters
    ----------
    programs : list of ScoredProgram
        All discrete programs scored: the chosen and finally fitted one first, then the
        others, best first, and at last those passed over for a defect.
    n_defective : int
        How many of them, at the end, were found to have a defect.
    defect : Defect or None
        What is wrong with the chosen program, where every program had a defect.
    """

    programs: list[ScoredProgram]
    n_defective: int = 0
    defect: Defect | None = None


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
    with _interruptible(log):
        selection.run(relaxation.run())
    found = [_partition(problem, expression) for expression in initial]
    found += sorted(selection.discrete.values(), key=lambda partition: -partition.score)
    if not found or log.stopwatch.expired():
        found.append(likeliest(problem, relaxation.state))
    pool = _trials(problem, found)
    n_steps = problem.fit_steps
    scored: list[ScoredProgram] = []
    with _interruptible(log):
        scored = cross_fit(problem, pool, log, n_steps=n_steps)
    scored = rank(problem, scored or cross_fit(problem, pool, log, n_steps=n_steps))
    refinement = Refinement(problem, log, rng)
    with _interruptible(log):
        refinement.run(scored)
    if log.stopwatch.expired():
        log.add("expired")
    return _choose(problem, refinement.programs or scored, log)


def _trials(problem: Problem, found: list[Partition]) -> list[Trial]:
    """Programs to score, each once; the values they were found with serve the final fit."""
    shapes: dict[str, Partition] = {}
    for partition in found:
        shapes.setdefault(describe(partition.graph), partition)
    trials = [
        fresh_trial(problem, partition.graph, [partition.parameters])
        for partition in shapes.values()
    ]
    return problem.affordable(trials, lambda trial: trial.graph, problem.options.n_screened)


def likeliest(problem: Problem, state: Partition) -> Partition:
    """The program of largest architecture weights, cheap parts where nothing is trained."""
    graph = _best_of_each_edge(state.graph, state)
    if graph.has_frontier:
        graph = unfold(graph, graph.max_depth)
        state = Partition(graph, initialize(graph, problem.seed, state.parameters))
        graph = _best_of_each_edge(graph, state)
    return Partition(graph, initialize(graph, problem.seed, state.parameters))


def _best_of_each_edge(graph: DerivationGraph, state: Partition) -> DerivationGraph:
    weights = architecture_weights(graph, state.parameters)
    costs = {(key, p.label): p.cost for key, slot in graph.slots.items() for p in slot.candidates}
    scores = {
        key: {
            # Weights that were never trained are equal, and the cheaper one is taken.
            label: weight - 1e-6 * costs.get((graph.edges[key].target, label), 0)
            for label, weight in of.items()
        }
        for key, of in weights.items()
    }
    return keep_top(graph, scores, 1)


def _partition(problem: Problem, expression: Expression) -> Partition:
    graph = discrete_graph(expression, problem.grammar, problem.n_features)
    return Partition(graph, from_expression(graph, expression))


def _choose(problem: Problem, scored: list[ScoredProgram], log: Log) -> SearchResult:
    """Fit the best program that has no defect; if all have one, the one least defective."""
    inspector = Inspector(problem)
    passed: dict[int, Defect] = {}
    for i, program in enumerate(scored):
        defect = inspector.defect(program.expression)
        if defect is None:
            fitted = _fitted(problem, program, log)
            defect = inspector.defect(fitted.expression)
            if defect is None:
                last = [scored[j] for j in passed]
                return SearchResult([fitted, *scored[i + 1 :], *last], len(last))
        passed[i] = defect
        log.add("pass_over", program=program.expression.skeleton(), defect=defect.value)
    chosen = min(passed, key=lambda i: (passed[i].severity, i))
    fitted = _fitted(problem, scored[chosen], log)
    defect = inspector.defect(fitted.expression)
    if defect is not None and defect.severity > passed[chosen].severity:
        fitted, defect = scored[chosen], passed[chosen]
    rest = [p for i, p in enumerate(scored) if i != chosen]
    return SearchResult([fitted, *rest], len(scored), defect)


def _fitted(problem: Problem, program: ScoredProgram, log: Log) -> ScoredProgram:
    fitted = program
    with _interruptible(log):
        fitted = final_fit(problem, program, log)
    return fitted


@contextmanager
def _interruptible(log: Log) -> Iterator[None]:
    """Let the first KeyboardInterrupt end a phase, and with the stopwatch all later ones."""
    try:
        yield
    except KeyboardInterrupt:
        if any(event["phase"] == "interrupt" for event in log.events):
            raise
        log.add("interrupt")
        log.stopwatch.max_time = 0.0
