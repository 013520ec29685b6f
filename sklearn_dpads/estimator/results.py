"""The programs that a search scored, as a user sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..program import Expression, Program
from ..search import Rule, ranked, two_standard_errors
from .program_table import ProgramTable
from .restarts import Candidate, Outcome


@dataclass(frozen=True)
class ProgramRecord:
    """A program that a search scored.

    Parameters
    ----------
    program : Program
        The program, in the user's units.
    score : float
        Score by cross-fitting: every sequence is predicted with parameters that were
        fitted without it.
    loss, loss_error : float
        Cross-entropy by cross-fitting, with the outputs scaled by the one factor that suits
        them best (temperature scaling), and its standard error.
    cost : int
        Structural cost.
    depth : int
        Number of levels.
    on_front : bool
        Whether the program is on the Pareto front: no other has a score as high at a
        cost as low, one of the two strictly better.
    rank : int
        Index in `programs_`; 0 is the program chosen.
    """

    program: Program
    score: float
    loss: float
    loss_error: float
    cost: int
    depth: int
    on_front: bool
    rank: int

    def __str__(self) -> str:
        front = ", on the Pareto front" if self.on_front else ""
        return f"score {self.score:.3f}, cost {self.cost}{front}\n{self.program}"


def make_records(
    outcomes: Sequence[Outcome],
    as_program: Callable[[Expression], Program],
    structural_penalty: float,
    rule: Rule = two_standard_errors,
) -> ProgramTable:
    """Pool the programs of some searches.

    Parameters
    ----------
    outcomes : sequence of Outcome
        At least one.
    as_program : callable
        Makes a program in the user's units of an expression.
    structural_penalty : float
        Price of a unit of structural cost.
    rule : callable, default=two_standard_errors
        What makes one program better than another.

    Returns
    -------
    records : ProgramTable
        First the program to take: of the programs that the searches chose, and fitted to
        all the data, the one that the rule puts first among all programs. Then the others
        as :func:`~.search.ranked` orders them, and last those with a defect.
        A shape that several searches met appears once.
    """
    kept = _pooled(outcomes, structural_penalty, rule)
    front = pareto_front([c.score if c.sound else -np.inf for c in kept], [c.cost for c in kept])
    return ProgramTable(
        ProgramRecord(
            program=as_program(c.expression),
            score=c.score,
            loss=c.loss,
            loss_error=c.loss_error,
            cost=c.cost,
            depth=c.expression.depth,
            on_front=c.sound and on_front,
            rank=rank,
        )
        for rank, (c, on_front) in enumerate(zip(kept, front, strict=True))
    )


def _pooled(outcomes: Sequence[Outcome], structural_penalty: float, rule: Rule) -> list[Candidate]:
    """The candidates of some searches in order, each shape once."""
    least = min(outcome.severity for outcome in outcomes)
    fitted = [outcome.candidates[0] for outcome in outcomes if outcome.severity == least]
    pool = [candidate for outcome in outcomes for candidate in outcome.candidates]
    sound = ranked([c for c in pool if c.sound], structural_penalty, rule)
    unsound = ranked([c for c in pool if not c.sound], structural_penalty, rule)
    # What one search chose may not be good enough beside what the others found.
    chosen = min(fitted, key=rule(sound or unsound, structural_penalty))
    by_shape: dict[str, Candidate] = {}
    for candidate in (chosen, *sound, *unsound):
        by_shape.setdefault(candidate.shape, candidate)
    return list(by_shape.values())


def pareto_front(scores: Sequence[float], costs: Sequence[int]) -> list[bool]:
    """Tell which points no other point beats in score and cost together.

    Of points that are equal in both, all are on the front or none.

    Examples
    --------
    >>> pareto_front([0.9, 0.8, 0.7, 0.7], [5, 3, 3, 2])
    [True, True, False, True]
    """
    points = list(zip(scores, costs, strict=True))
    return [
        not any(score >= s and cost <= c and (score > s or cost < c) for score, cost in set(points))
        for s, c in points
    ]
