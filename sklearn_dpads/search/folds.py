"""The division of sequences into folds, by which programs are judged."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from ..training import Index, Targets

# Groups from which on chance alone divides classes in like shares; placing one after the other, as
# is done with fewer, takes 0.3 ms for each.
_MANY_GROUPS = 1_000


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
    groups : ndarray of int64 of shape (n_samples,) or None, default=None
        Groups of sequences that no two folds share; at least two.

    Attributes
    ----------
    fold_of : Tensor of int64 of shape (n_samples,)
        Fold of each sequence.
    draws : ndarray of int64 of shape (n_samples,)
        Number of the independent draw that each sequence belongs to, by which errors are told:
        that of its group, or one of its own.
    """

    def __init__(
        self,
        targets: Targets,
        n_folds: int,
        rng: np.random.Generator,
        groups: NDArray[np.int64] | None = None,
    ) -> None:
        self.targets = targets
        codes = targets.codes.cpu().numpy()
        self.draws: Index
        if groups is None:
            self.draws = np.arange(targets.n_samples)
            fold_of = _divided(codes, n_folds, rng)
        else:
            self.draws = np.unique(groups, return_inverse=True)[1]
            fold_of = _divided_by_groups(codes, self.draws, n_folds, rng)
        self.n_folds = int(fold_of.max()) + 1
        self.fold_of = torch.as_tensor(fold_of, device=targets.codes.device)

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


def _divided(codes: Index, n_folds: int, rng: np.random.Generator) -> Index:
    """Fold of each sequence, stratified where labels are per sequence."""
    n_samples = codes.shape[-1]
    order = rng.permutation(n_samples)
    if codes.ndim == 1:
        order = order[np.argsort(codes[order], kind="stable")]
    fold_of = np.empty(n_samples, dtype=np.int64)
    fold_of[order] = np.arange(n_samples) % min(n_folds, n_samples)
    return fold_of


def _divided_by_groups(
    codes: Index, groups: Index, n_folds: int, rng: np.random.Generator
) -> Index:
    """Fold of each sequence, that of its group, stratified as far as groups allow.

    Frames' labels are taken for that of which a sequence has most.
    """
    n_groups = int(groups.max()) + 1
    if codes.ndim > 1:
        counts = (codes[None] == np.arange(codes.max() + 1)[:, None, None]).sum(axis=1)
        codes = counts.argmax(axis=0)
    n_possible = min(n_folds, n_groups, int(np.bincount(codes).max()))
    if n_groups > _MANY_GROUPS or n_possible < 2:
        # By chance alone; of two recordings, each may be mostly of a class of its own.
        fold_of_group = np.empty(n_groups, dtype=np.int64)
        fold_of_group[rng.permutation(n_groups)] = np.arange(n_groups) % n_folds
        return fold_of_group[groups]
    seed = int(rng.integers(2**31))
    division = StratifiedGroupKFold(n_possible, shuffle=True, random_state=seed)
    fold_of = np.zeros(len(codes), dtype=np.int64)
    with warnings.catch_warnings():
        # A class that not every fold can have is no fault of the user's.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for fold, (_, members) in enumerate(division.split(codes, codes, groups)):
            fold_of[members] = fold
    # Few groups of very unequal sizes may leave a fold empty.
    without_gaps: Index = np.unique(fold_of, return_inverse=True)[1]
    return without_gaps
