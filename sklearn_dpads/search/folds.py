"""The division of sequences into folds, by which programs are judged."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..training import Index, Targets


class Folds:
    """A fixed division of the sequences into folds.

    Parameters
    ----------
    targets : Targets
        Labels; folds are stratified where labels are per sequence.
    n_folds : int
        Number of folds; fewer where there are fewer sequences.
    rng : numpy.random.Generator
        Source of the division.
    """

    def __init__(self, targets: Targets, n_folds: int, rng: np.random.Generator) -> None:
        codes = targets.codes
        n_samples = codes.shape[-1]
        order = rng.permutation(n_samples)
        if codes.ndim == 1:
            labels = codes.cpu().numpy()
            order = order[np.argsort(labels[order], kind="stable")]
        self.targets = targets
        self.n_folds = min(n_folds, n_samples)
        fold_of = np.empty(n_samples, dtype=np.int64)
        fold_of[order] = np.arange(n_samples) % self.n_folds
        self.fold_of = torch.as_tensor(fold_of, device=codes.device)

    def weights(self, fold: int) -> Tensor:
        """Weights of the labels for parameters that must not see a fold."""
        seen = (self.fold_of != fold).to(self.targets.weights.dtype)
        return seen * self.targets.weights

    def members(self, fold: int) -> Index:
        """The sequences of a fold, in their order."""
        return np.flatnonzero((self.fold_of == fold).cpu().numpy())

    def join(self, parts: list[Tensor]) -> Tensor:
        """Put values of the sequences of each fold in the order of all sequences.

        Parameters
        ----------
        parts : list of Tensor of shape (..., n_members)
            One per fold.

        Returns
        -------
        joined : Tensor of shape (..., n_samples)
        """
        order = np.concatenate([self.members(fold) for fold in range(self.n_folds)])
        back = torch.as_tensor(np.argsort(order), device=parts[0].device)
        return torch.cat(parts, -1).index_select(-1, back)
