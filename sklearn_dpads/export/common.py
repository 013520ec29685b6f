"""What an export asks of a program and of its surroundings before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ..grammar import UserProduction

if TYPE_CHECKING:
    from ..program.program import Program


def check_finite(program: Program, caller: str) -> None:
    """Raise ValueError if a parameter is not finite."""
    for _, node in program.expression.walk():
        for name, value in node.params.items():
            if not np.isfinite(value).all():
                raise ValueError(
                    f"{caller} takes programs with finite numbers only, but parameter {name!r} of "
                    f"{node.production.label} is not finite. Fit the program again."
                )


def check_positive(name: str, value: object) -> None:
    """Raise ValueError unless a value is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} must be a positive integer; got {value!r}.")


def import_extra(module: str, caller: str, extra: str) -> Any:
    """Import a module of an optional dependency, or say how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"{caller} needs {package}, which is not installed. "
            f"Install it with: pip install sklearn_dpads[{extra}]"
        ) from error


def user_productions(program: Program) -> Iterator[UserProduction]:
    """Give the user's productions that a program holds, in depth-first order."""
    for _, node in program.expression.walk():
        if isinstance(node.production, UserProduction):
            yield node.production
