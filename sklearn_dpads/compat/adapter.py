"""What the adapters have in common: the parameters, and a classifier that does the work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields
from inspect import Parameter, Signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..classifier import DPadsClassifier
from ..estimator.docs import PARAMETERS, entries
from ..grammar import Grammar

# The parameters of the classifier and their defaults, as the libraries want them.
DEFAULTS = {
    field.name: field.default for field in fields(DPadsClassifier) if field.name != "warm_start"
} | {"n_jobs": 1}
_SMALL_LANGUAGE = """
list->atom ::= SlideWindowAvg[all](atom->atom) | SlideWindowAvg[3](atom->atom)
atom->atom ::= Affine[first]
Affine[first] = {0}
"""


class DPadsAdapter(ABC):
    """Leftmost base of an adapter; the base class of the library stands next to it.

    A subclass says how the library lays out sequences. The libraries forget a fit when the
    next one begins, so that there is no ``warm_start``, and they want one job by default.
    """

    classifier_: DPadsClassifier

    def __init__(self, **parameters: Any) -> None:
        unknown = parameters.keys() - DEFAULTS.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no parameter {sorted(unknown)[0]!r}.")
        for name, value in {**DEFAULTS, **parameters}.items():
            setattr(self, name, value)
        super().__init__()

    # Both libraries ask the signature for the names of the parameters.
    __init__.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter("self", Parameter.POSITIONAL_OR_KEYWORD),
            *(
                Parameter(name, Parameter.KEYWORD_ONLY, default=default)
                for name, default in DEFAULTS.items()
            ),
        ]
    )

    @abstractmethod
    def _sequences(self, X: Any) -> Any:
        """Bring sequences of the library's layout into one that DPadsClassifier takes."""

    def _parameters(self) -> dict[str, Any]:
        """Give the parameters of the classifier."""
        estimator: Any = self
        parameters: dict[str, Any] = estimator.get_params(deep=False)
        return parameters

    def _fit(self, X: Any, y: NDArray[Any]) -> Any:
        self.classifier_ = DPadsClassifier(**self._parameters()).fit(self._sequences(X), y)
        self.program_ = self.classifier_.program_
        self.programs_ = self.classifier_.programs_
        return self

    def _predict(self, X: Any) -> NDArray[Any]:
        return self.classifier_.predict(self._sequences(X))

    def _predict_proba(self, X: Any) -> NDArray[np.float64]:
        return self.classifier_.predict_proba(self._sequences(X))


def small_parameters() -> list[dict[str, Any]]:
    """Give parameters for the checks of a library, which fit on a dozen short sequences."""
    quick = {"max_depth": 2, "max_iter": 2, "max_refinements": 0}
    averages = {"grammar": Grammar.parse(_SMALL_LANGUAGE), "standardize": False, "N": 1}
    return [quick | averages, quick | {"node_sharing": False, "feature_groups": {"first": [0]}}]


def parameter_entries(**own: str) -> str:
    """Give the docstring entries of all parameters, some in words of the adapter's own."""
    return "\n".join(own.get(name) or entries(PARAMETERS, name) for name in DEFAULTS)


N_JOBS = """\
n_jobs : int, default=1
    How many of these searches run at a time. The result does not depend on it. It has no
    effect with ``n_restarts=1``."""

ATTRIBUTES = """\
classifier_ : DPadsClassifier
    The fitted classifier that does the work, with all its attributes and methods. It takes
    sequences with time before channels.
classes_ : ndarray of shape (n_classes,)
    The class labels.
n_classes_ : int
    Number of classes."""
