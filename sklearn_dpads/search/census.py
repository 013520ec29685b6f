"""Cross-fitting of a stream of programs, of which only the best are kept whole."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from ..graph import DerivationGraph
from ._choice import rank
from .cross_fitting import ScoredProgram, cross_fit, fresh_trial
from .ending import SearchResult, choose, interruptible
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
