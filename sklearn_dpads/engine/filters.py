"""Frames that filters weigh: sums of streams whose weights are trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..grammar.filters import wavelet
from .packing import filter_name
from .plan import Plan


class Filters:
    """What the filters of a forest make of the streams; those of one window together.

    Parameters
    ----------
    plan : Plan
        The forest's plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._lags: dict[int, Tensor] = {}
        for window, keys in plan.filters.items():
            streams = keys[0].production.streams
            self._lags[window] = torch.tensor([plan.streams.index(key) for key in streams])

    def extend(self, theta: Mapping[str, Tensor], streams: Tensor) -> Tensor:
        """Give the streams and, behind them, the filtered frames.

        Parameters
        ----------
        theta : mapping of str to Tensor
            The packed parameters.
        streams : Tensor of shape (n_streams, n_positions, n_features + 1)
            Streams with a column of ones.

        Returns
        -------
        extended : Tensor of shape (n_streams + n_filters, n_positions, n_features + 1)
            In the order of the plan's ``read``.
        """
        parts = [streams]
        for window, lags in self._lags.items():
            name = filter_name(window)
            frequency, spread = theta[f"{name}.frequency"], theta[f"{name}.spread"]
            weights = torch.cat(wavelet(torch, frequency, spread, window), dim=1)
            frames = torch.tensordot(weights, streams.index_select(0, lags)[..., :-1], dims=1)
            parts.append(torch.cat([frames, frames.new_ones((*frames.shape[:2], 1))], dim=2))
        return torch.cat(parts) if self._lags else streams


class FilteredEdges:
    """Edges that read filters, each its own, in one product however many filters there are.

    Parameters
    ----------
    read : sequence of int
        What each edge reads, as its place in the plan's ``read``; ascending.
    rows : sequence of int
        Rows of the edges in the effective weights.
    """

    def __init__(self, read: Sequence[int], rows: Sequence[int]) -> None:
        by_filter: dict[int, list[int]] = {}
        for place, row in zip(read, rows, strict=True):
            by_filter.setdefault(place, []).append(row)
        most = max(map(len, by_filter.values()))
        # Filters of fewer edges have their first one several times.
        padded = [[*of, *[of[0]] * (most - len(of))] for of in by_filter.values()]
        kept = [i * most + j for i, of in enumerate(by_filter.values()) for j in range(len(of))]
        self._read, self._rows = torch.tensor(list(by_filter)), torch.tensor(padded)
        self._kept = None if len(kept) == self._rows.numel() else torch.tensor(kept)

    def values(self, weights: Tensor, extended: Tensor) -> Tensor:
        """Give the values of the edges.

        Parameters
        ----------
        weights : Tensor of shape (n_edges, width, n_features + 1)
            Effective weights of all edges of a width.
        extended : Tensor of shape (n_read, n_positions, n_features + 1)
            What :meth:`Filters.extend` gives.

        Returns
        -------
        values : Tensor of shape (n_edges_here, width, n_positions)
        """
        n_filters, width = len(self._rows), weights.shape[1]
        selected = weights.index_select(0, self._rows.flatten())
        frames = extended.index_select(0, self._read).transpose(1, 2)
        values = torch.bmm(selected.reshape(n_filters, -1, selected.shape[2]), frames)
        values = values.view(self._rows.numel(), width, -1)
        return values if self._kept is None else values.index_select(0, self._kept)
