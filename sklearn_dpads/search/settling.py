"""Training of programs until what they are judged by no longer falls.

All programs of a round are trained for the same number of steps, after which some would still get
better. An edit begins with the parameters of its parent, so that beside such a parent any edit
seems to gain what are only more steps.
"""

from __future__ import annotations

from functools import partial

from .cross_fitting import Fit, JudgedProgram, judge_fits, run_fits
from .linear_programs import linear_leaves
from .log import Log
from .problem import Problem, ValuedGraph, forests

# Times that a program is trained on, each twice as long as the last. Most have settled after one.
_MOST_TIMES = 3


def settle(
    problem: Problem, programs: list[JudgedProgram], tol: float, log: Log
) -> list[JudgedProgram]:
    """Train programs on without each fold, as long as their cross-fitted loss falls.

    Parameters
    ----------
    problem : Problem
        The problem.
    programs : list of JudgedProgram
        Programs with their trials. Those that are linear in their parameters have settled.
    tol : float
        Fall of the loss, as a share of it, from which a program is trained on.
    log : Log
        Record of the search.

    Returns
    -------
    better : list of JudgedProgram
        Those whose loss fell.
    """
    found: dict[int, JudgedProgram] = {}
    falling = {i: p for i, p in enumerate(programs) if linear_leaves(p.expression) is None}
    for time in range(_MOST_TIMES):
        if not falling or log.stopwatch.is_late():
            break
        n_steps = problem.fit_steps * 2 ** (time + 1)
        before = list(falling.values())
        after = log.step("settle", partial(_trained_on, problem, before, n_steps, log))
        trained = dict(zip(falling, after, strict=False))
        for i, program in trained.items():
            if program.loss < falling[i].loss:
                found[i] = program
        falling = {
            i: program
            for i, program in trained.items()
            if program.loss < (1 - tol) * falling[i].loss
        }
    return list(found.values())


def _trained_on(
    problem: Problem, programs: list[JudgedProgram], n_steps: int, log: Log
) -> list[JudgedProgram]:
    """Judge programs after so many steps more; fewer where time is over."""
    found: list[JudgedProgram] = []
    stopwatch, pace = log.stopwatch, log.stopwatch.pace()
    n_folds = problem.folds.n_folds
    chunks = forests(programs, lambda p: p.fitted.graph, problem.judging, lambda p: n_folds)
    order: list[JudgedProgram] = []
    for chunk in chunks:
        if stopwatch.expired() or pace.has_stopped:
            break
        trials = [program.fitted for program in chunk]
        fits: list[list[Fit]] = [
            [(fold, ValuedGraph(trial.graph, start)) for fold, start in enumerate(trial.starts)]
            for trial in trials
        ]
        run_fits(problem, [fit for of in fits for fit in of], n_steps, stopwatch, pace)
        found += judge_fits(problem, trials, fits)
        order += chunk
    at = {id(program): i for i, program in enumerate(order)}
    return [found[at[id(program)]] for program in programs if id(program) in at]
