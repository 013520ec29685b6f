"""What an export asks of a program and of its surroundings before it starts."""

from __future__ import annotations

import warnings
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


# Digits of a number in single precision, and the share of a number that its rounding moves it by.
_DIGITS, _ROUNDING = 7, 2.0**-24
# How far rounding may move a log-odds: by no more than anybody reads.
_TOLERANCE = 0.01


def warn_of_single_precision(program: Program, caller: str, dtype: str) -> None:
    """Warn where a program's values are lost in the rounding of single precision.

    Frames far from 0, such as a time since 1970, are rounded before the program sees them.

    Warns
    -----
    UserWarning
        If the program's numbers need more digits than single precision has, or a bias is so
        large that terms as large as it are rounded by more than 0.01.
    """
    largest = max(
        (
            np.abs(node.params["bias"]).max()
            for _, node in program.expression.walk()
            if "bias" in node.params
        ),
        default=0.0,
    )
    if (program.digits or 0) > _DIGITS or largest * _ROUNDING > _TOLERANCE:
        warnings.warn(
            f"The program reads features that are far from 0 for how much they vary, and "
            f"float32 keeps {_DIGITS} digits of them: its values may differ much from the "
            f"program's. Use {caller}(dtype={dtype}), or fit on features less their mean.",
            UserWarning,
            stacklevel=4,
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
