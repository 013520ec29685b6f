"""The two forms of labels: one per sequence, or one per frame.

The signature of the programs is all that differs in a search; what differs for a user is
the shape of labels and predictions. An estimator takes one of these as its leftmost base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from ..grammar import LIST_TO_ATOM, LIST_TO_LIST, Signature
from ..inputs.frame_labels import UNLABELLED, holds_rows
from ..inputs.groups import read_groups
from ..inputs.labels import check_class_labels, check_frame_labels, sequence_labels
from ..inputs.numbers import is_real
from ..inputs.outputs import pad_labels
from ..inputs.sequences import Sequences, check_sequences
from ..inputs.weights import (
    Weights,
    check_frame_weights,
    check_sequence_weights,
    refuse_masked_weights,
)

Array = NDArray[np.float64]


class _LabelForm:
    """What classifiers of either form have in common: they take sequences."""

    def _read(self, X: Any) -> Sequences:
        """Check sequences that the fitted estimator is asked about."""
        check_is_fitted(self)
        estimator: Any = self
        return check_sequences(
            X,
            estimator_name=type(self).__name__,
            n_features=estimator.n_features_in_,
            feature_names=getattr(self, "feature_names_in_", None),
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.three_d_array = True
        tags.input_tags.two_d_array = False
        return tags


class LabelPerSequence(_LabelForm):
    """One label per sequence."""

    _signature: ClassVar[Signature] = LIST_TO_ATOM

    def _read_labels(self, y: Any, data: Sequences) -> tuple[NDArray[Any], NDArray[np.int64]]:
        name = type(self).__name__
        if y is not None and holds_rows(y):
            raise ValueError(
                f"{name} takes one label per sequence, y a 1d array of shape ({data.n_samples},), "
                "but y holds several labels per sequence. For one label per frame, use "
                f"{name.replace('Classifier', 'FrameClassifier')}."
            )
        return check_class_labels(y, n_samples=data.n_samples, estimator_name=name)

    def _read_weights(self, sample_weight: Any, data: Sequences) -> Array:
        return check_sequence_weights(sample_weight, n_samples=data.n_samples)

    def _pad_values(self, values: Array, data: Sequences) -> Array:
        return values

    def _pad_labels(self, labels: NDArray[Any], data: Sequences) -> NDArray[Any]:
        return labels

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        y : array-like of shape (n_samples,)
            True labels; masked sequences, which have none, don't count.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the sequences.

        Returns
        -------
        score : float
            Share of the sequences that are predicted right.
        """
        estimator: Any = self
        predicted = estimator.predict(X)
        labels, given = sequence_labels(y)
        check_consistent_length(predicted, given, sample_weight)
        if sample_weight is not None:
            refuse_masked_weights(sample_weight)
            sample_weight = np.asarray(sample_weight)[given]
        return float(accuracy_score(labels, predicted[given], sample_weight=sample_weight))


class LabelPerFrame(_LabelForm):
    """One label per frame."""

    _signature: ClassVar[Signature] = LIST_TO_LIST
    unlabelled: Any = "auto"

    def _read_labels(self, y: Any, data: Sequences) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return check_frame_labels(
            y,
            lengths=data.lengths,
            n_timesteps=data.n_timesteps,
            estimator_name=type(self).__name__,
            unlabelled=self.unlabelled,
        )

    def _read_weights(self, sample_weight: Any, data: Sequences) -> Array:
        return check_frame_weights(sample_weight, data)

    def _pad_values(self, values: Array, data: Sequences) -> Array:
        mask = data.mask()
        return np.where(mask.reshape(mask.shape + (1,) * (values.ndim - 2)), values, np.nan)

    def _pad_labels(self, labels: NDArray[Any], data: Sequences) -> NDArray[Any]:
        return pad_labels(labels, data.mask())

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy over the frames of all sequences.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        y : array-like of shape (n_samples, n_timesteps), or list of array-like
            True labels, as in :meth:`fit`; frames past a sequence's end don't count.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), or None, \
