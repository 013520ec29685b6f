"""Cross-entropy over the labels of sequences or frames, leaving out what has no label."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ..inputs.frame_labels import UNLABELLED


class CrossEntropy(nn.Module):
    """Mean cross-entropy, weighted by class.

    Parameters
    ----------
    class_weights : Tensor of shape (n_classes,) or None, default=None
        Weight of each class; None for equal weights.
    """

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
