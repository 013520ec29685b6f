"""Samples of sequences with replacement, told by how often each sequence is in them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Counts = NDArray[np.float64]

# A class of two sequences is whole in every second sample. What a hundred don't have, no other has.
_MOST_DRAWS = 100


def draw_bootstraps(
    codes: Codes, groups: NDArray[Any] | None, n_bootstraps: int, rng: np.random.RandomState
) -> Counts:
    """Draw samples of the sequences.

    With a label per sequence and without groups, each class is drawn by itself, so that it has as
    many sequences as in the data. In any case a sample that a classifier can't be fitted to is
    drawn anew: one without two sequences of every class or, with a label per frame, without two
    labelled sequences and two frames of every class.

    Parameters
    ----------
    codes : ndarray of int of shape (n_samples,) or (n_samples, n_timesteps)
        Class codes; -1 where there is no label. A sequence without any is never drawn.
    groups : ndarray of shape (n_samples,) or None
        Sequences of one group are drawn together.
    n_bootstraps : int
        Number of samples.
    rng : numpy.random.RandomState
        Source of randomness.

    Returns
    -------
    counts : ndarray of shape (n_bootstraps, n_samples)
        How often each sequence is in each sample.

    Raises
    ------
    ValueError
        If no sample does.

    Examples
    --------
    >>> codes = np.array([0, 0, 0, 1, 1])
    >>> counts = draw_bootstraps(codes, None, 4, np.random.RandomState(0))
    >>> counts[:, codes == 0].sum(axis=1)
    array([3., 3., 3., 3.])
    """
    labelled = np.flatnonzero((codes >= 0).reshape(len(codes), -1).any(axis=1))
    strata: list[list[Codes]] = [_units(labelled, groups)]
    if codes.ndim == 1 and groups is None:
        strata = [_units(labelled[codes[labelled] == k], None) for k in np.unique(codes[labelled])]
    drawn = [_draw(codes, strata, rng) for _ in range(n_bootstraps)]
    return np.array(drawn).reshape(n_bootstraps, len(codes))


def _units(rows: Codes, groups: NDArray[Any] | None) -> list[Codes]:
    """Give what is drawn together."""
    if groups is None:
        return [rows[i : i + 1] for i in range(len(rows))]
    _, of = np.unique(groups[rows], return_inverse=True)
    return [rows[of == group] for group in range(of.max() + 1)]


def _draw(codes: Codes, strata: list[list[Codes]], rng: np.random.RandomState) -> Counts:
    for _ in range(_MOST_DRAWS):
        counts = np.zeros(len(codes))
        for units in strata:
            for unit in rng.randint(len(units), size=len(units)):
                counts[units[unit]] += 1
        if _can_be_fitted(codes, counts > 0):
            return counts
    unit = "sequences" if codes.ndim == 1 else "frames"
    raise ValueError(
        f"Of {_MOST_DRAWS} bootstraps none has two {unit} of every class, so that nothing can be "
        "fitted to them. Give more sequences of the rare classes, larger data, or more groups."
    )


def _can_be_fitted(codes: Codes, there: NDArray[np.bool_]) -> bool:
    n_classes = codes.max() + 1
    inside = codes[there]
    enough = (np.bincount(inside[inside >= 0], minlength=n_classes) >= 2).all()
    return bool(enough and there.sum() >= 2)
