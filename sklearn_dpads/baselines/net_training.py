"""Train a network on sequences with skorch, and ask it for logits afterwards."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, GradientNormClipping
from skorch.helper import predefined_split
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset

from ..estimator.parameters import resolve_device
from ..inputs.frame_labels import UNLABELLED
from ..inputs.sequences import Sequences

# Largest batches without gradients, in sequences and in frames, so that memory stays bounded.
_PREDICT_BATCH = 512
_PREDICT_FRAMES = 2**18


@dataclass(frozen=True)
class TrainingSettings:
    """How to train a network; the names are those of the estimators' parameters."""

    max_iter: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    n_iter_no_change: int
    tol: float
    class_weights: NDArray[np.float64] | None
    device: str
    verbose: bool


@dataclass(frozen=True)
class TrainingResult:
    """A trained network, on the CPU and in float64, with its losses after every epoch."""

    module: nn.Module
    train_losses: list[float]
    valid_losses: list[float]


class CountLabels(Callback):
    """Let batches weigh in the loss of an epoch by the number of their labels.

    skorch takes the mean of the losses of the batches, weighted by the size it has noted for
    each; batches with as many sequences may differ in how many of the frames have a label.
    """

    def on_batch_end(self, net: NeuralNet, batch: Batch, training: bool, **kwargs: Any) -> None:
        n_labels = int((batch[1]["codes"] != UNLABELLED).sum())
        net.history.record_batch("train_batch_size" if training else "valid_batch_size", n_labels)


def train(
    module: nn.Module,
    train_set: SequenceDataset,
    valid_set: SequenceDataset,
    settings: TrainingSettings,
) -> TrainingResult:
    """Minimize the cross-entropy with Adam, keeping the state best on the validation part.

    Parameters
    ----------
    module : nn.Module
        Network that maps ``frames`` and ``lengths`` to logits; it is changed in place.
    train_set, valid_set : SequenceDataset
        The two parts of the data, both with weights or both without.
    settings : TrainingSettings
        Step size, stopping and the like.

    Returns
    -------
    result : TrainingResult

    Raises
    ------
    KeyboardInterrupt
        If interrupted before the end of the first epoch; later, the best state so far is kept.
    RuntimeError
        If no epoch has a finite loss on the validation part.
    """
    net = _net(module, train_set, valid_set, settings)
    net.fit(train_set, y=None)
    # skorch ends training on KeyboardInterrupt as it does on an early stop.
    epochs = [epoch for epoch in net.history if "valid_loss" in epoch]
    if not epochs:
        raise KeyboardInterrupt("Interrupted before the first epoch was over.")
    valid_losses = [epoch["valid_loss"] for epoch in epochs]
    if not np.isfinite(valid_losses).any():
        raise RuntimeError(
            "The validation loss was not finite in any epoch. Lower learning_rate, set "
            "standardize=True, or look for values in X that are far from all the others."
        )
    return TrainingResult(
        module=net.module_.to("cpu", torch.float64).eval().requires_grad_(False),
        train_losses=[epoch["train_loss"] for epoch in epochs],
        valid_losses=valid_losses,
    )


def _net(
    module: nn.Module,
    train_set: SequenceDataset,
    valid_set: SequenceDataset,
    settings: TrainingSettings,
) -> NeuralNet:
    """What trains the module, as :func:`train` says, before it begins."""
    weights = settings.class_weights
    net = NeuralNet(
        module,
        criterion=WeightedCrossEntropy if "weights" in train_set.targets else CrossEntropy,
        criterion__class_weights=(
            None if weights is None else torch.tensor(weights, dtype=torch.float32)
        ),
        optimizer=torch.optim.Adam,
        optimizer__weight_decay=settings.weight_decay,
        lr=settings.learning_rate,
        max_epochs=settings.max_iter,
        batch_size=settings.batch_size,
        iterator_train=BatchIterator,
        iterator_train__shuffle=True,
        iterator_valid=BatchIterator,
        iterator_valid__batch_size=_inference_batch(valid_set.frames.shape[1]),
        train_split=predefined_split(valid_set),
        callbacks=[
            ("count", CountLabels()),
            ("clip", GradientNormClipping(gradient_clip_value=1.0)),
            (
                "stop",
                EarlyStopping(
                    patience=settings.n_iter_no_change,
                    threshold=settings.tol,
                    threshold_mode="abs",
                    load_best=True,
                ),
            ),
        ],
        device=settings.device,
        verbose=int(settings.verbose),
    )
    if not settings.verbose:  # skorch lays out the table of losses even where it isn't printed
        net.set_params(callbacks__print_log=None)
    return net


