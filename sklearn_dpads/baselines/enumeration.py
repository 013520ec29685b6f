"""Enumeration as a classifier: every program up to a depth, and the best of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import cleandoc
from typing import Any, ClassVar, Literal

import numpy as np

from ..estimator.docs import NOTES, with_parts
from ..estimator.label_forms import FrameLabels, SequenceLabels
from ..estimator.parameters import FeatureGroups
from ..grammar import Grammar
from ..search import EnumerationOptions, enumerate_search
from .census import (
    RESULTS,
    SEARCH,
    CensusClassifier,
    settings_text,
)
from .near import Method


class ExhaustiveSearch(CensusClassifier):
    """The enumeration with its parameters, for either form of labels."""

    _title: ClassVar[str] = "enumeration"

    def __init__(
        self,
        *,
        max_programs: int = 10_000,
        grammar: Grammar | None = None,
        feature_groups: FeatureGroups | None = None,
        max_depth: int = 2,
        structural_penalty: float = SEARCH.structural_penalty,
        selection: Literal["two_standard_errors", "best_score", "simplest"] = "two_standard_errors",
        scoring: str | Callable[[Any, Any, Any], float] | None = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        standardize: bool | Literal["robust"] = True,
        n_fit_steps: int = SEARCH.fit_steps,
        n_restarts: int = 1,
        n_jobs: int | None = None,
        max_time: float | None = None,
        feature_names: Sequence[str] | None = None,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            grammar=grammar,
            feature_groups=feature_groups,
            max_depth=max_depth,
            structural_penalty=structural_penalty,
            selection=selection,
            scoring=scoring,
            class_weight=class_weight,
            standardize=standardize,
            n_fit_steps=n_fit_steps,
            n_restarts=n_restarts,
            n_jobs=n_jobs,
            max_time=max_time,
            feature_names=feature_names,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.max_programs = max_programs

    def _method(self) -> Method:
        return Method(enumerate_search, EnumerationOptions(max_programs=int(self.max_programs)))


_PROGRAMS = """
max_programs : int, default=10000
    Greatest number of programs to train. Where the grammar derives more, :meth:`fit`
    refuses, and tells how many there are. With one label per sequence the default grammar
    derives some dozens up to depth 2, but beyond 20000 up to depth 3, which wants a
    smaller grammar or a larger number; with one label per frame, no more than some
    thousands up to depth 3.
"""
_PARAMETERS = "\n".join([cleandoc(_PROGRAMS), settings_text(max_depth=2, drawn="the folds")])


@with_parts(parameters=_PARAMETERS, attributes=RESULTS, notes=NOTES)
class EnumerationClassifier(SequenceLabels, ExhaustiveSearch):
    """Classify sequences with the best of all programs up to a depth.

    Every program that a grammar derives, of commutative twins one, is fitted once for each of
    four folds without that fold, and judged by the joined predictions. The best is fitted to all
    the data. It tells how far a search is from the best there is: ``verdicts_`` has the
    score and the cost of every program.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    EnumerationFrameClassifier : The same with one label per frame.
    RandomProgramClassifier : Some programs drawn at random.
    sklearn_dpads.grammar.count_programs : How many programs there are.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import EnumerationClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 3, 1))
    >>> X[y == "walk"] += 3.0
    >>> clf = EnumerationClassifier(max_depth=2, n_fit_steps=20, random_state=0).fit(X, y)
    >>> len(clf.verdicts_)
    8
    >>> clf.score(X, y)
    1.0
    """


@with_parts(parameters=_PARAMETERS, attributes=RESULTS, notes=NOTES)
class EnumerationFrameClassifier(FrameLabels, ExhaustiveSearch):
    """Classify every frame of sequences with the best of all programs up to a depth.

    As :class:`EnumerationClassifier`, over programs that map a sequence to a sequence.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    EnumerationClassifier : The same with one label per sequence.
    RandomProgramFrameClassifier : Some programs drawn at random.
    sklearn_dpads.grammar.count_programs : How many programs there are.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import EnumerationFrameClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(30, 8, 1))
    >>> y = np.where(X[:, :, 0] > 0.3, "move", "rest")
    >>> clf = EnumerationFrameClassifier(max_depth=2, n_fit_steps=20, random_state=0).fit(X, y)
    >>> clf.verdicts_[0].skeleton
    'Map(Affine[x0])'
    >>> clf.predict(X).shape
    (30, 8)
    """
