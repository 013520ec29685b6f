"""What training minimizes and what validation scores, per graph of a forest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .class_losses import ClassLosses

IGNORED = -1


@dataclass(frozen=True)
class Targets:
    """Labels of the output positions.

    Parameters
    ----------
    codes : Tensor of int of shape (n_samples,) or (n_timesteps, n_samples)
        Class codes; -1 marks frames past a sequence's end, and those without a label.
    weights : Tensor of the same shape, or with a leading axis of n_graphs
        Weight of every label, with class and sample weights; 0 where ignored. With the
        leading axis, each graph of a forest weighs the samples in its own way.
    n_classes : int
        Number of classes; with two, the positive class is code 1.
    counts : Tensor of the shape of codes, or None, default=None
        How often each label counts in scores; None for once each.
    """

    codes: Tensor
    weights: Tensor
    n_classes: int
    counts: Tensor | None = None

    @property
    def n_outputs(self) -> int:
        """Width of the output: 1 for two classes, else the number of classes."""
        return 1 if self.n_classes == 2 else self.n_classes

    @property
    def n_samples(self) -> int:
        """Number of sequences."""
        return self.codes.shape[-1]

    def flatten(self) -> tuple[Tensor, Tensor]:
        """Codes and weights with the positions along one axis, the last."""
        weights = self.weights.flatten(-self.codes.ndim)
        return self.codes.flatten(), weights

    def take(self, index: Tensor) -> Targets:
        """Labels of some sequences."""
        codes = self.codes.index_select(-1, index)
        counts = None if self.counts is None else self.counts.index_select(-1, index)
        return Targets(codes, _taken(self.weights, index), self.n_classes, counts)

    def positions(self, index: Tensor) -> Targets:
        """Labels of some positions, as if each were a sequence of its own."""
        codes, weights = self.flatten()
        counts = None if self.counts is None else self.counts.flatten().index_select(0, index)
        return Targets(codes.index_select(0, index), _taken(weights, index), self.n_classes, counts)

    def until(self, n_timesteps: int) -> Targets:
        """Labels of the first frames; labels of whole sequences stay as they are."""
        if self.codes.ndim == 1 or len(self.codes) <= n_timesteps:
            return self
        counts = None if self.counts is None else self.counts[:n_timesteps]
        weights = self.weights[..., :n_timesteps, :]
        return Targets(self.codes[:n_timesteps], weights, self.n_classes, counts)


def _taken(weights: Tensor, index: Tensor) -> Tensor:
    """Weights at places of the last axis; what all graphs share stays shared."""
    if weights.ndim > 1 and len(weights) > 1 and weights.stride(0) == 0:
        return weights[:1].index_select(-1, index).expand(*weights.shape[:-1], -1)
    return weights.index_select(-1, index)


def make_targets(
    codes: np.ndarray,
    n_classes: int,
    weights: np.ndarray,
    dtype: torch.dtype,
    device: str,
    counts: np.ndarray | None = None,
) -> Targets:
    """Put labels of shape (n_samples,) or (n_samples, n_timesteps) into torch."""

    def as_tensor(values: np.ndarray, dtype: torch.dtype) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(values.T), dtype=dtype, device=device)

    return Targets(
        as_tensor(codes, torch.long),
        as_tensor(np.where(codes == IGNORED, 0.0, weights), dtype),
        n_classes,
        None if counts is None else as_tensor(counts, dtype),
    )


def losses(outputs: Tensor, targets: Targets, f1_weight: float) -> Tensor:
    """Loss of every graph.

    Cross-entropy, and a share of 1 minus the mean soft F1 of all classes. Likelihood alone
    predicts a rare class seldom, or never; taking every class keeps soft F1 from drifting to
    the prediction that is the same everywhere.

    Parameters
    ----------
    outputs : Tensor of shape (n_graphs, n_outputs, n_positions)
        Log-odds of the second class, or one logit per class.
    targets : Targets
        Labels of the positions.
    f1_weight : float
        Share of the soft F1 term, from 0 to 1.

    Returns
    -------
    losses : Tensor of shape (n_graphs,)
    """
    codes, weights = targets.flatten()
    if f1_weight > 0 and targets.n_classes > 2:
        found: Tensor = ClassLosses.apply(outputs, codes.clamp(min=0), weights, f1_weight)
        return found
    total = weights.sum(-1).clamp(min=1e-12)
    cross = (cross_entropies(outputs, targets) * weights).sum(-1) / total
    if f1_weight == 0:
        return cross
    shares = torch.sigmoid(outputs[:, 0])
    positive = (codes == 1).to(shares.dtype)
    soft = 0.5 * (_soft_f1(shares, positive, weights) + _soft_f1(1 - shares, 1 - positive, weights))
    return (1 - f1_weight) * cross + f1_weight * (1 - soft)


def cross_entropies(outputs: Tensor, targets: Targets) -> Tensor:
    """Cross-entropy of every graph at every position, before weighting.

    Parameters
    ----------
    outputs : Tensor of shape (n_graphs, n_outputs, n_positions)
        Log-odds of the second class, or one logit per class.
    targets : Targets
        Labels of the positions.

    Returns
    -------
    values : Tensor of shape (n_graphs, n_positions)
    """
    codes = targets.flatten()[0]
    if targets.n_classes > 2:
        logs = functional.log_softmax(outputs, dim=1)
        return -logs.gather(1, codes.clamp(min=0).expand(len(outputs), 1, -1))[:, 0]
    logits = outputs[:, 0]
    return functional.softplus(logits) - (codes == 1).to(logits.dtype) * logits


def class_shares(outputs: Tensor) -> Tensor:
    """Shares of all classes, of shape (n_graphs, n_classes, n_positions), from outputs."""
    if outputs.shape[1] > 1:
        return torch.softmax(outputs, 1)
    positive = torch.sigmoid(outputs)
    return torch.cat([1 - positive, positive], 1)


def _soft_f1(shares: Tensor, positive: Tensor, weights: Tensor) -> Tensor:
    hits = (shares * positive * weights).sum(-1)
    return 2 * hits / ((shares * weights).sum(-1) + (positive * weights).sum(-1) + 1e-12)


def predicted_codes(outputs: Tensor) -> Tensor:
    """Class codes of shape (n_graphs, n_positions) from outputs."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0).long()
    # An argmax over an axis in the middle takes many times as long.
    largest, codes = outputs[:, 0], torch.zeros_like(outputs[:, 0], dtype=torch.long)
    for code in range(1, outputs.shape[1]):
        codes.masked_fill_(outputs[:, code] > largest, code)
        largest = torch.maximum(largest, outputs[:, code])
    return codes


