"""Other classifiers of sequences, to compare programs with."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .census import (
        EnumerationClassifier,
        EnumerationFrameClassifier,
        RandomProgramClassifier,
        RandomProgramFrameClassifier,
    )
    from .cnn import CNNClassifier, CNNFrameClassifier
    from .near import NEARClassifier, NEARFrameClassifier
    from .rnn import RNNClassifier, RNNFrameClassifier
    from .summary import SummaryClassifier, SummaryFrameClassifier

_LOCATIONS = {
    "CNNClassifier": ".cnn",
    "CNNFrameClassifier": ".cnn",
    "EnumerationClassifier": ".census",
    "EnumerationFrameClassifier": ".census",
    "NEARClassifier": ".near",
    "NEARFrameClassifier": ".near",
    "RNNClassifier": ".rnn",
    "RNNFrameClassifier": ".rnn",
    "RandomProgramClassifier": ".census",
    "RandomProgramFrameClassifier": ".census",
    "SummaryClassifier": ".summary",
    "SummaryFrameClassifier": ".summary",
}

__all__ = [
    "CNNClassifier",
    "CNNFrameClassifier",
    "EnumerationClassifier",
    "EnumerationFrameClassifier",
    "NEARClassifier",
    "NEARFrameClassifier",
    "RNNClassifier",
    "RNNFrameClassifier",
    "RandomProgramClassifier",
    "RandomProgramFrameClassifier",
    "SummaryClassifier",
    "SummaryFrameClassifier",
]


if not TYPE_CHECKING:  # a type checker would take any name for one that is found here

    def __getattr__(name: str) -> Any:
        # The estimators need torch, which takes seconds to import: not before one is asked for.
        if name in _LOCATIONS:
            return getattr(import_module(_LOCATIONS[name], __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
