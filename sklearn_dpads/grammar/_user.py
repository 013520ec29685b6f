"""Productions defined by the user from a torch function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ._productions import Argument, Production
from ._types import ATOM_TO_ATOM


@dataclass(frozen=True)
class UserProduction(Production):
    """An atom->atom production whose value is a user's function of its arguments."""

    name: str = ""
    function: Callable[..., Any] | None = None
    arity: int = 1
    structural_cost: int = 1
    template: str = ""

    symbol: ClassVar[str] = ""

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return tuple(Argument(ATOM_TO_ATOM) for _ in range(self.arity))

    @property
    def label(self) -> str:
        return self.name

    @property
    def cost(self) -> int:
        return self.structural_cost


def make_production() -> None:
    raise RuntimeError
