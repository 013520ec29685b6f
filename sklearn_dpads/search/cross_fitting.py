"""Scores of discrete programs on sequences that their parameters have not seen.

Losses are taken at each program's best temperature, so that confidence alone makes none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import compress, islice

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import Schedule, from_expression, initialize, to_expression
from ..program import Expression
from ..training import DiscreteFit
from .linear_programs import linear_leaves
from .log import Log, Phase
from .output_scores import OutputScores
from .problem import Problem, RandomStream, ValuedGraph, forests, recurrences
from .stopwatch import BudgetPace, Stopwatch
from .trials import JudgedProgram, Trial, fold_seeds


def cross_fit(problem: Problem, trials: list[Trial], log: Log) -> list[JudgedProgram]:
    """Fit every program once per fold without the fold, and score the joined predictions.

    Parameters
    ----------
    problem : Problem
        The problem.
    trials : list of Trial
        The programs.
    log : Log
        Record of the search.

    Returns
    -------
    programs : list of JudgedProgram
        In the order of the trials; fewer than asked for if the stopwatch expires.
    """
    scored = log.step("cross-fit", lambda: _cross_fit(problem, trials, log))
    log.add(
        Phase.CHOOSE, n_programs=len(scored), score=max((p.score for p in scored), default=None)
    )
    return scored


def _cross_fit(problem: Problem, trials: list[Trial], log: Log) -> list[JudgedProgram]:
    scored: list[JudgedProgram] = []
    programs = [to_expression(trial.graph, trial.starts[0]) for trial in trials]
    linear = [linear_leaves(program) is not None for program in programs]
    stopwatch, pace = log.stopwatch, log.stopwatch.pace()
    most = _MOST_WHERE_LATE if stopwatch.is_late() else len(trials)
    if any(linear):
        convex = list(compress(trials, linear))
        versions = problem.linear.without_folds(list(compress(programs, linear)), pace)
        convex = [convex[i] for i in sorted(versions)]
        fits = [_convex_fits(convex[n], versions[i]) for n, i in enumerate(sorted(versions))]
        scored += judge_fits(problem, convex, fits)
    others = [trial for trial, is_linear in zip(trials, linear, strict=True) if not is_linear]
    for chunk in forests(
        others, lambda trial: trial.graph, problem.judging, lambda trial: _n_fits(problem, trial)
    ):
        if scored and (stopwatch.expired() or pace.has_stopped):
            break
        fits = [_fits(problem, trial) for trial in chunk[:most]]
        trained, n_steps = run_fits(problem, fits, problem.fit_steps, stopwatch, pace)
        if scored and not n_steps:
            break
        scored += judge_fits(problem, chunk[:most], trained)
    order = {id(trial.graph): i for i, trial in enumerate(trials)}
    return sorted(scored, key=lambda program: order[id(program.fitted.graph)])


# Programs that are judged where the time for it has passed and none is judged yet.
_MOST_WHERE_LATE = 4


def _convex_fits(trial: Trial, versions: list[Expression]) -> list[Fit]:
    """Fits of a linear program, one per fold."""
    return [
        Fit(fold, ValuedGraph(trial.graph, from_expression(trial.graph, version)))
        for fold, version in enumerate(versions)
    ]


# Time of a step of one fit as a share of that of a step of a forest, at least: calls of torch.
_LEAST_SHARE = 0.3


@dataclass(frozen=True, eq=False)
class Fit:
    """A fit of a program without a fold.

    Parameters
    ----------
    fold : int
        The fold.
    version : ValuedGraph
        The program with its parameters.
    loss : float, default=inf
        Loss on the sequences that were trained on.
    """

    fold: int
    version: ValuedGraph
    loss: float = math.inf


def run_fits(
    problem: Problem,
    fits: list[list[Fit]],
    n_steps: int,
    stopwatch: Stopwatch,
    pace: BudgetPace,
) -> tuple[list[list[Fit]], int]:
    """Train the fits of some programs from the values given, as one forest.

    From what they take the time is told that the last fit will take, which is set aside.

    Returns
    -------
    trained : list of list of Fit
        As they were given.
    n_taken : int
        Steps, of which there are fewer where time was over.
    """
    start = stopwatch.elapsed()
    each = [fit for of_program in fits for fit in of_program]
    schedule = Schedule([fit.version.graph for fit in each], device=problem.device)
    rng = problem.rng(RandomStream.CROSS_FITTING)
    weights = torch.stack([problem.folds.weights(fit.fold) for fit in each])
    training = DiscreteFit(schedule, problem.data, problem.training, rng, weights)
    starts = [fit.version.parameters for fit in each]
    fitted = training.run(starts, n_steps=n_steps, pace=pace)
    if not pace.has_stopped:
        share = max(problem.n_final_starts / len(each), _LEAST_SHARE)
        n_times = share * problem.steps_set_aside / n_steps
        stopwatch.set_aside(n_times * (stopwatch.elapsed() - start))
    trained = (
        Fit(fit.fold, ValuedGraph(fit.version.graph, parameters), loss)
        for fit, parameters, loss in zip(
            each, fitted.parameters, fitted.losses.tolist(), strict=True
        )
    )
    return [list(islice(trained, len(of_program))) for of_program in fits], fitted.n_steps


def _fits(problem: Problem, trial: Trial) -> list[Fit]:
    """The fits of a program: one per fold, or some per fold where many get stuck.

    About one in ten fits of a program with a recurrence ends in a bad local minimum, and
    a single one would spoil the joined score. Whether to begin anew can't be told from the
    other folds' losses, which have seen this fold's labels.
    """
    fits = [Fit(fold, ValuedGraph(trial.graph, start)) for fold, start in enumerate(trial.starts)]
    if recurrences(trial.graph):
        fits += [
            Fit(fold, ValuedGraph(trial.graph, initialize(trial.graph, seed)))
            for fold, seed in enumerate(fold_seeds(problem, shift=1))
        ]
    return fits


def _n_fits(problem: Problem, trial: Trial) -> int:
    return problem.folds.n_folds * (2 if recurrences(trial.graph) else 1)


def _best_of_folds(fits: list[Fit], n_folds: int) -> list[ValuedGraph]:
    """The fit of least training loss of each fold."""
    return [
        min((fit for fit in fits if fit.fold == fold), key=lambda fit: fit.loss).version
        for fold in range(n_folds)
    ]


def _held_out_outputs(problem: Problem, fits: list[list[ValuedGraph]]) -> torch.Tensor:
    """Outputs of each program on every sequence, by the fit that has not seen it.

    Parameters
    ----------
    problem : Problem
        The problem.
    fits : list of list of ValuedGraph
        One fit per fold for each program.

    Returns
    -------
    outputs : Tensor of shape (n_programs, n_outputs, n_positions)
    """
    parts = []
    for fold, here in enumerate(zip(*fits, strict=True)):
        schedule = Schedule([fit.graph for fit in here], device=problem.device)
        parameters = [fit.parameters for fit in here]
        parts.append(problem.outputs(schedule, parameters, problem.folds.members(fold)))
    return problem.folds.join(parts).flatten(2)


def held_out_outputs(problem: Problem, of_folds: list[ValuedGraph]) -> NDArray[np.float64]:
    """Outputs on every sequence, by the program that has not seen it.

    Parameters
    ----------
    problem : Problem
        The problem.
    of_folds : list of ValuedGraph
        A program for each fold, fitted without it.

    Returns
    -------
    outputs : ndarray of shape (n_outputs, n_positions)
    """
    found: NDArray[np.float64] = _held_out_outputs(problem, [of_folds])[0].double().cpu().numpy()
    return found


def judge_fits(problem: Problem, trials: list[Trial], fits: list[list[Fit]]) -> list[JudgedProgram]:
    """Judge programs by the fit of least training loss of each fold."""
    best = [_best_of_folds(of_trial, problem.folds.n_folds) for of_trial in fits]
    joined = _held_out_outputs(problem, best)
    found = OutputScores.of(
        joined,
        problem.data.targets,
        problem.scorer,
        problem.judging,
        problem.training.f1_weight,
        problem.folds.draws,
    )
    programs = []
    for i, trial in enumerate(trials):
        trained = [fit.parameters for fit in best[i]]
        expression = to_expression(trial.graph, trained[0])
        programs.append(
            JudgedProgram(
                expression=expression,
                score=float(found.scores[i]),
                loss=float(found.losses[i]),
                loss_error=float(found.errors[i]),
                trial=replace(trial, starts=trained),
                price_share=problem.price_share(expression),
                parts=found.parts[i].astype(np.float32),
                recalls=tuple(found.recalls[i]),
            )
        )
    return programs
