"""Sequences, labels and weights as tensors, and how they are cut into batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ..inputs.sequences import SequenceData

Batch: TypeAlias = tuple[dict[str, Tensor], dict[str, Tensor]]


class SequenceDataset(Dataset):
    """Sequences and targets, indexed by tensors of sample numbers.

    What it gives is padded as far as the longest of the sequences asked for.

    Parameters
    ----------
    data : SequenceData
        The sequences; their frames become float32.
    codes : ndarray of shape (n_samples,) or (n_samples, n_timesteps), int64
        Class of each sequence or of each frame, as a number; -1 where there is none.
    weights : ndarray of the shape of `codes` or None, default=None
        How much each label counts. They are scaled to mean 1 over the labels, so that a loss
        has the same size whatever unit the weights have.
    """

    def __init__(
        self,
        data: SequenceData,
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
