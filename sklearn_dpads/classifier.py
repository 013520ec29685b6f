"""The classifiers whose fitted model is a program found by dPads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .estimator.base import ProgramClassifier, fitted_program_fits
from .estimator.docs import (
    ATTRIBUTES,
    NOTES,
    PARAMETERS,
    REFERENCES,
    with_parts,
)
from .estimator.label_forms import FrameLabels, SequenceLabels
from .estimator.parameters import FeatureGroups, search_options, training_options
from .estimator.restarts import Method
from .grammar import Grammar
from .inputs.sequences import SequenceData
from .program import Expression
from .search import SearchOptions, search
from .training import TrainingOptions

_SEARCH, _TRAINING = SearchOptions(), TrainingOptions()


class DifferentiableSearch(ProgramClassifier):
    """The dPads search with its parameters, for either form of labels."""

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
        n_jobs: int | None = None,
        max_time: float | None = None,
        checkpoint_dir: str | PathLike[str] | None = None,
        feature_names: Sequence[str] | None = None,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
        warm_start: bool = False,
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
        self.warm_start = warm_start

    def _method(self) -> Method:
        return search

    def _search_options(self) -> SearchOptions:
        return search_options(self.get_params(deep=False))

    def _training_options(self, data: SequenceData) -> TrainingOptions:
        return training_options(
            self.get_params(deep=False), self._signature, data.n_samples, data.n_timesteps
        )

    def _previous(
        self, grammar: Grammar, classes: NDArray[Any], n_features: int
    ) -> tuple[Expression, ...]:
        """Give the program to start from, where one is wanted and fits the problem."""
        if not self.warm_start or not hasattr(self, "program_"):
            return ()
        fits = fitted_program_fits(self, grammar, classes, n_features)
        return (self.program_.expression,) if fits else ()


@with_parts(parameters=PARAMETERS, attributes=ATTRIBUTES, notes=NOTES, references=REFERENCES)
class DPadsClassifier(SequenceLabels, DifferentiableSearch):
    """Classify sequences with a short program found by differentiable search.

    All programs of a grammar up to a depth are relaxed into one differentiable graph,
    which is trained, pruned and split until single programs are left (dPads [1]_). The
    best by cross-fitting is improved by local search and fitted to all the data.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DPadsFrameClassifier : The same with one label per frame.

    Notes
    -----
    {notes}

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import DPadsClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 30)
    >>> X = rng.normal(size=(60, 8, 2))
    >>> X[y == "walk", :, 0] += 2.0
    >>> clf = DPadsClassifier(max_depth=2, feature_names=["speed", "turn"], random_state=0)
    >>> clf = clf.fit(X, y)
    >>> print(clf.program_.to_text(precision=2))  # doctest: +SKIP
    SlideWindowAvg[10](Affine[speed](1.3*speed - 1.2))
    >>> clf.score(X, y)
    1.0
    """


@with_parts(parameters=PARAMETERS, attributes=ATTRIBUTES, notes=NOTES, references=REFERENCES)
class DPadsFrameClassifier(FrameLabels, DifferentiableSearch):
    """Classify every frame of sequences with a short program found by differentiable search.

    The search is that of :class:`DPadsClassifier`, over programs that map a sequence to a
    sequence: ``Map``, ``MapPrefix`` and ``ITE``. They are causal, what they say of a frame
    depends on no later one, unless `grammar` holds ``CenteredWindowAvg``.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DPadsClassifier : The same with one label per sequence.
    sklearn_dpads.metrics.frame_f1_scorer : For cross-validation.

    Notes
    -----
    {notes}

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import DPadsFrameClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 10, 2))
    >>> y = np.where(X[:, :, 0] > 0.3, "move", "rest")
    >>> clf = DPadsFrameClassifier(max_depth=2, random_state=0).fit(X, y)
    >>> clf.predict(X).shape
    (40, 10)
    >>> bool(clf.score(X, y) > 0.95)
    True
    """
