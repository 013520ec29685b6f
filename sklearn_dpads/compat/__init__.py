"""The classifier as other libraries of time series want it: aeon and sktime.

Either library is an optional one, needed when its class is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .aeon import DPadsAeonClassifier
    from .sktime import DPadsSktimeClassifier

_LOCATIONS = {"DPadsAeonClassifier": ".aeon", "DPadsSktimeClassifier": ".sktime"}

__all__ = ["DPadsAeonClassifier", "DPadsSktimeClassifier"]


if not TYPE_CHECKING:  # a type checker would take any name for one that is found here

    def __getattr__(name: str) -> Any:
        # One of the libraries may be there without the other.
        if name in _LOCATIONS:
            return getattr(import_module(_LOCATIONS[name], __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
