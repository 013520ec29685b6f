"""Training of programs until what they are judged by no longer falls.

All programs of a round are trained for the same number of steps, after which some would still get
better. An edit begins with the parameters of its parent, so that beside such a parent any edit
seems to gain what are only more steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from .cross_fitting import Fit, judge_fits, run_fits
from .linear_programs import linear_leaves
from .log import Log
from .problem import Problem, forests
from .trials import JudgedProgram

# Times that a program is trained on, each twice as long as the last. Most have settled after one.
_MOST_TIMES = 3


# Times the least objective that a program may have which is trained on: time against programs that
# are slow to train. Products of basketball began at 1.14 times and ended at 0.28.
_IN_REACH = 1.25


def in_reach(
    programs: Iterable[JudgedProgram], objective: Callable[[JudgedProgram], float], best: float
) -> list[JudgedProgram]:
    """Programs that may become better than the best when they have settled.

    Parameters
    ----------
    programs : iterable of JudgedProgram
        Programs.
    objective : callable
        What is lowered.
    best : float
        The least that there is.
    """
    return [program for program in programs if objective(program) <= _IN_REACH * best]


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
        trained = log.step("settle", partial(_trained_on, problem, falling, n_steps, log))
        found |= {i: p for i, p in trained.items() if p.loss < falling[i].loss}
        falling = {i: p for i, p in trained.items() if p.loss < (1 - tol) * falling[i].loss}
    return list(found.values())


def _trained_on(
    problem: Problem, programs: dict[int, JudgedProgram], n_steps: int, log: Log
) -> dict[int, JudgedProgram]:
    """Judge programs after so many steps more; not all of them where time is over."""
    found: dict[int, JudgedProgram] = {}
    stopwatch, pace = log.stopwatch, log.stopwatch.pace()
    n_folds = problem.folds.n_folds
    numbers = forests(
        list(programs), lambda i: programs[i].fitted.graph, problem.judging, lambda i: n_folds
    )
    for chunk in numbers:
        if stopwatch.expired() or pace.has_stopped:
            break
        trials = [programs[i].fitted for i in chunk]
        fits = [
            [Fit(fold, version) for fold, version in enumerate(programs[i].of_folds)] for i in chunk
        ]
        trained, _ = run_fits(problem, fits, n_steps, stopwatch, pace)
        found |= zip(chunk, judge_fits(problem, trials, trained), strict=True)
    return found
