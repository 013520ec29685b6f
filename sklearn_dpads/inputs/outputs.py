"""Outputs of programs as class codes and probabilities, for labels of any shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

Array = NDArray[np.float64]

# By kind of dtype: what stands past the end of a sequence, where there is no label.
_FILL: dict[str, Any] = {
    "b": False,
    "i": -1,
    "f": np.nan,
    "U": "",
    "O": None,
    "M": np.datetime64("NaT"),
    "m": np.timedelta64("NaT"),
}


def top_codes(values: Array) -> NDArray[np.int64]:
    """Class codes of shape (...) from outputs of shape (..., n_outputs).

    One output is the log-odds of class 1; with more, the largest decides, the first of
    equal ones.
    """
    if values.shape[-1] == 1:
        return (values[..., 0] > 0).astype(np.int64)
    codes: NDArray[np.int64] = values.argmax(axis=-1)
    return codes


def probabilities(values: Array) -> Array:
    """Class probabilities of shape (..., n_classes) from outputs of shape (..., n_outputs)."""
    if values.shape[-1] == 1:
        return np.concatenate([expit(-values), expit(values)], axis=-1)
    shares: Array = softmax(values, axis=-1)
    return shares


def logarithms(shares: Array) -> Array:
    """Natural logarithms of probabilities; that of 0 is minus infinity, and no reason to warn."""
    with np.errstate(divide="ignore"):
        found: Array = np.log(shares)
    return found


def pad_labels(labels: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[Any]:
    """Replace labels past the end of their sequence.

    Parameters
    ----------
    labels : ndarray of shape (n_samples, n_timesteps)
        One label per frame.
    mask : ndarray of shape (n_samples, n_timesteps), bool
        True where a frame belongs to its sequence.

    Returns
    -------
    padded : ndarray of shape (n_samples, n_timesteps)
        A copy with -1 past the end for integers, NaN for floats, "" for text, None for
        objects, and False for booleans. It has the dtype of `labels`, but for unsigned
        integers, which become int64 to hold -1.

    Examples
    --------
    >>> pad_labels(np.array([[1, 0], [1, 1]]), np.array([[True, True], [True, False]]))
    array([[ 1,  0],
           [ 1, -1]])
    """
    padded = labels.astype(np.int64 if labels.dtype.kind == "u" else labels.dtype)
    padded[~mask] = _FILL[padded.dtype.kind]
    return padded
