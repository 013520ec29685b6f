"""A convolutional network as a classifier of sequences."""

from __future__ import annotations

from ..estimator.docs import with_parts
from ..estimator.label_forms import SequenceLabels
from ._convolution import ConvNet
from ._convolutional import ConvolutionalClassifier
from ._net_docs import (
    ATTRIBUTES,
    CNN_REFERENCES,
    CNN_TRAINING,
    CONVOLUTIONS,
)


@with_parts(
    convolutions=CONVOLUTIONS,
    training=CNN_TRAINING,
    attributes=ATTRIBUTES,
    references=CNN_REFERENCES,
)
class CNNClassifier(SequenceLabels, ConvolutionalClassifier):
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
