"""What is to be learned: which sequences count, their labels and weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..inputs.frame_labels import UNLABELLED
from ..inputs.sequences import SequenceData
from ..inputs.weights import Weights
from .label_forms import FrameLabels, SequenceLabels


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Labels that count, of the sequences that have any.

    Attributes
    ----------
    rows : ndarray of shape (n_rows,), int64
        Which of the sequences have a label that counts; the others are left out.
    classes : ndarray of shape (n_classes,)
        The labels met, sorted.
    codes : ndarray of shape (n_rows,) or (n_rows, n_timesteps), int64
        Index in `classes` of the label of each sequence or each frame; -1 where there is no
        label that counts.
    weights : ndarray of the shape of `codes` or None
        How much each label counts; None where all count the same.
    """

    rows: NDArray[np.int64]
    classes: NDArray[Any]
    codes: NDArray[np.int64]
    weights: Weights | None


def read_samples(
    form: SequenceLabels | FrameLabels, y: Any, sample_weight: Any, data: SequenceData
) -> Samples:
    """Check labels and weights; leave out sequences without a label or a weight.

    Parameters
    ----------
    form : SequenceLabels or FrameLabels
        How the sequences are labelled: an estimator.
    y, sample_weight : array-like or None
        As the form takes them; what has a weight of zero counts as if it were not there.
    data : SequenceData
        The sequences.

    Returns
    -------
    samples : Samples

    Raises
    ------
    TypeError, ValueError
        If `y` or `sample_weight` isn't what is allowed, or if what has a weight does not
        do as data of its own, for instance since it holds one class only.
    """
    classes, codes = form._read_labels(y, data)
    if sample_weight is None:
        rows = _labelled(codes)
        return Samples(rows, classes, codes[rows], None)
    weights = form._read_weights(sample_weight, data)
    counted = np.where(weights > 0, codes, UNLABELLED)
    rows = _labelled(counted)
    if not rows.size:
        raise ValueError("sample_weight is 0 wherever y has a label; leave it out.")
    if not np.array_equal(counted, codes):
        labels = classes[np.maximum(counted[rows], 0)]
        if counted.ndim == 2:
            labels = np.ma.masked_array(labels, counted[rows] < 0)
        with _without_zero_weights():
            classes, codes = form._read_labels(labels, data.take(rows))
    else:
        codes = codes[rows]
    weights = weights[rows]
    equal = np.ptp(weights[codes >= 0]) == 0
    return Samples(rows, classes, codes, None if equal else weights)


def _labelled(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sequences with a label."""
    return np.flatnonzero((codes >= 0).reshape(len(codes), -1).any(axis=1))


@contextmanager
def _without_zero_weights() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"With what has sample_weight 0 left out: {error}") from error
