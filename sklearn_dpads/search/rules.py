"""Rules that choose among cross-fitted programs, whose best score may be luck."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar


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
Place = Callable[[Judged], tuple[float, ...]]
# Gives, for the programs to choose from and the price of a unit of structural cost, what
# they are sorted by.
Rule = Callable[[Sequence[Judged], float], Place]


def two_standard_errors(programs: Sequence[Judged], structural_penalty: float) -> Place:
    """Take the best score less its price, of those whose loss can't be told from the least.

    Scores such as F1 are coarse, and the best of many is partly luck. The programs whose
    cross-fitted loss plus structural penalty can't be told from the least one, by two
    standard errors, come first; within them, and after them, the order is that of score
    less structural penalty, and that of loss where these are equal.
    """

    def price(program: Judged) -> float:
        return structural_penalty * program.cost

    least = min(programs, key=lambda p: _loss(p) + price(p))
    limit = _loss(least) + price(least) + 2.0 * least.loss_error

    def place(program: Judged) -> tuple[float, ...]:
        value = program.score - price(program)
        return (_loss(program) + price(program) > limit, -value, _loss(program))

    return place


def best_score(programs: Sequence[Judged], structural_penalty: float) -> Place:
    """Take the best score, whatever it costs; of equal ones the cheapest."""
    return lambda program: (-program.score, program.cost, _loss(program))


def simplest(programs: Sequence[Judged], structural_penalty: float) -> Place:
    """Take the cheapest of those whose loss can't be told from the least.

    This is the rule of one standard error of Breiman et al., "Classification and
    Regression Trees", 1984. Programs beyond it follow in the order of their loss.
    """
    least = min(programs, key=_loss)
    limit = _loss(least) + least.loss_error

    def place(program: Judged) -> tuple[float, ...]:
        loss = _loss(program)
        return (True, loss, program.cost) if loss > limit else (False, program.cost, loss)

    return place


SELECTION_RULES: Mapping[str, Rule] = {
    "two_standard_errors": two_standard_errors,
    "best_score": best_score,
    "simplest": simplest,
}


def ranked(
    programs: Sequence[P], structural_penalty: float, rule: Rule = two_standard_errors
) -> list[P]:
    """Order programs for the choice: the best first.

    Parameters
    ----------
    programs : sequence
        Anything with ``score``, ``loss``, ``loss_error`` and ``cost``.
    structural_penalty : float
        Price of a unit of structural cost.
    rule : callable, default=two_standard_errors
        What makes one better than another.
    """
    return sorted(programs, key=rule(programs, structural_penalty)) if programs else []


def _loss(program: Judged) -> float:
    return math.inf if math.isnan(program.loss) else program.loss
