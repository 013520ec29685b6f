"""The classifiers whose fitted model is a program: found by dPads, or by a search of your own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from os import PathLike
from typing import Any, Literal

from numpy.typing import NDArray
from sklearn.base import clone

from .estimator.base import SearchingClassifier, SearchParameters, fitted_program_fits
from .estimator.docs import (
    ATTRIBUTES,
    CLASS_PROGRAMS,
    NOTES,
    REFERENCES,
    parameters_of,
    with_parts,
)
from .estimator.label_forms import LabelPerFrame, LabelPerSequence
from .estimator.parameters import with_own_init
from .grammar import Grammar
from .program import Expression
from .search import DEFAULT_RULE, DPads, LocalSearch, Rule, Search
from .training import Training


@dataclass(kw_only=True, repr=False, eq=False)
class ResumableParameters(SearchParameters):
    """Parameters of a search that can be given, kept on disk, and begun where one ended."""

    search: Search | None = None
    decomposition: Literal["joint", "ovr"] | None = None
    selection: str | Rule = DEFAULT_RULE
    checkpoint_dir: str | PathLike[str] | None = None
    warm_start: bool = False


class ResumableClassifier(ResumableParameters, SearchingClassifier):
    """A search that can be given, kept on disk, and begun with the program of the last one."""

    def _make_search(self) -> Search:
        """Return the search that was given, or the default one."""
        if self.search is None:
            return self._default_search()
        if not isinstance(self.search, Search):
            raise TypeError(
                "search must be a Search, such as DPads() or NEAR() of sklearn_dpads.search, or "
                f"None; got {self.search!r}."
            )
        given = self._given_beside()
        if given:
            texts = ", ".join(f"{name}={value!r}" for name, value in given.items())
            raise ValueError(
                f"search has settings of its own, but {texts} was given beside it; give it to "
                "the search, or leave search out."
            )
        search: Search = clone(self.search)
        return search

    def _default_search(self) -> Search:
        return DPads()

    def _given_beside(self) -> Mapping[str, Any]:
        """Give the settings of the default search that were changed here."""
        return {}

    def _previous(
        self, grammar: Grammar, classes: NDArray[Any], n_features: int
    ) -> tuple[Expression, ...]:
        """Give the program to start from, where one is wanted and fits the problem."""
        if not self.warm_start or not hasattr(self, "program_"):
            return ()
        fits = fitted_program_fits(self, grammar, classes, n_features)
        return (self.program_.expression,) if fits else ()


@dataclass(kw_only=True, repr=False, eq=False)
class DifferentiableParameters(ResumableParameters):
    """Parameters of the dPads search."""

    d_s: int = DPads.d_s
    N: int = DPads.N
    node_sharing: bool = DPads.node_sharing
    unfolding: bool = DPads.unfolding
    max_iter: int = DPads.max_iter
    max_refinements: int = LocalSearch.max_refinements
    batch_size: int | Literal["auto"] = "auto"
    learning_rate_init: float = Training.learning_rate_init
    validation_fraction: float = DPads.validation_fraction
    n_iter_no_change: int = Training.n_iter_no_change
    tol: float = Training.tol


@dataclass(kw_only=True, repr=False, eq=False)
class ResumableFrameParameters(ResumableParameters):
    """Parameters of a search that can be given, with one label per frame."""

    unlabelled: Any = "auto"


@dataclass(kw_only=True, repr=False, eq=False)
class DifferentiableFrameParameters(DifferentiableParameters):
    """Parameters of the dPads search, with one label per frame."""

    unlabelled: Any = "auto"


class DifferentiableSearch(DifferentiableParameters, ResumableClassifier):
    """The dPads search with its parameters, for either form of labels."""

    def _default_search(self) -> DPads:
        return DPads(
            d_s=self.d_s,
            N=self.N,
            node_sharing=self.node_sharing,
            unfolding=self.unfolding,
            max_iter=self.max_iter,
            validation_fraction=self.validation_fraction,
            local_search=LocalSearch(max_refinements=self.max_refinements),
            training=Training(
                batch_size=self.batch_size,
                learning_rate_init=self.learning_rate_init,
                n_iter_no_change=self.n_iter_no_change,
                tol=self.tol,
            ),
        )

    def _given_beside(self) -> Mapping[str, Any]:
        inherited = {field.name for field in fields(ResumableFrameParameters)}
        own = [field for field in fields(self) if field.name not in inherited]
        values = {field.name: getattr(self, field.name) for field in own}
        return {f.name: values[f.name] for f in own if values[f.name] != f.default}


_ATTRIBUTES = ATTRIBUTES + CLASS_PROGRAMS.lstrip()
_GENERAL = parameters_of(ResumableClassifier)


@with_parts(parameters=_GENERAL, attributes=_ATTRIBUTES, notes=NOTES)
@with_own_init
class ProgramClassifier(LabelPerSequence, ResumableClassifier):
    """Classify sequences with a short program found by any search.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DPadsClassifier : The dPads search with its parameters.
    ProgramFrameClassifier : The same with one label per frame.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import ProgramClassifier
    >>> from sklearn_dpads.search import RandomPrograms
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 3, 1))
    >>> X[y == "walk"] += 3.0
    >>> search = RandomPrograms(n_programs=5, fit_steps=20)
    >>> clf = ProgramClassifier(search=search, max_depth=2, random_state=0).fit(X, y)
    >>> clf.score(X, y)
    0.95
    """


@with_parts(parameters=parameters_of(ResumableFrameParameters), attributes=_ATTRIBUTES, notes=NOTES)
@with_own_init
class ProgramFrameClassifier(LabelPerFrame, ResumableFrameParameters, ResumableClassifier):
    """Classify every frame of sequences with a short program found by any search.

    As :class:`ProgramClassifier`, over programs that map a sequence to a sequence.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DPadsFrameClassifier : The dPads search with its parameters.
    ProgramClassifier : The same with one label per sequence.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import ProgramFrameClassifier
    >>> from sklearn_dpads.search import Enumerate
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(30, 8, 1))
    >>> y = np.where(X[:, :, 0] > 0.3, "move", "rest")
    >>> clf = ProgramFrameClassifier(search=Enumerate(fit_steps=20), max_depth=2, random_state=0)
    >>> clf.fit(X, y).predict(X).shape
    (30, 8)
    """


@with_parts(
    parameters=parameters_of(DifferentiableSearch),
    attributes=_ATTRIBUTES,
    notes=NOTES,
    references=REFERENCES,
)
@with_own_init
class DPadsClassifier(LabelPerSequence, DifferentiableSearch):
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


@with_parts(
    parameters=parameters_of(DifferentiableFrameParameters),
    attributes=_ATTRIBUTES,
    notes=NOTES,
    references=REFERENCES,
)
@with_own_init
class DPadsFrameClassifier(LabelPerFrame, DifferentiableFrameParameters, DifferentiableSearch):
    """Classify every frame of sequences with a short program found by differentiable search.

    The search is that of :class:`DPadsClassifier`, over programs that map a sequence to a
    sequence: ``Map``, ``MapPrefix`` and ``ITE``. They are causal, what they say of a frame
    depends on no later one, unless `grammar` holds a ``CenteredWindow…``.

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


# Estimators are saved under the name that users import them by.
for _public in (DPadsClassifier, DPadsFrameClassifier, ProgramClassifier, ProgramFrameClassifier):
    _public.__module__ = __package__ or ""
