"""Train a network on sequences with skorch, and evaluate it afterwards."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping, GradientNormClipping
from skorch.helper import predefined_split
from torch import Tensor, nn
from torch.utils.data import Dataset

from .._device import resolve_device
from .._validation import SequenceData

_PREDICT_BATCH = 512


class SequenceDataset(Dataset):
    """Sequences and labels as tensors, indexed by sample.

    Parameters
    ----------
    data : SequenceData
        The sequences; their frames become float32.
    codes : ndarray of shape (n_samples,), int64
        Class of each sequence, as a number.
    """

    def __init__(self, data: SequenceData, codes: NDArray[np.int64]) -> None:
        self.frames = torch.tensor(data.frames, dtype=torch.float32)
        self.lengths = torch.tensor(data.lengths)
        self.codes = torch.tensor(codes)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, index: int | Tensor) -> tuple[dict[str, Tensor], Tensor]:
        inputs = {"frames": self.frames[index], "lengths": self.lengths[index]}
        return inputs, self.codes[index]


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

    def __iter__(self) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
        n_samples = len(self.dataset)
        order = torch.randperm(n_samples) if self.shuffle else torch.arange(n_samples)
        n_batches = max(1, round(n_samples / self.batch_size))
        for indices in torch.tensor_split(order, n_batches):
            yield self.dataset[indices]


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
        The two parts of the data.
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
    weights = settings.class_weights
    net = NeuralNet(
        module,
        criterion=nn.CrossEntropyLoss,
        criterion__weight=None if weights is None else torch.tensor(weights, dtype=torch.float32),
        optimizer=torch.optim.Adam,
        optimizer__weight_decay=settings.weight_decay,
        lr=settings.learning_rate,
        max_epochs=settings.max_iter,
        batch_size=settings.batch_size,
        iterator_train=BatchIterator,
        iterator_train__shuffle=True,
        iterator_valid=BatchIterator,
        iterator_valid__batch_size=_PREDICT_BATCH,
        train_split=predefined_split(valid_set),
        callbacks=[
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


def evaluate(module: nn.Module, data: SequenceData, device: str) -> NDArray[np.float64]:
    """Return the logits of sequences, computed in float64.

    In float64 the logits of a sequence depend on the other sequences of the batch by
    rounding errors of 1e-15 alone.

    Parameters
    ----------
    module : nn.Module
        A trained network, in float64.
    data : SequenceData
        The sequences.
    device : str
        Where to compute.

    Returns
    -------
    logits : ndarray of shape (n_samples, n_outputs), float64
    """
    if device != "cpu":
        module = copy.deepcopy(module).to(device)
    logits = []
    with torch.inference_mode():
        for start in range(0, data.n_samples, _PREDICT_BATCH):
            batch = slice(start, start + _PREDICT_BATCH)
            frames = torch.tensor(data.frames[batch], device=device)
            lengths = torch.tensor(data.lengths[batch], device=device)
            logits.append(module(frames, lengths).cpu().numpy())
    return np.concatenate(logits)


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
