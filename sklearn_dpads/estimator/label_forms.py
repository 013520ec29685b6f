"""The two forms of labels: one per sequence, or one per frame.

The signature of the programs is all that differs in a search; what differs for a user is
the shape of labels and predictions. An estimator takes one of these as its leftmost base.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from ..grammar import LIST_TO_ATOM, LIST_TO_LIST, Signature
from ..inputs.frame_labels import is_list_of_rows
from ..inputs.labels import check_class_labels, check_frame_labels
from ..inputs.outputs import pad_labels
from ..inputs.sequences import SequenceData, check_sequences
from ..inputs.weights import check_frame_weights, check_sequence_weights

Array = NDArray[np.float64]


class SequenceLabels:
    """One label per sequence."""

    _signature: ClassVar[Signature] = LIST_TO_ATOM

    def _read_labels(self, y: Any, data: SequenceData) -> tuple[NDArray[Any], NDArray[np.int64]]:
        name = type(self).__name__
        if y is not None and _holds_rows(y):
            raise ValueError(
                f"{name} takes one label per sequence, y a 1d array of shape ({data.n_samples},), "
                "but y holds several labels per sequence. For one label per frame, use "
                f"{name.replace('Classifier', 'FrameClassifier')}."
            )
        return check_class_labels(y, n_samples=data.n_samples, estimator_name=name)

    def _read_weights(self, sample_weight: Any, data: SequenceData) -> Array:
        return check_sequence_weights(sample_weight, n_samples=data.n_samples)

    def _pad_values(self, values: Array, data: SequenceData) -> Array:
        return values

    def _pad_labels(self, labels: NDArray[Any], data: SequenceData) -> NDArray[Any]:
        return labels

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        y : array-like of shape (n_samples,)
            True labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the sequences.

        Returns
        -------
        score : float
            Share of the sequences that are predicted right.
        """
        predicted = self.predict(X)  # type: ignore[attr-defined]
        return float(accuracy_score(y, predicted, sample_weight=sample_weight))


class FrameLabels:
    """One label per frame."""

    _signature: ClassVar[Signature] = LIST_TO_LIST

    def _read_labels(self, y: Any, data: SequenceData) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return check_frame_labels(
            y,
            lengths=data.lengths,
            n_timesteps=data.n_timesteps,
            estimator_name=type(self).__name__,
        )

    def _read_weights(self, sample_weight: Any, data: SequenceData) -> Array:
        return check_frame_weights(sample_weight, data)

    def _pad_values(self, values: Array, data: SequenceData) -> Array:
        mask = data.mask()
        return np.where(mask.reshape(mask.shape + (1,) * (values.ndim - 2)), values, np.nan)

    def _pad_labels(self, labels: NDArray[Any], data: SequenceData) -> NDArray[Any]:
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
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.target_tags.multi_output, tags.target_tags.single_output = True, False
        return tags


def _holds_rows(y: Any) -> bool:
    """Tell whether `y` holds more than one label per sequence; one in a column is a label."""
    if is_list_of_rows(y):
        return any(np.ndim(row) > 0 and np.size(row) > 1 for row in y)
    shape = np.asarray(y).shape
    return len(shape) == 2 and shape[1] > 1


def read_sequences(estimator: Any, X: Any) -> SequenceData:
    """Check sequences that a fitted estimator is asked about."""
    return check_sequences(
        X, estimator_name=type(estimator).__name__, n_features=estimator.n_features_in_
    )
