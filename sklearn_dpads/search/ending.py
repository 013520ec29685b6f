"""How every search ends: programs ranked, those with a defect passed over, the last fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import (
    Parameters,
    Schedule,
    from_expression,
    initialize,
    to_expression,
)
from ..program import Expression, Sequences, evaluate, without_idle
from ..training import DiscreteFit, losses
from .drafts import canonical
from .linear_programs import linear_leaves
from .log import Log, Phase
from .problem import Problem, RandomStream, ValuedGraph
from .rules import ranked
from .sparse_training import sparse_training
from .trials import JudgedProgram, Trial

# Values of all sequences that are looked at at once: memory.
_MOST_VALUES = 2**22


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
        Cross-fitted loss of training at the best temperature, and its standard error.
    cost : int
        Structural cost.
    price_share : float, default=1.0
        Share of its price that is asked; see :meth:`~.judging.Judging.linear_share`.
    """

    skeleton: str
    score: float
    loss: float
    loss_error: float
    cost: int
    price_share: float = 1.0

    @property
    def priced_cost(self) -> float:
        """Structural cost, as far as its price is asked."""
        return self.cost * self.price_share


@dataclass(frozen=True)
class SearchResult:
    """Outcome of a search.

    Parameters
    ----------
    programs : list of JudgedProgram
        Discrete programs judged: the chosen and finally fitted one first, then the
        others, best first, and at last those passed over for a defect. A search that
        judges very many keeps the best alone.
    n_defective : int
        How many of them, at the end, were found to have a defect.
    defect : Defect or None
        What is wrong with the chosen program, where every program had a defect.
    verdicts : list of Verdict, default=[]
        Of a search that judges programs one and all: what was found out about every
        program, in the order in which they were judged.
    n_programs : int, default=0
        How many programs there were to judge then; more than there are verdicts if the
        search was stopped.
    of_folds : list of ValuedGraph, default=[]
        Of a search that chooses without each fold as well, what it chose there. Where there is
        none, it is the chosen program with parameters that have not seen the fold.
    """

    programs: list[JudgedProgram]
    n_defective: int = 0
    defect: Defect | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    n_programs: int = 0
    of_folds: list[ValuedGraph] = field(default_factory=list)


def choose(problem: Problem, scored: list[JudgedProgram], log: Log) -> SearchResult:
    """Fit the first program that has no defect; if all have one, the one least defective.

    Once the time is over no second program is fitted: the next that has no defect is taken as it
    was judged.

    Parameters
    ----------
    problem : Problem
        The problem.
    scored : list of JudgedProgram
        At least one, best first.
    log : Log
        Record of the search.
    """
    return _first_sound(problem, scored, log, lambda program: _fitted(problem, program, log))


def choose_fitted(problem: Problem, programs: list[JudgedProgram], log: Log) -> SearchResult:
    """Take the first program that has no defect, of some that are fitted to all the data.

    The parameters are those of :func:`choose`.
    """
    return _first_sound(problem, programs, log, lambda program: program)


def _first_sound(
    problem: Problem,
    scored: list[JudgedProgram],
    log: Log,
    fit: Callable[[JudgedProgram], JudgedProgram],
) -> SearchResult:
    inspector = Inspector(problem)
    passed: dict[int, Defect] = {}
    n_fitted = 0
    for i, program in enumerate(scored):
        defect = inspector.defect(program.expression)
        if defect is None:
            fitted = program
            if not (n_fitted and log.stopwatch.is_over()):
                n_fitted += 1
                fitted = fit(program)
                defect = inspector.defect(fitted.expression)
            if defect is None:
                last = [scored[j] for j in passed]
                return SearchResult([fitted, *scored[i + 1 :], *last], len(last))
        passed[i] = defect
        log.add(Phase.PASS_OVER, program=program.expression.skeleton(), defect=defect.value)
    chosen = min(passed, key=lambda i: (passed[i].severity, i))
    fitted = fit(scored[chosen])
    defect = inspector.defect(fitted.expression)
    if defect is not None and defect.severity > passed[chosen].severity:
        fitted, defect = scored[chosen], passed[chosen]
    rest = [p for i, p in enumerate(scored) if i != chosen]
    # A program that has lost its defect with all the data is as sound as any.
    return SearchResult([fitted, *rest], len(rest) + (defect is not None), defect)


def _fitted(problem: Problem, program: JudgedProgram, log: Log) -> JudgedProgram:
    fitted = program
    with interruptible(log):
        fitted = final_fit(problem, program, log)
    if log.stopwatch.has_cut and not log.has(Phase.EXPIRED):
        log.add(Phase.EXPIRED)
    return fitted


@contextmanager
def interruptible(log: Log) -> Iterator[None]:
    """Let the first KeyboardInterrupt end a phase, and with the stopwatch all later ones."""
    try:
        yield
    except KeyboardInterrupt:
        if log.has(Phase.INTERRUPT):
            raise
        log.add(Phase.INTERRUPT)
        log.stopwatch.stop()


def rank(problem: Problem, programs: list[JudgedProgram]) -> list[JudgedProgram]:
    """Order the programs of a problem by its rule; see :func:`ranked`."""
    return ranked(programs, problem.penalty, problem.rule)