def f1_scores(outputs: Tensor, targets: Targets) -> Tensor:
    """F1 of the positive class for two classes, weighted F1 for more.

    Parameters
    ----------
    outputs : Tensor of shape (n_graphs, n_outputs, n_positions)
        Log-odds or logits.
    targets : Targets
        Labels; ignored positions don't count, the others as often as ``counts`` says.

    Returns
    -------
    scores : Tensor of shape (n_graphs,)
    """
    hits, found, support = _class_counts(outputs, targets)
    scores = 2 * hits / (found + support).clamp(min=1e-12)
    if targets.n_classes == 2:
        return scores[:, 1]
    return (scores * support).sum(1) / support.sum().clamp(min=1e-12)


def recalls_of(outputs: Tensor, targets: Targets) -> Tensor:
    """Share of each class that is predicted right.

    Parameters
    ----------
    outputs, targets
        As for :func:`f1_scores`.

    Returns
    -------
    recalls : Tensor of shape (n_graphs, n_classes)
        0 for a class without labels.
    """
    hits, _, support = _class_counts(outputs, targets)
    return hits / support.clamp(min=1e-12)


def _class_counts(outputs: Tensor, targets: Targets) -> tuple[Tensor, Tensor, Tensor]:
    """How much of each class is predicted right, is predicted, by graph, and is there."""
    codes = targets.flatten()[0]
    valid = (codes >= 0).to(outputs.dtype)
    if targets.counts is not None:
        valid = valid * targets.counts.flatten()
    predicted = predicted_codes(outputs)
    true = [valid * (codes == code) for code in range(targets.n_classes)]
    found = [(predicted == code).to(valid) for code in range(targets.n_classes)]
    hits = [here @ there for here, there in zip(found, true, strict=True)]
    support = torch.stack([there.sum() for there in true])
    return torch.stack(hits, 1), torch.stack([here @ valid for here in found], 1), support


def negative_losses(outputs: Tensor, targets: Targets) -> Tensor:
    """Minus the cross-entropy, for stopping on a smooth quantity."""
    return -losses(outputs, targets, 0.0)
