"""What the classifiers made of a network have in common."""

from __future__ import annotations

from abc import abstractmethod
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Tags, check_random_state, check_scalar, compute_class_weight
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._device import resolve_device
from .._labels import check_class_labels
from .._split import stratified_split
from .._validation import SequenceData, check_sequences
from ._skorch import (
    SequenceDataset,
    TrainingSettings,
    evaluate,
    inference_device,
    train,
)


class NetClassifier(ClassifierMixin, BaseEstimator):
    """Base of the classifiers that train a network with skorch.

    A subclass has the parameters that are read here and says which network to train.
    """

    @abstractmethod
    def _make_module(self, n_features: int, n_classes: int) -> nn.Module:
        """Return an untrained network that maps frames and lengths to logits."""

    def _check_parameters(self) -> None:
        for name in ("max_iter", "batch_size", "n_iter_no_change"):
            check_scalar(getattr(self, name), name, Integral, min_val=1)
        for name, upper in (("learning_rate", np.inf), ("validation_fraction", 1)):
            check_scalar(
                getattr(self, name),
                name,
                Real,
                min_val=0,
                max_val=upper,
                include_boundaries="neither",
            )
        for name in ("weight_decay", "tol"):
            check_scalar(getattr(self, name), name, Real, min_val=0)

    def fit(self, X: Any, y: Any) -> NetClassifier:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences: a 3D array, padded with NaN at the end where sequences are
            shorter, or a list of 2D arrays (n_timesteps_i, n_features).
        y : array-like of shape (n_samples,)
            The class labels, of any type that can be sorted; at least two samples of each.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter, `X` or `y` is none of what is allowed.
        RuntimeError
            If the loss is finite in no epoch.
        """
        self._check_parameters()
        device = resolve_device(self.device)
        name = type(self).__name__
        data = check_sequences(X, estimator_name=name)
        classes, codes = check_class_labels(y, n_samples=data.n_samples, estimator_name=name)
        weights = None
        if self.class_weight is not None:
            weights = compute_class_weight(self.class_weight, classes=classes, y=classes[codes])

        scaler = StandardScaler().fit(data.frames[data.mask()]) if self.standardize else None
        data = _scale(data, scaler)
        rng = check_random_state(self.random_state)
        train_part, valid_part = stratified_split(codes, self.validation_fraction, rng)
        seed = int(rng.randint(np.iinfo(np.int32).max))
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            result = train(
                self._make_module(data.n_features, len(classes)),
                SequenceDataset(data.take(train_part), codes[train_part]),
                SequenceDataset(data.take(valid_part), codes[valid_part]),
                self._training_settings(weights, device),
            )
        self.classes_ = classes
        self.n_features_in_ = data.n_features
        self.scaler_ = scaler
        self.module_ = result.module
        self.loss_curve_ = result.train_losses
        self.validation_loss_curve_ = result.valid_losses
        self.n_iter_ = len(result.train_losses)
        return self

    def _training_settings(
        self, weights: NDArray[np.float64] | None, device: str
    ) -> TrainingSettings:
        return TrainingSettings(
            max_iter=self.max_iter,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            class_weights=weights,
            device=device,
            verbose=bool(self.verbose),
        )

    def _logits(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self)
        data = check_sequences(
            X, estimator_name=type(self).__name__, n_features=self.n_features_in_
        )
        return evaluate(self.module_, _scale(data, self.scaler_), inference_device(self.device))

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
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

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
        return softmax(self._logits(X), axis=1)

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
        best = self._logits(X).argmax(axis=1)
        return self.classes_[best]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.two_d_array = False
        return tags


def _scale(data: SequenceData, scaler: StandardScaler | None) -> SequenceData:
    """Scale frames, leaving the padding at zero."""
    if scaler is None:
        return data
    scaled = scaler.transform(data.frames.reshape(-1, data.n_features))
    frames = np.where(data.mask()[:, :, None], scaled.reshape(data.frames.shape), 0.0)
    return SequenceData(frames, data.lengths)
