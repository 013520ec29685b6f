"""Set a part of the samples aside for validation, with every class in both parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stratified_split(
    codes: NDArray[np.int64], fraction: float, rng: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split samples at random, class by class.

    scikit-learn's stratified splitters refuse a part with fewer samples than classes, and may
    leave a rare class out of one part. Here each class has at least one sample in either.

    Parameters
    ----------
    codes : ndarray of shape (n_samples,), int64
        Class of each sample, as a number; at least two samples of every class.
    fraction : float
        Fraction of each class to set aside, in (0, 1), rounded to whole samples.
    rng : RandomState
        Source of randomness.

    Returns
    -------
    train, valid : ndarray of int64
        Sorted indices of the two parts.

    Examples
    --------
    >>> train, valid = stratified_split(
    ...     np.array([0, 0, 0, 0, 1, 1]), 0.25, np.random.RandomState(0)
    ... )
    >>> len(train), len(valid)
    (4, 2)
    """
    train, valid = [], []
    for code in np.unique(codes):
        members = rng.permutation(np.flatnonzero(codes == code))
        n_valid = min(max(round(fraction * members.size), 1), members.size - 1)
        valid.append(members[:n_valid])
        train.append(members[n_valid:])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(valid))
