"""Which screened programs are worth a whole cross-fit, told by the fold they were not fitted to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import Parameters, Schedule, to_expression
from ..graph import DerivationGraph
from ..program import Expression
from .linear_programs import linear_leaves
from .output_scores import loss_parts
from .problem import Problem
from .trials import JudgedProgram, Trial

_FOLD = 0
# Sequences, or groups of them, that a standard error is told by; of fewer nothing is left out.
_LEAST_PARTS = 8


class Race:
    """Comparison of programs on the sequences of the first fold, each with that fold's parameters.

    A screened program was trained without them, and every judged program has parameters that
    were. Losses of two programs on the same sequences differ by less than their own spread, so
    that one fold tells most of what can't become one of the best, as races between models do
    (Maron and Moore, "Hoeffding races", 1993). Programs that are linear in their parameters don't
    race: they are screened by fits that leave no parameters, and cost little to cross-fit.

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
        front = cost_front(programs, self.objective)
        rivals = [*front, *beam[-1:]]
        screened = [to_expression(trial.graph, trial.starts[_FOLD]) for trial in trials]
        losses = self._losses(
            [trial.graph for trial in trials] + [rival.fitted.graph for rival in rivals],
            [t.starts[_FOLD] for t in trials] + [r.fitted.starts[_FOLD] for r in rivals],
        )
        # Sequences without a label add nothing.
        n_parts = np.count_nonzero(np.nan_to_num(losses).any(0))
        if n_parts < _LEAST_PARTS:
            return trials
        own, of_rivals = losses[: len(trials)], losses[len(trials) :]

        def is_hopeful(program: Expression, parts: NDArray[np.float64]) -> bool:
            cheaper = [i for i, rival in enumerate(front) if rival.cost <= program.cost]
            ahead = [*cheaper[-1:], *range(len(front), len(rivals))]
            return not ahead or any(
                self._may_reach(program, parts, rivals[i], of_rivals[i]) for i in ahead
            )

        return [
            trial
            for trial, program, parts in zip(trials, screened, own, strict=True)
            if linear_leaves(program) is not None or is_hopeful(program, parts)
        ]

    def _may_reach(
        self,
        program: Expression,
        parts: NDArray[np.float64],
        rival: JudgedProgram,
        of_rival: NDArray[np.float64],
    ) -> bool:
        """Whether a program may be as good as another, by what sequences add to their losses."""
        if not np.isfinite(of_rival).all():
            return True
        if not np.isfinite(parts).all():
            return False
        price = program.cost * self.problem.price_share(program) - rival.priced_cost
        differences = parts - of_rival
        error = np.sqrt(np.square(differences - differences.mean()).sum())
        worse = differences.sum() + self.problem.penalty * price
        return bool(worse <= self.n_errors * error)

    def _losses(
        self, graphs: list[DerivationGraph], starts: list[Parameters]
    ) -> NDArray[np.float64]:
        """What the sequences of the first fold add to the mean loss of each program."""
        problem = self.problem
        members = problem.folds.members(_FOLD)
        outputs = problem.outputs(Schedule(graphs, device=problem.device), starts, members)
        codes = problem.data.targets.codes
        targets = problem.data.targets.take(torch.as_tensor(members, device=codes.device))
        # One fold has too few groups to tell anything by: here sequences are the draws.
        return loss_parts(outputs.flatten(2), targets, problem.judging, problem.training.f1_weight)


def cost_front(
    programs: list[JudgedProgram], objective: Callable[[JudgedProgram], float]
) -> list[JudgedProgram]:
    """The programs that none of lower or equal cost beats, the cheapest first."""
    front: list[JudgedProgram] = []
    for program in sorted(programs, key=lambda p: (p.cost, objective(p))):
        if not front or program.loss < front[-1].loss:
            front.append(program)
    return front
