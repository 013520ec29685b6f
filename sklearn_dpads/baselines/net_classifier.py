"""What the classifiers made of a network have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state, check_scalar
from torch import nn

from ..estimator.docs import UNLABELLED
from ..estimator.label_forms import (
    Samples,
    class_weights,
    read_samples,
)
from ..estimator.parameters import resolve_device
from ..inputs.names import choose_names, keep_names
from ..inputs.outputs import logarithms
from ..inputs.sequences import Sequences, check_sequences, warn_of_channels_first
from ..inputs.splitting import split_sequences
from ..training import gradients
from .net_training import (
    SequenceDataset,
    TrainingSettings,
    inference_device,
    logits_of,
    seeded_generators,
    train,
)


@dataclass(kw_only=True, repr=False, eq=False)
class NetParameters:
    """The parameters of training that all networks have."""

    max_iter: int = 300
    batch_size: int = 16
    learning_rate: float = 0.003
    weight_decay: float = 0.001
    validation_fraction: float = 0.2
    n_iter_no_change: int = 40
    tol: float = 1e-4
    class_weight: Mapping[Any, float] | Literal["balanced"] | None = None
    standardize: bool = True
    device: str = "cpu"
    random_state: int | np.random.RandomState | None = None
    verbose: bool = False


class NetClassifier(NetParameters, ClassifierMixin, BaseEstimator):
    """Base of the classifiers that train a network with skorch.

    A subclass adds the parameters of its network and says which one to train; the form of
    its labels, :class:`LabelPerSequence` or :class:`LabelPerFrame`, is its leftmost base.
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

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences: a 3D array, padded with NaN at the end where sequences are
            shorter, or a list of 2D arrays (n_timesteps_i, n_features).
        y : array-like
            The class labels: text, numbers or times. One per sequence: of shape (n_samples,),
            at least two of each class; masked sequences are left out. One per frame: of shape
            (n_samples, n_timesteps), or a list of 1D arrays; frames past a sequence's end don't
            count, nor do masked ones and those labelled as `unlabelled` says.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), list of \
array-like, or None, default=None
            How much each sequence or, with a label per frame, each frame counts in the
            loss, in training and in validation, relative to the others; not negative. What
            has weight zero is left out, as if it weren't in `X`. None for equal weights.
        groups : array-like of shape (n_samples,) or None, default=None
            Which sequences belong together, as those of one animal or person do: the validation
            part is then of other groups than those that are trained on.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter, `X`, `y`, `sample_weight` or `groups` is none of what is allowed.
        RuntimeError
            If the loss is finite in no epoch.
        """
        self._check_parameters()
        device = resolve_device(self.device)
        data = check_sequences(X, estimator_name=type(self).__name__)
        warn_of_channels_first(data, type(self).__name__)
        names = choose_names(None, X, data.n_features)
        samples = read_samples(self, y, sample_weight, data, groups)
        data = data.take(samples.rows)
        per_class = class_weights(self.class_weight, samples)

        scaler = StandardScaler().fit(data.frames[data.mask()]) if self.standardize else None
        data = _scale(data, scaler)
        rng = check_random_state(self.random_state)
        train_part, valid_part = split_sequences(
            samples.codes, self.validation_fraction, rng, samples.groups
        )
        seed = int(rng.randint(np.iinfo(np.int32).max))
        with seeded_generators(seed, device), gradients():
            result = train(
                self._make_module(data.n_features, len(samples.classes)),
                _dataset(data, samples, train_part),
                _dataset(data, samples, valid_part),
                self._training_settings(per_class, device),
            )
        self.classes_ = samples.classes
        self.n_features_in_ = data.n_features
        keep_names(self, names)
        self.scaler_ = scaler
        self.module_ = result.module
        self.loss_curve_ = result.train_losses
        self.validation_loss_curve_ = result.valid_losses
        self.n_iter_ = len(result.train_losses)
        return self

    def _training_settings(
        self, per_class: NDArray[np.float64] | None, device: str
    ) -> TrainingSettings:
        return TrainingSettings(
            max_iter=self.max_iter,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            class_weights=per_class,
            device=device,
            verbose=bool(self.verbose),
        )

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
            per class. With a label per frame the second axis is time, and scores past a
            sequence's end are NaN.
        """
        logits, data = self._logits(X)
        if len(self.classes_) == 2:
            logits = logits[..., 1] - logits[..., 0]
        scores: NDArray[np.float64] = self._pad_values(logits, data)
        return scores

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            Probabilities, in the order of ``classes_``. With a label per frame of shape
            (n_samples, n_timesteps, n_classes), NaN past a sequence's end.
        """
        logits, data = self._logits(X)
        proba: NDArray[np.float64] = self._pad_values(softmax(logits, axis=-1), data)
        return proba

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        logs : ndarray of the shape of :meth:`predict_proba`, float64
            Natural logarithms, minus infinity for a probability of 0.
        """
        logits, data = self._logits(X)
        shares: NDArray[np.float64] = self._pad_values(softmax(logits, axis=-1), data)
        return logarithms(shares)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each sequence, or of each frame.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        labels : ndarray of shape (n_samples,) or (n_samples, n_timesteps)
            Labels, of the type that `y` had in :meth:`fit`. Past a sequence's end: -1 for
            integers, NaN for floats, "" for text, None for objects, False for booleans.
        """
        logits, data = self._logits(X)
        labels: NDArray[Any] = self._pad_labels(self.classes_[logits.argmax(axis=-1)], data)
        return labels

    def _logits(self, X: Any) -> tuple[NDArray[np.float64], Sequences]:
        """Ask the network; the last axis has one value per class."""
        data = self._read(X)
        device = inference_device(self.device)
        return logits_of(self.module_, _scale(data, self.scaler_), device), data


def _dataset(data: Sequences, samples: Samples, part: NDArray[np.int64]) -> SequenceDataset:
    weights = None if samples.weights is None else samples.weights[part]
    return SequenceDataset(data.take(part), samples.codes[part], weights)


def _scale(data: Sequences, scaler: StandardScaler | None) -> Sequences:
    """Scale frames, leaving the padding at zero."""
    if scaler is None:
        return data
    scaled = scaler.transform(data.frames.reshape(-1, data.n_features))
    frames = np.where(data.mask()[:, :, None], scaled.reshape(data.frames.shape), 0.0)
    return Sequences(frames, data.lengths)


_TRAINING = """\
max_iter : int, default=300
    Largest number of epochs.
