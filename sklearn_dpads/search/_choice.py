"""Choice among scored programs, and the final fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ..engine import (
    Parameters,
    Schedule,
    initialize,
    to_expression,
)
from ..training import DiscreteFit
from .cross_fitting import ScoredProgram
from .problem import Log, Problem
from .rules import ranked

FRESH_STARTS = 4


def rank(problem: Problem, programs: list[ScoredProgram]) -> list[ScoredProgram]:
    """Order the programs of a problem by the rule of its options; see :func:`ranked`."""
    return ranked(programs, problem.penalty, problem.options.rule)


def final_fit(problem: Problem, program: ScoredProgram, log: Log) -> ScoredProgram:
    """Fit a chosen program on all the data, from several beginnings at once.

    The parameters of every fold, those the search had on its way, and some fresh ones
    are the beginnings; the fit of least training loss is kept.
    """
    trial = program.trial
    drawn = [initialize(trial.graph, problem.seed + i) for i in range(1, FRESH_STARTS + 1)]
    starts = [*trial.starts, *trial.elsewhere, *drawn]
    rng = np.random.default_rng([problem.seed, 3])

    def fit() -> tuple[Parameters, float]:
        schedule = Schedule([trial.graph] * len(starts), device=problem.device)
        training = DiscreteFit(schedule, problem.data, problem.training, rng)
        fitted = training.run(starts, n_steps=problem.final_steps)
        best = int(torch.argmin(fitted.losses))
        return fitted.parameters[best], float(fitted.losses[best])

    parameters, loss = log.step("fit", fit)
    expression = to_expression(trial.graph, parameters)
    log.add("fit", loss=loss, program=expression.skeleton())
    return replace(program, expression=expression)
