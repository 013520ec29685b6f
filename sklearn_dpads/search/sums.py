"""Sums of readers, grown one summand at a time: the part of a search that is convex.

This is ours, and no part of the paper's method. All programs of one reader are fitted first. Then
the summand is added that lowers the cross-fitted loss most, as long as it falls by what counts, and
those that no longer pay are taken away. Every fit is a logistic regression, so that programs are
compared, and not how well they were trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ..engine import from_expression
from ..grammar import Affine, Production
from ..graph import discrete_graph
from ..inputs.settings import Settings, integer, real, within
from ..program import Expression
from ..program.expression import Array
from ..training import fit_convex, linear_errors
from .base import Search
from .cross_fitting import cross_fit
from .ending import SearchResult, choose, interruptible, rank
from .linear import LinearFits
from .linear_programs import Column
from .log import Log, Phase
from .problem import Problem
from .summands import Summand, columns_of, program_of, summands
from .trials import Trial, fresh_trial


@dataclass(kw_only=True, repr=False, eq=False)
class SumSettings(Settings):
    """Settings of the search among sums of readers.

    Parameters
    ----------
    max_summands : int, default=5
        Greatest number of summands; 0 leaves this search out.
    least_gain : float, default=0.01
        Fall of the cross-fitted loss, as a share of it, for which a summand is added.
    n_errors : float, default=1.0
        Standard errors of that fall, over the sequences, that it has to be, too.
    n_alternatives : int, default=3
        Sums of each size that are judged beside other programs.
    n_likely : int, default=16
        Summands that are fitted to the end at each step, after all were fitted a little.
    """

    max_summands: int = integer(5, least=0)
    # Twice as much changes nothing.
    least_gain: float = real(0.01, most=1.0)
    # Idle summands against idle readers of programs. On four divisions of the training parts of six
    # sets 0, 0.5, 1 and 1.5 have an F1 of 0.890, 0.889, 0.894 and 0.870, with 4.9, 4.8, 4.1 and 3.1
    # summands.
    n_errors: float = real(1.0)
    n_alternatives: int = integer(3)
    # Time against summands that are slow to show what they bring.
    n_likely: int = integer(16)


# Steps of a first look at a summand, from the weights of the sum without it, and of a second.
_FIRST_STEPS, _STEPS = 8, 40
# Labels of frames that a first look needs, and values that it may compute at once.
_LEAST_POSITIONS, _MOST_VALUES = 500, 2_000_000

# Sums that are looked at, where a slope can choose among more: time against summands that the known
# part tells the same as, whose slope says too little. Few have more than some hundred to look at;
# with 300 groups and 3,900 sums the same are found (not tuned).
_MANY_SUMS = 1_000

# Programs that are judged where there was no time to look at any.
_MOST_SIMPLE = 4

Sum = tuple[Summand, ...]


@dataclass(frozen=True)
class GrownSums:
    """What the search among sums has found.

    Parameters
    ----------
    nearest : list of Sum
        The sums of least loss of every size.
    steps : list of (int, float, str)
        Number of summands, cross-fitted loss and text of the sums that it went through.
    needed : list of Summand
        Summands that were looked at, those first that a sum needs most.
    """

    nearest: list[Sum]
    steps: list[tuple[int, float, str]]
    needed: list[Summand]


class Sums:
    """The search among sums of readers.

    Parameters
    ----------
    settings : SumSettings
        Settings.
    problem : Problem
        The problem.
    log : Log
        Record of the search.

    """

    def __init__(self, settings: SumSettings, problem: Problem, log: Log) -> None:
        self.settings, self.problem, self.log = settings, problem, log
        self.fits = problem.few_linear
        self.summands = summands(problem.grammar, problem.signature)
        self._losses: dict[frozenset[Summand], Array] = {}
        self._alone: dict[Summand, float] = {}
        self._has_program: dict[tuple[tuple[Production, ...], ...], bool] = {}
        self._found: GrownSums | None = None

    def run(self) -> None:
        """Grow a sum."""
        if not self.summands or not self.settings.max_summands:
            return
        self._found = self.log.step("sums", self._grow)
        for n_summands, loss, program in self._found.steps:
            self.log.add(Phase.SUM, n_summands=n_summands, loss=loss, program=program)

    @property
    def found(self) -> GrownSums:
        """What was found, if it was cut short, up to then."""
        return self._found or GrownSums(self._nearest(), [], self._needed(()))

    @property
    def readers(self) -> list[tuple[Production, ...]]:
        """Readers of the grammar that were looked at, those first that a sum needs most."""
        return list(dict.fromkeys(summand.readers for summand in self.found.needed))

    @property
    def terminals(self) -> list[Affine]:
        """Terminals that were looked at, those first that a sum needs most."""
        return list(dict.fromkeys(summand.terminal for summand in self.found.needed))

    def trials(self) -> list[Trial]:
        """The sums that came nearest at each size, as programs to judge."""
        programs = [program_of(of, self.problem) for of in self.found.nearest]
        return [self._trial(program) for program in programs if program is not None]

    def simplest(self) -> list[Trial]:
        """Programs of one summand, for who had no time to look at any."""
        programs = (program_of((summand,), self.problem) for summand in self.summands)
        known = (program for program in programs if program is not None)
        return [self._trial(program) for program in islice(known, _MOST_SIMPLE)]

    def _grow(self) -> GrownSums:
        settings = self.settings
        steps: list[tuple[int, float, str]] = []
        chosen: Sum = ()
        while len(chosen) < settings.max_summands and not self.log.stopwatch.expired():
            longer = [sum_ for sum_ in self._longer(chosen) if self._is_known(sum_)]
            if not longer:
                break
            best = min(longer, key=self._loss_of)
            if chosen and not self._pays(best, chosen):
                break
            chosen = self._without_idle(best)
            text = " + ".join(map(str, chosen))
            steps.append((len(chosen), self._loss_of(chosen), text))
        return GrownSums(self._nearest(), steps, self._needed(chosen))

    def _longer(self, chosen: Sum) -> list[Sum]:
        """The sums of one summand more that a first look finds best, now fitted."""
        candidates = [s for s in self.summands if s not in chosen]
        longer = [(*chosen, s) for s in candidates if self._is_program((*chosen, s))]
        if len(longer) > _MANY_SUMS and chosen:
            longer = self._steepest(longer, chosen)
        if len(longer) > self.settings.n_likely or not chosen:
            losses = self._looked_at(longer, chosen)
            if not chosen:
                self._alone = {sum_[0]: loss for sum_, loss in zip(longer, losses, strict=True)}
            order = np.argsort(losses, kind="stable")
            longer = [longer[i] for i in order[: self.settings.n_likely]]
        self._fit(longer)
        return longer

    def _without_idle(self, chosen: Sum) -> Sum:
        """Take summands away that would not be added now."""
        while len(chosen) > 2:
            shorter = [tuple(s for s in chosen if s != left) for left in chosen[:-1]]
            self._fit(shorter)
            shorter = [sum_ for sum_ in shorter if self._is_known(sum_)]
            if not shorter:
                break
            best = min(shorter, key=self._loss_of)
            if self._pays(chosen, best):
                break
            chosen = best
        return chosen

    def _pays(self, longer: Sum, shorter: Sum) -> bool:
        """Whether the loss falls by what counts, and by more than chance."""
        gains = self._losses[frozenset(shorter)] - self._losses[frozenset(longer)]
        error = float(gains.std()) * len(gains) ** 0.5
        least = self.settings.least_gain * self._loss_of(shorter)
        return bool(float(gains.sum()) > max(least, self.settings.n_errors * error))

    def _nearest(self) -> list[Sum]:
        by_size: dict[int, list[frozenset[Summand]]] = {}
        for sum_ in sorted(self._losses, key=lambda sum_: float(self._losses[sum_].sum())):
            of_size = by_size.setdefault(len(sum_), [])
            if len(of_size) < self.settings.n_alternatives:
                of_size.append(sum_)
        order = {summand: i for i, summand in enumerate(self.summands)}
        return [
            tuple(sorted(sum_, key=order.__getitem__)) for of in by_size.values() for sum_ in of
        ]

    def _needed(self, chosen: Sum) -> list[Summand]:
        """The summands of a sum, and then the others by what they tell alone."""
        alone = sorted(self._alone, key=self._alone.__getitem__)
        return list(dict.fromkeys((*chosen, *alone)))

    def _is_known(self, chosen: Sum) -> bool:
        return frozenset(chosen) in self._losses

    def _loss_of(self, chosen: Sum) -> float:
        return float(self._losses[frozenset(chosen)].sum())

    def _fit(self, sums: Sequence[Sum]) -> None:
        """Find what draws add to the cross-fitted losses of sums that are not known yet.

        Where there is no time, some stay unknown.
        """
        fits = self.fits
        new = [sum_ for sum_ in sums if frozenset(sum_) not in self._losses]
        columns = [columns_of(sum_) for sum_ in new]
        pace = self.log.stopwatch.pace()
        for chunk in fits.chunks(columns, len(fits.folds.weights), _MOST_VALUES):
            if self._losses and pace():
                break
            designs = torch.stack([fits.design(columns[i]) for i in chunk])
            weights = fit_convex(fits.folds, designs, fits.ridges([1.0]), n_steps=_STEPS, pace=pace)
            losses = fits.by_draw(fits.held_out(designs, weights))[:, 0].cpu().numpy()
            self._losses |= {frozenset(new[i]): loss for i, loss in zip(chunk, losses, strict=True)}

    def _steepest(self, sums: Sequence[Sum], known: Sum) -> list[Sum]:
        """Of very many sums those along whose last summand the loss of the known part slopes most.

        A summand is as steep as its steepest column, so that those that read more are no worse.
        """
        fits = self._first_fits(len(sums))
        design = fits.design(columns_of(known))[None]
        weights = fit_convex(fits.folds, design, fits.ridges([1.0]), n_steps=_STEPS)
        errors = linear_errors(fits.folds, design, weights).flatten(0, 3)
        columns = list(dict.fromkeys(column for sum_ in sums for column in sum_[-1].columns))
        steep: dict[Column, float] = {}
        at_once = max(1, _MOST_VALUES // len(fits.positions))
        for first in range(0, len(columns), at_once):
            some = columns[first : first + at_once]
            slopes = errors @ torch.stack([fits.column(column)[0] for column in some], 1)
            steep |= zip(some, slopes.square().sum(0).tolist(), strict=True)
        by_slope = sorted(sums, key=lambda sum_: -max(steep[c] for c in sum_[-1].columns))
        return by_slope[:_MANY_SUMS]

    def _looked_at(self, sums: Sequence[Sum], known: Sum) -> Array:
        """Cross-fitted losses of sums after few steps and on few labels; infinite without time.

        The steps begin with the weights of a sum that is a part of them all.
        """
        fits = self._first_fits(len(sums))
        known_design = fits.design(columns_of(known))[None]
        start = fit_convex(fits.folds, known_design, fits.ridges([1.0]), n_steps=_STEPS)
        columns = [columns_of(sum_) for sum_ in sums]
        losses = np.full(len(sums), np.inf)
        pace = self.log.stopwatch.pace()
        for chunk in fits.chunks(columns, len(fits.folds.weights), _MOST_VALUES):
            if pace():
                break
            designs = torch.stack([fits.design(columns[i]) for i in chunk])
            weights = fit_convex(
                fits.folds,
                designs,
                fits.ridges([1.0]),
                n_steps=_FIRST_STEPS,
                start=_extended(start, designs.shape),
                pace=pace,
            )
            losses[chunk] = fits.mean(fits.held_out(designs, weights))[:, 0].cpu().numpy()
        return losses

    def _first_fits(self, n_sums: int) -> LinearFits:
        """Labels for a first look: fewer, the more there is to look at."""
        whole = self.fits
        each = n_sums * len(whole.folds.weights) * whole.targets.n_outputs
        most = max(_LEAST_POSITIONS, _MOST_VALUES // each)
        return whole if most >= len(whole.positions) else whole.of_fewer(most)

    def _is_program(self, chosen: Sum) -> bool:
        """Whether the grammar has a sum within the depth, which its readers tell."""
        readers = tuple(summand.readers for summand in chosen)
        if readers not in self._has_program:
            self._has_program[readers] = program_of(chosen, self.problem) is not None
        return self._has_program[readers]

    def _trial(self, program: Expression) -> Trial:
        problem = self.problem
        graph = discrete_graph(program, problem.grammar, problem.n_features)
        start = from_expression(graph, program)
        return Trial(graph, [start] * problem.folds.n_folds, found_by="sums of readers")


@dataclass(kw_only=True, repr=False, eq=False)
class SumsOfReaders(Search):
    """Nothing but the search among sums of readers.

    It takes seconds, and says what a program that is no such sum has to beat.

    Parameters
    ----------
    sums : SumSettings
        Settings of the search among sums.
    **settings
        Those of :class:`~.base.Search`.
    """

    title: ClassVar[str] = "sums of readers"

    sums: SumSettings = within(SumSettings)

    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
        """Search; the best sum is chosen as every search chooses.

        Parameters
        ----------
        problem : Problem
            The problem.
        log : Log
            Record of the search.
        initial : sequence of Expression, default=()
            Programs of the grammar to judge beside the sums.

        Returns
        -------
        result : SearchResult

        Raises
        ------
        ValueError
            If the grammar has no reader of statistics of frames.
        """
        sums = Sums(self.sums, problem, log)
        with interruptible(log):
            sums.run()
        trials = sums.trials() or sums.simplest()
        graphs = [discrete_graph(e, problem.grammar, problem.n_features) for e in initial]
        trials += [fresh_trial(problem, graph) for graph in graphs]
        if not trials:
            raise ValueError(
                "The grammar has no reader of a statistic of frames, such as SlideWindowAvg, with "
                "an Affine that it reads; add some, or take another search."
            )
        return choose(problem, rank(problem, cross_fit(problem, trials, log)), log)


def _extended(start: Tensor, shape: Sequence[int]) -> Tensor:
    """Weights of some columns, and 0 for those that follow; the bias stays the last."""
    n_programs, _, n_columns = shape
    whole = start.new_zeros((n_programs, *start.shape[1:4], n_columns))
    whole[..., : start.shape[-1] - 1] = start[..., :-1]
    whole[..., -1] = start[..., -1]
    return whole
