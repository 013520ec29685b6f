"""What the adapters have in common: the parameters, and a classifier that does the work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..classifier import DPadsClassifier
from ..estimator.docs import PARAMETERS, entries
from ..estimator.parameters import FeatureGroups
from ..grammar import Grammar
from ..search import SearchOptions
from ..training import TrainingOptions

_SEARCH, _TRAINING = SearchOptions(), TrainingOptions()
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

    def __init__(
        self,
        *,
        grammar: Grammar | None = None,
        feature_groups: FeatureGroups | None = None,
        d_s: int = _SEARCH.d_s,
        N: int = _SEARCH.n_top,
        max_depth: int = _SEARCH.max_depth,
        node_sharing: bool = _SEARCH.node_sharing,
        unfolding: bool = _SEARCH.unfolding,
        structural_penalty: float = _SEARCH.structural_penalty,
        selection: Literal["two_standard_errors", "best_score", "simplest"] = "two_standard_errors",
        scoring: str | Callable[[Any, Any, Any], float] | None = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        standardize: bool | Literal["robust"] = True,
        max_iter: int = _SEARCH.max_epochs,
        max_refinements: int = _SEARCH.max_refinements,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate_init: float = _TRAINING.learning_rate,
        validation_fraction: float = 0.4,
        n_iter_no_change: int = _TRAINING.patience,
        tol: float = _TRAINING.tol,
        n_restarts: int = 1,
        n_jobs: int = 1,
        max_time: float | None = None,
        checkpoint_dir: str | PathLike[str] | None = None,
        feature_names: Sequence[str] | None = None,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.grammar = grammar
        self.feature_groups = feature_groups
        self.d_s = d_s
        self.N = N
        self.max_depth = max_depth
        self.node_sharing = node_sharing
        self.unfolding = unfolding
        self.structural_penalty = structural_penalty
        self.selection = selection
        self.scoring = scoring
        self.class_weight = class_weight
        self.standardize = standardize
        self.max_iter = max_iter
        self.max_refinements = max_refinements
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.n_restarts = n_restarts
        self.n_jobs = n_jobs
        self.max_time = max_time
        self.checkpoint_dir = checkpoint_dir
        self.feature_names = feature_names
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        super().__init__()

    @abstractmethod
    def _sequences(self, X: Any) -> Any:
        """Bring sequences of the library's layout into one that DPadsClassifier takes."""

    def _parameters(self) -> dict[str, Any]:
        """Give the parameters of the classifier."""
        return self.get_params(deep=False)  # type: ignore[attr-defined]

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
    names = [name for name in signature(DPadsAdapter.__init__).parameters if name != "self"]
    return "\n".join(own.get(name) or entries(PARAMETERS, name) for name in names)


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
