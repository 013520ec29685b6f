"""Programs of one output each, side by side: one for each class against all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import LIST_TO_ATOM, Argument, Kind, Production, Signature

# A file may be from anyone, and say that there are a billion.
_MOST_PROGRAMS = 1_000


@dataclass(frozen=True)
class OneVsRest(Production):
    """``OneVsRest(p_1, ..., p_K)``: the values of K programs of one output each, side by side.

    It stands around programs that were found one by one, and no grammar derives it. It costs
    nothing, and adds no level: what there is to read is the programs.

    Parameters
    ----------
    on : Signature, default=list->atom
        Signature of the production and of its arguments, over lists.
    n_programs : int, default=2
        Number of the programs, from 2 to 1,000.

    Raises
    ------
    ValueError
        If the signature is of frames, or there are too few programs or too many.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> text = (
    ...     "OneVsRest(rest: SlideWindowAvg[5](Affine[x0](1 - x0)),"
    ...     " run: SlideWindowAvg[5](Affine[x0](x0)),"
    ...     " walk: SlideWindowStd[all](Affine[x0](2*x0)))"
    ... )
    >>> program = Program.parse(text, Grammar.paper(1))
    >>> program.n_outputs, program.cost, program.depth
    (3, 6, 2)
    """

    on: Signature = LIST_TO_ATOM
    n_programs: int = 2

    symbol: ClassVar[str] = "OneVsRest"

    def __post_init__(self) -> None:
        if self.on.input is not Kind.LIST:
            raise ValueError(f"{self.symbol} is over lists; got the signature {self.on}.")
        n_programs = self.n_programs
        is_number = isinstance(n_programs, int) and not isinstance(n_programs, bool)
        if not is_number or not 2 <= n_programs <= _MOST_PROGRAMS:
            raise ValueError(
                f"{self.symbol} takes 2 to {_MOST_PROGRAMS} programs; got {n_programs!r} of them."
            )

    @property
    def signature(self) -> Signature:
        return self.on

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(self.on, single=True),) * self.n_programs

    @property
    def fixed_width(self) -> int:
        return self.n_programs

    @property
    def meaning(self) -> str:
        return "side_by_side"

    @property
    def gloss(self) -> str:
        return "a program for each class"

    @property
    def cost(self) -> int:
        return 0
