"""Predictions of frames by models that have not seen their sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import has_fit_parameter

from .inputs.sequences import check_sequences_with_gaps

__all__ = ["cross_val_predict_frames"]


def cross_val_predict_frames(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = None,
    method: str = "predict",
) -> list[NDArray[Any]]:
    """Predict every frame by an estimator that was fitted without its sequence.

    ``cross_val_predict`` of scikit-learn joins what the folds give along the first axis, which
    sequences of unequal length don't allow.

    Parameters
    ----------
    estimator : estimator
        A classifier of frames; it is cloned for each fold.
    X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
        The sequences.
    y : array-like of shape (n_samples, n_timesteps), or list of array-like
        The labels of the frames.
    groups : array-like of shape (n_samples,), default=None
        What each sequence belongs to, for `cv` such as ``GroupKFold``, and for the estimator where
        its `fit` takes groups and more than one is trained on.
    cv : int, cross-validation generator, iterable or None, default=None
        How sequences are divided; a number is that of folds, None is five. Each sequence
        must be held out once.
    method : str, default="predict"
        Which method of the estimator predicts: "predict", "predict_proba", "predict_log_proba"
        or "decision_function".

    Returns
    -------
    predictions : list of ndarray of shape (n_timesteps_i,) or (n_timesteps_i, n_classes)
        What is predicted for each sequence, in the order of `X`, without the padding.

    Raises
    ------
    ValueError
        If a sequence isn't held out just once, or if folds know different classes and
        `method` gives a value per class.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import SummaryFrameClassifier
    >>> from sklearn_dpads.model_selection import cross_val_predict_frames
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(length, 2)) for length in (5, 8, 6, 9)]
    >>> y = [(x[:, 0] > 0).astype(int) for x in X]
    >>> predicted = cross_val_predict_frames(SummaryFrameClassifier(), X, y, cv=2)
    >>> [labels.shape for labels in predicted]
    [(5,), (8,), (6,), (9,)]
    """
    # Whether values may be missing is the estimator's business.
    lengths = check_sequences_with_gaps(X, estimator_name="cross_val_predict_frames").lengths
    # Labels of frames are nothing that folds could be stratified by.
    parts = check_cv(cv).split(np.zeros(len(lengths)), groups=groups)
    splits = [(_numbers(train), _numbers(test)) for train, test in parts]
    _check_splits(splits, len(lengths))
    predictions: dict[int, NDArray[Any]] = {}
    known: NDArray[Any] | None = None
    for train, test in splits:
        beside = _groups_beside(estimator, groups, train)
        fitted = clone(estimator).fit(_safe_indexing(X, train), _safe_indexing(y, train), **beside)
        if method != "predict" and known is not None:
            _check_classes(known, fitted.classes_)
        known = fitted.classes_
        values = getattr(fitted, method)(_safe_indexing(X, test))
        for index, value in zip(test.tolist(), values, strict=True):
            predictions[index] = value[: lengths[index]]
    return [predictions[index] for index in range(len(lengths))]


def _groups_beside(estimator: Any, groups: Any, train: NDArray[np.int64]) -> dict[str, Any]:
    """Give groups of the training part, where it has several and the estimator takes them."""
    if groups is None or not has_fit_parameter(estimator, "groups"):
        return {}
    of_part = _safe_indexing(groups, train)
    return {"groups": of_part} if len(np.unique(np.asarray(of_part))) > 1 else {}


def _numbers(part: Any) -> NDArray[np.int64]:
    """Numbers of the sequences of a part, which may be a list, or a mask."""
    array = np.asarray(part)
    return np.flatnonzero(array) if array.dtype == bool else array.astype(np.int64)


def _check_splits(splits: list[Any], n_samples: int) -> None:
    """Refuse folds that hold a sequence out twice or never."""
    times = np.bincount(np.concatenate([test for _, test in splits]), minlength=n_samples)
    if (times != 1).any():
        index = int(np.argmax(times != 1))
        raise ValueError(
            f"Each sequence must be held out once, but sequence {index} is {times[index]} times. "
            "Give a cv such as KFold or GroupKFold."
        )


def _check_classes(known: NDArray[Any], classes: NDArray[Any]) -> None:
    if not np.array_equal(known, classes):
        raise ValueError(
            f"The folds know different classes, {known.tolist()} and {classes.tolist()}, so that "
            "values per class can't be compared. Use fewer folds, or method='predict'."
        )
