"""Settings as small objects: dataclasses that know what each of their fields may be.

They have ``get_params`` as scikit-learn's estimators do, so that a grid search reaches every
field, and they are checked as a whole before any work starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, fields
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

# Says which error a value is, or None.
Check = Callable[[Any], type[Exception] | None]


class Settings(BaseEstimator):
    """Base of settings; a subclass is a dataclass whose fields :func:`integer` and its kin make.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(kw_only=True, repr=False, eq=False)
    ... class Walk(Settings):
    ...     n_steps: int = integer(3)
    ...     length: float = real(0.5)
    >>> Walk(n_steps=0).check()
    Traceback (most recent call last):
    ...
    ValueError: Walk: n_steps must be an integer of at least 1; got 0.
    >>> Walk().set_params(length=2.0)
    Walk(length=2.0)
    """

    def __eq__(self, other: object) -> bool:
        """Whether the other settings are of the same kind, with the same values."""
        if type(self) is not type(other) or not isinstance(other, Settings):
            return NotImplemented
        return bool(self.get_params(deep=False) == other.get_params(deep=False))

    __hash__ = None  # type: ignore[assignment]

    def check(self) -> None:
        """Check every field, and those of settings within these.

        Raises
        ------
        TypeError, ValueError
            If a field is none of what is allowed; the message names it.
        """
        for declared in fields(self):
            value = getattr(self, declared.name)
            if isinstance(value, Settings):
                value.check()
            elif "check" in declared.metadata:
                error = declared.metadata["check"](value)
                if error is not None:
                    allowed = declared.metadata["allowed"]
                    kind = type(self).__name__
                    raise error(f"{kind}: {declared.name} must be {allowed}; got {value!r}.")


def _is_a(kind: type, value: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_)


def integer(default: int | None, *, least: int = 1) -> Any:
    """Declare a whole number; a default of None allows None."""
    allowed = f"an integer of at least {least}" + (" or None" if default is None else "")

    def check(value: Any) -> type[Exception] | None:
        if value is None and default is None:
            return None
        if not _is_a(Integral, value):
            return TypeError
        return None if value >= least else ValueError

    return field(default=default, metadata={"check": check, "allowed": allowed})


def real(default: float, *, least: float = 0.0, most: float = np.inf, open: bool = False) -> Any:
    """Declare a real number between two bounds, which are out of the range where it is open."""
    allowed = f"a number above {least:g}" if open else f"a number of at least {least:g}"
    if most < np.inf:
        allowed += f" and below {most:g}" if open else f" and at most {most:g}"

    def check(value: Any) -> type[Exception] | None:
        if not _is_a(Real, value):
            return TypeError
        inside = least < value < most if open else least <= value <= most
        return None if inside else ValueError

    return field(default=default, metadata={"check": check, "allowed": allowed})


def switch(default: bool) -> Any:
    """Declare what is True or False."""

    def check(value: Any) -> type[Exception] | None:
        return None if isinstance(value, bool | np.bool_) else TypeError

    return field(default=default, metadata={"check": check, "allowed": "True or False"})


def one_of(default: str, *others: str) -> Any:
    """Declare one of some words."""
    words = (default, *others)

    def check(value: Any) -> type[Exception] | None:
        return None if value in words else ValueError

    return field(default=default, metadata={"check": check, "allowed": f"one of {list(words)}"})


def within(settings: type[Settings], **changes: Any) -> Any:
    """Declare settings within settings, each time made anew."""
    return field(default_factory=lambda: settings(**changes))
