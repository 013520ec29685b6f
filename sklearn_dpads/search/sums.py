"""Sums of readers, grown one summand at a time: the part of a search that is convex.

This is ours, and no part of the paper's method. All programs of one reader are fitted first. Then
the summand is added that lowers the cross-fitted loss most, as long as it falls by what counts, and
those that no longer pay are taken away. Every fit is a logistic regression, so that programs are
compared, and not how well they were trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ..engine import from_expression
from ..grammar import (
    ATOM_TO_ATOM,
    Add,
    Affine,
    Grammar,
    Kind,
    Production,
    Signature,
)
from ..graph import discrete_graph
from ..inputs.settings import Settings, integer, real, within
from ..program import Expression
from ..program.expression import Array
from ..training import fit_convex
from .base import Search
from .cross_fitting import Trial, cross_fit, fresh_trial
from .drafts import canonical
from .ending import SearchResult, choose, interruptible, rank
from .linear import Column, LinearFits
from .log import Log, Phase
from .problem import Problem


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


@dataclass(frozen=True)
class Summand:
    """A reader of an ``Affine``.

    Parameters
    ----------
    readers : tuple of Production
        Productions around the function of frames, outermost first.
    terminal : Affine
        The function.
    """

    readers: tuple[Production, ...]
    terminal: Affine

    @property
    def columns(self) -> tuple[Column, ...]:
        """What it reads."""
        key = self.readers[-1].stream
        assert key is not None
        return tuple((key, feature) for feature in self.terminal.features)


def summands(grammar: Grammar, signature: Signature) -> list[Summand]:
    """Give the summands of a grammar that read statistics, in its order."""
    terminals = [p for p in grammar.of(ATOM_TO_ATOM) if isinstance(p, Affine)]
    return [
        Summand(readers, terminal)
        for readers in _readers(grammar, signature)
        for terminal in terminals
    ]


def _readers(grammar: Grammar, signature: Signature) -> Iterator[tuple[Production, ...]]:
    for production in grammar.of(signature):
        if len(production.arguments) != 1 or production.walks_frames:
            continue
        inner = production.arguments[0].signature
        if inner.input is Kind.ATOM:
            yield (production,)
        elif inner != signature:
            yield from ((production, *rest) for rest in _readers(grammar, inner))


def sum_of(chosen: Sequence[Summand], width: int, grammar: Grammar) -> Expression | None:
    """Give a sum as a program with parameters of 0; None where the grammar has none.

    Sums stand as deep as they can, so that what all summands share is written once.
    """
    by_outer: dict[tuple[Production, ...], list[Summand]] = {}
    for summand in chosen:
        by_outer.setdefault(summand.readers[:-1], []).append(summand)
    parts = []
    for outer, members in by_outer.items():
        part = _joined([_read(m, width) for m in members], grammar)
        for production in reversed(outer):
            part = None if part is None else Expression(production, width, 0, (part,), {})
        parts.append(part)
    whole = [part for part in parts if part is not None]
    return _joined(whole, grammar) if len(whole) == len(parts) else None


def _read(summand: Summand, width: int) -> Expression:
    shapes = summand.terminal.parameter_shapes(width, 0)
    params = {name: np.zeros(shape) for name, shape in shapes.items()}
    terminal = Expression(summand.terminal, width, 0, (), params)
    return Expression(summand.readers[-1], width, 0, (terminal,), {})


def _joined(parts: Sequence[Expression], grammar: Grammar) -> Expression | None:
    """Give the sum of expressions of one signature."""
    add = Add(parts[0].signature)
    if len(parts) > 1 and add not in grammar.productions:
        return None
    return reduce(lambda left, right: Expression(add, left.width, 0, (left, right), {}), parts)


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

    def run(self) -> list[Trial]:
        """Grow a sum; give the sums that came nearest at each size, as programs to judge."""
        if not self.summands or not self.settings.max_summands:
            return []
        chosen, grown = self.log.step("sums", self._grow)
        for n_summands, loss, program in grown:
            self.log.add(Phase.SUM, n_summands=n_summands, loss=loss, program=program)
        programs = [self._program(of) for of in chosen]
        return [self._trial(program) for program in programs if program is not None]

    def _grow(self) -> tuple[list[tuple[Summand, ...]], list[tuple[int, float, str]]]:
        """Give the sums to judge, and what was grown on the way, for the log."""
        settings = self.settings
        grown: list[tuple[int, float, str]] = []
        chosen: tuple[Summand, ...] = ()
        while len(chosen) < settings.max_summands and not self.log.stopwatch.expired():
            longer = self._longer(chosen)
            if not longer:
                break
            best = min(longer, key=self._loss_of)
            if chosen and not self._pays(best, chosen):
                break
            chosen = self._without_idle(best)
            text = " + ".join(f"{s.readers[-1]}({s.terminal})" for s in chosen)
            grown.append((len(chosen), self._loss_of(chosen), text))
        return self._nearest(), grown

    def _longer(self, chosen: tuple[Summand, ...]) -> list[tuple[Summand, ...]]:
        """The sums of one summand more that a first look finds best, now fitted."""
        candidates = [s for s in self.summands if s not in chosen]
        longer = [(*chosen, s) for s in candidates if self._program((*chosen, s)) is not None]
        if len(longer) > self.settings.n_likely:
            looked = self._fitted(longer, chosen, first=True)
            order = np.argsort([losses.sum() for losses in looked], kind="stable")
            longer = [longer[i] for i in order[: self.settings.n_likely]]
        self._fit(longer)
        return longer

    def _without_idle(self, chosen: tuple[Summand, ...]) -> tuple[Summand, ...]:
        """Take summands away that would not be added now."""
        while len(chosen) > 2:
            shorter = [tuple(s for s in chosen if s != left) for left in chosen[:-1]]
            self._fit(shorter)
            best = min(shorter, key=self._loss_of)
            if self._pays(chosen, best):
                break
            chosen = best
        return chosen

    def _pays(self, longer: tuple[Summand, ...], shorter: tuple[Summand, ...]) -> bool:
        """Whether the loss falls by what counts, and by more than chance."""
        gains = self._losses[frozenset(shorter)] - self._losses[frozenset(longer)]
        error = float(gains.std()) * len(gains) ** 0.5
        least = self.settings.least_gain * self._loss_of(shorter)
        return bool(float(gains.sum()) > max(least, self.settings.n_errors * error))

    def _nearest(self) -> list[tuple[Summand, ...]]:
        by_size: dict[int, list[frozenset[Summand]]] = {}
        for sum_ in sorted(self._losses, key=lambda sum_: float(self._losses[sum_].sum())):
            of_size = by_size.setdefault(len(sum_), [])
            if len(of_size) < self.settings.n_alternatives:
                of_size.append(sum_)
        order = {summand: i for i, summand in enumerate(self.summands)}
        return [
            tuple(sorted(sum_, key=order.__getitem__)) for of in by_size.values() for sum_ in of
        ]

    def _loss_of(self, chosen: tuple[Summand, ...]) -> float:
        return float(self._losses[frozenset(chosen)].sum())

    def _fit(self, sums: Sequence[tuple[Summand, ...]]) -> None:
        """Find the losses of sums that are not known yet."""
        new = [sum_ for sum_ in sums if frozenset(sum_) not in self._losses]
        for sum_, loss in zip(new, self._fitted(new, (), first=False), strict=True):
            self._losses[frozenset(sum_)] = loss

    def _fitted(
        self, sums: Sequence[tuple[Summand, ...]], known: tuple[Summand, ...], *, first: bool
    ) -> list[Array]:
        """What sequences add to the cross-fitted losses of sums.

        For a first look, after few steps and on few labels.
        """
        fits = self._first_fits(len(sums)) if first else self.fits
        start = self._weights(fits, known) if first and known else None
        columns = [_columns(sum_) for sum_ in sums]
        losses: dict[int, Array] = {}
        by_size: dict[int, list[int]] = {}
        for i, of in enumerate(columns):
            by_size.setdefault(len(of), []).append(i)
        for size, members in by_size.items():
            values = len(fits.positions) * (fits.n_folds * fits.targets.n_outputs + size)
            step = max(1, _MOST_VALUES // values)
            for begin in range(0, len(members), step):
                chunk = members[begin : begin + step]
                designs = torch.stack([fits.design(columns[i]) for i in chunk])
                begun = None if start is None else _extended(start, designs.shape)
                weights = fit_convex(
                    fits.folds,
                    designs,
                    fits.ridges([1.0]),
                    n_steps=_FIRST_STEPS if first else _STEPS,
                    start=begun,
                )
                found = fits.by_sequence(fits.held_out(designs, weights))[:, 0]
                losses |= dict(zip(chunk, found.cpu().numpy(), strict=True))
        return [losses[i] for i in range(len(sums))]

    def _first_fits(self, n_sums: int) -> LinearFits:
        """Labels for a first look: fewer, the more there is to look at."""
        whole = self.fits
        each = n_sums * whole.n_folds * whole.targets.n_outputs
        most = max(_LEAST_POSITIONS, _MOST_VALUES // each)
        if most >= len(whole.positions):
            return whole
        return LinearFits(self.problem.data, self.problem.folds, most)

    def _weights(self, fits: LinearFits, known: tuple[Summand, ...]) -> Tensor:
        """Weights of a sum, to go on from with one summand more."""
        design = fits.design(_columns(known))[None]
        return fit_convex(fits.folds, design, fits.ridges([1.0]), n_steps=_STEPS)

    def _program(self, chosen: tuple[Summand, ...]) -> Expression | None:
        problem = self.problem
        program = sum_of(chosen, problem.n_outputs, problem.grammar)
        if program is None or program.depth > problem.max_depth:
            return None
        return canonical(program, problem.grammar)

    def _trial(self, program: Expression) -> Trial:
        problem = self.problem
        graph = discrete_graph(program, problem.grammar, problem.n_features)
        start = from_expression(graph, program)
        return Trial(graph, [start] * problem.folds.n_folds)


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
        trials: list[Trial] = []
        with interruptible(log):
            trials = Sums(self.sums, problem, log).run()
        graphs = [discrete_graph(e, problem.grammar, problem.n_features) for e in initial]
        trials += [fresh_trial(problem, graph) for graph in graphs]
        if not trials:
            raise ValueError(
                "The grammar has no reader of a statistic of frames, such as SlideWindowAvg, with "
                "an Affine that it reads; add some, or take another search."
            )
        return choose(problem, rank(problem, cross_fit(problem, trials, log)), log)


def _columns(chosen: Sequence[Summand]) -> tuple[Column, ...]:
    return tuple(dict.fromkeys(column for summand in chosen for column in summand.columns))


def _extended(start: Tensor, shape: Sequence[int]) -> Tensor:
    """Weights of some columns, and 0 for those that follow; the bias stays the last."""
    n_programs, _, n_columns = shape
    whole = start.new_zeros((n_programs, *start.shape[1:4], n_columns))
    whole[..., : start.shape[-1] - 1] = start[..., :-1]
    whole[..., -1] = start[..., -1]
    return whole
