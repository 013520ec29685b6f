"""What the classifiers made of a network have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Tags, check_random_state, check_scalar
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._device import resolve_device
from .._validation import SequenceData, check_sequences
from ._dataset import SequenceDataset
from ._generators import seeded_generators
from ._skorch import TrainingSettings, evaluate, inference_device, train
from ._targets import Targets


class NetClassifier(ClassifierMixin, BaseEstimator):
    """Base of the classifiers that train a network with skorch.

    A subclass adds the parameters of its network and says which one to train; a mixin,
    :class:`SequenceLabelsMixin` or :class:`FrameLabelsMixin`, says what is labelled.
    """

    def __init__(
        self,
        *,
        max_iter: int,
        batch_size: int,
        learning_rate: float,
        weight_decay: float,
        validation_fraction: float,
        n_iter_no_change: int,
        tol: float,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None,
        standardize: bool,
        device: str,
        random_state: int | np.random.RandomState | None,
        verbose: bool,
    ) -> None:
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.class_weight = class_weight
        self.standardize = standardize
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @abstractmethod
    def _make_module(self, n_features: int, n_classes: int) -> nn.Module:
        """Return an untrained network that maps frames and lengths to logits."""

    @abstractmethod
    def _check_targets(self, y: Any, sample_weight: Any, data: SequenceData) -> Targets:
        """Check labels and weights."""

    @abstractmethod
    def _split(
        self, codes: NDArray[np.int64], rng: np.random.RandomState
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the indices of the sequences to train and to validate on."""

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

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Self:
        self._check_parameters()
        device = resolve_device(self.device)
        data = check_sequences(X, estimator_name=type(self).__name__)
        targets = self._check_targets(y, sample_weight, data)
        data = data.take(targets.rows)
        class_weights = targets.class_weights(self.class_weight)

        scaler = StandardScaler().fit(data.frames[data.mask()]) if self.standardize else None
        data = _scale(data, scaler)
        rng = check_random_state(self.random_state)
        train_part, valid_part = self._split(targets.codes, rng)
        seed = int(rng.randint(np.iinfo(np.int32).max))
        with seeded_generators(seed, device):
            result = train(
                self._make_module(data.n_features, len(targets.classes)),
                _dataset(data, targets, train_part),
                _dataset(data, targets, valid_part),
                self._training_settings(class_weights, device),
            )
        self.classes_ = targets.classes
        self.n_features_in_ = data.n_features
        self.scaler_ = scaler
        self.module_ = result.module
        self.loss_curve_ = result.train_losses
        self.validation_loss_curve_ = result.valid_losses
        self.n_iter_ = len(result.train_losses)
        return self

    def _training_settings(
        self, class_weights: NDArray[np.float64] | None, device: str
    ) -> TrainingSettings:
        return TrainingSettings(
            max_iter=self.max_iter,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            class_weights=class_weights,
            device=device,
            verbose=bool(self.verbose),
        )

    def _read(self, X: Any) -> SequenceData:
        """Check sequences to predict for."""
        check_is_fitted(self)
        return check_sequences(
            X, estimator_name=type(self).__name__, n_features=self.n_features_in_
        )

    def _logits(self, data: SequenceData) -> NDArray[np.float64]:
        """Ask the network, of which the last axis has one value per class."""
        return evaluate(self.module_, _scale(data, self.scaler_), inference_device(self.device))

    def _scores(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-odds of the second of two classes; for more, the logits."""
        return logits[..., 1] - logits[..., 0] if len(self.classes_) == 2 else logits

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.two_d_array = False
        return tags


def _dataset(data: SequenceData, targets: Targets, part: NDArray[np.int64]) -> SequenceDataset:
    weights = None if targets.weights is None else targets.weights[part]
    return SequenceDataset(data.take(part), targets.codes[part], weights)


def _scale(data: SequenceData, scaler: StandardScaler | None) -> SequenceData:
    """Scale frames, leaving the padding at zero."""
    if scaler is None:
        return data
    scaled = scaler.transform(data.frames.reshape(-1, data.n_features))
    frames = np.where(data.mask()[:, :, None], scaled.reshape(data.frames.shape), 0.0)
    return SequenceData(frames, data.lengths)
