"""Programs before and after they are judged by cross-fitting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..engine import Parameters, initialize
from ..graph import DerivationGraph
from ..program import Expression
from .problem import Problem, ValuedGraph


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
    found_by : str, default=""
        The part of the search that proposes the program, where it has several.
    """

    graph: DerivationGraph
    starts: list[Parameters]
    elsewhere: list[Parameters] = field(default_factory=list)
    found_by: str = ""


@dataclass(frozen=True, eq=False)
class JudgedProgram:
    """A discrete program with what cross-fitting said of it.

    Parameters
    ----------
    expression : Expression
        The program, in the units of training.
    score : float
        Cross-fitted score: every sequence is predicted by parameters fitted without it.
    loss, loss_error : float
        Cross-fitted loss of training at the program's best temperature, and its standard error.
    trial : Trial or None, default=None
        The program with its trained parameters per fold; None outside a search.
    sound : bool, default=True
        Whether no defect was found.
    price_share : float, default=1.0
        Share of the price of its structural cost that is asked; see
        :meth:`~.judging.Judging.linear_share`.
    parts : ndarray of float32 or None, default=None
        What independent draws add to the loss, or several of them: the same ones for all programs
        of a search, so that two can be compared on each.
    recalls : tuple of float, default=()
        Cross-fitted recall of each class, in the order of their codes.
    """

    expression: Expression
    score: float
    loss: float
    loss_error: float
    trial: Trial | None = None
    sound: bool = True
    price_share: float = 1.0
    parts: NDArray[np.float32] | None = None
    recalls: tuple[float, ...] = ()

    @property
    def cost(self) -> int:
        """Structural cost."""
        return self.expression.cost

    @property
    def priced_cost(self) -> float:
        """Structural cost, as far as its price is asked."""
        return self.cost * self.price_share

    def priced_loss(self, price: float) -> float:
        """Cross-fitted loss plus the price of what the program costs; searches lower it.

        A loss that is no number is infinite.
        """
        whole = self.loss + price * self.priced_cost
        return math.inf if math.isnan(whole) else whole

    @property
    def fitted(self) -> Trial:
        """The program with its parameters per fold, inside a search."""
        assert self.trial is not None
        return self.trial

    @property
    def of_folds(self) -> list[ValuedGraph]:
        """The program with the parameters that have not seen each fold, inside a search."""
        return [ValuedGraph(self.fitted.graph, start) for start in self.fitted.starts]


def fresh_trial(
    problem: Problem, graph: DerivationGraph, elsewhere: Sequence[Parameters] = ()
) -> Trial:
    """A trial whose parameters have seen nothing, drawn anew for every fold."""
    starts = [initialize(graph, seed) for seed in fold_seeds(problem)]
    return Trial(graph, starts, list(elsewhere))


# Far from the steps between the seeds that people choose, so that no two folds meet.
_SEED_STEP = 7919


def fold_seeds(problem: Problem, shift: int = 0) -> list[int]:
    """Seeds of fresh values, one per fold; others for every shift."""
    n_folds = problem.folds.n_folds
    return [problem.seed + _SEED_STEP * (fold + shift * n_folds) for fold in range(n_folds)]
