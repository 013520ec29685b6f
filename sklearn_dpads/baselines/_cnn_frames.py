"""A convolutional network as a classifier of frames."""

from __future__ import annotations

from ._convolution import ConvFrameNet
from ._convolutional import ConvolutionalClassifier
from ._frame_labels import FrameLabelsMixin


class CNNFrameClassifier(FrameLabelsMixin, ConvolutionalClassifier):
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
    n_filters : int, default=32
        Number of filters of each layer.
    kernel_size : int, default=5
        Number of frames that a filter sees, an odd number: a frame and as many to either side.
    num_layers : int, default=3
        Number of layers, each of which reads the one below.
    dropout : float, default=0.2
        Fraction of the values after each layer that are set to zero in training, in [0, 1).
    max_iter : int, default=300
        Largest number of epochs.
    batch_size : int, default=16
        Number of sequences per step; batches are cut to nearly equal size.
    learning_rate : float, default=0.003
        Step size of Adam.
    weight_decay : float, default=0.001
        Strength of the L2 penalty.
    validation_fraction : float, default=0.2
        Fraction of the sequences to validate on, in (0, 1); at least one, and never all. Whole
        sequences are set aside, at random among those with the same most frequent label; the
        last ones that hold a class stay in the training part.
    n_iter_no_change : int, default=40
        Number of epochs without improvement on the validation part after which to stop.
    tol : float, default=1e-4
        How much lower the validation loss must get to count as an improvement.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the loss: a dict of label to weight, "balanced" for
        weights inversely proportional to class frequencies, or None for equal weights.
    standardize : bool, default=True
        If True, shift and scale every feature to mean 0 and variance 1 over all frames of the
        sequences passed to :meth:`fit`, except for those left out for a weight of zero or
        for want of labels.
    device : str, default="cpu"
        Where to train: "cpu", "cuda", or "auto" for a GPU where there is one. The fitted
        network is kept on the CPU, and predicts there if `device` is missing.
    random_state : int, RandomState instance or None, default=None
        Determines the validation part, the initial weights, what dropout drops and the order of
        the batches. Pass an int for the same result in every call (on the CPU). torch's global
        generators are left as they were.
    verbose : bool, default=False
        If True, print the losses after every epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels.
    n_features_in_ : int
        Number of features of a frame.
    n_iter_ : int
        Number of epochs run.
    loss_curve_, validation_loss_curve_ : list of float
        Mean loss on the two parts of the data in every epoch.
    module_ : torch.nn.Module
        The trained network, in float64.
    scaler_ : StandardScaler or None
        The scaling of the features, None for ``standardize=False``.

    See Also
    --------
    CNNClassifier : One label per sequence.
    RNNFrameClassifier : An LSTM, which sees all earlier frames and no later one.

    Notes
    -----
    The defaults are those of :class:`CNNClassifier`.

    References
    ----------
    .. [1] Z. Wang, W. Yan and T. Oates, "Time series classification from scratch with deep
       neural networks: a strong baseline", IJCNN 2017.

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
