"""The folds of cross-fitting: who trains on what, and who predicts whom."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..training import Targets


class Folds:
    """A fixed division of the sequences into folds.

    Parameters
    ----------
    targets : Targets
        Labels; folds are stratified where labels are per sequence.
    n_folds : int
        Number of folds; fewer where there are fewer sequences.
    seed : int
        Seed of the division.
    """

    def __init__(self, targets: Targets, n_folds: int, seed: int) -> None:
        codes = targets.codes
        n_samples = codes.shape[-1]
        order = np.random.default_rng([seed, 1]).permutation(n_samples)
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

    def all_weights(self, n_programs: int) -> Tensor:
        """Weights for a forest that holds every program once per fold, in turn."""
        one = torch.stack([self.weights(fold) for fold in range(self.n_folds)])
        return one.repeat(n_programs, *([1] * self.targets.codes.ndim))

    def join(self, outputs: Tensor) -> Tensor:
        """Outputs of each program on every sequence, from the fold that left it out.

        Parameters
        ----------
        outputs : Tensor of shape (n_programs * n_folds, n_outputs, n_positions)
            Outputs of such a forest.

        Returns
        -------
        joined : Tensor of shape (n_programs, n_outputs, n_positions)
        """
        per_program = outputs.view(-1, self.n_folds, outputs.shape[1], outputs.shape[2])
        fold = self.fold_of.repeat(outputs.shape[2] // len(self.fold_of))
        index = fold.view(1, 1, 1, -1).expand(len(per_program), 1, *per_program.shape[2:])
        return per_program.gather(1, index)[:, 0]
