"""Validation scores of a forest, computed for all graphs at once."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from .objective import Targets, losses


def predicted_codes(outputs: Tensor) -> Tensor:
    """Class codes of shape (n_graphs, n_positions) from outputs."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0).long()
    return outputs.argmax(dim=1)


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
    codes = targets.flatten()[0]
    valid = (codes >= 0).to(outputs.dtype)
    if targets.counts is not None:
        valid = valid * targets.counts.flatten()
    found = functional.one_hot(predicted_codes(outputs), targets.n_classes) * valid[:, None]
    true = functional.one_hot(codes.clamp(min=0), targets.n_classes) * valid[:, None]
    hits = (found * true).sum(1)
    support = true.sum(0)
    scores = 2 * hits / (found.sum(1) + support).clamp(min=1e-12)
    if targets.n_classes == 2:
        return scores[:, 1]
    return (scores * support).sum(1) / support.sum().clamp(min=1e-12)


def negative_losses(outputs: Tensor, targets: Targets) -> Tensor:
    """Minus the cross-entropy, for stopping on a smooth quantity."""
    return -losses(outputs, targets, 0.0)
