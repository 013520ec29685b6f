"""Check one class label per sequence and number the classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, column_or_1d


def check_class_labels(
    y: Any, *, n_samples: int, estimator_name: str
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Check class labels and encode them.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        The labels, of any type that can be sorted.
    n_samples : int
        Number of sequences that the labels belong to.
    estimator_name : str
        Name to use in messages.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The labels met, sorted; at least two.
    codes : ndarray of shape (n_samples,), int64
        For each sequence the index of its label in `classes`.

    Raises
    ------
    ValueError
        If `y` is missing, continuous, holds NaN, has another length than `X`, has one class
        only, or has a class with a single sample, of which none would be left to
        validate on.

    Examples
    --------
    >>> check_class_labels(
    ...     ["walk", "run", "run", "walk"], n_samples=4, estimator_name="DPadsClassifier"
    ... )
    (array(['run', 'walk'], dtype='<U4'), array([1, 0, 0, 1]))
    """
    if y is None:
        raise ValueError(
            f"{estimator_name} requires y to be passed, but the target y is None: "
            "pass one class label per sequence."
        )
    labels = column_or_1d(y, warn=True)
    assert_all_finite(labels, input_name="y", estimator_name=estimator_name)
    if labels.shape[0] != n_samples:
        raise ValueError(
            f"X and y must have the same length: X holds {n_samples} sequences, "
            f"y {labels.shape[0]} labels."
        )
    check_classification_targets(labels)
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if classes.size < 2:
        raise ValueError(
            f"{estimator_name} needs at least two classes in y, but it holds one class only: "
            f"{classes[0]!r}, {n_samples} sample(s)."
        )
    if counts.min() < 2:
        rare = classes[counts < 2]
        raise ValueError(
            f"{estimator_name} needs at least two samples of every class, one to train and one "
            f"to validate on, but y has a single sample of {rare.tolist()}. Leave these out, "
            "merge them with another class, or collect more."
        )
    return classes, codes.astype(np.int64)
