"""What exhaustive enumeration says of a data set, and of the programs that searches find.

Every program of a grammar up to a depth is cross-fitted on one problem: the same sequences,
scaling and folds, and fresh parameters. A program that a search found is judged by the same
procedure, so that its verdict can be placed among all others, however the search
itself scored it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import islice
from typing import Any, NoReturn

import sklearn_dpads
from sklearn_dpads import ProgramClassifier, ProgramFrameClassifier
from sklearn_dpads.graph import DerivationGraph, discrete_graph
from sklearn_dpads.program import Expression
from sklearn_dpads.search import (
    JudgedProgram,
    Log,
    Problem,
    Search,
    Stopwatch,
    cross_fit,
    fresh_trial,
)
from sklearn_dpads.search.census import number_of_programs
from sklearn_dpads.search.derivations import Derivations, empty_program

from .data_sets import BenchmarkSet
from .results import ResultsFile


@dataclass(frozen=True)
class Verdict:
    """What cross-fitting on the common problem says of a program.

    Parameters
    ----------
    program : str
        Its productions, the arguments of commutative ones sorted.
    score : float
        Cross-fitted score.
    loss, loss_error : float
        Cross-fitted cross-entropy and its standard error; infinite where it overflows.
    cost : int
        Structural cost.
    """

    program: str
    score: float
    loss: float
    loss_error: float
    cost: int


@dataclass(frozen=True)
class Census:
    """The verdicts on the programs of a grammar.

    Parameters
    ----------
    verdicts : list of Verdict
        In the order of their cost.
    n_programs : int
        How many programs there are; more than verdicts if the time did not suffice.
    """

    verdicts: Sequence[Verdict]
    n_programs: int

    @property
    def is_complete(self) -> bool:
        """Whether there is a verdict on every program."""
        return len(self.verdicts) == self.n_programs


class Oracle:
    """Judges programs on one problem, and remembers its verdicts in a file.

    Parameters
    ----------
    data : BenchmarkSet
        The data; the training part counts.
    max_depth : int
        Greatest depth of the programs.
    results : ResultsFile
        Where verdicts are kept.
    batch_size : int, default=120
        Programs judged at a time; as many as train well side by side.
    **settings
        How programs are judged, where it is not by the defaults: fields of ``Judging``.
    """

    def __init__(
        self,
        data: BenchmarkSet,
        max_depth: int,
        results: ResultsFile,
        batch_size: int = 120,
        **settings: Any,
    ) -> None:
        self.problem = common_problem(data, max_depth, **settings)
        self.results = results
        self.batch_size = batch_size
        self.key = _key(data, self.problem)

    @cached_property
    def n_programs(self) -> int:
        """How many programs there are."""
        return number_of_programs(self.problem)

    def census(
        self, budget: float | None = None, report: Callable[[Census], None] = lambda census: None
    ) -> Census:
        """Judge every program, the cheapest first, from where an earlier call ended.

        Parameters
        ----------
        budget : float or None, default=None
            Seconds after which no further batch is begun; the first always is.
        report : callable, default=nothing
            Called with the census after every batch.
        """
        verdicts = self._remembered("census")
        stopwatch = Stopwatch(budget)
        for batch in _batches(self._graphs(len(verdicts)), self.batch_size):
            if verdicts and stopwatch.expired():
                break
            found = self._judged(batch)
            self._remember("census", found)
            verdicts += found
            report(Census(verdicts, self.n_programs))
        return Census(verdicts, self.n_programs)

    def judge(self, expression: Expression, census: Census) -> Verdict:
        """The verdict on a program, of the census if it has one."""
        program = canonical(expression).skeleton()
        for verdict in [*census.verdicts, *self._remembered("verdict")]:
            if verdict.program == program:
                return verdict
        graph = discrete_graph(canonical(expression), self.problem.grammar, self.problem.n_features)
        found = self._judged([graph])
        self._remember("verdict", found)
        return found[0]

    def price(self, verdict: Verdict) -> float:
        """Cross-fitted loss plus structural penalty, what the choice among programs minimizes."""
        return verdict.loss + self.problem.penalty * verdict.cost

    def _graphs(self, first: int) -> Iterator[DerivationGraph]:
        problem = self.problem
        empty = empty_program(problem)
        derivations = Derivations(problem.grammar, problem.n_features).by_cost(
            problem.signature, width=problem.n_outputs, max_depth=problem.max_depth
        )
        for _, derivation in islice(derivations, first, None):
            yield derivation.graph(empty)

    def _judged(self, graphs: list[DerivationGraph]) -> list[Verdict]:
        trials = [fresh_trial(self.problem, graph) for graph in graphs]
        judged = cross_fit(self.problem, trials, Log(Stopwatch()))
        by_graph = {id(program.fitted.graph): program for program in judged}
        return [_verdict(by_graph[id(graph)]) for graph in graphs]

    def _remember(self, kind: str, verdicts: Sequence[Verdict]) -> None:
        rows = [list(asdict(verdict).values()) for verdict in verdicts]
        self.results.append({"kind": kind, "problem": self.key, "verdicts": rows})

    def _remembered(self, kind: str) -> list[Verdict]:
        return [
            Verdict(program, score, _number(loss), _number(error), cost)
            for row in self.results.rows()
            if row.get("kind") == kind and row.get("problem") == self.key
            for program, score, loss, error, cost in row["verdicts"]
        ]


def canonical(expression: Expression) -> Expression:
    """The expression with the arguments of commutative productions sorted by their text."""
    args = [canonical(arg) for arg in expression.args]
    if expression.production.commutative:
        args.sort(key=Expression.skeleton)
    return expression.with_args(tuple(args))


def common_problem(data: BenchmarkSet, max_depth: int, **settings: Any) -> Problem:
    """The problem that the estimator of dPads would put to its search, with a seed of its own."""
    kind = ProgramFrameClassifier if data.per_frame else ProgramClassifier
    search = _HandOut(**settings)
    estimator = kind(grammar=data.grammar, search=search, max_depth=max_depth, random_state=0)
    try:
        estimator.fit(data.X_train, data.y_train)
    except _HandedOutError as handed_out:
        return handed_out.problem
    raise RuntimeError("The estimator was fitted without asking its search.")


class _HandedOutError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__("the problem was asked for, not its solution")
        self.problem = problem


@dataclass(kw_only=True, repr=False, eq=False)
class _HandOut(Search):
    """Hands the problem out in place of searching it."""

    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> NoReturn:
        raise _HandedOutError(problem)


def _key(data: BenchmarkSet, problem: Problem) -> str:
    parts: tuple[Any, ...] = (
        *(sklearn_dpads.__version__, data.digest, problem.grammar, problem.signature),
        *(problem.seed, problem.max_depth, problem.structural_penalty),
        *(problem.judging.get_params(), problem.training.get_params()),
    )
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:12]


def _verdict(program: JudgedProgram) -> Verdict:
    return Verdict(
        canonical(program.expression).skeleton(),
        program.score,
        program.loss,
        program.loss_error,
        program.cost,
    )


def _number(value: float | None) -> float:
    """A loss that overflowed stands in the file as null."""
    return float("inf") if value is None else value


def _batches(graphs: Iterator[DerivationGraph], size: int) -> Iterator[list[DerivationGraph]]:
    while batch := list(islice(graphs, size)):
        yield batch
