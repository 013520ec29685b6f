"""Scores of discrete programs on sequences that their parameters have not seen.

Losses are taken at each program's best temperature, so that confidence alone makes none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..engine import (
    Parameters,
    Schedule,
    from_expression,
    initialize,
    to_expression,
)
from ..graph import DerivationGraph
from ..program import Expression
from ..training import DiscreteFit, ForestScorer, Targets, cross_entropies, recalls_of
from .judging import Judging
from .linear_programs import linear_leaves
from .log import Log, Phase
from .problem import Problem, RandomStream, ValuedGraph, forests, recurrences
from .stopwatch import BudgetPace, Stopwatch


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
        Cross-fitted cross-entropy at the program's best temperature, and its standard error.
    trial : Trial or None, default=None
        The program with its trained parameters per fold; None outside a search.
    sound : bool, default=True
        Whether no defect was found.
    price_share : float, default=1.0
        Share of the price of its structural cost that is asked; see
        :meth:`~.judging.Judging.linear_share`.
    parts : ndarray of float32 or None, default=None
        What some sequences, or groups of them, add to the loss: the same ones for all programs
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
        """Cross-fitted loss plus the price of what the program costs; searches lower it."""
        return self.loss + price * self.priced_cost

    @property
    def fitted(self) -> Trial:
        """The program with its parameters per fold, inside a search."""
        assert self.trial is not None
        return self.trial


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
        each = [fit for of_trial in fits for fit in of_trial]
        n_steps = run_fits(problem, each, problem.fit_steps, stopwatch, pace)
        if scored and not n_steps:
            break
        scored += judge_fits(problem, chunk[:most], fits)
    order = {id(trial.graph): i for i, trial in enumerate(trials)}
    return sorted(scored, key=lambda program: order[id(program.fitted.graph)])


# Programs that are judged where the time for it has passed and none is judged yet.
_MOST_WHERE_LATE = 4


def _convex_fits(trial: Trial, versions: list[Expression]) -> list[Fit]:
    """Fits of a linear program, one per fold."""
    return [
        (fold, ValuedGraph(trial.graph, from_expression(trial.graph, version), 0.0))
        for fold, version in enumerate(versions)
    ]


# Time of a step of one fit as a share of that of a step of a forest, at least: calls of torch.
_LEAST_SHARE = 0.3

# The fold that a fit does without, and the values, whose score is the training loss below 0.
Fit = tuple[int, ValuedGraph]


def run_fits(
    problem: Problem, fits: list[Fit], n_steps: int, stopwatch: Stopwatch, pace: BudgetPace
) -> int:
    """Train from the values given, as one forest; give the number of steps.

    From what they take the time is told that the last fit will take, which is set aside.
    """
    start = stopwatch.elapsed()
    schedule = Schedule([fit.graph for _, fit in fits], device=problem.device)
    rng = problem.rng(RandomStream.CROSS_FITTING)
    weights = torch.stack([problem.folds.weights(fold) for fold, _ in fits])
    training = DiscreteFit(schedule, problem.data, problem.training, rng, weights)
    fitted = training.run([fit.parameters for _, fit in fits], n_steps=n_steps, pace=pace)
    if not pace.has_stopped:
        share = max(problem.n_final_starts / len(fits), _LEAST_SHARE)
        n_times = share * problem.steps_set_aside / n_steps
        stopwatch.set_aside(n_times * (stopwatch.elapsed() - start))
    for i, ((_, fit), loss) in enumerate(zip(fits, fitted.losses.tolist(), strict=True)):
        fit.parameters, fit.score = fitted.parameters[i], -loss
    return fitted.n_steps


def _fits(problem: Problem, trial: Trial) -> list[Fit]:
    """The fits of a program: one per fold, or some per fold where many get stuck.

    About one in ten fits of a program with a recurrence ends in a bad local minimum, and
    a single one would spoil the joined score. Whether to begin anew can't be told from the
    other folds' losses, which have seen this fold's labels.
    """
    fits = [(fold, ValuedGraph(trial.graph, start)) for fold, start in enumerate(trial.starts)]
    if recurrences(trial.graph):
        fits += [
            (fold, ValuedGraph(trial.graph, initialize(trial.graph, seed)))
            for fold, seed in enumerate(fold_seeds(problem, shift=1))
        ]
    return fits


def _n_fits(problem: Problem, trial: Trial) -> int:
    return problem.folds.n_folds * (2 if recurrences(trial.graph) else 1)


def _best_of_folds(fits: list[Fit], n_folds: int) -> list[ValuedGraph]:
    """The fit of least training loss of each fold."""
    return [
        min((fit for of, fit in fits if of == fold), key=lambda fit: -fit.score)
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


def held_out_outputs(problem: Problem, program: JudgedProgram) -> NDArray[np.float64]:
    """Outputs of a judged program on every sequence, by the fit that has not seen it.

    Parameters
    ----------
    problem : Problem
        The problem that it was judged on.
    program : JudgedProgram
        A program with its trial.

    Returns
    -------
    outputs : ndarray of shape (n_outputs, n_positions)
    """
    fits = [ValuedGraph(program.fitted.graph, start) for start in program.fitted.starts]
    found: NDArray[np.float64] = _held_out_outputs(problem, [fits])[0].double().cpu().numpy()
    return found


@dataclass(frozen=True)
class OutputScores:
    """What held-out outputs of some programs are worth.

    Parameters
    ----------
    scores, losses, errors : ndarray of shape (n_programs,)
        Score, and mean calibrated cross-entropy with its standard error.
    parts : ndarray of shape (n_programs, n_parts)
        What sequences, or groups of them, add to the loss.
    recalls : list of list of float
        By program, of each class.
    """

    scores: NDArray[np.float64]
    losses: NDArray[np.float64]
    errors: NDArray[np.float64]
    parts: NDArray[np.float64]
    recalls: list[list[float]]

    @classmethod
    def of(
        cls, outputs: Tensor, targets: Targets, scorer: ForestScorer, judging: Judging
    ) -> OutputScores:
        """Score outputs of shape (n_programs, n_outputs, n_positions)."""
        parts = loss_parts(outputs, targets, judging)
        scores = scorer(outputs, targets).cpu().numpy()
        recalls = recalls_of(outputs, targets).tolist()
        return cls(scores, parts.sum(1), _errors(parts), parts, recalls)


def judge_fits(problem: Problem, trials: list[Trial], fits: list[list[Fit]]) -> list[JudgedProgram]:
    """Judge programs by the fit of least training loss of each fold."""
    best = [_best_of_folds(of_trial, problem.folds.n_folds) for of_trial in fits]
    joined = _held_out_outputs(problem, best)
    found = OutputScores.of(joined, problem.data.targets, problem.scorer, problem.judging)
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


# Groups of sequences whose losses are kept for every program: memory.
_MOST_PARTS = 2_000


def loss_parts(outputs: torch.Tensor, targets: Targets, judging: Judging) -> NDArray[np.float64]:
    """What sequences add to the mean calibrated cross-entropy of every program.

    Frames of one sequence err together: the sequences are the independent draws. Where there
    are very many, neighbouring ones are taken together.
    """
    values = torch.nan_to_num(
        cross_entropies(calibrated(outputs, targets, judging), targets), nan=torch.inf
    )
    weights = targets.flatten()[1]
    shares = (values * weights).view(len(values), -1, targets.n_samples).sum(1) / weights.sum()
    found: NDArray[np.float64] = shares.double().cpu().numpy()
    size = -(-targets.n_samples // _MOST_PARTS)
    starts = np.arange(0, targets.n_samples, size)
    parts: NDArray[np.float64] = np.add.reduceat(found, starts, axis=1)
    return parts


def _errors(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard error of the sum of parts, for every program."""
    with np.errstate(invalid="ignore"):
        spread = parts - parts.mean(1, keepdims=True)
    errors: NDArray[np.float64] = np.sqrt(np.square(np.nan_to_num(spread)).sum(1))
    return errors


