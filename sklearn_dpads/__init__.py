"""Programs synthesized from labelled sequences by differentiable architecture search.

The method is dPads: Cui and Zhu, "Differentiable Synthesis of Program Architectures",
NeurIPS 2021.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .classifier import (
        DPadsClassifier,
        DPadsFrameClassifier,
        ProgramClassifier,
        ProgramFrameClassifier,
    )
    from .grammar import Grammar
    from .program import Program

__version__ = "0.1.0"

_LOCATIONS = {
    "DPadsClassifier": ".classifier",
    "DPadsFrameClassifier": ".classifier",
    "Grammar": ".grammar",
    "Program": ".program",
    "ProgramClassifier": ".classifier",
    "ProgramFrameClassifier": ".classifier",
}

__all__ = [
    "DPadsClassifier",
    "DPadsFrameClassifier",
    "Grammar",
    "Program",
    "ProgramClassifier",
    "ProgramFrameClassifier",
    "__version__",
]


if not TYPE_CHECKING:  # a type checker would take any name for one that is found here

    def __getattr__(name: str) -> Any:
        # Names are imported when first asked for, so that the package imports without torch.
        if name in _LOCATIONS:
            return getattr(import_module(_LOCATIONS[name], __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
