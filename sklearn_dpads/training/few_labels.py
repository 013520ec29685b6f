"""Some of very many labels, by which a few numbers are told as well as by all."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .objective import Targets


def few_labelled(targets: Targets, most: int) -> Tensor:
    """Draw labels of all sequences, and from all along them.

    Frames stand outermost, so that of every tenth label of five recordings all are of one. Here
    labels are ordered by sequence, and of as many neighbours as there are labels too many one is
    drawn: each sequence has its share, and what comes back at equal distances is not met.

    Parameters
    ----------
    targets : Targets
        Labels, of which those count whose weight is above 0.
    most : int
        How many to draw, at most.

    Returns
    -------
    positions : Tensor of int64 of shape (n_drawn,)
        Their positions in rising order: all that count, where these are no more.

    Examples
    --------
    >>> codes, weights = torch.zeros(1000, 5).long(), torch.ones(1000, 5)
    >>> positions = few_labelled(Targets(codes, weights, 2), 500)
    >>> torch.bincount(positions % 5).tolist()
    [100, 100, 100, 100, 100]
    """
    codes, weights = targets.flatten()
    labelled = torch.nonzero((codes >= 0) & (weights > 0))[:, 0]
    if len(labelled) <= most:
        return labelled
    by_sequence = labelled[torch.argsort(labelled % targets.n_samples, stable=True)]
    edges = np.arange(most + 1) * len(labelled) // most
    drawn = np.random.default_rng(0).integers(edges[:-1], edges[1:])
    return by_sequence[torch.as_tensor(drawn).to(labelled.device)].sort().values