batch_size : int, default=16
    Number of sequences per step; batches are cut to nearly equal size.
learning_rate : float, default={learning_rate}
    Step size of Adam.
weight_decay : float, default=0.001
    Strength of the L2 penalty.
validation_fraction : float, default=0.2
    {validation}
n_iter_no_change : int, default=40
    Number of epochs without improvement on the validation part after which to stop.
tol : float, default=1e-4
    How much lower the validation loss must get to count as an improvement.
class_weight : dict, "balanced" or None, default=None
    Weights of the classes in the loss: a dict of label to weight, "balanced" for
    weights inversely proportional to class frequencies, or None for equal weights.
standardize : bool, default=True
    If True, shift and scale every feature to mean 0 and variance 1 over all frames of the
    sequences passed to :meth:`fit`, except for those left out for a weight of zero{left_out}.
device : str, default="cpu"
    Where to train: "cpu", "cuda", or "auto" for a GPU where there is one. The fitted
    network is kept on the CPU, and predicts there if `device` is missing.
random_state : int, RandomState instance or None, default=None
    Determines the validation part, the initial weights{drawn} and the order of the batches.
    Pass an int for the same result in every call (on the CPU). torch's global
    generators are left as they were.
verbose : bool, default=False
    If True, print the losses after every epoch."""

_OF_SEQUENCES = {
    "validation": (
        "Fraction of each class to validate on, in (0, 1); at least one sequence, and never all."
    ),
    "left_out": "",
}
_OF_FRAMES = {
    "validation": (
        "Fraction of the sequences to validate on, in (0, 1); at least one, and never all.\n"
        "    Whole sequences are set aside, at random among those with the same most frequent\n"
        "    label; the last ones that hold a class stay in the training part."
    ),
    "left_out": " or\n    for want of labels",
}
_RNN = {"learning_rate": 0.005, "drawn": ""}
_CNN = {"learning_rate": 0.003, "drawn": ", what dropout drops"}

RNN_TRAINING = _TRAINING.format(**_OF_SEQUENCES, **_RNN)
RNN_FRAME_TRAINING = _TRAINING.format(**_OF_FRAMES, **_RNN) + "\n" + UNLABELLED
CNN_TRAINING = _TRAINING.format(**_OF_SEQUENCES, **_CNN)
CNN_FRAME_TRAINING = _TRAINING.format(**_OF_FRAMES, **_CNN) + "\n" + UNLABELLED

CONVOLUTIONS = """\
n_filters : int, default=32
    Number of filters of each layer.
kernel_size : int, default=5
    Number of frames that a filter sees, an odd number: a frame and as many to either side.
num_layers : int, default=3
    Number of layers, each of which reads the one below.
dropout : float, default=0.2
    Fraction of the values after each layer that are set to zero in training, in [0, 1)."""

ATTRIBUTES = """\
classes_ : ndarray of shape (n_classes,)
    The class labels.
n_features_in_ : int
    Number of features of a frame.
feature_names_in_ : ndarray of str of shape (n_features,)
    Names of the features, only where `X` was a list of data frames.
n_iter_ : int
    Number of epochs run.
loss_curve_, validation_loss_curve_ : list of float
    Mean loss on the two parts of the data in every epoch.
module_ : torch.nn.Module
    The trained network, in float64.
scaler_ : StandardScaler or None
    The scaling of the features, None for ``standardize=False``."""

RNN_REFERENCES = """
.. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation
   9(8), 1997.
.. [2] G. Cui and H. Zhu, "Differentiable synthesis of program architectures",
   NeurIPS 2021."""

CNN_REFERENCES = """
.. [1] Z. Wang, W. Yan and T. Oates, "Time series classification from scratch with deep
   neural networks: a strong baseline", IJCNN 2017."""
