"""Outputs of programs as class codes and probabilities, for labels of any shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

Array = NDArray[np.float64]


def top_codes(values: Array) -> NDArray[np.int64]:
    """Class codes of shape (...) from outputs of shape (..., n_outputs).

    One output is the log-odds of class 1; with more, the largest decides, the first of
    equal ones.
    """
    if values.shape[-1] == 1:
        return (values[..., 0] > 0).astype(np.int64)
    return values.argmax(axis=-1)


def probabilities(values: Array) -> Array:
    """Class probabilities of shape (..., n_classes) from outputs of shape (..., n_outputs)."""
    if values.shape[-1] == 1:
        return np.concatenate([expit(-values), expit(values)], axis=-1)
    return softmax(values, axis=-1)
