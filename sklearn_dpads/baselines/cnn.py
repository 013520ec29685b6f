"""Convolutional networks as classifiers of sequences and of frames."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from sklearn.utils import check_scalar

from ..estimator.docs import with_parts
from ..estimator.label_forms import LabelPerFrame, LabelPerSequence
from ..estimator.parameters import with_own_init
from .net_classifier import (
    ATTRIBUTES,
    CNN_FRAME_TRAINING,
    CNN_REFERENCES,
    CNN_TRAINING,
    CONVOLUTIONS,
    NetClassifier,
    NetParameters,
)
from .networks import ConvFrameNet, ConvNet


@dataclass(kw_only=True, repr=False, eq=False)
class Convolutions:
    """The parameters of a convolutional network."""

    n_filters: int = 32
    kernel_size: int = 5
    num_layers: int = 3
    dropout: float = 0.2


@dataclass(kw_only=True, repr=False, eq=False)
class ConvolutionalParameters(NetParameters, Convolutions):
    """Parameters of the network, then those of its training."""


@dataclass(kw_only=True, repr=False, eq=False)
class ConvolutionalFrameParameters(ConvolutionalParameters):
    """The same with one label per frame."""

    unlabelled: Any = "auto"


class ConvolutionalClassifier(ConvolutionalParameters, NetClassifier):
    """Base of the classifiers of sequences and of frames with a convolutional network."""

    def _check_parameters(self) -> None:
        super()._check_parameters()
        for name in ("n_filters", "kernel_size", "num_layers"):
            check_scalar(getattr(self, name), name, Integral, min_val=1)
        if self.kernel_size % 2 == 0:
            raise ValueError(
                f"kernel_size must be odd, so that filters are centred on a frame; got "
                f"{self.kernel_size}. Try {self.kernel_size + 1}."
            )
        check_scalar(self.dropout, "dropout", Real, min_val=0, max_val=1, include_boundaries="left")


@with_parts(
    convolutions=CONVOLUTIONS,
    training=CNN_TRAINING,
    attributes=ATTRIBUTES,
    references=CNN_REFERENCES,
)
@with_own_init
class CNNClassifier(LabelPerSequence, ConvolutionalClassifier):
    r"""Classify sequences with convolutions over time.

    Layers of convolutions over time with ReLU keep the time axis; a linear layer reads the mean
    of the last one over the frames of a sequence, as in the fully convolutional network
    of [1]_, with dropout in place of batch normalization. Activations past a sequence's end are
    set to zero after every layer, so that padding has no influence. Adam minimizes the
    cross-entropy, with gradients clipped to norm 1; training stops once a validation part, set
    aside at random within each class, shows no improvement, and the state that was best
    on it is kept.

    Parameters
    ----------
    {convolutions}
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    CNNFrameClassifier : One label per frame.
    RNNClassifier : An LSTM, which remembers what came before.

    Notes
    -----
    Step size and dropout were picked among nine pairs by cross-validated accuracy on the
    training parts of BasicMotions, RacketSports, NATOPS and JapaneseVowels (UEA archive).

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import CNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["falls", "rises"], 20)
    >>> trend = np.where(y == "rises", 1.0, -1.0)[:, None] * np.linspace(-1, 1, 10)
    >>> X = (trend + rng.normal(scale=0.3, size=trend.shape))[:, :, None]
    >>> clf = CNNClassifier(n_filters=8, num_layers=2, max_iter=30, random_state=0).fit(X, y)
    >>> clf.predict(X[:2])
    array(['falls', 'falls'], dtype='<U5')
    >>> clf.score(X, y)
    1.0
    """

    def _make_module(self, n_features: int, n_classes: int) -> ConvNet:
        return ConvNet(
            n_features, n_classes, self.n_filters, self.kernel_size, self.num_layers, self.dropout
        )


@with_parts(
    convolutions=CONVOLUTIONS,
    training=CNN_FRAME_TRAINING,
    attributes=ATTRIBUTES,
    references=CNN_REFERENCES,
)
@with_own_init
class CNNFrameClassifier(LabelPerFrame, ConvolutionalFrameParameters, ConvolutionalClassifier):
    r"""Classify every frame of sequences with convolutions over time.

    Layers of convolutions over time with ReLU keep the time axis, as in [1]_ but with dropout in
    place of batch normalization; a linear layer reads the last one at every frame. Activations
    past a sequence's end are set to zero after every layer, so that padding has no
    influence. Adam minimizes the cross-entropy over all frames with a label, with gradients
    clipped to norm 1; training stops once a validation part, made of whole sequences, shows no
    improvement, and the state that was best on it is kept.

    The filters are centred, so the network looks ahead: what is predicted for a frame depends
    on ``num_layers * (kernel_size - 1) / 2`` frames before it and as many after it, 6 by
    default, and on no others. A program under ``MapPrefix`` and a one-way LSTM see no later frame.

    Parameters
    ----------
    {convolutions}
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    CNNClassifier : One label per sequence.
    RNNFrameClassifier : An LSTM, which sees all earlier frames and no later one.

    Notes
    -----
    The defaults are those of :class:`CNNClassifier`.

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import CNNFrameClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(30, 12, 1))
    >>> y = np.where(np.roll(X[:, :, 0], 1, axis=1) > 0, "after high", "after low")
    >>> clf = CNNFrameClassifier(
    ...     n_filters=8, num_layers=1, max_iter=40, learning_rate=0.02, random_state=0
    ... )
    >>> clf.fit(X, y).predict(X).shape
    (30, 12)
    >>> clf.score(X[:, 1:], y[:, 1:]) > 0.9
    True
    """

    def _make_module(self, n_features: int, n_classes: int) -> ConvFrameNet:
        return ConvFrameNet(
            n_features, n_classes, self.n_filters, self.kernel_size, self.num_layers, self.dropout
        )


# Estimators are saved under the name that users import them by.
for _public in (CNNClassifier, CNNFrameClassifier):
    _public.__module__ = __package__ or ""
