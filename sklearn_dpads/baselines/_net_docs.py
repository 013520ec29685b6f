"""Parts of docstrings that the classifiers made of a network have in common."""

from __future__ import annotations

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
RNN_FRAME_TRAINING = _TRAINING.format(**_OF_FRAMES, **_RNN)
CNN_TRAINING = _TRAINING.format(**_OF_SEQUENCES, **_CNN)
CNN_FRAME_TRAINING = _TRAINING.format(**_OF_FRAMES, **_CNN)

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
