"""What the edges inside ``Fold`` make of the accumulators, at every time step."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .plan import EdgeUse

MOST_DENSE_STATES = 24


class DenseRecurrence:
    """What edges make of the accumulators, as one matrix over all of them.

    Parameters
    ----------
    uses : list of EdgeUse
        Edges of one width inside ``Fold``.
    width : int
        Their width.
    starts : dict
        First row of each fold's accumulator.
    n_states : int
        Rows of all accumulators.
    n_recurrent : int
        Recurrent columns of an edge's weights.
    """

    def __init__(
        self,
        uses: list[EdgeUse],
        width: int,
        starts: Mapping[tuple[int, object], int],
        n_states: int,
        n_recurrent: int,
    ) -> None:
        self.width, self._shape = width, (len(uses) * width, n_states)
        entries, sources = [], []
        for e, use in enumerate(uses):
            start = starts[use.graph, use.context]
            for i in range(e * width, (e + 1) * width):
                for j in range(use.target.accumulator):
                    entries.append(i * n_states + start + j)
                    sources.append(i * n_recurrent + j)
        self._entries, self._sources = torch.tensor(entries), torch.tensor(sources)

    def prepare(self, weights: Tensor) -> Tensor:
        """Fill the matrix from weights of shape (n_edges, width, n_recurrent)."""
        flat = weights.reshape(-1).index_select(0, self._sources)
        matrix = weights.new_zeros(self._shape[0] * self._shape[1])
        return matrix.index_put((self._entries,), flat).view(self._shape)

    def apply(self, driven: Tensor, matrix: Tensor, state: Tensor) -> Tensor:
        """Add the accumulators' share: (n_edges, width, n_samples)."""
        return torch.addmm(driven, matrix, state).view(-1, self.width, state.shape[1])


class SparseRecurrence:
    """What edges make of the accumulators, each looking its own fold's up.

    For forests of many folds, where a matrix over all accumulators is nearly empty. The
    parameters are those of :class:`DenseRecurrence`.
    """

    def __init__(
        self,
        uses: list[EdgeUse],
        width: int,
        starts: Mapping[tuple[int, object], int],
        n_states: int,
        n_recurrent: int,
    ) -> None:
        self.width = width
        self._n_seen = max(use.target.accumulator for use in uses)
        # Columns past an edge's own accumulator have weight 0; any row will do there.
        rows = [
            min(starts[use.graph, use.context] + j, n_states - 1)
            for use in uses
            for j in range(self._n_seen)
        ]
        self._rows = torch.tensor(rows)

    def prepare(self, weights: Tensor) -> Tensor:
        """Cut the weights of shape (n_edges, width, n_recurrent) to what is read."""
        return weights[:, :, : self._n_seen].contiguous()

    def apply(self, driven: Tensor, weights: Tensor, state: Tensor) -> Tensor:
        """Add the accumulators' share: (n_edges, width, n_samples)."""
        n_samples = state.shape[1]
        seen = state.index_select(0, self._rows).view(-1, self._n_seen, n_samples)
        driven = driven.view(-1, self.width, n_samples)
        if self._n_seen == 1:
            return torch.addcmul(driven, weights, seen)
        return torch.baddbmm(driven, weights, seen)


def recurrence(
    uses: list[EdgeUse],
    width: int,
    starts: Mapping[tuple[int, object], int],
    n_states: int,
    n_recurrent: int,
) -> DenseRecurrence | SparseRecurrence:
    kind = DenseRecurrence if n_states <= MOST_DENSE_STATES else SparseRecurrence
    return kind(uses, width, starts, n_states, n_recurrent)
