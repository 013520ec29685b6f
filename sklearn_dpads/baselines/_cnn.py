"""A convolutional network as a classifier of sequences."""

from __future__ import annotations

from ._convolution import ConvNet
from ._convolutional import ConvolutionalClassifier
from ._sequence_labels import SequenceLabelsMixin


class CNNClassifier(SequenceLabelsMixin, ConvolutionalClassifier):
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
        Fraction of each class to validate on, in (0, 1); at least one sequence, and never all.
    n_iter_no_change : int, default=40
        Number of epochs without improvement on the validation part after which to stop.
    tol : float, default=1e-4
        How much lower the validation loss must get to count as an improvement.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the loss: a dict of label to weight, "balanced" for
        weights inversely proportional to class frequencies, or None for equal weights.
    standardize : bool, default=True
        If True, shift and scale every feature to mean 0 and variance 1 over all frames of the
        sequences passed to :meth:`fit`, except for those left out for a weight of zero.
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
    CNNFrameClassifier : One label per frame.
    RNNClassifier : An LSTM, which remembers what came before.

    Notes
    -----
    Step size and dropout were picked among nine pairs by cross-validated accuracy on the
    training parts of BasicMotions, RacketSports, NATOPS and JapaneseVowels (UEA archive).

    References
    ----------
    .. [1] Z. Wang, W. Yan and T. Oates, "Time series classification from scratch with deep
       neural networks: a strong baseline", IJCNN 2017.

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
