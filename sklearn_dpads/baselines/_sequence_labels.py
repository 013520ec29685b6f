"""One label per sequence: what a network is fitted to, and what it gives."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from .._split import stratified_split
from .._validation import SequenceData
from ._targets import Targets, sequence_targets


class SequenceLabelsMixin:
    """Fit and predict one label per sequence.

    To stand left of :class:`NetClassifier`, whose network gives logits of shape
    (n_samples, n_classes).
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences: a 3D array, padded with NaN at the end where sequences are
            shorter, or a list of 2D arrays (n_timesteps_i, n_features).
        y : array-like of shape (n_samples,)
            The class labels, of any type that can be sorted; at least two samples of each.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            How much each sequence counts in the loss, in training and in validation, relative
            to the others; not negative. Sequences of weight zero are left out, as if they
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
        return sequence_targets(y, sample_weight, data, estimator_name=type(self).__name__)

    def _split(
        self, codes: NDArray[np.int64], rng: np.random.RandomState
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return stratified_split(codes, self.validation_fraction, rng)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Return the confidence in each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes), float64
            For two classes the log-odds of the second, ``classes_[1]``; for more, one logit
            per class.
        """
        return self._scores(self._logits(self._read(X)))

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            Probabilities, in the order of ``classes_``.
        """
        return softmax(self._logits(self._read(X)), axis=1)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each sequence.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels, of the type that `y` had in :meth:`fit`.
        """
        best = self._logits(self._read(X)).argmax(axis=1)
        return self.classes_[best]
