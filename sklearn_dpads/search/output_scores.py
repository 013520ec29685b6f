"""What outputs on held-out sequences are worth: score, calibrated loss and its error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..training import (
    ForestScorer,
    Targets,
    class_shares,
    cross_entropies,
    few_labelled,
    recalls_of,
)
from .judging import Judging


@dataclass(frozen=True)
class OutputScores:
    """What held-out outputs of some programs are worth.

    Parameters
    ----------
    scores, losses, errors : ndarray of shape (n_programs,)
        Score, and the loss that training minimizes, at the best temperature, with its standard
        error.
    parts : ndarray of shape (n_programs, n_parts)
        What independent draws add to the loss: sequences, or groups of them.
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
        cls,
        outputs: Tensor,
        targets: Targets,
        scorer: ForestScorer,
        judging: Judging,
        f1_weight: float,
        draws: Index | None = None,
    ) -> OutputScores:
        """Score outputs of shape (n_programs, n_outputs, n_positions); see :func:`loss_parts`."""
        parts = loss_parts(outputs, targets, judging, f1_weight, draws)
        scores = scorer(outputs, targets).cpu().numpy()
        recalls = recalls_of(outputs, targets).tolist()
        return cls(scores, parts.sum(1), _errors(parts), parts, recalls)


Index = NDArray[np.int64]

# Draws whose losses are kept for every program: memory.
_MOST_PARTS = 2_000


def loss_parts(
    outputs: Tensor,
    targets: Targets,
    judging: Judging,
    f1_weight: float,
    draws: Index | None = None,
) -> NDArray[np.float64]:
    """What independent draws add to the loss of every program at its best temperature.

    Frames of one sequence err together, and sequences of one person. Where there are very many
    draws, neighbouring ones are taken together.

    Parameters
    ----------
    outputs : Tensor of shape (n_programs, n_outputs, n_positions)
        Logits, by parameters that have not seen the positions.
    targets : Targets
        Labels of the positions.
    judging : Judging
        Says where the temperature is looked for.
    f1_weight : float
        Share of soft F1 in the loss, as in training.
    draws : ndarray of int64 of shape (n_samples,) or None, default=None
        Number of the draw of each sequence; None for one each.

    Returns
    -------
    parts : ndarray of shape (n_programs, n_parts)
        They sum to the loss.
    """
    outputs = calibrated(outputs, targets, judging)
    weights = targets.flatten()[1]
    entropies = torch.nan_to_num(cross_entropies(outputs, targets), nan=torch.inf)
    parts = _by_sequence(entropies * weights, targets) / weights.sum()
    if f1_weight > 0:
        soft = _soft_f1_parts(torch.nan_to_num(outputs), targets)
        parts = (1 - f1_weight) * parts + f1_weight * soft
    found: NDArray[np.float64] = parts.double().cpu().numpy()
    return _by_draw(found, np.arange(targets.n_samples) if draws is None else draws)


def _by_draw(parts: NDArray[np.float64], draws: Index) -> NDArray[np.float64]:
    """Sum over the sequences of a draw, or of neighbouring draws where there are very many."""
    draws = draws // -(-(draws.max() + 1) // _MOST_PARTS)
    order = np.argsort(draws, kind="stable")
    starts = np.flatnonzero(np.diff(draws[order], prepend=-1))
    summed: NDArray[np.float64] = np.add.reduceat(parts[:, order], starts, axis=1)
    return summed


def _by_sequence(values: Tensor, targets: Targets) -> Tensor:
    """Sums over the frames of each sequence, of shape (n_programs, n_samples)."""
    return values.view(len(values), -1, targets.n_samples).sum(1)


def _soft_f1_parts(outputs: Tensor, targets: Targets) -> Tensor:
    """What sequences add to 1 minus the mean soft F1 of all classes.

    F1 is a ratio of two sums. A sequence with labels has an equal share of the whole, and the
    change that it makes, to first order: these sum to 0, and their spread is that of the ratio
    (the delta method).
    """
    codes, weights = targets.flatten()
    shares = class_shares(outputs)
    parts = outputs.new_zeros((len(outputs), targets.n_samples))
    is_labelled = (_by_sequence(weights[None], targets)[0] > 0).to(outputs.dtype)
    equal_share = is_labelled / is_labelled.sum()
    for code in range(targets.n_classes):
        found = shares[:, code] * weights
        labelled = (codes == code).to(found.dtype)
        hits = _by_sequence(found * labelled, targets)
        both = _by_sequence(found + labelled * weights, targets)
        whole = both.sum(1, keepdim=True).clamp(min=1e-12)
        f1 = 2 * hits.sum(1, keepdim=True) / whole
        parts += (1 - f1) * equal_share - (2 * hits - f1 * both) / whole
    return parts / targets.n_classes


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
    index = few_labelled(targets, judging.calibration_positions)
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
