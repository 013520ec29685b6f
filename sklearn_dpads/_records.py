"""The programs that a search scored, as a user sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ._restarts import Candidate, Outcome
from .program import Expression, Program


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
    cost : int
        Structural cost.
    depth : int
        Number of levels.
    on_front : bool
        Whether the program is on the Pareto front: no other has a score as high at a
        cost as low, one of the two strictly better.
    """

    program: Program
    score: float
    cost: int
    depth: int
    on_front: bool

    def __str__(self) -> str:
        front = ", on the Pareto front" if self.on_front else ""
        return f"score {self.score:.3f}, cost {self.cost}{front}\n{self.program}"


def make_records(
    outcomes: Sequence[Outcome],
    as_program: Callable[[Expression], Program],
    structural_penalty: float,
) -> list[ProgramRecord]:
    """Pool the programs of some searches.

    Parameters
    ----------
    outcomes : sequence of Outcome
        At least one.
    as_program : callable
        Makes a program in the user's units of an expression.
    structural_penalty : float
        Price of a unit of structural cost.

    Returns
    -------
    records : list of ProgramRecord
        First the program to take, which is the chosen one of a search, then the others
        by score less penalty, and last those passed over for a defect. A shape that
        several searches met appears once.
    """

    def value(candidate: Candidate) -> float:
        return candidate.score - structural_penalty * candidate.expression.cost

    least = min(outcome.severity for outcome in outcomes)
    chosen = max((o.candidates[0] for o in outcomes if o.severity == least), key=value)
    others = sorted(
        (c for outcome in outcomes for c in outcome.candidates),
        key=lambda c: (not c.sound, -value(c), c.expression.cost),
    )
    by_shape = {chosen.expression.skeleton(): chosen}
    for candidate in others:
        by_shape.setdefault(candidate.expression.skeleton(), candidate)
    kept = list(by_shape.values())
    scores = [c.score if c.sound else -np.inf for c in kept]
    front = pareto_front(scores, [c.expression.cost for c in kept])
    return [
        ProgramRecord(
            program=as_program(c.expression),
            score=c.score,
            cost=c.expression.cost,
            depth=c.expression.depth,
            on_front=c.sound and on_front,
        )
        for c, on_front in zip(kept, front, strict=True)
    ]


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