def logits_of(module: nn.Module, data: Sequences, device: str) -> NDArray[np.float64]:
    """Return the logits of sequences or frames, computed in float64.

    In float64 the logits of a sequence depend on the other sequences of the batch by
    rounding errors of 1e-15 alone.

    Parameters
    ----------
    module : nn.Module
        A trained network, in float64.
    data : Sequences
        The sequences.
    device : str
        Where to compute.

    Returns
    -------
    logits : ndarray of shape (n_samples, n_outputs) or (n_samples, n_timesteps, n_outputs), \
float64
        As the network gives them; those of frames past a sequence's end have no meaning.
    """
    if device != "cpu":
        module = copy.deepcopy(module).to(device)
    logits = []
    size = _inference_batch(data.n_timesteps)
    with torch.inference_mode():
        for start in range(0, data.n_samples, size):
            batch = slice(start, start + size)
            frames = torch.tensor(data.frames[batch], device=device)
            lengths = torch.tensor(data.lengths[batch], device=device)
            logits.append(module(frames, lengths).cpu().numpy())
    return np.concatenate(logits)


def _inference_batch(n_timesteps: int) -> int:
    """Number of sequences of a batch without gradients."""
    return max(1, min(_PREDICT_BATCH, _PREDICT_FRAMES // n_timesteps))


def inference_device(device: str) -> str:
    """Return the device to predict on: the CPU where the one trained on is missing.

    Parameters
    ----------
    device : str
        The device asked for when the estimator was made, maybe on another machine.

    Returns
    -------
    device : str
    """
    try:
        return resolve_device(device)
    except ValueError:
        warnings.warn(
            f"device {device!r} isn't available here; predicting on the CPU.",
            UserWarning,
            stacklevel=2,
        )
        return "cpu"


class CrossEntropy(nn.Module):
    """Mean cross-entropy, weighted by class.

    Parameters
    ----------
    class_weights : Tensor of shape (n_classes,) or None, default=None
        Weight of each class; None for equal weights.
    """

    class_weights: Tensor | None

    def __init__(self, class_weights: Tensor | None = None) -> None:
        super().__init__()
        self.register_buffer("class_weights", class_weights)

    def forward(self, logits: Tensor, targets: dict[str, Tensor]) -> Tensor:
        """Return the mean over the labels.

        Parameters
        ----------
        logits : Tensor of shape (batch, n_classes) or (batch, n_timesteps, n_classes)
            What the network gives.
        targets : dict
            ``codes``, of the shape of `logits` without the last axis: class numbers, -1
            where there is no label.

        Returns
        -------
        loss : Tensor of shape ()
        """
        return cross_entropy(
            logits.flatten(0, -2),
            targets["codes"].flatten(),
            self.class_weights,
            ignore_index=UNLABELLED,
        )


class WeightedCrossEntropy(CrossEntropy):
    """Cross-entropy where every label has a weight of its own.

    A label's term is multiplied by its weight, but the sum is divided as if all weights were 1:
    a batch of light samples then makes a small step, and weights of mean 1 leave the mean
    over all batches what it is without weights.
    """

    def forward(self, logits: Tensor, targets: dict[str, Tensor]) -> Tensor:
        """Return the weighted mean over the labels.

        Parameters
        ----------
        logits : Tensor of shape (batch, n_classes) or (batch, n_timesteps, n_classes)
            What the network gives.
        targets : dict
            ``codes``, as for :class:`CrossEntropy`, and ``weights``, of the same shape.

        Returns
        -------
        loss : Tensor of shape ()
        """
        codes = targets["codes"].flatten()
        labelled = codes != UNLABELLED
        terms = cross_entropy(
            logits.flatten(0, -2),
            codes,
            self.class_weights,
            ignore_index=UNLABELLED,
            reduction="none",
        )
        # Where there is no label, the weight may be anything and the term is zero.
        total = (terms * targets["weights"].flatten().where(labelled, 0.0)).sum()
        if self.class_weights is None:
            return total / labelled.sum()
        return total / self.class_weights[codes[labelled]].sum()


Batch: TypeAlias = tuple[dict[str, Tensor], dict[str, Tensor]]


class SequenceDataset(Dataset):
    """Sequences and targets, indexed by tensors of sample numbers.

    What it gives is padded as far as the longest of the sequences asked for.

    Parameters
    ----------
    data : Sequences
        The sequences; their frames become float32.
    codes : ndarray of shape (n_samples,) or (n_samples, n_timesteps), int64
        Class of each sequence or of each frame, as a number; -1 where there is none.
    weights : ndarray of the shape of `codes` or None, default=None
        How much each label counts. They are scaled to mean 1 over the labels, so that a loss
        has the same size whatever unit the weights have.
    """

    def __init__(
        self,
        data: Sequences,
        codes: NDArray[np.int64],
        weights: NDArray[np.float64] | None = None,
    ) -> None:
        self.frames = torch.tensor(data.frames, dtype=torch.float32)
        self.lengths = torch.tensor(data.lengths)
        self.targets = {"codes": torch.tensor(codes)}
        if weights is not None:
            scaled = weights / weights[codes >= 0].mean()
            self.targets["weights"] = torch.tensor(scaled, dtype=torch.float32)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: Tensor) -> Batch:
        # Cut to the longest sequence, dropout draws the same numbers however far X was padded.
        lengths = self.lengths[index]
        frames = slice(int(lengths.max()))
        inputs = {"frames": self.frames[index, frames], "lengths": lengths}
        return inputs, {
            name: target[index] if target.ndim == 1 else target[index, frames]
            for name, target in self.targets.items()
        }


class BatchIterator:
    """Cut a data set into batches by indexing its tensors, without collating samples.

    The batches differ in size by at most one sample, so that no step is taken on the few that
    are left over.

    Parameters
    ----------
    dataset : SequenceDataset
        The data.
    batch_size : int
        Wanted number of sequences in a batch.
    shuffle : bool, default=False
        If True, draw a new order from torch's generator in every pass.
    """

    def __init__(self, dataset: SequenceDataset, batch_size: int, shuffle: bool = False) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle

    def __iter__(self) -> Iterator[Batch]:
        n_samples = len(self.dataset)
        order = torch.randperm(n_samples) if self.shuffle else torch.arange(n_samples)
        n_batches = max(1, round(n_samples / self.batch_size))
        for indices in torch.tensor_split(order, n_batches):
            yield self.dataset[indices]


@contextmanager
def seeded_generators(seed: int, device: str) -> Iterator[None]:
    """Seed torch's generators within a block, and put them back afterwards.

    Parameters
    ----------
    seed : int
        The seed.
    device : str
        The device that computes, as :func:`resolve_device` gives it: on a GPU, dropout
        draws from the generator of that GPU.
    """
    gpus = [] if device == "cpu" else [_gpu_index(device)]
    with torch.random.fork_rng(devices=gpus):
        torch.default_generator.manual_seed(seed)
        for gpu in gpus:
            with torch.cuda.device(gpu):
                torch.cuda.manual_seed(seed)
        yield


def _gpu_index(device: str) -> int:
    index = torch.device(device).index
    return torch.cuda.current_device() if index is None else index