def calibrated(outputs: Tensor, targets: Targets, judging: Judging) -> Tensor:
    """Scale the outputs of every program by the one factor that lowers its cross-entropy most.

    A program fitted to few sequences is too sure of itself on others, more so the more
    parameters it has; its cross-entropy then tells of that, and little of how well it
    tells the classes apart. One factor per program (Guo et al., "On Calibration of Modern
    Neural Networks", 2017) takes this out. It is looked for between
    `coldest` and 1.

    Parameters
    ----------
    outputs : Tensor of shape (n_programs, n_outputs, n_positions)
        Logits, by parameters that have not seen the positions.
    targets : Targets
        Labels of the positions.
    judging : Judging
        Says where the factor is looked for.

    Returns
    -------
    scaled : Tensor of the same shape
    """
    factors = torch.logspace(math.log2(judging.coldest), 0.0, judging.n_temperatures, base=2.0)
    # Evenly spaced positions tell the factor as well as all of them.
    step = max(1, outputs.shape[-1] // judging.calibration_positions)
    index = torch.arange(0, outputs.shape[-1], step, device=outputs.device)
    some, labels = outputs.index_select(-1, index), targets.positions(index)
    weights = labels.flatten()[1]
    means = torch.stack(
        [
            torch.nan_to_num((cross_entropies(some * f, labels) * weights).sum(-1), nan=math.inf)
            for f in factors.tolist()
        ]
    )
    best = factors.to(outputs)[means.argmin(0)]
    return outputs * best[:, None, None]
