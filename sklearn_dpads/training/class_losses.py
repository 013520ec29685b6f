"""Cross-entropy and soft F1 of more than two classes, computed together.

Both ask for the shares of the classes, which are most of a cheap program's step: with the gradient
written out they are computed once, and what follows takes a few passes over them in place of a
dozen.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# Keeps a class without labels that is never predicted from a division by 0.
_NO_LABELS = 1e-12


class ClassLosses(torch.autograd.Function):
    r"""Loss of every graph: cross-entropy, and a share of 1 minus the mean soft F1.

    With :math:`p_{kt}` the share of class :math:`k` at position :math:`t`, :math:`y_{kt}` whether
    that is its label, and :math:`w_t` the weight of the position, soft F1 of class :math:`k` is
    :math:`2 \sum_t w_t p_{kt} y_{kt} / \sum_t w_t (p_{kt} + y_{kt})`.
    """

    @staticmethod
    def forward(ctx: Any, outputs: Tensor, codes: Tensor, weights: Tensor, share: float) -> Tensor:
        """Compute the losses.

        Parameters
        ----------
        ctx : object
            What :meth:`backward` is given.
        outputs : Tensor of shape (n_graphs, n_classes, n_positions)
            Logits.
        codes : Tensor of int of shape (n_positions,)
            Class codes; any of them where the weight is 0.
        weights : Tensor of shape (n_positions,) or (n_graphs, n_positions)
            Weight of every label.
        share : float
            Share of the soft F1 term, from 0 to 1.

        Returns
        -------
        losses : Tensor of shape (n_graphs,)
        """
        index = codes.expand(len(outputs), 1, -1)
        highest = outputs.amax(1, keepdim=True)
        shares = (outputs - highest).exp_()
        sums = shares.sum(1, keepdim=True)
        entropies = (sums.log() + highest - outputs.gather(1, index))[:, 0]
        shares /= sums
        of_label = shares.gather(1, index)[:, 0]
        one_hot = functional.one_hot(codes, outputs.shape[1]).to(shares)
        found = (shares @ weights[..., None])[..., 0]
        both = found + weights @ one_hot + _NO_LABELS
        f1 = 2 * ((of_label * weights) @ one_hot) / both
        total = weights.sum(-1).clamp(min=_NO_LABELS)
        ctx.save_for_backward(shares, index, of_label, weights, f1, both, total)
        ctx.share = share
        cross = (entropies * weights).sum(-1) / total
        return (1 - share) * cross + share * (1 - f1.mean(-1))

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> tuple[Tensor, None, None, None]:
        """Give what the outputs change the losses by."""
        shares, index, of_label, weights, f1, both, total = ctx.saved_tensors
        n_classes = shares.shape[1]
        # By a weight of 1 more for a class, its soft F1 gains this where it is the label, and
        # loses that everywhere; through the shares, which sum to 1, all outputs do.
        gain, loss = 2 / (both * n_classes), f1 / (both * n_classes)
        of_label_gain = gain.gather(1, index[:, 0]) * of_label
        mean = of_label_gain - (loss[:, None] @ shares)[:, 0]
        likelihood = ((1 - ctx.share) / total)[..., None]
        gradient = shares * (ctx.share * loss)[..., None]
        gradient.addcmul_(shares, (likelihood + ctx.share * mean)[:, None])
        gradient.scatter_add_(1, index, -(likelihood + ctx.share * of_label_gain)[:, None])
        gradient *= (weights * slopes[:, None])[:, None]
        return gradient, None, None, None
