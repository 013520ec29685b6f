"""Outputs at the temperature that suits them, so that confidence alone makes no loss."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..training import Targets, cross_entropies

COLDEST, N_TEMPERATURES = 1 / 32, 21
MOST_POSITIONS = 4000


def calibrated(outputs: Tensor, targets: Targets) -> Tensor:
    """Scale the outputs of every program by the one factor that lowers its cross-entropy most.

    A program fitted to few sequences is too sure of itself on others, more so the more
    parameters it has; its cross-entropy then tells of that, and little of how well it
    tells the classes apart. One factor per program (Guo et al., "On Calibration of Modern
    Neural Networks", 2017) takes this out. It is looked for between 1/32 and 1.

    Parameters
    ----------
    outputs : Tensor of shape (n_programs, n_outputs, n_positions)
        Logits, by parameters that have not seen the positions.
    targets : Targets
        Labels of the positions.

    Returns
    -------
    scaled : Tensor of the same shape
    """
    factors = torch.logspace(math.log2(COLDEST), 0.0, N_TEMPERATURES, base=2.0)
    # Evenly spaced positions tell the factor as well as all of them.
    step = max(1, outputs.shape[-1] // MOST_POSITIONS)
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