default=None
            Weights of the sequences, or of the frames.

        Returns
        -------
        score : float
            Share of the frames that are predicted right.
        """
        from ..metrics import frame_accuracy_scorer

        check_is_fitted(self)
        check_consistent_length(X, y, sample_weight)
        return float(frame_accuracy_scorer(self, X, y, sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output, tags.target_tags.single_output = True, False
        return tags


def class_weights(
    class_weight: Mapping[Any, float] | str | None, samples: Samples
) -> NDArray[np.float64] | None:
    """Give the weight of each class.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        As the estimators take it; "balanced" goes by the sum of the weights of each class's
        labels. Classes that a dict leaves out have weight 1.
    samples : Samples
        The labels with their weights.

    Returns
    -------
    weights : ndarray of shape (n_classes,), float64, or None
        None where all classes weigh the same because nothing else was asked for.

    Raises
    ------
    TypeError, ValueError
        If ``class_weight`` is none of what is allowed, names an unknown class, or holds a
        weight that is not positive.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, Mapping):
        _check_class_weights(class_weight, samples.classes)
        return np.array([class_weight.get(label, 1.0) for label in samples.classes.tolist()], float)
    if not isinstance(class_weight, str):
        raise TypeError(
            "class_weight must be 'balanced', a dict of class label to weight, or None; got a "
            f"{type(class_weight).__name__}."
        )
    if class_weight != "balanced":
        raise ValueError(
            "class_weight must be 'balanced', a dict of class label to weight, or None; got "
            f"{class_weight!r}."
        )
    labelled = samples.codes >= 0
    weights = None if samples.weights is None else samples.weights[labelled]
    totals = np.bincount(samples.codes[labelled], weights)
    balanced: NDArray[np.float64] = totals.sum() / (len(totals) * totals)
    return balanced


def _check_class_weights(class_weight: Mapping[Any, float], classes: NDArray[Any]) -> None:
    known = classes.tolist()
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        raise ValueError(f"class_weight names {unknown}, but the classes of y are {known}.")
    for label, weight in class_weight.items():
        if not (is_real(weight) and 0 < weight < np.inf):
            raise ValueError(
                f"class_weight must hold positive numbers; class {label!r} has {weight!r}."
            )


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
    groups : ndarray of shape (n_rows,), int64, or None, default=None
        Sequences that stay together where some are held out.
    """

    rows: NDArray[np.int64]
    classes: NDArray[Any]
    codes: NDArray[np.int64]
    weights: Weights | None
    groups: NDArray[np.int64] | None = None


def read_samples(
    form: LabelPerSequence | LabelPerFrame,
    y: Any,
    sample_weight: Any,
    data: Sequences,
    groups: Any = None,
) -> Samples:
    """Check labels and weights; leave out sequences without a label or a weight.

    Parameters
    ----------
    form : LabelPerSequence or LabelPerFrame
        How the sequences are labelled: an estimator.
    y, sample_weight : array-like or None
        As the form takes them; what has a weight of zero counts as if it were not there.
    data : Sequences
        The sequences.
    groups : array-like of shape (n_samples,) or None, default=None
        Sequences that stay together where some are held out.

    Returns
    -------
    samples : Samples

    Raises
    ------
    TypeError, ValueError
        If `y`, `sample_weight` or `groups` isn't what is allowed, or if what has a weight does
        not do as data of its own, for instance since it holds one class only.
    """
    samples = _weighed(form, y, sample_weight, data)
    if groups is None:
        return samples
    of_rows = read_groups(groups, data.n_samples)[samples.rows]
    if len(np.unique(of_rows)) < 2:
        raise ValueError(
            "All sequences with a label and a weight are of one group, so that none is left to "
            "judge by; leave groups out."
        )
    return replace(samples, groups=of_rows)


def _weighed(
    form: LabelPerSequence | LabelPerFrame, y: Any, sample_weight: Any, data: Sequences
) -> Samples:
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
