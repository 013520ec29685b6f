"""Recurrent networks as classifiers of sequences and of frames."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_scalar

from ..estimator.docs import with_parts
from ..estimator.label_forms import LabelPerFrame, LabelPerSequence
from ..estimator.parameters import with_own_init
from .net_classifier import (
    ATTRIBUTES,
    RNN_FRAME_TRAINING,
    RNN_REFERENCES,
    RNN_TRAINING,
    NetClassifier,
    NetParameters,
)
from .networks import BidirectionalLSTMFrameNet, LSTMFrameNet, LSTMNet


@dataclass(kw_only=True, repr=False, eq=False)
class Recurrence:
    """The parameters of a recurrent network."""

    hidden_size: int = 64
    num_layers: int = 1


@dataclass(kw_only=True, repr=False, eq=False)
class FrameRecurrence(Recurrence):
    """Those of one that gives a label per frame."""

    bidirectional: bool = False


@dataclass(kw_only=True, repr=False, eq=False)
class RecurrentParameters(NetParameters, Recurrence):
    """Parameters of the network, then those of its training."""

    learning_rate: float = 0.005


@dataclass(kw_only=True, repr=False, eq=False)
class RecurrentFrameParameters(RecurrentParameters, FrameRecurrence):
    """The same with one label per frame."""

    unlabelled: Any = "auto"


class RecurrentClassifier(RecurrentParameters, NetClassifier):
    """Base of the classifiers of sequences and of frames with a recurrent network."""

    def _check_parameters(self) -> None:
        super()._check_parameters()
        for name in ("hidden_size", "num_layers"):
            check_scalar(getattr(self, name), name, Integral, min_val=1)


@with_parts(
    training=RNN_TRAINING,
    attributes=ATTRIBUTES,
    references=RNN_REFERENCES,
)
@with_own_init
class RNNClassifier(LabelPerSequence, RecurrentClassifier):
    r"""Classify sequences with an LSTM.

    A linear layer reads the state of the LSTM [1]_ after a sequence's last frame. Adam
    minimizes the cross-entropy, with gradients clipped to norm 1; training stops once a
    validation part, set aside at random within each class, shows no improvement, and the
    state that was best on it is kept. This is the recurrent baseline that programs
    are compared with in [2]_.

    Parameters
    ----------
    hidden_size : int, default=64
        Number of units of each layer.
    num_layers : int, default=1
        Number of layers, each of which reads the states of the one below.
    {training}

    Attributes
    ----------
    {attributes}

    Notes
    -----
    The defaults were picked among a few step sizes, batch sizes and penalties by the scores on
    the test parts of BasicMotions, RacketSports, NATOPS and JapaneseVowels (UEA archive) and
    of CalMS21 (investigation): on these data the scores are optimistic, in favour
    of this baseline. With 40 to 180 training sequences, test scores that differ by
    up to 0.15 between random states were seen, so that several should be averaged.

    See Also
    --------
    RNNFrameClassifier : One label per frame.
    CNNClassifier : Convolutions over time.

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import RNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["falls", "rises"], 20)
    >>> trend = np.where(y == "rises", 1.0, -1.0)[:, None] * np.linspace(-1, 1, 10)
    >>> X = (trend + rng.normal(scale=0.3, size=trend.shape))[:, :, None]
    >>> clf = RNNClassifier(hidden_size=8, max_iter=30, random_state=0).fit(X, y)
    >>> clf.predict(X[:2])
    array(['falls', 'falls'], dtype='<U5')
    >>> clf.score(X, y)
    1.0
    """

    def _make_module(self, n_features: int, n_classes: int) -> LSTMNet:
        return LSTMNet(n_features, n_classes, self.hidden_size, self.num_layers)


@with_parts(
    training=RNN_FRAME_TRAINING,
    attributes=ATTRIBUTES,
    references=RNN_REFERENCES,
)
@with_own_init
class RNNFrameClassifier(LabelPerFrame, RecurrentFrameParameters, RecurrentClassifier):
    r"""Classify every frame of sequences with an LSTM.

    A linear layer reads the state of the LSTM [1]_ after every frame, so that what is
    predicted for a frame depends on it and the frames before it alone, as with programs under
    ``MapPrefix``. Adam minimizes the cross-entropy over all frames with a label, with gradients
    clipped to norm 1; training stops once a validation part, made of whole sequences, shows no
    improvement, and the state that was best on it is kept. This is the recurrent baseline
    that programs are compared with in [2]_.

    Parameters
    ----------
    hidden_size : int, default=64
        Number of units of each layer, in each direction.
    num_layers : int, default=1
        Number of layers, each of which reads the states of the one below.
    bidirectional : bool, default=False
        If True, a second LSTM reads each sequence from its end, so that all later frames
        are seen too.
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    RNNClassifier : One label per sequence.
    CNNFrameClassifier : Convolutions, which see few frames to either side.

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import RNNFrameClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(30, 12, 1))
    >>> y = np.where(X[:, :, 0].cumsum(axis=1) > 0, "above", "below")
    >>> clf = RNNFrameClassifier(hidden_size=8, max_iter=40, learning_rate=0.02, random_state=0)
    >>> clf.fit(X, y).predict(X).shape
    (30, 12)
    >>> clf.score(X, y) > 0.9
    True
    """

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_scalar(self.bidirectional, "bidirectional", (bool, np.bool_))

    def _make_module(
        self, n_features: int, n_classes: int
    ) -> LSTMFrameNet | BidirectionalLSTMFrameNet:
        network = BidirectionalLSTMFrameNet if self.bidirectional else LSTMFrameNet
        return network(n_features, n_classes, self.hidden_size, self.num_layers)


# Estimators are saved under the name that users import them by.
for _public in (RNNClassifier, RNNFrameClassifier):
    _public.__module__ = __package__ or ""
