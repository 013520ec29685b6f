"""Intervals of a program's numbers: what refits of it hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .expression import Array, Expression
from .numbers import DOUBT
from .scales import offsets_of, per_deviation

if TYPE_CHECKING:
    from .program import Program

# Numbers of the program that is shown and of that which was refitted differ by rounding at most.
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class ProgramIntervals:
    """How far each number of a program could be another one, as refits of it tell.

    It is given where a program is shown, and its numbers are then shown with their intervals.
    :func:`~sklearn_dpads.inspection.stability` makes one.

    Parameters
    ----------
    program : Program
        The program.
    refits : sequence of Program
        It with other numbers, at least one, and with the same scales.
    confidence : float, default=0.9
        Share of the refits that an interval holds, as many below it as above.

    Raises
    ------
    ValueError
        If a refit has other productions, if there is none, or if `confidence` is not between 0
        and 1.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> from sklearn_dpads.program import ProgramIntervals
    >>> texts = [f"Map(Affine[x0]({weight}*x0 - 1))" for weight in (2, 1.8, 2.2)]
    >>> program, *refits = [Program.parse(text, Grammar.paper(1)) for text in texts]
    >>> found = ProgramIntervals(program, refits, confidence=0.5)
    >>> print(program.to_text(intervals=found))
    Map(Affine[x0]((2 ± 0.1)*x0 - 1))
    """

    program: Program
    refits: Sequence[Program]
    confidence: float = 0.9

    def __post_init__(self) -> None:
        if not len(self.refits):
            raise ValueError("refits is empty; give at least one program with other numbers.")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must be between 0 and 1; got {self.confidence!r}.")
        for number, refit in enumerate(self.refits):
            if not _same_productions(refit.expression, self.program.expression):
                raise ValueError(
                    f"refits[{number}] has other productions than the program: "
                    f"{refit.compact()} is not {self.program.compact()}. Give programs that "
                    "differ in their numbers alone."
                )

    @property
    def legend(self) -> str:
        """What stands beside numbers that are shown with intervals."""
        interval = f"half the width of the {self.confidence:.0%} interval"
        return f"± {interval}, or its ends; {DOUBT}: the sign is not sure."

    def quantiles(self, numbers: Callable[[Program], Array]) -> tuple[Array, Array]:
        """Give the ends of the intervals of any numbers that a program has.

        Parameters
        ----------
        numbers : callable
            Gives them, an array of the same shape for the program and for all refits.

        Returns
        -------
        low, high : ndarray
        """
        tails = [(1 - self.confidence) / 2, (1 + self.confidence) / 2]
        low, high = np.quantile([numbers(refit) for refit in self.refits], tails, axis=0)
        return low, high

    def check(self, program: Program) -> None:
        """Refuse another program than that which the intervals are of.

        Raises
        ------
        ValueError
            If it has other productions or numbers.
        """
        mine = self.program.expression
        same = _same_productions(program.expression, mine) and all(
            _equal(node, own) for node, own in _pairs(program.expression, mine)
        )
        if not same:
            raise ValueError(
                "intervals are those of another program, or of other numbers: of "
                f"{self.program.compact()}. Show the one that they are of, intervals.program."
            )

    def per_deviation(self) -> ProgramIntervals:
        """Give the intervals of numbers for each standard deviation of what is read."""

        def scaled(program: Program) -> Program:
            assert program.scales is not None
            whole = per_deviation(program.expression, program.scales)
            return replace(program, expression=whole, scales=None)

        return replace(self, program=scaled(self.program), refits=[*map(scaled, self.refits)])

    def ends(self, program: Program) -> dict[int, tuple[Expression, Expression]]:
        """Give the parts of the program with the low ends of their numbers, and with the high ones.

        Parameters
        ----------
        program : Program
            The program as it is shown; see :meth:`check`.

        Returns
        -------
        ends : dict of int to (Expression, Expression)
            By the id of the part. The constant of an ``Affine`` is such that around the means
            that features are printed around it is an end of the interval.
        """
        self.check(program)
        offsets = offsets_of(program.expression, program.scales)
        refits = zip(*(refit.expression.walk() for refit in self.refits), strict=True)
        return {
            id(node): self._of_node(node, [part for _, part in parts], offsets.get(id(node)))
            for (_, node), parts in zip(program.expression.walk(), refits, strict=True)
        }

    def _of_node(
        self, node: Expression, refits: Sequence[Expression], offset: Array | None
    ) -> tuple[Expression, Expression]:
        tails = [(1 - self.confidence) / 2, (1 + self.confidence) / 2]
        found = {}
        for name in node.params:
            values = [refit.params[name] for refit in refits]
            if name == "bias" and offset is not None:
                values = [n.params["bias"] + n.params["weight"] @ offset for n in refits]
            found[name] = np.quantile(values, tails, axis=0)
        if "bias" in found and offset is not None:
            # Whoever adds the offset again comes to the quantile.
            found["bias"] = found["bias"] - found["weight"] @ offset
        low, high = ({name: ends[i] for name, ends in found.items()} for i in (0, 1))
        return node.with_params(low), node.with_params(high)


def _pairs(one: Expression, other: Expression) -> Iterator[tuple[Expression, Expression]]:
    for (_, mine), (_, theirs) in zip(one.walk(), other.walk(), strict=True):
        yield mine, theirs


def _same_productions(one: Expression, other: Expression) -> bool:
    return one.n_productions == other.n_productions and all(
        a.production == b.production and a.width == b.width for a, b in _pairs(one, other)
    )


def _equal(one: Expression, other: Expression) -> bool:
    return all(
        np.allclose(
            value,
            other.params[name],
            rtol=_ROUNDING,
            atol=_ROUNDING * float(np.abs(value).max(initial=0.0)),
        )
        for name, value in one.params.items()
    )
