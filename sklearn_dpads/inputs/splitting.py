"""Set sequences aside for validation, stratified or by groups, whichever way they are labelled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def split_sequences(
    codes: NDArray[np.int64],
    fraction: float,
    rng: np.random.RandomState,
    groups: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split sequences at random by their label, or by the most frequent of their frames' labels.

    Parameters
    ----------
    codes : ndarray of shape (n_samples,) or (n_samples, n_timesteps), int64
        Class of each sequence or frame; see :func:`stratified_split` and
        :func:`split_by_majority`.
    fraction : float
        Fraction to set aside, in (0, 1).
    rng : RandomState
        Source of randomness.
    groups : ndarray of shape (n_samples,), int64, or None, default=None
        Sequences that stay together; see :func:`split_groups`.

    Returns
    -------
    train, valid : ndarray of int64
        Sorted indices of the two parts.
    """
    if groups is not None:
        return split_groups(codes, groups, fraction, rng)
    split = split_by_majority if codes.ndim == 2 else stratified_split
    return split(codes, fraction, rng)


def split_by_majority(
    codes: NDArray[np.int64], fraction: float, rng: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split sequences at random, within those that share their most frequent label.

    Where a single sequence has some label as its most frequent one, the split is at random
    among all sequences instead. In both cases the last sequences that hold a class stay in the
    training part, so that it holds every class; only where this leaves nothing to validate
    on, one sequence is set aside whatever it holds.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_timesteps), int64
        Class of each frame, as a number; -1 where there is no label. At least two sequences,
        each with a label.
    fraction : float
        Fraction of the sequences to set aside, in (0, 1), rounded to whole sequences.
    rng : RandomState
        Source of randomness.

    Returns
    -------
    train, valid : ndarray of int64
        Sorted indices of the two parts.

    Examples
    --------
    >>> codes = np.array([[0, 0, 1], [0, 0, -1], [1, 1, 0], [1, 0, 1], [1, 1, 2]])
    >>> train, valid = split_by_majority(codes, 0.4, np.random.RandomState(0))
    >>> len(train), len(valid), bool(4 in train)
    (3, 2, True)
    """
    counts = (codes[:, :, None] == np.arange(codes.max() + 1)).sum(axis=1)
    held = counts > 0
    n_holding = held.sum(axis=0)
    valid: list[int] = []
    for members in _strata(counts.argmax(axis=1)):
        n_wanted = min(max(round(fraction * members.size), 1), members.size - 1)
        order = rng.permutation(members)
        n_taken = 0
        for index in order:
            if n_taken < n_wanted and (n_holding[held[index]] > 1).all():
                n_holding -= held[index]
                n_taken += 1
                valid.append(int(index))
    if not valid:
        valid = [int(rng.randint(len(codes)))]
    chosen = np.zeros(len(codes), dtype=bool)
    chosen[valid] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def split_groups(
    codes: NDArray[np.int64],
    groups: NDArray[np.int64],
    fraction: float,
    rng: np.random.RandomState,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split groups of sequences at random, so that none is on both sides.

    The training part holds every class, if any group can be spared for that.

    Parameters
    ----------
    codes : ndarray of shape (n_samples,) or (n_samples, n_timesteps), int64
        Class of each sequence or frame; -1 where there is no label.
    groups : ndarray of shape (n_samples,), int64
        Group of each sequence; at least two.
    fraction : float
        Fraction of the sequences to set aside at most, in (0, 1). Where every group has more, the
        smallest that can be spared is set aside.
    rng : RandomState
        Source of randomness.

    Returns
    -------
    train, valid : ndarray of int64
        Sorted indices of the two parts.

    Examples
    --------
    >>> codes, groups = np.array([0, 1, 0, 1, 0, 1]), np.array([0, 0, 1, 1, 2, 2])
    >>> train, valid = split_groups(codes, groups, 0.4, np.random.RandomState(0))
    >>> len(train), groups[valid].tolist()
    (4, [2, 2])
    """
    numbers = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(numbers)
    labels = codes.reshape(len(codes), -1)
    held = np.stack([(labels == code).any(axis=1) for code in np.unique(labels[labels >= 0])])
    held_by_group = np.stack([np.bincount(numbers, weights=of_class) for of_class in held], axis=1)
    in_training = held_by_group.sum(axis=0)
    is_valid = np.zeros(len(sizes), dtype=bool)
    n_valid = 0
    for group in rng.permutation(len(sizes)):
        left = in_training - held_by_group[group]
        if n_valid + sizes[group] <= fraction * len(codes) and left.all():
            in_training = left
            is_valid[group] = True
            n_valid += sizes[group]
    if n_valid == 0:
        spared = [g for g in range(len(sizes)) if (in_training > held_by_group[g]).all()]
        is_valid[min(spared or range(len(sizes)), key=sizes.__getitem__)] = True
    valid = is_valid[numbers]
    return np.flatnonzero(~valid), np.flatnonzero(valid)


def _strata(majority: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    values, sizes = np.unique(majority, return_counts=True)
    if sizes.min() < 2:
        return [np.arange(len(majority))]
    return [np.flatnonzero(majority == value) for value in values]


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
