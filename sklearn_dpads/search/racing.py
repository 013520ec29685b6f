"""Which screened programs are worth a whole cross-fit, told by the fold they were not fitted to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import Parameters, Schedule, to_expression
from ..graph import DerivationGraph
from .cross_fitting import JudgedProgram, Trial, loss_parts
from .problem import Problem

_FOLD = 0


class Race:
    """Comparison of programs on the sequences of the first fold, each with that fold's parameters.

    A screened program was trained without them, and every judged program has parameters that
    were. Losses of two programs on the same sequences differ by less than their own spread, so
    that one fold tells most of what can't become one of the best, as races between models do
    (Maron and Moore, "Hoeffding races", 1993).

    Parameters
    ----------
    problem : Problem
        The problem.
    objective : callable
        What a search lowers: loss plus price.
    n_errors : float
        Standard errors of the paired difference by which a program may be worse than a rival.
    """

    def __init__(
        self, problem: Problem, objective: Callable[[JudgedProgram], float], n_errors: float
    ) -> None:
        self.problem, self.objective, self.n_errors = problem, objective, n_errors

    def hopeful(
        self, trials: list[Trial], programs: list[JudgedProgram], beam: Sequence[JudgedProgram]
    ) -> list[Trial]:
        """The programs that may reach a beam, or be the best for their cost.

        Parameters
        ----------
        trials : list of Trial
            Screened programs, with parameters that have not seen the first fold.
        programs : list of JudgedProgram
            All that were judged.
        beam : sequence of JudgedProgram
            Those to be edited next; empty where there is room for more.
        """
        if not trials:
            return []
        front = cost_front(programs, self.objective)
        rivals = [*front, *beam[-1:]]
        graphs = [trial.graph for trial in trials] + [p.fitted.graph for p in rivals]
        starts = [t.starts[_FOLD] for t in trials] + [p.fitted.starts[_FOLD] for p in rivals]
        losses = self._losses(graphs, starts)
        of_rivals = losses[len(trials) :]
        kept = []
        for trial, own in zip(trials, losses, strict=False):
            program = to_expression(trial.graph, trial.starts[_FOLD])
            price = self._price(program.cost, self.problem.price_share(program))
            ahead = [i for i, rival in enumerate(front) if rival.cost <= program.cost][-1:]
            ahead += range(len(front), len(rivals))
            if not ahead or any(
                self._may_reach(own - of_rivals[i], price - self._price_of(rivals[i]))
                for i in ahead
            ):
                kept.append(trial)
        return kept

    def _may_reach(self, differences: NDArray[np.float64], price: float) -> bool:
        """Whether a program may be as good as another, by its losses less those of the other."""
        if not np.isfinite(differences).all():
            return False
        error = np.sqrt(np.square(differences - differences.mean()).sum())
        return bool(differences.sum() + price <= self.n_errors * error)

    def _price(self, cost: int, share: float) -> float:
        return self.problem.penalty * share * cost

    def _price_of(self, program: JudgedProgram) -> float:
        return self.problem.penalty * program.priced_cost

    def _losses(
        self, graphs: list[DerivationGraph], starts: list[Parameters]
    ) -> NDArray[np.float64]:
        """What the sequences of the first fold add to the mean loss of each program."""
        problem = self.problem
        members = problem.folds.members(_FOLD)
        outputs = problem.outputs(Schedule(graphs, device=problem.device), starts, members)
        codes = problem.data.targets.codes
        targets = problem.data.targets.take(torch.as_tensor(members, device=codes.device))
        return loss_parts(outputs.flatten(2), targets, problem.judging)


def cost_front(
    programs: list[JudgedProgram], objective: Callable[[JudgedProgram], float]
) -> list[JudgedProgram]:
    """The programs that none of lower or equal cost beats, the cheapest first."""
    front: list[JudgedProgram] = []
    for program in sorted(programs, key=lambda p: (p.cost, objective(p))):
        if not front or program.loss < front[-1].loss:
            front.append(program)
    return front
