"""What a network is to learn: which sequences count, their labels and weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import compute_class_weight

from .._frame_labels import UNLABELLED
from .._labels import check_class_labels, check_frame_labels
from .._sample_weight import Weights, check_frame_weights, check_sequence_weights
from .._validation import SequenceData


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
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

    def class_weights(self, class_weight: Any) -> Weights | None:
        """Return the weight of each class.

        Parameters
        ----------
        class_weight : dict, "balanced" or None
            As the estimators take it; "balanced" goes by the sum of the weights of each
            class's labels.

        Returns
        -------
        class_weights : ndarray of shape (n_classes,), float64, or None
        """
        if class_weight is None:
            return None
        labelled = self.codes >= 0
        codes = self.codes[labelled]
        if self.weights is not None and class_weight == "balanced":
            totals = np.bincount(codes, self.weights[labelled])
            return totals.sum() / (len(totals) * totals)
        return compute_class_weight(class_weight, classes=self.classes, y=self.classes[codes])


def sequence_targets(
    y: Any, sample_weight: Any, data: SequenceData, *, estimator_name: str
) -> Targets:
    """Check one label per sequence, and its weight.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        The labels.
    sample_weight : array-like of shape (n_samples,) or None
        The weights; sequences of weight zero are left out.
    data : SequenceData
        The sequences.
    estimator_name : str
        Name to use in messages.

    Returns
    -------
    targets : Targets

    Raises
    ------
    ValueError
        If `y` or `sample_weight` isn't what is allowed, or what has a weight holds fewer than
        two classes, or a single sequence of a class.
    """
    classes, codes = check_class_labels(y, n_samples=data.n_samples, estimator_name=estimator_name)
    if sample_weight is None:
        return Targets(np.arange(data.n_samples), classes, codes, None)
    weights = check_sequence_weights(sample_weight, n_samples=data.n_samples)
    rows = np.flatnonzero(weights)
    if rows.size < data.n_samples:
        with _without_zero_weights():
            classes, codes = check_class_labels(
                classes[codes[rows]], n_samples=rows.size, estimator_name=estimator_name
            )
    return Targets(rows, classes, codes, _none_if_equal(weights[rows], codes))


def frame_targets(
    y: Any, sample_weight: Any, data: SequenceData, *, estimator_name: str
) -> Targets:
    """Check one label per frame, and its weight.

    Parameters
    ----------
    y : array-like of shape (n_samples, n_timesteps), or list of array-like
        The labels.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), or None
        The weights; frames of weight zero count as frames without a label.
    data : SequenceData
        The sequences.
    estimator_name : str
        Name to use in messages.

    Returns
    -------
    targets : Targets

    Raises
    ------
    ValueError
        If `y` or `sample_weight` isn't what is allowed, or fewer than two classes, or fewer
        than two sequences, have labels that count.
    """
    shape = {"lengths": data.lengths, "n_timesteps": data.n_timesteps}
    classes, codes = check_frame_labels(y, **shape, estimator_name=estimator_name)
    weights = None
    if sample_weight is not None:
        weights = check_frame_weights(sample_weight, data)
        counted = np.where(weights > 0, codes, UNLABELLED)
        if (counted != codes).any():
            labels = np.ma.masked_array(classes[codes], mask=counted < 0)
            with _without_zero_weights():
                classes, codes = check_frame_labels(labels, **shape, estimator_name=estimator_name)
    rows = np.flatnonzero((codes >= 0).any(axis=1))
    if rows.size < 2:
        raise ValueError(
            f"{estimator_name} needs at least two sequences with labels of positive weight, one "
            f"to train and one to validate on, but y and sample_weight leave {rows.size}. Cut "
            "long sequences into several, or label more."
        )
    codes = codes[rows]
    return Targets(
        rows, classes, codes, None if weights is None else _none_if_equal(weights[rows], codes)
    )


def _none_if_equal(weights: Weights, codes: NDArray[np.int64]) -> Weights | None:
    """Weights that all labels share say nothing."""
    counted = weights[codes >= 0]
    return None if (counted == counted[0]).all() else weights


@contextmanager
def _without_zero_weights() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"With what has sample_weight 0 left out: {error}") from error
