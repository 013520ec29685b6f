"""Choice among discrete programs by cross-fitting, and the final fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np
import torch

from ..engine import Parameters, Schedule, to_expression
from ..graph import describe
from ..program import Expression
from ..training import DiscreteFit, Targets, cross_entropies
from ._forests import forests
from ._problem import Log, Partition, Problem


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
    cost : int
        Structural cost.
    partition : Partition
        Graph and parameters.
    starts : list of Parameters
        Parameters of every fold, where a final fit can begin.
    """

    expression: Expression
    score: float
    loss: float
    loss_error: float
    cost: int
    partition: Partition
    starts: list[Parameters] = field(default_factory=list)


def cross_fit(problem: Problem, pool: list[Partition], log: Log) -> list[ScoredProgram]:
    """Score discrete programs on sequences their parameters have not seen.

    All programs times all folds train as forests, each member with weight 0 on the
    samples of its fold; the scorer then sees the joined predictions for all samples.

    Parameters
    ----------
    problem : Problem
        The problem.
    pool : list of Partition
        Discrete programs.
    log : Log
        Record of the search.

    Returns
    -------
    programs : list of ScoredProgram
        Best first: highest score less the structural penalty.
    """
    options = problem.options
    fold_of = _folds(problem)
    n_folds = int(fold_of.max()) + 1
    scored: list[ScoredProgram] = []
    for chunk in forests(pool, lambda part: part.graph, copies=n_folds):
        if scored and log.stopwatch.expired():
            break
        members = [part for part in chunk for _ in range(n_folds)]
        schedule = Schedule([part.graph for part in members], device=problem.device)
        weights = _fold_weights(problem.data.targets, fold_of, len(chunk))
        rng = np.random.default_rng([problem.seed, 2])
        fit = DiscreteFit(schedule, problem.data, problem.training, rng, weights)
        fitted = fit.run([part.parameters for part in members], n_steps=options.fit_steps)
        joined = _join(fitted.outputs, fold_of, n_folds, problem.data.targets)
        scores = problem.scorer(joined, problem.data.targets).cpu().numpy()
        means, errors = _loss_statistics(joined, problem.data.targets)
        for i, (part, score) in enumerate(zip(chunk, scores, strict=True)):
            starts = fitted.parameters[i * n_folds : (i + 1) * n_folds]
            kept = Partition(part.graph, starts[0], float(score))
            expression = to_expression(part.graph, kept.parameters)
            numbers = (float(score), float(means[i]), float(errors[i]), expression.cost)
            scored.append(ScoredProgram(expression, *numbers, kept, starts))
    log.add("choose", n_programs=len(scored), score=max(p.score for p in scored))
    return rank(problem, scored)


def rank(problem: Problem, programs: list[ScoredProgram]) -> list[ScoredProgram]:
    """Order the programs of a problem for the choice; see :func:`ranked`."""
    return ranked(programs, problem.options.structural_penalty)


def ranked(programs: Sequence[P], structural_penalty: float) -> list[P]:
    """Order programs for the choice: the best first.

    Scores such as F1 are coarse, and the best of many is partly luck. The programs whose
    cross-fitted loss can't be told from the least one, by one standard error, come first;
    within them, and after them, the order is that of score less structural penalty.

    Parameters
    ----------
    programs : sequence
        Anything with ``score``, ``loss``, ``loss_error`` and ``cost``.
    structural_penalty : float
        Price of a unit of structural cost.
    """
    if not programs:
        return []
    least = min(programs, key=lambda p: p.loss)
    limit = least.loss + least.loss_error

    def place(program: P) -> tuple[bool, float, int]:
        value = program.score - structural_penalty * program.cost
        return (program.loss > limit, -value, program.cost)

    return sorted(programs, key=place)


def final_fit(problem: Problem, program: ScoredProgram, log: Log) -> ScoredProgram:
    """Fit a chosen program on all the data, from several beginnings at once."""
    graph = program.partition.graph
    starts = program.starts or [program.partition.parameters]
    schedule = Schedule([graph] * len(starts), device=problem.device)
    rng = np.random.default_rng([problem.seed, 3])
    fit = DiscreteFit(schedule, problem.data, problem.training, rng)
    fitted = fit.run(starts, n_steps=4 * problem.options.fit_steps)
    best = int(torch.argmin(fitted.losses))
    kept = Partition(graph, fitted.parameters[best], program.score)
    expression = to_expression(graph, kept.parameters)
    log.add("fit", loss=float(fitted.losses[best]), program=describe(graph))
    return replace(program, expression=expression, partition=kept)


def _loss_statistics(outputs: torch.Tensor, targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Mean cross-entropy of every program over the labels, and its standard error."""
    weights = targets.flatten()[1]
    values = torch.nan_to_num(cross_entropies(outputs, targets), nan=torch.inf)
    total = weights.sum()
    means = (values * weights).sum(-1) / total
    spread = ((values - means[:, None]).square() * weights.square()).sum(-1).sqrt() / total
    return means.cpu().numpy(), torch.nan_to_num(spread).cpu().numpy()


def _folds(problem: Problem) -> np.ndarray:
    """Fold of every sequence, stratified where labels are per sequence."""
    codes = problem.data.targets.codes
    n_samples = codes.shape[-1]
    rng = np.random.default_rng([problem.seed, 1])
    order = rng.permutation(n_samples)
    if codes.ndim == 1:
        labels = codes.cpu().numpy()
        order = order[np.argsort(labels[order], kind="stable")]
    fold_of = np.empty(n_samples, dtype=np.int64)
    fold_of[order] = np.arange(n_samples) % min(problem.options.n_folds, n_samples)
    return fold_of


def _fold_weights(targets: Targets, fold_of: np.ndarray, n_programs: int) -> torch.Tensor:
    folds = torch.as_tensor(fold_of, device=targets.weights.device)
    n_folds = int(folds.max()) + 1
    seen = torch.stack([(folds != k).to(targets.weights.dtype) for k in range(n_folds)])
    if targets.codes.ndim == 2:
        seen = seen[:, None]
    return (seen * targets.weights).repeat(n_programs, *([1] * targets.codes.ndim))


def _join(
    outputs: torch.Tensor, fold_of: np.ndarray, n_folds: int, targets: Targets
) -> torch.Tensor:
    """Outputs of each program on every sample, from the fold that left it out."""
    n_samples = targets.codes.shape[-1]
    per_program = outputs.view(-1, n_folds, outputs.shape[1], outputs.shape[2])
    positions = torch.as_tensor(fold_of, device=outputs.device)
    positions = positions.repeat(outputs.shape[2] // n_samples)
    index = positions.view(1, 1, 1, -1).expand(len(per_program), 1, *per_program.shape[2:])
    return per_program.gather(1, index)[:, 0]
