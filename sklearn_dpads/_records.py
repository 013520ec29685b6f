"""The programs that a search scored, as a user sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ._restarts import Candidate, Outcome
from .program import Expression, Program
from .search import ranked


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
    loss : float
        Cross-entropy by cross-fitting.
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
    loss: float
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
        as :func:`~.search.ranked` orders them, and last those with a defect.
        A shape that several searches met appears once.
    """
    least = min(outcome.severity for outcome in outcomes)
    fitted = [outcome.candidates[0] for outcome in outcomes if outcome.severity == least]
    pool = [candidate for outcome in outcomes for candidate in outcome.candidates]
    by_shape: dict[str, Candidate] = {}
    for group in (
        ranked(fitted, structural_penalty)[:1],
        ranked([c for c in pool if c.sound], structural_penalty),
        ranked([c for c in pool if not c.sound], structural_penalty),
    ):
        for candidate in group:
            by_shape.setdefault(candidate.shape, candidate)
    kept = list(by_shape.values())
    front = pareto_front([c.score if c.sound else -np.inf for c in kept], [c.cost for c in kept])
    return [
        ProgramRecord(
            program=as_program(c.expression),
            score=c.score,
            loss=c.loss,
            cost=c.cost,
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
