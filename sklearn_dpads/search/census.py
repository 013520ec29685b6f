"""Cross-fitting of programs one and all: every program, random ones, or those that are given.

Of a stream of programs only the best are kept whole, so that their number costs no memory.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np

from ..engine import from_expression
from ..grammar import count_programs
from ..graph import DerivationGraph, describe, discrete_graph
from ..program import Expression
from .cross_fitting import (
    ScoredProgram,
    Trial,
    cross_fit,
    fresh_trial,
)
from .derivations import Derivations, empty_program
from .ending import (
    SearchResult,
    choose,
    interruptible,
    rank,
)
from .problem import Log, Problem

BATCH_SIZE = 240


@dataclass(frozen=True)
class Verdict:
    """What cross-fitting said of a program, without the program.

    Parameters
    ----------
    skeleton : str
        Text of the productions.
    score : float
        Cross-fitted score.
    loss, loss_error : float
        Cross-fitted cross-entropy at the best temperature, and its standard error.
    cost : int
        Structural cost.
    """

    skeleton: str
    score: float
    loss: float
    loss_error: float
    cost: int


@dataclass(frozen=True)
class CensusResult(SearchResult):
    """Outcome of a search that scores programs one and all.

    Parameters
    ----------
    programs, n_defective, defect
        As in :class:`SearchResult`; only the best programs.
    verdicts : list of Verdict
        What was found out about every program, in the order in which they were scored.
    n_programs : int
        How many there were to score; more than there are verdicts if the search was
        stopped.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    n_programs: int = 0


class Census:
    """Cross-fits programs batch by batch, in memory that their number doesn't matter to.

    Parameters
    ----------
    problem : Problem
        The problem.
    log : Log
        Record of the search: an event ``"census"`` per batch.
    n_programs : int
        How many programs are to come.
    n_kept : int
        How many are kept whole: those of least loss plus structural penalty.
    """

    def __init__(self, problem: Problem, log: Log, *, n_programs: int, n_kept: int) -> None:
        self.problem, self.log = problem, log
        self.n_programs, self.n_kept = n_programs, n_kept
        self.best: list[ScoredProgram] = []
        self.verdicts: list[Verdict] = []

    def run(self, graphs: Iterable[DerivationGraph]) -> CensusResult:
        """Score programs until there are no more or the time is over, and fit the best.

        Parameters
        ----------
        graphs : iterable of DerivationGraph
            Discrete graphs, at least one.
        """
        batches = _batches(iter(graphs))
        first = next(batches)
        with interruptible(self.log):
            for batch in chain([first], batches):
                self._score(batch)
                if self.log.stopwatch.expired():
                    break
        if not self.best:
            self._score(first)
        if self.log.stopwatch.expired():
            self.log.add("expired")
        chosen = choose(self.problem, rank(self.problem, self.best), self.log)
        return CensusResult(
            chosen.programs, chosen.n_defective, chosen.defect, self.verdicts, self.n_programs
        )

    def _score(self, graphs: list[DerivationGraph]) -> None:
        trials = [fresh_trial(self.problem, graph) for graph in graphs]
        scored = cross_fit(self.problem, trials, self.log, n_steps=self.problem.fit_steps)
        self.best = heapq.nsmallest(self.n_kept, self.best + scored, key=self._price)
        self.verdicts += [
            Verdict(p.expression.skeleton(), p.score, p.loss, p.loss_error, p.cost) for p in scored
        ]
        leader = self.best[0]
        self.log.add(
            "census",
            n_done=len(self.verdicts),
            n_total=self.n_programs,
            score=leader.score,
            loss=leader.loss,
            program=leader.expression.skeleton(),
        )

    def _price(self, program: ScoredProgram) -> float:
        price = program.loss + self.problem.penalty * program.cost
        return math.inf if math.isnan(price) else price


def _batches(graphs: Iterator[DerivationGraph]) -> Iterator[list[DerivationGraph]]:
    while batch := list(islice(graphs, BATCH_SIZE)):
        yield batch


BEYOND_COUNTING = 10**15


@dataclass(frozen=True)
class EnumerationOptions:
    """Settings of the enumeration.

    Parameters
    ----------
    max_programs : int, default=20000
        Greatest number of programs that the search consents to train.
    n_kept : int, default=200
        Number of the best programs that the result holds whole.
    """

    max_programs: int = 20_000
    n_kept: int = 200


