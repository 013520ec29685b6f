"""How every search ends: the choice among scored programs, and its final fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ._choice import final_fit
from ._soundness import Defect, Inspector
from .cross_fitting import ScoredProgram
from .problem import Log, Problem


@dataclass(frozen=True)
class SearchResult:
    """Outcome of a search.

    Parameters
    ----------
    programs : list of ScoredProgram
        Discrete programs scored: the chosen and finally fitted one first, then the
        others, best first, and at last those passed over for a defect.
    n_defective : int
        How many of them, at the end, were found to have a defect.
    defect : Defect or None
        What is wrong with the chosen program, where every program had a defect.
    """

    programs: list[ScoredProgram]
    n_defective: int = 0
    defect: Defect | None = None


def choose(problem: Problem, scored: list[ScoredProgram], log: Log) -> SearchResult:
    """Fit the first program that has no defect; if all have one, the one least defective.

    Parameters
    ----------
    problem : Problem
        The problem.
    scored : list of ScoredProgram
        At least one, best first.
    log : Log
        Record of the search.
    """
    inspector = Inspector(problem)
    passed: dict[int, Defect] = {}
    for i, program in enumerate(scored):
        defect = inspector.defect(program.expression)
        if defect is None:
            fitted = _fitted(problem, program, log)
            defect = inspector.defect(fitted.expression)
            if defect is None:
                last = [scored[j] for j in passed]
                return SearchResult([fitted, *scored[i + 1 :], *last], len(last))
        passed[i] = defect
        log.add("pass_over", program=program.expression.skeleton(), defect=defect.value)
    chosen = min(passed, key=lambda i: (passed[i].severity, i))
    fitted = _fitted(problem, scored[chosen], log)
    defect = inspector.defect(fitted.expression)
    if defect is not None and defect.severity > passed[chosen].severity:
        fitted, defect = scored[chosen], passed[chosen]
    rest = [p for i, p in enumerate(scored) if i != chosen]
    return SearchResult([fitted, *rest], len(scored), defect)


def _fitted(problem: Problem, program: ScoredProgram, log: Log) -> ScoredProgram:
    fitted = program
    with interruptible(log):
        fitted = final_fit(problem, program, log)
    return fitted


@contextmanager
def interruptible(log: Log) -> Iterator[None]:
    """Let the first KeyboardInterrupt end a phase, and with the stopwatch all later ones."""
    try:
        yield
    except KeyboardInterrupt:
        if any(event["phase"] == "interrupt" for event in log.events):
            raise
        log.add("interrupt")
        log.stopwatch.stop()
