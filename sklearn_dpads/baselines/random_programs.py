"""Random programs as a classifier: the floor under every search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import cleandoc
from typing import Any, ClassVar, Literal

import numpy as np

from ..estimator.docs import NOTES, with_parts
from ..estimator.label_forms import FrameLabels, SequenceLabels
from ..estimator.parameters import FeatureGroups
from ..grammar import Grammar
from ..search import RandomOptions, random_search
from .census import (
    RESULTS,
    SEARCH,
    CensusClassifier,
    settings_text,
)
from .near import Method

_RANDOM = RandomOptions()


class RandomDraws(CensusClassifier):
    """The random search with its parameters, for either form of labels."""

    _title: ClassVar[str] = "random programs"

    def __init__(
        self,
        *,
        n_programs: int = _RANDOM.n_programs,
        grammar: Grammar | None = None,
        feature_groups: FeatureGroups | None = None,
        max_depth: int = SEARCH.max_depth,
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
        self.n_programs = n_programs

    def _method(self) -> Method:
        return Method(random_search, RandomOptions(n_programs=int(self.n_programs)))


_PROGRAMS = """
n_programs : int, default=200
    Number of different programs to draw; all of them where the grammar derives fewer.
"""
_PARAMETERS = "\n".join(
    [cleandoc(_PROGRAMS), settings_text(max_depth=4, drawn="the programs, the folds")]
)


@with_parts(parameters=_PARAMETERS, attributes=RESULTS, notes=NOTES)
class RandomProgramClassifier(SequenceLabels, RandomDraws):
    """Classify sequences with the best of some programs drawn at random.

    A program is drawn from the root down: in every place, all productions that can still
    finish within `max_depth` are as likely. Each is fitted once for each of four folds
    without that fold, and judged by the joined predictions; the best is fitted to all
    the data. A search that is worth its time does better with as many programs.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    RandomProgramFrameClassifier : The same with one label per frame.
    EnumerationClassifier : All programs up to a depth.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import RandomProgramClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 3, 1))
    >>> X[y == "walk"] += 3.0
    >>> clf = RandomProgramClassifier(n_programs=10, max_depth=2, random_state=0).fit(X, y)
    >>> clf.score(X, y)
    1.0
    """


@with_parts(parameters=_PARAMETERS, attributes=RESULTS, notes=NOTES)
class RandomProgramFrameClassifier(FrameLabels, RandomDraws):
    """Classify every frame of sequences with the best of some programs drawn at random.

    As :class:`RandomProgramClassifier`, over programs that map a sequence to a sequence.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    RandomProgramClassifier : The same with one label per sequence.
    EnumerationFrameClassifier : All programs up to a depth.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import RandomProgramFrameClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(30, 8, 1))
    >>> y = np.where(X[:, :, 0] > 0.3, "move", "rest")
    >>> clf = RandomProgramFrameClassifier(n_programs=5, max_depth=3, random_state=0).fit(X, y)
    >>> len(clf.verdicts_)
    5
    >>> clf.predict(X).shape
    (30, 8)
    """
