"""Adam for forests: one flat vector, gradients clipped per graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import Tensor


class ForestAdam:
    """Adam over the packed tensors of a forest.

    The tensors are joined into one vector, so that an update is a handful of torch calls
    whatever the forest. The norm of the gradient is taken and clipped for each graph by
    itself: a graph trained in a forest moves as it would alone.

    Parameters
    ----------
    tensors : dict of str to Tensor
        Values to begin with.
    owners : dict of str to Tensor of int
        Graph of each entry of a tensor's first axis.
    n_graphs : int
        Number of graphs.
    learning_rate, weight_decay : float
        Step size, and the decoupled decay of values per step.
    clip : float
        Greatest norm of a graph's gradient.
    undecayed : collection of str, default=()
        Tensors that don't decay.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        owners: Mapping[str, Tensor],
        n_graphs: int,
        *,
        learning_rate: float,
        weight_decay: float,
        clip: float,
        undecayed: Collection[str] = (),
    ) -> None:
        self._shapes = {name: value.shape for name, value in tensors.items()}
        self.flat = torch.cat([value.flatten() for value in tensors.values()]).clone()
        self.owner = torch.cat(
            [
                owners[name].repeat_interleave(value[0].numel() if len(value) else 0)
                for name, value in tensors.items()
            ]
        )
        self._decays = torch.cat(
            [torch.full_like(v, name not in undecayed).flatten() for name, v in tensors.items()]
        )
        self.n_graphs = n_graphs
        self.learning_rate, self.weight_decay, self.clip = learning_rate, weight_decay, clip
        self._first = torch.zeros_like(self.flat)
        self._second = torch.zeros_like(self.flat)
        self._step = 0

    def tensors(self) -> dict[str, Tensor]:
        """The values as they stand, under their names; views of the flat vector."""
        sizes = [shape.numel() for shape in self._shapes.values()]
        parts = self.flat.split(sizes)
        named = zip(self._shapes.items(), parts, strict=True)
        return {name: part.view(shape) for (name, shape), part in named}

    def step(self, gradient: Tensor, active: Tensor) -> None:
        """Move along a gradient.

        Parameters
        ----------
        gradient : Tensor of the flat vector's shape
            Gradient of the sum of all graphs' losses.
        active : Tensor of shape (n_graphs,)
            Share of a step that each graph takes, 0 for those that have stopped.
        """
        beta1, beta2 = 0.9, 0.999
        self._step += 1
        with torch.no_grad():
            squares = gradient.new_zeros(self.n_graphs).index_add_(0, self.owner, gradient.square())
            factor = (self.clip / (squares.sqrt() + 1e-12)).clamp(max=1.0)
            # A graph whose gradient is not finite keeps its values for this step.
            finite = squares.isfinite()
            factor = torch.where(finite, factor, torch.zeros_like(factor))
            gradient = torch.nan_to_num(gradient, 0.0, 0.0, 0.0) * factor.index_select(
                0, self.owner
            )
            self._first.lerp_(gradient, 1 - beta1)
            self._second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            scale = self._second.div(1 - beta2**self._step).sqrt_().add_(1e-8)
            move = self._first.div(scale).mul_(self.learning_rate / (1 - beta1**self._step))
            move.add_(self.flat * self._decays, alpha=self.learning_rate * self.weight_decay)
            moving = active * finite
            self.flat.sub_(move.mul_(moving.index_select(0, self.owner)))


class BestValues:
    """The best values seen of each graph's part of a flat vector.

    Parameters
    ----------
    flat : Tensor
        Values to begin with.
    owner : Tensor of int
        Graph of each entry.
    n_graphs : int
        Number of graphs.
    """

    def __init__(self, flat: Tensor, owner: Tensor, n_graphs: int) -> None:
        self._owner = owner
        self.values = flat.clone()
        self.scores = flat.new_full((n_graphs,), -torch.inf)

    def offer(self, flat: Tensor, scores: Tensor, tol: float) -> Tensor:
        """Keep the parts of graphs whose score rose.

        Returns
        -------
        improved : Tensor of bool of shape (n_graphs,)
            Where the score rose by more than ``tol``.
        """
        better = scores > self.scores
        improved = scores > self.scores + tol
        self.scores = torch.where(better, scores, self.scores)
        self.values = torch.where(better.index_select(0, self._owner), flat, self.values)
        return improved