def enumerate_search(
    problem: Problem, log: Log, options: EnumerationOptions | None = None
) -> CensusResult:
    """Cross-fit every program up to ``max_depth``, the cheapest first, and fit the best.

    A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
    programs scored so far is chosen and fitted. A second one is passed on.

    Parameters
    ----------
    problem : Problem
        The problem; ``max_depth`` of its options applies.
    log : Log
        Record of the search: an event ``"census"`` now and then.
    options : EnumerationOptions or None, default=None
        Settings.

    Returns
    -------
    result : CensusResult

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within ``max_depth``, or more
        than ``max_programs``.
    """
    options = options or EnumerationOptions()
    empty = empty_program(problem)
    n_programs = number_of_programs(problem)
    if n_programs > options.max_programs:
        raise ValueError(
            f"The grammar derives {_in_words(n_programs)} programs {problem.signature} with "
            f"{problem.n_outputs} output(s) up to max_depth={problem.options.max_depth}, more "
            f"than max_programs={options.max_programs}. Lower max_depth, leave productions or "
            "feature groups out, or raise max_programs."
        )
    census = Census(problem, log, n_programs=n_programs, n_kept=options.n_kept)
    return census.run(_programs(problem, empty))


def number_of_programs(problem: Problem, enough: int = BEYOND_COUNTING) -> int:
    """How many programs a problem's grammar derives; commutative twins count once.

    The number grows so fast with the depth that its digits can fill the memory: counting
    ends with the first depth whose number is beyond ``enough``.
    """
    count = 0
    for depth in range(1, problem.options.max_depth + 1):
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
        problem.signature, width=problem.n_outputs, max_depth=problem.options.max_depth
    )
    for _, derivation in derivations:
        yield derivation.graph(empty)


def _in_words(number: int) -> str:
    return str(number) if number <= BEYOND_COUNTING else f"more than {BEYOND_COUNTING:.0e}"


MOST_REPEATS = 1000


@dataclass(frozen=True)
class RandomOptions:
    """Settings of the random search.

    Parameters
    ----------
    n_programs : int, default=200
        Number of different programs that are drawn and scored.
    n_kept : int, default=200
        Number of the best programs that the result holds whole.
    """

    n_programs: int = 200
    n_kept: int = 200


def random_search(problem: Problem, log: Log, options: RandomOptions | None = None) -> CensusResult:
    """Cross-fit programs drawn at random, and fit the best.

    A program is drawn from the root down: in every place, all productions that can still
    finish within ``max_depth`` are as likely. Programs drawn before are drawn anew; after
    1000 of them in a row the search makes do with what it has.

    A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
    programs scored so far is chosen and fitted. A second one is passed on.

    Parameters
    ----------
    problem : Problem
        The problem; ``max_depth`` of its options applies.
    log : Log
        Record of the search: an event ``"census"`` now and then.
    options : RandomOptions or None, default=None
        Settings.

    Returns
    -------
    result : CensusResult

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within ``max_depth``.
    """
    options = options or RandomOptions()
    empty = empty_program(problem)
    n_programs = min(options.n_programs, number_of_programs(problem, options.n_programs))
    census = Census(problem, log, n_programs=n_programs, n_kept=options.n_kept)
    return census.run(_draws(problem, empty, n_programs))


def _draws(problem: Problem, empty: DerivationGraph, n_programs: int) -> Iterator[DerivationGraph]:
    derivations = Derivations(problem.grammar, problem.n_features)
    rng = np.random.default_rng([problem.seed, 5])
    met: set[str] = set()
    repeats = 0
    while len(met) < n_programs and repeats < MOST_REPEATS:
        derivation = derivations.draw(
            problem.signature,
            width=problem.n_outputs,
            max_depth=problem.options.max_depth,
            rng=rng,
        )
        graph = derivation.graph(empty)
        name = describe(graph)
        repeats = repeats + 1 if name in met else 0
        if name not in met:
            met.add(name)
            yield graph


def fit_programs(problem: Problem, log: Log, programs: Sequence[Expression]) -> SearchResult:
    """Judge programs by cross-fitting, and fit the best of them to all the data.

    Their present parameters may have seen the data. They are one of the beginnings of the
    last fit, and cross-fitting does without them.

    Parameters
    ----------
    problem : Problem
        The problem; its grammar holds the productions of the programs.
    log : Log
        Record of what is done.
    programs : sequence of Expression
        At least one, with parameters in the units of training.
    """
    trials = [_trial(problem, expression) for expression in programs]
    scored: list[ScoredProgram] = []
    with interruptible(log):
        scored = cross_fit(problem, trials, log, n_steps=problem.fit_steps)
    scored = scored or cross_fit(problem, trials, log, n_steps=problem.fit_steps)
    return choose(problem, rank(problem, scored), log)


def _trial(problem: Problem, expression: Expression) -> Trial:
    graph = discrete_graph(expression, problem.grammar, problem.n_features)
    return fresh_trial(problem, graph, [from_expression(graph, expression)])
