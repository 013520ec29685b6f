"""Fits of programs that are linear in their parameters.

A sum of readers of ``Affine`` is a logistic regression on the statistics that it reads. It is
fitted as one, without a step size or a number of steps to tune, and the strength of its ridge is
what cross-fitting prefers.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    Pace,
    cross_entropies,
    fit_convex,
    linear_outputs,
    losses,
)
from .biases import with_biases
from .designs import Designs
from .linear_programs import Column, columns_read, linear_leaves, with_params
from .sparse import MaskedProblem, fewest, sparse_path

# A sum of four readers of all features is then within 0.007 and 0.0003 of the least penalized loss
# on RacketSports, NATOPS, MSR Action3D and CalMS21 for the weakest ridge, nearer for others.
_FOLD_STEPS, _LAST_STEPS = 60, 400


class LinearFits(Designs):
    """Fits of linear programs to labelled streams; see :class:`.Designs` for what it takes."""

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
