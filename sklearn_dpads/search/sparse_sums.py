"""One sum of many readers with few weights: all are fitted at once, and the weakest go.

A search among sums adds one reader after the other, each with a whole group of features, and a
sparse last fit then looks for weights that can go. Here all that the grammar reads is fitted
first, so that a weight of any statistic of any feature can be among those that stay. This is ours,
and no part of the paper's method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..graph import DerivationGraph, discrete_graph
from ..inputs.settings import integer, real
from ..program import Expression
from ..program.expression import Array
from ..training import Pace, cross_entropies
from .base import Search
from .cross_fitting import cross_fit
from .ending import SearchResult, choose, choose_fitted, interruptible, rank
from .found import valued
from .linear import LinearFits
from .linear_programs import Column, columns_read
from .log import Log, Phase
from .output_scores import OutputScores, calibrated
from .problem import Problem, ValuedGraph
from .sparse import MaskedProblem, fewest, largest, sparse_path
from .summands import Summand, columns_of, program_of, summands
from .trials import JudgedProgram, fresh_trial

# Steps of the fit of all weights, of one with fewer readers, and of the last one.
_FIRST_STEPS, _STEPS, _LAST_STEPS = 100, 30, 400
# Steps in all of who has no time.
_LATE_STEPS = 20
# Of the readers, the share that the next fit keeps.
_KEPT = 0.8
# Columns that are looked at, times labels: memory and time. Others are those along which the loss
# of no weights at all slopes less.
_MOST_VALUES = 20_000_000

_NO_SUM = (
    "The grammar has no sum of readers of statistics of frames, such as SlideWindowAvg, within the "
    "depth; add some, or let programs be deeper."
)


@dataclass(frozen=True)
class _Tried:
    """Sums of fewer and fewer weights.

    Parameters
    ----------
    of_folds : ndarray of shape (n_folds, n_levels, n_outputs, n_columns)
        Weights fitted without each fold.
    on_all : ndarray of shape (n_levels, n_outputs, n_columns)
        Those fitted to all labels.
    parts : ndarray of shape (n_levels, n_draws)
        What each draw adds to the cross-fitted loss.
    """

    of_folds: Array
    on_all: Array
    parts: Array

    def first(self, max_numbers: int) -> int:
        """Give the first level with so few numbers, or the last of all."""
        few = np.flatnonzero(np.count_nonzero(self.on_all, axis=(1, 2)) <= max_numbers)
        return int(few[0]) if len(few) else len(self.on_all) - 1


@dataclass(kw_only=True, repr=False, eq=False)
class SparseSums(Search):
    """One sum of readers with few numbers, out of all that the grammar reads.

    All statistics of all features are fitted at once, the readers that weigh least go, and then
    one weight after the other, as far as cross-fitting can't tell. It takes seconds. Its programs
    have fewer numbers than others and more readers.

    Parameters
    ----------
    max_readers : int, default=10
        Greatest number of readers, such as the mean of the last ten frames.
    max_numbers : int, default=60
        Greatest number of numbers, of more than two classes at least one more than there are
        classes. Below it there are as many as have the least cross-fitted
        loss, or by `sparse_errors` fewer.
    prior : float, default=0.1
        Strength of the ridge, as the number of sequences that weigh as much as it does.
    **settings
        Those of :class:`~.base.Search`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import ProgramClassifier
    >>> from sklearn_dpads.search import SparseSums
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 30)
    >>> X = rng.normal(size=(60, 8, 5))
    >>> X[y == 1, :, 2] += 2.0
    >>> clf = ProgramClassifier(search=SparseSums(max_numbers=10), random_state=0).fit(X, y)
    >>> clf.program_.n_parameters <= 10
    True
    """

    title: ClassVar[str] = "sparse sums of readers"

    # Readers to look at against what numbers tell. On ten divisions of the training part of NATOPS
    # the F1 of 54 weights is beside that of sums with 393 numbers 0.011 ± 0.006 with 17 readers,
    # 0.015 ± 0.008 with 10, -0.005 ± 0.013 with 6, and -0.009 ± 0.012 with 4.
    max_readers: int = integer(10)
    # Numbers to read against F1. There 41 numbers have 0.006 ± 0.010 on average below this limit;
    # `sparse_errors=1` keeps 28 with -0.010 ± 0.014. On RacketSports 49 have 0.028 ± 0.026.
    max_numbers: int = integer(60, least=2)
    # Noise in few weights against weights that are too small. There 10, 1, 0.1 and 0.01 have with
    # 54 weights of any readers -0.016 ± 0.014, 0.004 ± 0.009, 0.011 ± 0.006 and 0.017 ± 0.008, with
    # 40 0.1 is ahead of 0.01 by 0.010. To choose it by the folds takes three times as long, and has
    # an F1 of -0.007 ± 0.010 in place of 0.006.
    prior: float = real(0.1, open=True)

    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
        """Search.

        Parameters
        ----------
        problem : Problem
            The problem.
        log : Log
            Record of the search.
        initial : sequence of Expression, default=()
            Not looked at.

        Returns
        -------
        result : SearchResult
            The chosen program, and those with fewer numbers still.

        Raises
        ------
        ValueError
            If the grammar has no such sum, or sums have more numbers.
        """
        self._check_numbers(problem.n_outputs)
        pool = _Pool(problem, self.max_readers, self.max_numbers, self.prior)
        found: list[_Tried] = []
        with interruptible(log):
            pace = log.stopwatch.pace()
            found.append(log.step("sparse sums", lambda: pool.tried(pace)))
        (tried,) = found or [pool.tried(_Late())]
        programs = self._programs(pool, tried)
        if not programs:
            trial = fresh_trial(problem, pool.of_one_reader(tried))
            return choose(problem, rank(problem, cross_fit(problem, [trial], log)), log)
        if log.stopwatch.has_cut:
            log.add(Phase.EXPIRED)
        result = choose_fitted(problem, list(programs.values()), log)
        chosen = result.programs[0]
        log.add(Phase.FIT, loss=chosen.loss, program=chosen.expression.skeleton())
        level = next(level for level, program in programs.items() if program is chosen)
        return replace(result, of_folds=pool.of_folds(tried, level, chosen.expression))

    def _check_numbers(self, n_outputs: int) -> None:
        """Refuse fewer numbers than a bias for each output and one weight."""
        if self.max_numbers <= n_outputs:
            raise ValueError(
                f"max_numbers is {self.max_numbers}, but a sum that gives {n_outputs} values has "
                f"{n_outputs + 1} numbers or more: one for each, and a weight. Allow as many."
            )

    def _programs(self, pool: _Pool, found: _Tried) -> dict[int, JudgedProgram]:
        """Programs of the level that is chosen, and of those below, as far as there are some."""
        first = found.first(self.max_numbers)
        chosen = first + fewest(found.parts[first:], self.sparse_errors)
        return pool.judged(found, range(chosen, len(found.on_all)))


class _Late(Pace):
    """No time: a few steps, so that there are weights at all."""

    def __init__(self) -> None:
        self._left = _LATE_STEPS

    def __call__(self) -> bool:
        self._left -= 1
        return self._left < 0


class _Pool:
    """All statistics of all features that a grammar reads, and fits of few of them."""

    def __init__(self, problem: Problem, max_readers: int, max_numbers: int, prior: float) -> None:
        self.fits: LinearFits = problem.few_linear
        self._problem, self._ridge = problem, float(self.fits.ridges([prior]))
        self._summands = summands(problem.grammar, problem.signature)
        if not self._summands:
            raise ValueError(_NO_SUM)
        self._summands = self._within_depth()
        self._max_readers = max_readers if self._has_sum(self._summands) else 1
        self._max_numbers = max_numbers
        self._columns = self._looked_at(columns_of(self._summands))
        self._design = self.fits.design(self._columns)
        streams = {key: i for i, key in enumerate(dict.fromkeys(c[0] for c in self._columns))}
        self._reader_of = np.array([streams[key] for key, _ in self._columns], dtype=np.int64)

    def tried(self, pace: Pace) -> _Tried:
        """Fit without each fold, and on all, with fewer and fewer weights."""
        fits = self.fits
        weighings = torch.cat([fits.folds.weights, fits.problem(()).weights]).cpu().numpy()
        problems = [_masked(fits, self._design, weighed, self._ridge) for weighed in weighings]
        paths = [self._path(problem, pace) for problem in problems]
        n_levels = min(map(len, paths))
        weights = np.array([path[:n_levels] for path in paths])
        if np.count_nonzero(weights[-1, -1]) > self._max_numbers:
            # There was no time for all levels, and none is small enough.
            small = [self._cut(*of) for of in zip(problems, weights[:, -1], strict=True)]
            weights = np.concatenate([weights, np.array(small)[:, None]], axis=1)
        of_folds = torch.as_tensor(weights[:-1]).to(self._design)[None]
        outputs = fits.held_out_outputs(self._design[None], of_folds)[0]
        # A weak ridge makes sums too sure of themselves, and not worse.
        outputs = calibrated(outputs, fits.targets, self._problem.judging)
        parts = fits.by_draw(cross_entropies(outputs, fits.targets)).cpu().numpy()
        return _Tried(weights[:-1], weights[-1], parts)

    def _cut(self, problem: MaskedProblem, weights: Array) -> Array:
        """Leave as many weights as there may be, in few steps."""
        mask = largest(weights, max(1, self._max_numbers - problem.n_outputs))
        return problem.fit(mask & (weights != 0), weights, _LATE_STEPS)

    def judged(self, tried: _Tried, of_levels: Sequence[int]) -> dict[int, JudgedProgram]:
        """Give programs of some levels, fitted to all labels, as far as the grammar has them."""
        problem, fits = self._problem, self.fits
        of_folds = torch.as_tensor(tried.of_folds[:, list(of_levels)]).to(self._design)
        outputs = fits.held_out_outputs(self._design[None], of_folds[None])[0].float()
        found = OutputScores.of(
            outputs,
            fits.targets,
            problem.scorer,
            problem.judging,
            problem.training.f1_weight,
            problem.folds.draws[(fits.positions % problem.n_sequences).cpu().numpy()],
        )
        judged = {}
        for i, level in enumerate(of_levels):
            program = self._program(tried.on_all[level])
            if program is not None:
                judged[level] = JudgedProgram(
                    expression=program,
                    score=float(found.scores[i]),
                    loss=float(found.losses[i]),
                    loss_error=float(found.errors[i]),
                    price_share=problem.price_share(program),
                    recalls=tuple(found.recalls[i]),
                )
        return judged

    def of_folds(self, tried: _Tried, level: int, program: Expression) -> list[ValuedGraph]:
        """Give the programs of a level that have not seen each fold, nor were chosen with it.

        One that the grammar does not have is as near to that of all labels as can be.
        """
        found = []
        for fold, levels in enumerate(tried.of_folds):
            weights, left_out = levels[level], (fold,)
            own = self._program(weights, left_out) or self._fitted(program, weights, left_out)
            found.append(valued(self._problem, own))
        return found

    def _within_depth(self) -> list[Summand]:
        """All summands, or where sums of all are too deep, most of those that stand in one thing.

        With a label per frame, what is read of a frame and of those up to it stand apart.
        """
        by_outer: dict[object, list[Summand]] = {}
        for summand in self._summands:
            by_outer.setdefault(summand.readers[:-1], []).append(summand)
        return self._summands if self._has_sum(self._summands) else max(by_outer.values(), key=len)

    def _has_sum(self, of: Sequence[Summand]) -> bool:
        """Whether the grammar has the sum of one summand of each reader."""
        return self._sum(list({s.readers: s for s in of}.values())) is not None

    def _sum(self, chosen: Sequence[Summand]) -> Expression | None:
        return program_of(chosen, self._problem) if chosen else None

    def of_one_reader(self, tried: _Tried) -> DerivationGraph:
        """Give the program of the group of one reader that weighs most, for what has no sum."""
        sizes = np.square(tried.on_all[-1, :, :-1]).sum(axis=0)
        of_column = dict(zip(self._columns, sizes.tolist(), strict=True))
        heaviest = max(
            self._summands, key=lambda s: sum(of_column.get(column, 0.0) for column in s.columns)
        )
        program = self._sum([heaviest])
        if program is None:
            raise ValueError(_NO_SUM)
        return discrete_graph(program, self._problem.grammar, self._problem.n_features)

    def _looked_at(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """All columns, or those along which the loss of no weights at all slopes most."""
        fits, most = self.fits, _MOST_VALUES // len(self.fits.positions)
        if len(columns) <= most:
            return tuple(columns)
        (weights,) = fits.problem(()).weights
        classes = torch.nn.functional.one_hot(fits.targets.codes, fits.targets.n_classes).to(
            weights
        )
        errors = (classes - weights @ classes) * weights[:, None]
        slopes = [float((fits.column(column)[0] @ errors).square().sum()) for column in columns]
        order = np.argsort(slopes, kind="stable")[::-1][:most]
        return tuple(columns[i] for i in sorted(order))

    def _path(self, masked: MaskedProblem, pace: Pace) -> list[Array]:
        """Weights of fewer and fewer readers, and then of fewer and fewer columns."""
        everything = np.ones((masked.n_outputs, masked.design.shape[1]), dtype=bool)
        weights = masked.fit(everything, np.zeros(everything.shape), _FIRST_STEPS, pace)
        n_readers = len(set(self._reader_of.tolist()))
        while n_readers > self._max_readers:
            kept = self._max_readers if pace() else int(_KEPT * n_readers)
            n_readers = max(self._max_readers, kept)
            mask = np.broadcast_to(self._heaviest(weights, n_readers), everything.shape)
            weights = masked.fit(mask, weights, _STEPS, pace)
        kept_columns = np.flatnonzero(self._heaviest(weights, n_readers))
        inner = replace(masked, design=masked.design[:, kept_columns])
        path = []
        for of_level in sparse_path(inner, weights[:, kept_columns], pace):
            whole = np.zeros(everything.shape)
            whole[:, kept_columns] = of_level
            path.append(whole)
        return path

    def _heaviest(self, weights: Array, n_readers: int) -> NDArray[np.bool_]:
        """Tell the columns of the readers with the greatest weights, and the constant."""
        squares = np.square(weights[:, :-1]).sum(axis=0)
        sizes = np.bincount(self._reader_of, weights=squares)
        kept = np.argsort(-sizes, kind="stable")[:n_readers]
        return np.append(np.isin(self._reader_of, kept), True)

    def _program(self, weights: Array, left_out: tuple[int, ...] = ()) -> Expression | None:
        """Fit the weights of a level, as :meth:`_fitted`; None where the grammar has no program."""
        read = np.flatnonzero(weights[:, :-1].any(axis=0))
        program = self._sum(self._holding([self._columns[j] for j in read]))
        return None if program is None else self._fitted(program, weights, left_out)

    def _fitted(self, program: Expression, weights: Array, left_out: tuple[int, ...]) -> Expression:
        """Fit a program to all labels but those of some folds.

        Parameters
        ----------
        program : Expression
            The program.
        weights : ndarray of shape (n_outputs, n_columns)
            Weights to begin with, of all columns that are looked at; those that are 0 stay so.
        left_out : tuple of int
            The folds.
        """
        fits = self._problem.all_linear
        columns = columns_read(program)
        place = {column: j for j, column in enumerate(self._columns)}
        own = np.array([place.get(column, -1) for column in columns])
        start = np.column_stack([np.where(own >= 0, weights[:, own], 0.0), weights[:, -1]])
        mask = start != 0
        mask[:, -1] = True
        design, labels = fits.design(columns)[None], fits.problem(left_out)
        masked = _masked(fits, design[0], labels.weights[0].cpu().numpy(), self._ridge)
        found = torch.as_tensor(masked.fit(mask, start, _LAST_STEPS)).to(design)[None, None]
        return fits.version(program, columns, fits.with_biases(labels, design, found)[0, 0])

    def _holding(self, columns: Sequence[Column]) -> list[Summand]:
        """Give summands that hold columns: for each statistic one group, or as few as can be."""
        needed: dict[object, set[Column]] = {}
        for column in columns:
            needed.setdefault(column[0], set()).add(column)
        chosen = []
        for key, left in needed.items():
            of_key = [s for s in self._summands if s.columns and s.columns[0][0] == key]
            of_key = [s for s in of_key if s.readers == of_key[0].readers]
            whole = [s for s in of_key if left <= {*s.columns}]
            if whole:
                chosen.append(min(whole, key=lambda s: len(s.columns)))
                continue
            while left:
                best = max(of_key, key=lambda s: (len(left & {*s.columns}), -len(s.columns)))
                chosen.append(best)
                left = left - {*best.columns}
        return chosen


def _masked(fits: LinearFits, design: Tensor, weighed: Array, ridge: float) -> MaskedProblem:
    """Logistic regression on a design, with labels that count in some way."""
    targets = fits.targets
    # In single precision the steps of L-BFGS would end early.
    values, codes = design.double().cpu().numpy(), targets.codes.cpu().numpy()
    return MaskedProblem(values, codes, weighed.astype(np.float64), targets.n_classes, ridge)
