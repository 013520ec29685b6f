"""One label per frame: what a network is fitted to, and what it gives."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.utils.validation import check_is_fitted

from .._frame_split import split_by_majority
from .._outputs import pad_labels
from .._validation import SequenceData
from ..metrics import frame_accuracy_scorer
from ._targets import Targets, frame_targets


class FrameLabelsMixin:
    """Fit and predict one label per frame.

    To stand left of :class:`NetClassifier`, whose network gives logits of shape
    (n_samples, n_timesteps, n_classes).
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences: a 3D array, padded with NaN at the end where sequences are
            shorter, or a list of 2D arrays (n_timesteps_i, n_features).
        y : array-like of shape (n_samples, n_timesteps), or list of array-like
            The class label of every frame, of any type that can be sorted: an array, a masked
            array, or a list of 1D arrays (n_timesteps_i,). What it holds past the end of a
            sequence is ignored. Frames that are masked, or -1 among integers other than
            {-1, 1}, have no label.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), list of \
array-like, or None, default=None
            How much each sequence, or each frame, counts in the loss, in training and in
            validation, relative to the others; not negative. Frames of weight zero count as
            frames without a label, and sequences without a label are left out, as if they
            weren't in `X`. None for equal weights.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter, `X`, `y` or `sample_weight` is none of what is allowed.
        RuntimeError
            If the loss is finite in no epoch.
        """
        return self._fit(X, y, sample_weight)

    def _check_targets(self, y: Any, sample_weight: Any, data: SequenceData) -> Targets:
        return frame_targets(y, sample_weight, data, estimator_name=type(self).__name__)

    def _split(
        self, codes: NDArray[np.int64], rng: np.random.RandomState
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return split_by_majority(codes, self.validation_fraction, rng)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Return the confidence in each class, at every frame.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_timesteps) or \
(n_samples, n_timesteps, n_classes), float64
            For two classes the log-odds of the second, ``classes_[1]``; for more, one logit
            per class. NaN past the end of a sequence.
        """
        data = self._read(X)
        return _blank_padding(self._scores(self._logits(data)), data)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, at every frame.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_timesteps, n_classes), float64
            Probabilities, in the order of ``classes_``; NaN past the end of a sequence.
        """
        data = self._read(X)
        return _blank_padding(softmax(self._logits(data), axis=-1), data)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of every frame.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        labels : ndarray of shape (n_samples, n_timesteps)
            Labels, of the type that `y` had in :meth:`fit`. Past the end of a sequence: -1
            among integers, NaN among floats, "" among str, None among objects, False among
            bool.
        """
        data = self._read(X)
        best = self._logits(data).argmax(axis=-1)
        return pad_labels(self.classes_[best], data.mask())

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of frames whose class is predicted, among those with a label.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        y : array-like of shape (n_samples, n_timesteps), or list of array-like
            The true label of every frame, as in :meth:`fit`.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), list of \
array-like, or None, default=None
            How much each sequence, or each frame, counts. None for equal weights.

        Returns
        -------
        accuracy : float
            Between 0 and 1.

        Raises
        ------
        ValueError
            If `X`, `y` and `sample_weight` don't fit together, or no frame has a label.
        """
        check_is_fitted(self)
        return frame_accuracy_scorer(self, X, y, sample_weight=sample_weight)


def _blank_padding(values: NDArray[np.float64], data: SequenceData) -> NDArray[np.float64]:
    """Set to NaN what belongs to no frame."""
    values[~data.mask()] = np.nan
    return values
