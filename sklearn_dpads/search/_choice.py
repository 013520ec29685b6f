"""Choice among scored programs, and the final fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import numpy as np
import torch

from ..engine import Schedule, initialize, to_expression
from ..training import DiscreteFit
from ._crossfit import ScoredProgram
from ._problem import Log, Problem

FRESH_STARTS = 4


class Judged(Protocol):
    """What cross-fitting tells of a program."""

    @property
    def score(self) -> float: ...

    @property
    def loss(self) -> float: ...

    @property
    def loss_error(self) -> float: ...

    @property
    def cost(self) -> int: ...


P = TypeVar("P", bound=Judged)


def rank(problem: Problem, programs: list[ScoredProgram]) -> list[ScoredProgram]:
    """Order the programs of a problem for the choice; see :func:`ranked`."""
    return ranked(programs, problem.penalty)


def ranked(programs: Sequence[P], structural_penalty: float) -> list[P]:
    """Order programs for the choice: the best first.

    Scores such as F1 are coarse, and the best of many is partly luck. The programs whose
    cross-fitted loss plus structural penalty can't be told from the least one, by one
    standard error, come first; within them, and after them, the order is that of score
    less structural penalty, and that of loss where these are equal.

    Parameters
    ----------
    programs : sequence
        Anything with ``score``, ``loss``, ``loss_error`` and ``cost``.
    structural_penalty : float
        Price of a unit of structural cost.
    """
    if not programs:
        return []

    def price(program: P) -> float:
        return structural_penalty * program.cost

    least = min(programs, key=lambda p: p.loss + price(p))
    limit = least.loss + price(least) + least.loss_error

    def place(program: P) -> tuple[bool, float, int]:
        value = program.score - price(program)
        return (program.loss + price(program) > limit, -value, program.loss)

    return sorted(programs, key=place)


def final_fit(problem: Problem, program: ScoredProgram, log: Log) -> ScoredProgram:
    """Fit a chosen program on all the data, from several beginnings at once.

    The parameters of every fold, those the search had on its way, and some fresh ones
    are the beginnings; the fit of least training loss is kept.
    """
    trial = program.trial
    drawn = [initialize(trial.graph, problem.seed + i) for i in range(1, FRESH_STARTS + 1)]
    starts = [*trial.starts, *trial.elsewhere, *drawn]
    schedule = Schedule([trial.graph] * len(starts), device=problem.device)
    rng = np.random.default_rng([problem.seed, 3])
    fit = DiscreteFit(schedule, problem.data, problem.training, rng)
    fitted = fit.run(starts, n_steps=problem.options.final_steps)
    best = int(torch.argmin(fitted.losses))
    expression = to_expression(trial.graph, fitted.parameters[best])
    log.add("fit", loss=float(fitted.losses[best]), program=expression.skeleton())
    return replace(program, expression=expression)
