"""Programs that are linear in their parameters: what they read, and how they are fitted.

A sum of readers of ``Affine`` is a logistic regression on the statistics that it reads. It is
fitted as one, without a step size or a number of steps to tune, and the strength of its ridge is
what cross-fitting prefers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from ..program import Expression
from ..program.expression import Array
from ..training import (
    UNHURRIED,
    ConvexProblem,
    LabelledStreams,
    Pace,
    cross_entropies,
    few_labelled,
    fit_convex,
    linear_outputs,
    losses,
)
from .biases import with_biases
from .folds import Folds
from .linear_programs import Column, columns_read, linear_leaves, with_params
from .sparse import MaskedProblem, fewest, sparse_path

# Strengths of the ridge that are tried, as the number of sequences that weigh as much as it does.
# Greedy sums on six sets chose strengths from 1 to 0.03. With many sequences it makes no difference
# that is worth the fits.
_PRIOR_SEQUENCES = (10.0, 1.0, 0.1, 0.01)
_ENOUGH_SEQUENCES = 500
# A sum of four readers of all features is then within 0.007 and 0.0003 of the least penalized loss
# on RacketSports, NATOPS, MSR Action3D and CalMS21 for the weakest ridge, nearer for others.
_FOLD_STEPS, _LAST_STEPS = 60, 400
# Values that are computed at once: memory.
_MOST_VALUES = 4_000_000


class LinearFits:
    """Fits of linear programs to labelled streams.

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

    def of_fewer(self, most_positions: int) -> LinearFits:
        """The same on fewer labels."""
        return LinearFits(self._data, self._folds, most_positions, self._f1_weight, self.dtype)

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

    @cached_property
    def _pairs(self) -> list[tuple[int, int]]:
        return list(combinations(range(self.n_folds), 2))

    @cached_property
    def _folds_and_pairs(self) -> ConvexProblem:
        singles = [(fold,) for fold in range(self.n_folds)]
        return self.problem(*singles, *(self._pairs if self._chooses else []))

    @property
    def _chooses(self) -> bool:
        """Whether there are ridges to choose from, and folds to choose by."""
        return len(self.priors) > 1 and self.n_folds > 2

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

    def without_folds(
        self, programs: Sequence[Expression], pace: Pace = UNHURRIED
    ) -> dict[int, list[Expression]]:
        """Fit linear programs once per fold without the fold, with the ridge that suits them.

        The ridge of a fold's version is chosen by fits that have not seen the fold, either: those
        without it and one more fold, which that one judges.

        Parameters
        ----------
        programs : sequence of Expression
            Linear programs, of any parameters.
        pace : Pace, default=UNHURRIED
            Asked whether to end with what was fitted so far.

        Returns
        -------
        versions : dict of int to list of Expression
            By the number of a program, it with the parameters of each fold; not all of them
            where there was no time.
        """
        found: dict[int, list[Expression]] = {}
        problem = self._folds_and_pairs
        columns = [columns_read(program) for program in programs]
        n_fits = len(problem.weights) * len(self.priors)
        for chunk in self.chunks(columns, n_fits):
            if found and pace():
                break
            designs = torch.stack([self.design(columns[i]) for i in chunk])
            weights = fit_convex(
                problem, designs, self.ridges(self.priors), n_steps=_FOLD_STEPS, pace=pace
            )
            ridges = self._ridges_of_folds(designs, weights)
            chosen = ridges[..., None, None, None].expand(-1, -1, 1, *weights.shape[3:])
            weights = weights[:, : self.n_folds].gather(2, chosen)[:, :, 0]
            weights = self.with_biases(self.folds, designs, weights)
            for row, i in enumerate(chunk):
                found[i] = [
                    self.version(programs[i], columns[i], weights[row, fold])
                    for fold in range(self.n_folds)
                ]
        return found

    def _ridges_of_folds(self, designs: Tensor, weights: Tensor) -> Tensor:
        """Which ridge suits each fold's version of each program, of shape (n_programs, n_folds)."""
        totals = weights.new_zeros((len(designs), self.n_folds, weights.shape[2]))
        if not self._chooses:
            nothing = torch.zeros_like(totals[..., 0], dtype=torch.long)
            return nothing + len(self.priors) // 3
        for number, pair in enumerate(self._pairs):
            of_pair = weights[:, self.n_folds + number][:, None]
            for fold, judge in (pair, pair[::-1]):
                there = torch.nonzero(self.fold_of == judge)[:, 0]
                outputs = linear_outputs(designs[:, there], of_pair)[:, 0].flatten(0, 1)
                targets = self.targets.positions(there)
                entropies = cross_entropies(outputs, targets)
                found = entropies @ targets.weights.to(outputs.dtype)
                totals[:, fold] += found.view(len(designs), -1)
        return totals.argmin(-1)

    def seen(self, programs: Sequence[Expression], pace: Pace = UNHURRIED) -> dict[int, float]:
        """Fit linear programs without the first fold; give their losses of training on the others.

        Parameters
        ----------
        programs : sequence of Expression
            Linear programs.
        pace : Pace, default=UNHURRIED
            Asked whether to end with what was fitted so far.

        Returns
        -------
        losses : dict of int to float
            By the number of a program; not all of them where there was no time.
        """
        problem = self.problem((0,))
        targets = replace(self.targets, weights=problem.weights[0])
        found: dict[int, float] = {}
        columns = [columns_read(program) for program in programs]
        for chunk in self.chunks(columns, 1):
            if found and pace():
                break
            designs = torch.stack([self.design(columns[i]) for i in chunk])
            weights = fit_convex(
                problem, designs, self.ridges([1.0]), n_steps=_FOLD_STEPS // 2, pace=pace
            )
            outputs = linear_outputs(designs, weights)[:, 0, 0]
            # Beside programs that are no sums, which are trained by this loss.
            values = losses(outputs, targets, self._f1_weight)
            found |= dict(zip(chunk, values.tolist(), strict=True))
        return found

    def on_all(
        self, program: Expression, pace: Pace = UNHURRIED, *, sparse_errors: float = 0.0
    ) -> Expression:
        """Fit a linear program to all labels, with the ridge that suits it.

        Parameters
        ----------
        program : Expression
            A linear program, of any parameters.
        pace : Pace, default=UNHURRIED
            Asked before every step whether to end with the parameters so far.
        sparse_errors : float, default=0.0
            Standard errors that the cross-fitted loss may be greater by for fewer numbers; with
            0 none is left out.
        """
        columns = columns_read(program)
        design = self.design(columns)[None]
        without = fit_convex(
            self.folds, design, self.ridges(self.priors), n_steps=_FOLD_STEPS, pace=pace
        )
        best = int(self.mean(self.held_out(design, without))[0].argmin())
        ridge = self.ridges(self.priors[best : best + 1])
        everything = self.problem(())
        weights = fit_convex(everything, design, ridge, n_steps=_LAST_STEPS, pace=pace)[:, :, 0]
        if sparse_errors > 0:
            starts = torch.cat([without[0, :, best], weights[0]])
            weights = self._sparse(design[0], starts, float(ridge), sparse_errors, pace)
        weights = self.with_biases(everything, design, weights)
        return self.version(program, columns, weights[0, 0])

    def _sparse(
        self, design: Tensor, starts: Tensor, ridge: float, n_errors: float, pace: Pace
    ) -> Tensor:
        """Give as few weights as cross-fitting lets.

        Parameters
        ----------
        design : Tensor of shape (n_positions, n_columns)
            What the program reads.
        starts : Tensor of shape (n_folds + 1, n_outputs, n_columns)
            All weights, fitted without each fold, and at last to all labels.
        ridge : float
            Strength of the ridge.
        n_errors : float
            How many standard errors the loss may be greater by.
        """
        values, codes = design.cpu().numpy(), self.targets.codes.cpu().numpy()
        weighings = torch.cat([self.folds.weights, self.problem(()).weights]).cpu().numpy()
        *of_folds, on_all = (
            sparse_path(
                MaskedProblem(values, codes, weighed, self.targets.n_classes, ridge), start, pace
            )
            for weighed, start in zip(weighings, starts.cpu().numpy(), strict=True)
        )
        n_levels = min(map(len, (*of_folds, on_all)))
        # A ridge for each level, as far as what judges fits can tell.
        weights = np.array([path[:n_levels] for path in of_folds])
        parts = self.by_draw(
            self.held_out(design[None], torch.as_tensor(weights).to(design)[None])[0]
        )
        found = on_all[fewest(parts.cpu().numpy(), n_errors)]
        return torch.as_tensor(found).to(design)[None, None]

    def with_biases(self, problem: ConvexProblem, designs: Tensor, weights: Tensor) -> Tensor:
        """Shift biases to where the loss of other programs is least; see :mod:`.biases`."""
        return with_biases(problem, designs, weights, self._f1_weight)

    def version(
        self, program: Expression, columns: Sequence[Column], weights: Tensor
    ) -> Expression:
        """Give a program the weights of its columns.

        Where two terminals read the same column, the first one has its weight; the first of all
        has the bias.
        """
        values = weights.cpu().numpy()
        left: dict[Column, Array] = {}
        bias = values[:, -1].copy()
        for j, column in enumerate(columns):
            _, mean, scale = self.column(column)
            left[column] = values[:, j] / scale if scale else np.zeros(len(values))
            bias -= left[column] * mean
        params: dict[tuple[int, ...], dict[str, Array]] = {}
        for leaf in linear_leaves(program) or ():
            nothing = np.zeros(len(values))
            rows = [left.pop(column, nothing) for column in leaf.columns]
            if leaf.columns:
                params[leaf.path] = {"weight": np.stack(rows, 1), "bias": bias}
            else:
                params[leaf.path] = {"value": bias}
            bias = nothing
        return with_params(program, (), params)

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