def final_fit(problem: Problem, program: JudgedProgram, log: Log) -> JudgedProgram:
    """Fit a chosen program on all the data, from several beginnings at once.

    The parameters of every fold, those the search had on its way, and some fresh ones
    are the beginnings; the fit of least training loss is kept.
    """
    is_linear = linear_leaves(program.expression) is not None
    expression, loss = (_linear_fit if is_linear else _trained_fit)(problem, program, log)
    _log_fit(log, program.fitted, loss, expression)
    return replace(program, expression=expression)


def _linear_fit(problem: Problem, program: JudgedProgram, log: Log) -> tuple[Expression, float]:
    pace, sparse = log.stopwatch.last_pace(), problem.judging.sparse_errors
    expression = log.step(
        "fit",
        lambda: problem.all_linear.on_all(program.expression, pace, sparse_errors=sparse),
    )
    if log.stopwatch.has_cut:
        # A fit without time may not have begun; the fit without the first fold was.
        expression = _better(problem, program.fitted, [program.expression, expression])
    if sparse > 0:
        expression = _without_idle(problem, expression)
    return expression, program.loss


def _trained_fit(problem: Problem, program: JudgedProgram, log: Log) -> tuple[Expression, float]:
    trial, judging = program.fitted, problem.judging
    drawn = [initialize(trial.graph, problem.seed + i) for i in range(1, judging.fresh_starts + 1)]
    starts = [*trial.starts, *trial.elsewhere, *drawn]
    rng = problem.rng(RandomStream.FINAL_FIT)
    pace = log.stopwatch.last_pace()

    def fit() -> tuple[Parameters, float]:
        schedule = Schedule([trial.graph] * len(starts), device=problem.device)
        training = DiscreteFit(schedule, problem.data, problem.training, rng)
        fitted = training.run(starts, n_steps=problem.final_steps, pace=pace)
        best = int(torch.argmin(fitted.losses))
        return fitted.parameters[best], float(fitted.losses[best])

    parameters, loss = log.step("fit", fit)
    expression = to_expression(trial.graph, parameters)
    if judging.sparse_errors > 0:
        # Who interrupts has the program with all numbers.
        with interruptible(log):
            fewer = log.step(
                "sparse fit", lambda: sparse_training(problem, trial, parameters, pace)
            )
            expression = _without_idle(problem, to_expression(trial.graph, fewer))
    return expression, loss


def _without_idle(problem: Problem, program: Expression) -> Expression:
    """Leave out what gives the same for all frames since its weights are 0."""
    grammar = problem.grammar
    return canonical(without_idle(program, grammar.productions), grammar)


def _better(problem: Problem, trial: Trial, versions: list[Expression]) -> Expression:
    """The version of a program of least training loss."""
    schedule = Schedule([trial.graph] * len(versions), device=problem.device)
    parameters = [from_expression(trial.graph, version) for version in versions]
    outputs = problem.outputs(schedule, parameters, np.arange(problem.n_sequences)).flatten(2)
    found = losses(outputs, problem.data.targets, problem.training.f1_weight)
    return versions[int(torch.nan_to_num(found, nan=torch.inf).argmin())]


def _log_fit(log: Log, trial: Trial, loss: float, expression: Expression) -> None:
    found_by = {"found_by": trial.found_by} if trial.found_by else {}
    log.add(Phase.FIT, loss=loss, program=expression.skeleton(), **found_by)


class Defect(Enum):
    """What is wrong with a program on the training data."""

    ONE_CLASS = "predicts one class only"
    EXPLODES = "gives values that are not finite or beyond the bound of training"

    @property
    def severity(self) -> int:
        """Rank of a defect; greater is worse."""
        return list(Defect).index(self)


class Inspector:
    """Looks at what programs give on the training data, in float64 and without bounds.

    Training clips products and accumulators; a program that lives on that computes
    something else when it is evaluated by itself.

    Parameters
    ----------
    problem : Problem
        The problem.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem, self._bound = problem, problem.training.bound

    def defect(self, expression: Expression) -> Defect | None:
        """The worst defect of a program, or None."""
        return defect_of(expression, self._problem.sequences, self._problem.labelled, self._bound)


def defect_of(
    expression: Expression, sequences: Sequences, labelled: NDArray[np.bool_], bound: float
) -> Defect | None:
    """The worst defect of a program on sequences, or None.

    Parameters
    ----------
    expression : Expression
        The program.
    sequences : Sequences
        All sequences.
    labelled : ndarray of bool of shape (n_samples,) or (n_samples, n_timesteps)
        Which of them, or of their frames, have a label.
    bound : float
        Size of a value that is beyond that of training.
    """
    seen: set[int] = set()
    for rows, part in sequences.parts(most_values=_MOST_VALUES):
        with np.errstate(all="ignore"):
            values = evaluate(expression, part)
        there = labelled[rows] if labelled.ndim == 1 else labelled[rows, : part.n_timesteps]
        values = values[:, : there.shape[1]][there] if there.ndim > 1 else values[there]
        if not (np.abs(values) <= bound).all():
            return Defect.EXPLODES
        codes = values[:, 0] > 0 if values.shape[1] == 1 else values.argmax(axis=1)
        seen.update(np.unique(codes).tolist())
    return Defect.ONE_CLASS if len(seen) == 1 else None
