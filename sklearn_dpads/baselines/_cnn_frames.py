"""A convolutional network as a classifier of frames."""

from __future__ import annotations

from ..estimator.docs import with_parts
from ..estimator.label_forms import FrameLabels
from ._convolution import ConvFrameNet
from ._convolutional import ConvolutionalClassifier
from ._net_docs import (
    ATTRIBUTES,
    CNN_FRAME_TRAINING,
    CNN_REFERENCES,
    CONVOLUTIONS,
)


@with_parts(
    convolutions=CONVOLUTIONS,
    training=CNN_FRAME_TRAINING,
    attributes=ATTRIBUTES,
    references=CNN_REFERENCES,
)
class CNNFrameClassifier(FrameLabels, ConvolutionalClassifier):
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
