"""Cross-fitting of programs one and all: every program, random ones, or those that are given.

Of a stream of programs only the best are kept whole, so that their number costs no memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import ClassVar

from ..engine import from_expression
from ..grammar import count_programs
from ..graph import DerivationGraph, describe, discrete_graph
from ..inputs.settings import integer
from ..program import Expression
from .base import Search
from .cross_fitting import cross_fit
from .derivations import Derivations, empty_program
from .ending import (
    SearchResult,
    Verdict,
    choose,
    interruptible,
    rank,
)
from .log import Log, Phase
from .problem import Problem, RandomStream
from .trials import JudgedProgram, Trial, fresh_trial


class Census:
    """Cross-fits programs batch by batch, in memory that their number doesn't matter to.

    Parameters
    ----------
    problem : Problem
        The problem.
    log : Log
        Record of the search: an event ``"census"`` per batch.
    settings : _Counted
        Says how many are kept whole, those of least loss plus structural penalty.
    n_programs : int
        How many programs are to come.
    """

    def __init__(self, problem: Problem, log: Log, settings: _Counted, n_programs: int) -> None:
        self.problem, self.log, self.settings = problem, log, settings
        self.n_programs = n_programs
        self.best: list[JudgedProgram] = []
        self.verdicts: list[Verdict] = []

    def run(self, graphs: Iterable[DerivationGraph]) -> SearchResult:
        """Score programs until there are no more or the time is over, and fit the best.

        Parameters
        ----------
        graphs : iterable of DerivationGraph
            Discrete graphs, at least one.
        """
        batches = _batches(iter(graphs), self.settings.batch_size)
        first = next(batches)
        with interruptible(self.log):
            for batch in chain([first], batches):
                self._score(batch)
                if self.log.stopwatch.expired():
                    break
        if not self.best:
            self._score(first)
        if self.log.stopwatch.expired():
            self.log.add(Phase.EXPIRED)
        chosen = choose(self.problem, rank(self.problem, self.best), self.log)
        return replace(chosen, verdicts=self.verdicts, n_programs=self.n_programs)

    def _score(self, graphs: list[DerivationGraph]) -> None:
        trials = [fresh_trial(self.problem, graph) for graph in graphs]
        scored = cross_fit(self.problem, trials, self.log)
        self.best = heapq.nsmallest(self.settings.n_kept, self.best + scored, key=self._price)
        self.verdicts += [
            Verdict(p.expression.skeleton(), p.score, p.loss, p.loss_error, p.cost, p.price_share)
            for p in scored
        ]
        leader = self.best[0]
        self.log.add(
            Phase.CENSUS,
            n_done=len(self.verdicts),
            n_total=self.n_programs,
            score=leader.score,
            loss=leader.loss,
            program=leader.expression.skeleton(),
        )

    def _price(self, program: JudgedProgram) -> float:
        return program.priced_loss(self.problem.penalty)


def _batches(graphs: Iterator[DerivationGraph], size: int) -> Iterator[list[DerivationGraph]]:
    while batch := list(islice(graphs, size)):
        yield batch


@dataclass(kw_only=True, repr=False, eq=False)
class _Counted(Search):
    """A census of programs, of which not all are kept.

    Parameters
    ----------
    n_kept : int, default=200
        Number of the best programs that the result holds whole.
    batch_size : int, default=240
        Programs that are judged before the clock is looked at.
    """

    n_kept: int = integer(200)
    batch_size: int = integer(240)


@dataclass(kw_only=True, repr=False, eq=False)
class Enumerate(_Counted):
    """Cross-fit every program up to ``max_depth``, the cheapest first, and fit the best.

    Parameters
    ----------
    max_programs : int, default=10000
        Greatest number of programs that the search consents to train.
    n_kept, batch_size : int, default=200 and 240
        How many of the best the result holds, and how many are judged at a time.
    **settings
        Those of :class:`~.base.Search`.
    """

    title: ClassVar[str] = "enumeration"

    max_programs: int = integer(10_000)

    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
        """Judge all programs; none is begun with.

        A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
        programs judged so far is chosen and fitted. A second one is passed on.

        Parameters
        ----------
        problem : Problem
            The problem.
        log : Log
            Record of the search: an event ``"census"`` now and then.
        initial : sequence of Expression
            Without effect.

        Returns
        -------
        result : SearchResult

        Raises
        ------
        ValueError
            If the grammar derives no program of the signature within ``max_depth``, or more
            than ``max_programs``.
        """
        empty = empty_program(problem)
        n_programs = number_of_programs(problem)
        if n_programs > self.max_programs:
            raise ValueError(
                f"The grammar derives {_in_words(n_programs)} programs {problem.signature} with "
                f"{problem.n_outputs} output(s) up to max_depth={problem.max_depth}, more "
                f"than max_programs={self.max_programs}. Lower max_depth, leave productions or "
                "feature groups out, or raise max_programs."
            )
        return Census(problem, log, self, n_programs).run(_programs(problem, empty))


@dataclass(kw_only=True, repr=False, eq=False)
class RandomPrograms(_Counted):
    """Cross-fit programs drawn at random, and fit the best.

    A program is drawn from the root down: in every place, all productions that can still
    finish within ``max_depth`` are as likely.

    Parameters
    ----------
    n_programs : int, default=200
        Number of different programs that are drawn and judged.
    most_repeats : int, default=1000
        Programs drawn before, in a row, after which the search makes do with what it has.
    n_kept, batch_size : int, default=200 and 240
        How many of the best the result holds, and how many are judged at a time.
    **settings
        Those of :class:`~.base.Search`.
    """

    title: ClassVar[str] = "random programs"

    n_programs: int = integer(200)
    most_repeats: int = integer(1000)

    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
        """Draw and judge programs; none is begun with.

        A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
        programs judged so far is chosen and fitted. A second one is passed on.

        Parameters
        ----------
        problem : Problem
            The problem.
        log : Log
            Record of the search: an event ``"census"`` now and then.
        initial : sequence of Expression
            Without effect.

        Returns
        -------
        result : SearchResult

        Raises
        ------
        ValueError
            If the grammar derives no program of the signature within ``max_depth``.
        """
        empty = empty_program(problem)
        n_programs = min(self.n_programs, number_of_programs(problem, self.n_programs))
        draws = self._draws(problem, empty, n_programs)
        return Census(problem, log, self, n_programs).run(draws)

    def _draws(
        self, problem: Problem, empty: DerivationGraph, n_programs: int
    ) -> Iterator[DerivationGraph]:
        derivations = Derivations(problem.grammar, problem.n_features)
        rng = problem.rng(RandomStream.RANDOM_PROGRAMS)
        met: set[str] = set()
        repeats = 0
        while len(met) < n_programs and repeats < self.most_repeats:
            derivation = derivations.draw(
                problem.signature,
                width=problem.n_outputs,
                max_depth=problem.max_depth,
                rng=rng,
            )
            graph = derivation.graph(empty)
            name = describe(graph)
            repeats = repeats + 1 if name in met else 0
            if name not in met:
                met.add(name)
                yield graph


@dataclass(kw_only=True, repr=False, eq=False)
class GivenPrograms(Search):
    """No search at all: programs that are given are judged, and the best is fitted.

    Parameters
    ----------
    **settings
        Those of :class:`~.base.Search`.
    """

    title: ClassVar[str] = "fit"

    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
        """Judge programs by cross-fitting, and fit the best of them to all the data.

        Their present parameters may have seen the data. They are one of the beginnings of the
        last fit, and cross-fitting does without them.

        Parameters
        ----------
        problem : Problem
            The problem; its grammar holds the productions of the programs.
        log : Log
            Record of what is done.
        initial : sequence of Expression
            At least one, with parameters in the units of training.

        Returns
        -------
        result : SearchResult
        """
        trials = [_trial(problem, expression) for expression in initial]
        judged: list[JudgedProgram] = []
        with interruptible(log):
            judged = cross_fit(problem, trials, log)
        return choose(problem, rank(problem, judged or cross_fit(problem, trials, log)), log)


# Beyond this number programs are not counted.
BEYOND_COUNTING = 10**15


def number_of_programs(problem: Problem, enough: int = BEYOND_COUNTING) -> int:
    """How many programs a problem's grammar derives; commutative twins count once.

    The number grows so fast with the depth that its digits can fill the memory: counting
    ends with the first depth whose number is beyond ``enough``.
    """
    count = 0
    for depth in range(1, problem.max_depth + 1):
        count = count_programs(
            problem.grammar,
            problem.signature,
            max_depth=depth,
            n_outputs=problem.n_outputs,
            n_features=problem.n_features,
        )
        if count > enough:
            break
    return count


def _programs(problem: Problem, empty: DerivationGraph) -> Iterator[DerivationGraph]:
    derivations = Derivations(problem.grammar, problem.n_features).by_cost(
        problem.signature, width=problem.n_outputs, max_depth=problem.max_depth
    )
    for _, derivation in derivations:
        yield derivation.graph(empty)


def _in_words(number: int) -> str:
    return str(number) if number <= BEYOND_COUNTING else f"more than {BEYOND_COUNTING:.0e}"


def _trial(problem: Problem, expression: Expression) -> Trial:
    graph = discrete_graph(expression, problem.grammar, problem.n_features)
    return fresh_trial(problem, graph, [from_expression(graph, expression)])
