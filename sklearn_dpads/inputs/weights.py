"""Check how much each sequence, or each frame, counts."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_sample_weight

from .frame_labels import is_flat
from .sequences import Sequences

Weights = NDArray[np.float64]


def check_sequence_weights(sample_weight: Any, *, n_samples: int) -> Weights:
    """Check one weight per sequence.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,)
        The weights; zero is allowed, but not everywhere.
    n_samples : int
        Number of sequences.

    Returns
    -------
    weights : ndarray of shape (n_samples,), float64

    Raises
    ------
    ValueError
        If the shape is another one, a weight is negative, not finite or masked, or all are zero.
    """
    refuse_masked_weights(sample_weight)
    weights: NDArray[np.float64] = _check_sample_weight(
        sample_weight, np.empty(n_samples), dtype=np.float64, ensure_non_negative=True
    )
    # scikit-learn before 1.9 lets weights of zero throughout pass.
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def refuse_masked_weights(sample_weight: Any) -> None:
    """Refuse weights of sequences some of which are masked, which numpy would read as they are.

    Raises
    ------
    ValueError
        If there are such.
    """
    if np.ma.is_masked(sample_weight):
        masked = np.flatnonzero(np.ma.getmaskarray(sample_weight))
        raise ValueError(
            f"sample_weight is masked for sequence {int(masked[0])}; give it a weight, 0 where it "
            "should not count."
        )


def check_frame_weights(sample_weight: Any, data: Sequences) -> Weights:
    """Check one weight per sequence or one per frame, and give one per frame.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), or list of \
array-like
        The weights; those past a sequence's end are ignored.
    data : Sequences
        The sequences.

    Returns
    -------
    weights : ndarray of shape (n_samples, n_timesteps), float64
        Zero past the end of a sequence.

    Raises
    ------
    ValueError
        If the shape is another one, or a weight is negative or not finite, or all are zero.
    """
    mask = data.mask()
    if not isinstance(sample_weight, Real | list | tuple | np.ndarray):
        sample_weight = np.asarray(sample_weight)
    if np.isscalar(sample_weight) or is_flat(sample_weight):
        weights = check_sequence_weights(sample_weight, n_samples=data.n_samples)
        return np.where(mask, weights[:, None], 0.0)
    given = _read_rows(sample_weight, data)
    weights = np.zeros(mask.shape)
    weights[mask] = check_sequence_weights(given[mask], n_samples=int(mask.sum()))
    return weights


def _read_rows(sample_weight: Any, data: Sequences) -> Weights:
    shape = (data.n_samples, data.n_timesteps)
    rows = [np.ma.filled(np.ma.asarray(row, dtype=np.float64), np.nan) for row in sample_weight]
    fits = len(rows) == data.n_samples and all(
        row.shape in ((length,), (data.n_timesteps,))
        for row, length in zip(rows, data.lengths, strict=True)
    )
    if not fits:
        raise ValueError(
            f"sample_weight must hold one weight per sequence, shape ({shape[0]},), or one per "
            f"frame, shape {shape} or a list of 1D arrays as long as the sequences; got "
            f"{len(rows)} rows of shapes {sorted({row.shape for row in rows})}."
        )
    padded = np.full(shape, np.nan)
    for target, row in zip(padded, rows, strict=True):
        target[: row.size] = row
    return padded
