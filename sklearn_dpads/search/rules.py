"""Rules that choose among cross-fitted programs, whose best score may be luck."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from ..inputs.settings import Settings, real


class Judged(Protocol):
    """What cross-fitting tells of a program."""

    @property
    def score(self) -> float: ...

    @property
    def loss(self) -> float: ...

    @property
    def loss_error(self) -> float: ...

    @property
    def cost(self) -> int: ...


P = TypeVar("P", bound=Judged)
SortKey = Callable[[Judged], tuple[float, ...]]
# Gives, for the programs to choose from and the price of a unit of structural cost, what
# they are sorted by. A function does as well as an object with settings.
Rule = Callable[[Sequence[Judged], float], SortKey]


@dataclass(kw_only=True, repr=False, eq=False)
class WithinErrors(Settings):
    """Take the best score less its price, of those whose loss can't be told from the least.

    Scores such as F1 are coarse, and the best of many is partly luck. The programs whose
    cross-fitted loss plus structural penalty can't be told from the least one come first; within
    them, and after them, the order is that of score less structural penalty, and that of loss
    where these are equal.

    Parameters
    ----------
    n_errors : float, default=0.5
        Standard errors within which a loss can't be told from the least: those of the difference
        on the same sequences, where programs were judged on the same, else of the least loss.
    """

    # More let the score decide among more programs. Among sums of readers, on six divisions of the
    # training parts of six sets, 0, 0.5, 1 and 2 chose programs with an F1 of 0.888, 0.890, 0.888
    # and 0.883 on average; RacketSports and MSR Action3D decide that.
    n_errors: float = real(0.5)

    def __call__(self, programs: Sequence[Judged], structural_penalty: float) -> SortKey:
        """Give what programs are sorted by."""

        def price(program: Judged) -> float:
            return structural_penalty * _priced_cost(program)

        least = min(programs, key=lambda p: _loss(p) + price(p))
        lowest = _loss(least) + price(least)

        def place(program: Judged) -> tuple[float, ...]:
            value = program.score - price(program)
            limit = lowest + self.n_errors * _error_of_difference(program, least)
            return (_loss(program) + price(program) > limit, -value, _loss(program))

        return place


@dataclass(kw_only=True, repr=False, eq=False)
class BestScore(Settings):
    """Take the best score, whatever it costs; of equal ones the cheapest."""

    def __call__(self, programs: Sequence[Judged], structural_penalty: float) -> SortKey:
        """Give what programs are sorted by."""
        return lambda program: (-program.score, program.cost, _loss(program))


@dataclass(kw_only=True, repr=False, eq=False)
class Simplest(Settings):
    """Take the cheapest of those whose loss can't be told from the least.

    With one standard error this is the rule of Breiman et al., "Classification and
    Regression Trees", 1984. Programs beyond it follow in the order of their loss.

    Parameters
    ----------
    n_errors : float, default=1.0
        Standard errors of the least loss within which another can't be told from it.
    """

    n_errors: float = real(1.0)

    def __call__(self, programs: Sequence[Judged], structural_penalty: float) -> SortKey:
        """Give what programs are sorted by."""
        least = min(programs, key=_loss)
        limit = _loss(least) + self.n_errors * least.loss_error

        def place(program: Judged) -> tuple[float, ...]:
            loss = _loss(program)
            return (True, loss, program.cost) if loss > limit else (False, program.cost, loss)

        return place


DEFAULT_RULE = "within_errors"
SELECTION_RULES: Mapping[str, Rule] = {
    DEFAULT_RULE: WithinErrors(),
    "best_score": BestScore(),
    "simplest": Simplest(),
}


def ranked(programs: Sequence[P], structural_penalty: float, rule: Rule) -> list[P]:
    """Order programs for the choice: the best first.

    Parameters
    ----------
    programs : sequence
        Anything with ``score``, ``loss``, ``loss_error`` and ``cost``.
    structural_penalty : float
        Price of a unit of structural cost.
    rule : callable
        What makes one better than another.
    """
    return sorted(programs, key=rule(programs, structural_penalty)) if programs else []


def _priced_cost(program: Judged) -> float:
    """Structural cost as far as its price is asked: all of it, where a program tells no share."""
    return float(getattr(program, "priced_cost", program.cost))


def _error_of_difference(program: Judged, least: Judged) -> float:
    """Standard error of the difference of two losses."""
    a, b = getattr(program, "parts", None), getattr(least, "parts", None)
    if a is None or b is None or a.shape != b.shape or not np.isfinite(a).all():
        return least.loss_error
    # A sum over draws: as many times the spread of one as the root of their number.
    return float((a - b).std() * len(a) ** 0.5)


def _loss(program: Judged) -> float:
    return math.inf if math.isnan(program.loss) else program.loss
