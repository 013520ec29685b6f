"""Fewer numbers in any program: the weights that cross-fitting can't tell from 0 are 0.

What :mod:`.sparse` does by logistic regressions, where a program is linear in its numbers, is done
by training where it is not. Of each table of weights columns go first, so that features go for all
classes, and then single weights. How many go is chosen by the loss on folds that have seen neither
the weights nor which of them went.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import Parameters, Schedule
from ..engine.parameters import ThetaKey
from ..training import UNHURRIED, DiscreteFit, Pace
from .cross_fitting import Fit, judge_fits
from .output_scores import loss_parts
from .problem import Problem, RandomStream, ValuedGraph
from .saliency import Sizes, numbers_of, saliencies
from .sparse import fewest, levels
from .trials import Trial

# Of each table, by its place: which weights, and in the last column constants, may differ from 0.
Mask = dict[ThetaKey, NDArray[np.bool_]]

# Steps of training with a few weights less: time against weights that go before the others have
# made up for those that went. Of 654 numbers of basketball's program, 422 stay with 40 steps, and
# 108 to 112 with 60 to 250.
_STEPS = 80
# After so many masks in a row that are told from the best one, no smaller ones are tried: time
# against smaller ones that do better, since they fit less noise. With 3, 422 numbers stay.
_MOST_WORSE = 6


@dataclass(frozen=True)
class _Level:
    """Programs with as many weights each, one for each fold, and at last that of all labels.

    Parameters
    ----------
    parameters : list of Parameters
        Their parameters.
    masks : list of Mask
        Which of their numbers may differ from 0.
    parts : ndarray of shape (n_parts,)
        What sequences add to the cross-fitted loss.
    seen : float
        Loss of the program of all labels on just these.
    """

    parameters: list[Parameters]
    masks: list[Mask]
    parts: NDArray[np.float64]
    seen: float


def sparse_training(
    problem: Problem, trial: Trial, fitted: Parameters, pace: Pace = UNHURRIED
) -> Parameters:
    """Give a program as few weights as cross-fitting lets.

    Parameters
    ----------
    problem : Problem
        The problem; its ``judging.sparse_errors`` are the standard errors of the paired difference
        that the loss may be greater by.
    trial : Trial
        The program, with parameters fitted without each fold.
    fitted : Parameters
        Those fitted to all labels.
    pace : Pace, default=UNHURRIED
        Asked before every step whether to end with the weights so far.

    Returns
    -------
    parameters : Parameters
        As they were, where there is no time or nothing to leave out.
    """
    return _Path(problem, trial, pace).run(fitted)


class _Path:
    """Masks of fewer and fewer weights, and the programs trained with them."""

    def __init__(self, problem: Problem, trial: Trial, pace: Pace) -> None:
        self._problem, self._trial, self._pace = problem, trial, pace
        folds, targets = problem.folds, problem.data.targets
        weights = [*(folds.weights(fold) for fold in range(folds.n_folds)), targets.weights]
        self._fit = self._fit_of(torch.stack(weights))

    def run(self, fitted: Parameters) -> Parameters:
        starts = [*self._trial.starts, fitted]
        full = self._level(starts, [_everything(of) for of in starts])
        path = [full]
        for choose, counts in ((_columns, _n_columns), (_numbers, _n_numbers)):
            self._extend(path, choose, counts(path[-1].masks[-1]))
            path = path[: self._fewest(path) + 1]
        if len(path) == 1:
            return fitted
        return self._finished(path[-1])

    def _extend(self, path: list[_Level], choose: Choice, n_units: int) -> None:
        """Try masks of fewer units than the last one has, until they are told from the best."""
        for n_kept in levels(n_units)[1:]:
            if self._pace():
                break
            last = path[-1]
            sizes = saliencies(self._fit, last.parameters)
            masks = [choose(of, m, n_kept) for of, m in zip(sizes, last.masks, strict=True)]
            level = self._trained(last, masks)
            if level is None or self._has_lost(level, path[0]):
                break
            path.append(level)
            if len(path) - 1 - self._fewest(path) >= _MOST_WORSE:
                break

    def _trained(self, before: _Level, masks: list[Mask]) -> _Level | None:
        """Train on with fewer weights; None where there was no time."""
        starts = [_masked(of, m) for of, m in zip(before.parameters, masks, strict=True)]
        fixed = [_as_parameters(of, m) for of, m in zip(starts, masks, strict=True)]
        fitted = self._fit.run(starts, n_steps=_STEPS, pace=self._pace, masks=fixed)
        return self._level(fitted.parameters, masks) if fitted.n_steps == _STEPS else None

    def _has_lost(self, level: _Level, full: _Level) -> bool:
        """Whether the program of all labels fits these worse than fewer numbers make it do.

        Those of the folds, by which it is judged, may do well without what it has lost, or have
        never had it. Numbers that tell nothing take half of their number, divided by that of the
        sequences, from the loss, by twice the deviation of that at most (Wilks 1938).
        """
        n_gone = _n_numbers(full.masks[-1]) - _n_numbers(level.masks[-1])
        allowed = (n_gone + 2 * (2 * n_gone) ** 0.5) / (2 * self._problem.n_sequences)
        return bool(level.seen > full.seen + allowed)

    def _level(self, parameters: list[Parameters], masks: list[Mask]) -> _Level:
        problem, graph = self._problem, self._trial.graph
        fits = [Fit(fold, ValuedGraph(graph, of)) for fold, of in enumerate(parameters[:-1])]
        (judged,) = judge_fits(problem, [self._trial], [fits])
        assert judged.parts is not None
        schedule = Schedule([graph], device=problem.device)
        outputs = problem.outputs(schedule, parameters[-1:], np.arange(problem.n_sequences))
        seen = loss_parts(
            outputs.flatten(2),
            problem.data.targets,
            problem.judging,
            problem.training.f1_weight,
        )
        return _Level(parameters, masks, judged.parts.astype(np.float64), float(seen.sum()))

    def _fewest(self, path: list[_Level]) -> int:
        parts = np.stack([level.parts for level in path])
        return fewest(np.nan_to_num(parts, posinf=1e30), self._problem.judging.sparse_errors)

    def _finished(self, level: _Level) -> Parameters:
        """Train the program of all labels as long as any last fit."""
        start, mask = level.parameters[-1], level.masks[-1]
        fit = self._fit_of(self._problem.data.targets.weights[None])
        fitted = fit.run(
            [start],
            n_steps=self._problem.final_steps,
            pace=self._pace,
            masks=[_as_parameters(start, mask)],
        )
        return fitted.parameters[0]

    def _fit_of(self, weights: torch.Tensor) -> DiscreteFit:
        problem = self._problem
        schedule = Schedule([self._trial.graph] * len(weights), device=problem.device)
        rng = problem.rng(RandomStream.FINAL_FIT)
        return DiscreteFit(schedule, problem.data, problem.training, rng, weights)


def zeros_kept(parameters: Parameters) -> Parameters:
    """Give the mask of training in which weights that are 0 stay so."""
    mask = _everything(parameters)
    for key, kept in mask.items():
        kept[:, :-1] = parameters.theta[key]["weight"] != 0
    return _as_parameters(parameters, mask)


def _everything(parameters: Parameters) -> Mask:
    keys = [key for key, values in parameters.theta.items() if "weight" in values]
    return {key: np.ones(numbers_of(parameters, key).shape, dtype=bool) for key in keys}


def _masked(parameters: Parameters, mask: Mask) -> Parameters:
    theta = dict(parameters.theta)
    for key, kept in mask.items():
        numbers = np.where(kept, numbers_of(parameters, key), 0.0)
        theta[key] = {**theta[key], "weight": numbers[:, :-1], "bias": numbers[:, -1]}
    return Parameters(theta, parameters.logits)


def _as_parameters(parameters: Parameters, mask: Mask) -> Parameters:
    """Give 1 for each number that may change, and else 0."""
    ones = {
        key: {name: np.ones_like(value) for name, value in values.items()}
        for key, values in parameters.theta.items()
    }
    return _masked(Parameters(ones, parameters.logits), mask)


def _n_columns(mask: Mask) -> int:
    return sum(int(kept[:, :-1].any(axis=0).sum()) for kept in mask.values())


def _n_numbers(mask: Mask) -> int:
    return sum(int(kept.sum()) for kept in mask.values())


# Makes a smaller mask: by the sizes of the weights, the mask before, and how many units are kept.
Choice = Callable[[Sizes, Mask, int], Mask]


def _columns(sizes: Sizes, mask: Mask, n_kept: int) -> Mask:
    """Keep the columns whose weights decide most on average, and all constants."""
    means = {key: np.where(m, sizes[key], 0.0)[:, :-1].mean(axis=0) for key, m in mask.items()}
    there = [means[key][m[:, :-1].any(axis=0)] for key, m in mask.items()]
    least = _least_kept(there, n_kept)
    return {key: m & np.append(means[key] >= least, True) for key, m in mask.items()}


def _numbers(sizes: Sizes, mask: Mask, n_kept: int) -> Mask:
    """Keep the numbers that decide most, and constants of which a feature is told apart.

    Features are scaled in training, so that there a constant of 0 is none in the user's units.
    """
    free = {
        key: np.column_stack(
            [sizes[key][:, :-1], np.where(m[:, :-1].any(axis=1), np.inf, sizes[key][:, -1])]
        )
        for key, m in mask.items()
    }
    least = _least_kept([free[key][m] for key, m in mask.items()], n_kept)
    return {key: m & (free[key] >= least) for key, m in mask.items()}


def _least_kept(values: list[NDArray[np.float64]], n_kept: int) -> float:
    return float(np.sort(np.concatenate(values))[-n_kept])
