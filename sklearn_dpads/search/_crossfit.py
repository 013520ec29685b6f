"""Scores of discrete programs on sequences that their parameters have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ..engine import Parameters, Schedule, initialize, to_expression
from ..graph import DerivationGraph
from ..program import Expression
from ..training import DiscreteFit, Targets, cross_entropies
from ._folds import Folds
from ._forests import forests
from ._problem import Log, Problem


@dataclass(frozen=True, eq=False)
class Trial:
    """A discrete program to be scored.

    Parameters
    ----------
    graph : DerivationGraph
        The program.
    starts : list of Parameters
        Per fold, values to begin with, which must not have seen the fold.
    elsewhere : list of Parameters, default=[]
        Other values that the final fit, which sees all data, can begin with.
    """

    graph: DerivationGraph
    starts: list[Parameters]
    elsewhere: list[Parameters] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class ScoredProgram:
    """A discrete program the search scored.

    Parameters
    ----------
    expression : Expression
        The program, in the units of training.
    score : float
        Cross-fitted score: every sequence is predicted by parameters fitted without it.
    loss, loss_error : float
        Cross-fitted cross-entropy and its standard error.
    trial : Trial
        The program with its trained parameters per fold.
    """

    expression: Expression
    score: float
    loss: float
    loss_error: float
    trial: Trial

    @property
    def cost(self) -> int:
        """Structural cost."""
        return self.expression.cost


def fresh_trial(
    problem: Problem, graph: DerivationGraph, elsewhere: Sequence[Parameters] = ()
) -> Trial:
    """A trial whose parameters have seen nothing, drawn anew for every fold."""
    seeds = [problem.seed + 7919 * fold for fold in range(problem.folds.n_folds)]
    return Trial(graph, [initialize(graph, seed) for seed in seeds], list(elsewhere))


def cross_fit(
    problem: Problem, trials: list[Trial], log: Log, *, n_steps: int
) -> list[ScoredProgram]:
    """Fit every program once per fold without the fold, and score the joined predictions.

    Parameters
    ----------
    problem : Problem
        The problem.
    trials : list of Trial
        The programs.
    log : Log
        Record of the search.
    n_steps : int
        Steps of each fit.

    Returns
    -------
    programs : list of ScoredProgram
        In no particular order; fewer than asked for if the stopwatch expires.
    """
    folds = problem.folds
    scored: list[ScoredProgram] = []
    for chunk in forests(trials, lambda trial: trial.graph, copies=folds.n_folds):
        if scored and log.stopwatch.expired():
            break
        schedule = Schedule(
            [trial.graph for trial in chunk for _ in trial.starts], device=problem.device
        )
        rng = np.random.default_rng([problem.seed, 2])
        weights = folds.all_weights(len(chunk))
        fit = DiscreteFit(schedule, problem.data, problem.training, rng, weights)
        fitted = fit.run([start for trial in chunk for start in trial.starts], n_steps=n_steps)
        scored += _scored(problem, folds, chunk, fitted.parameters, fitted.outputs)
    log.add("choose", n_programs=len(scored), score=max((p.score for p in scored), default=None))
    return scored


def _scored(
    problem: Problem,
    folds: Folds,
    trials: list[Trial],
    parameters: list[Parameters],
    outputs: torch.Tensor,
) -> list[ScoredProgram]:
    joined = folds.join(outputs)
    scores = problem.scorer(joined, problem.data.targets).cpu().numpy()
    means, errors = _loss_statistics(joined, problem.data.targets)
    programs = []
    for i, trial in enumerate(trials):
        trained = parameters[i * folds.n_folds : (i + 1) * folds.n_folds]
        programs.append(
            ScoredProgram(
                expression=to_expression(trial.graph, trained[0]),
                score=float(scores[i]),
                loss=float(means[i]),
                loss_error=float(errors[i]),
                trial=Trial(trial.graph, trained, trial.elsewhere),
            )
        )
    return programs


def _loss_statistics(outputs: torch.Tensor, targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Mean cross-entropy of every program over the labels, and its standard error."""
    weights = targets.flatten()[1]
    values = torch.nan_to_num(cross_entropies(outputs, targets), nan=torch.inf)
    total = weights.sum()
    means = (values * weights).sum(-1) / total
    spread = ((values - means[:, None]).square() * weights.square()).sum(-1).sqrt() / total
    return means.cpu().numpy(), torch.nan_to_num(spread).cpu().numpy()
