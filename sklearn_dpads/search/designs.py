"""What linear programs read, column by column, at some of the labels, divided into folds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from ..training import (
    ConvexProblem,
    LabelledStreams,
    cross_entropies,
    few_labelled,
    linear_outputs,
)
from .folds import Folds
from .linear_programs import Column

# Strengths of the ridge that are tried, as the number of sequences that weigh as much as it does.
# Greedy sums on six sets chose strengths from 1 to 0.03. With many sequences it makes no difference
# that is worth the fits.
_PRIOR_SEQUENCES = (10.0, 1.0, 0.1, 0.01)
_ENOUGH_SEQUENCES = 500
# Values that are computed at once: memory.
_MOST_VALUES = 4_000_000


class Designs:
    """Columns that linear programs read, and the labels to fit them to.

    Parameters
    ----------
    data : LabelledStreams
        The data.
    folds : Folds
        The division of the sequences.
    most_positions : int
        Labels that are used, at most.
    f1_weight : float, default=0.0
        Share of soft F1 in the loss that biases are chosen by.
    dtype : torch.dtype, default=torch.float64
        Precision of the fits.
    """

    def __init__(
        self,
        data: LabelledStreams,
        folds: Folds,
        most_positions: int,
        f1_weight: float = 0.0,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.dtype = dtype
        self._data, self._folds, self._f1_weight = data, folds, f1_weight
        self.positions = few_labelled(data.targets, most_positions)
        self.targets = data.targets.positions(self.positions)
        self.fold_of = folds.fold_of[self.positions % data.targets.n_samples]
        self.n_sequences = data.targets.n_samples
        draws = torch.as_tensor(folds.draws, device=self.positions.device)
        self._draws = draws[self.positions % self.n_sequences]
        counts = self.targets.counts
        self._counts = torch.ones_like(self.targets.weights) if counts is None else counts
        # A sequence that counts twice is two.
        self._n_counted = self.n_sequences * float(self._counts.mean())
        self._columns: dict[Column, tuple[Tensor, float, float]] = {}

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return self._folds.n_folds

    def of_fewer(self, most_positions: int) -> Self:
        """The same on fewer labels."""
        return type(self)(self._data, self._folds, most_positions, self._f1_weight, self.dtype)

    def problem(self, *left_out: tuple[int, ...]) -> ConvexProblem:
        """The labels, weighed once for each set of folds that is left out."""
        weights = self.targets.weights.to(self.dtype)
        rows = []
        for folds in left_out:
            seen = torch.ones_like(weights)
            for fold in folds:
                seen = seen * (self.fold_of != fold)
            rows.append(seen * weights)
        stacked = torch.stack(rows)
        stacked = stacked / stacked.sum(1, keepdim=True).clamp(min=1e-30)
        return ConvexProblem(self.targets.codes, stacked, self.targets.n_classes)

    @cached_property
    def folds(self) -> ConvexProblem:
        """The labels, weighed once for each fold without the fold."""
        return self.problem(*((fold,) for fold in range(self.n_folds)))

    @property
    def priors(self) -> tuple[float, ...]:
        """Strengths of the ridge that are tried, as numbers of sequences."""
        return _PRIOR_SEQUENCES if self._n_counted < _ENOUGH_SEQUENCES else (1.0,)

    def ridges(self, priors: Sequence[float]) -> Tensor:
        """Strengths of the ridge beside a mean loss."""
        return torch.tensor(
            [prior / self._n_counted for prior in priors],
            dtype=self.dtype,
            device=self.positions.device,
        )

    def column(self, column: Column) -> tuple[Tensor, float, float]:
        """Give a column of the designs, scaled, with its mean and its scale."""
        if column not in self._columns:
            key, feature = column
            streams = self._data.streams
            values = streams.values[streams.keys.index(key)].flatten(0, 1)[:, feature]
            values = values.index_select(0, self.positions).double()
            weights = self._counts.double() / self._counts.double().sum()
            mean = float(values @ weights)
            scale = float((values - mean).square() @ weights) ** 0.5
            # A column that is the same everywhere tells nothing.
            scale = scale if scale > 1e-9 * (1.0 + abs(mean)) else 0.0
            scaled = (values - mean) / scale if scale else torch.zeros_like(values)
            scaled = scaled.to(self.dtype)
            self._columns[column] = (scaled, mean, scale)
        return self._columns[column]

    def design(self, columns: Sequence[Column]) -> Tensor:
        """Give the columns side by side, and one of ones."""
        ones = torch.ones(len(self.positions), dtype=self.dtype, device=self.positions.device)
        return torch.stack([*(self.column(column)[0] for column in columns), ones], 1)

    def held_out(self, designs: Tensor, weights: Tensor) -> Tensor:
        """Cross-entropy of every label, by the weights fitted without its fold.

        Parameters
        ----------
        designs : Tensor of shape (n_programs, n_positions, n_columns)
            What the programs read.
        weights : Tensor of shape (n_programs, n_weightings, n_ridges, n_outputs, n_columns)
            Their weights, fitted to :attr:`folds`.

        Returns
        -------
        losses : Tensor of shape (n_programs, n_ridges, n_positions)
        """
        chosen = self.held_out_outputs(designs, weights)
        flat = chosen.flatten(0, 1)
        return cross_entropies(flat, self.targets).view(*chosen.shape[:2], -1)

    def held_out_outputs(self, designs: Tensor, weights: Tensor) -> Tensor:
        """Outputs at every label, of shape (n_programs, n_ridges, n_outputs, n_positions)."""
        outputs = linear_outputs(designs, weights)
        fold = self.fold_of.view(1, 1, 1, 1, -1).expand(
            len(designs), 1, *outputs.shape[2:4], len(self.positions)
        )
        return outputs.gather(1, fold)[:, 0]

    def mean(self, entropies: Tensor) -> Tensor:
        """Mean over the labels, along the last axis."""
        return entropies @ self._shares(entropies.dtype)

    def by_draw(self, entropies: Tensor) -> Tensor:
        """What each independent draw adds to the mean over the labels, along the last axis."""
        whole = entropies.new_zeros((*entropies.shape[:-1], int(self._draws.max()) + 1))
        return whole.index_add(-1, self._draws, entropies * self._shares(entropies.dtype))

    def _shares(self, dtype: torch.dtype) -> Tensor:
        weights = self.targets.weights.to(dtype)
        return weights / weights.sum()

    def chunks(
        self, columns: Sequence[tuple[Column, ...]], n_fits: int, most_values: int = _MOST_VALUES
    ) -> Iterator[list[int]]:
        """Numbers of designs of equally many columns, so many at once as memory allows.

        Parameters
        ----------
        columns : sequence of tuple of Column
            What each design reads.
        n_fits : int
            Fits of each design.
        most_values : int
            Values that are computed at once.
        """
        by_size: dict[int, list[int]] = {}
        for i, of in enumerate(columns):
            by_size.setdefault(len(of), []).append(i)
        for size, members in by_size.items():
            values = len(self.positions) * (n_fits * self.targets.n_outputs + size)
            step = max(1, most_values // values)
            for start in range(0, len(members), step):
                yield members[start : start + step]
