"""Biases of linear programs of two classes: where the loss of other programs has its least value.

Linear programs are fitted by likelihood alone, which predicts the rarer of two classes seldom, or
never. The loss of all other training has a share of soft F1 against that. It isn't convex, but on
the line of one bias its minimum is seen.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..training import ConvexProblem, Targets, linear_outputs, losses

# Shifts of the bias, in log-odds: beyond the furthest a class is as good as never predicted.
_FURTHEST, _N_SHIFTS = 3.0, 61
# Memory: of 50,000 labels, 20 MB.
_SHIFTS_AT_ONCE = 8


def with_biases(
    problem: ConvexProblem, designs: Tensor, weights: Tensor, f1_weight: float
) -> Tensor:
    """Shift the biases of linear programs to where the loss of other programs is least.

    Parameters
    ----------
    problem : ConvexProblem
        The labels that the weights were fitted to.
    designs : Tensor of shape (n_programs, n_positions, n_columns)
        What the programs read.
    weights : Tensor of shape (n_programs, n_weightings, n_outputs, n_columns)
        Their weights.
    f1_weight : float
        Share of soft F1 in the loss; with 0 nothing is shifted. Nor is it with more classes, where
        the loss changes by less than a thousandth.

    Returns
    -------
    weights : Tensor of the same shape
    """
    if f1_weight == 0 or problem.n_classes > 2:
        return weights
    shifts = torch.linspace(-_FURTHEST, _FURTHEST, _N_SHIFTS, dtype=weights.dtype)
    shifts = shifts.to(weights.device)
    outputs = linear_outputs(designs, weights[:, :, None])[:, :, 0, 0]
    shifted = weights.clone()
    for number, row in enumerate(problem.weights):
        targets = Targets(problem.codes, row, problem.n_classes)
        for i, values in enumerate(outputs[:, number]):
            found = [
                losses((values + some[:, None])[:, None], targets, f1_weight)
                for some in shifts.split(_SHIFTS_AT_ONCE)
            ]
            shifted[i, number, 0, -1] += shifts[torch.cat(found).argmin()]
    return shifted
