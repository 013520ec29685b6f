"""Enumeration and random programs as classifiers: the oracle over every search, and the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..estimator.base import SearchingClassifier, SearchParameters
from ..estimator.docs import ATTRIBUTES, NOTES, entries, parameters_of, with_parts
from ..estimator.label_forms import LabelPerFrame, LabelPerSequence
from ..estimator.parameters import with_own_init
from ..search import DEFAULT_RULE, Enumerate, RandomPrograms, Rule


@dataclass(kw_only=True, repr=False, eq=False)
class CensusParameters(SearchParameters):
    """Parameters of the classifiers that cross-fit programs without a search among them."""

    selection: str | Rule = DEFAULT_RULE
    n_fit_steps: int = Enumerate.fit_steps


@dataclass(kw_only=True, repr=False, eq=False)
class ExhaustiveParameters(CensusParameters):
    """Parameters of the enumeration."""

    max_depth: int = 2
    max_programs: int = Enumerate.max_programs


@dataclass(kw_only=True, repr=False, eq=False)
class ExhaustiveFrameParameters(ExhaustiveParameters):
    """Parameters of the enumeration, with one label per frame."""

    unlabelled: Any = "auto"


class ExhaustiveSearch(ExhaustiveParameters, SearchingClassifier):
    """The enumeration with its parameters, for either form of labels."""

    def _make_search(self) -> Enumerate:
        return Enumerate(max_programs=self.max_programs, fit_steps=self.n_fit_steps)


@dataclass(kw_only=True, repr=False, eq=False)
class RandomParameters(CensusParameters):
    """Parameters of the random search."""

    n_programs: int = RandomPrograms.n_programs


@dataclass(kw_only=True, repr=False, eq=False)
class RandomFrameParameters(RandomParameters):
    """Parameters of the random search, with one label per frame."""

    unlabelled: Any = "auto"


class RandomDraws(RandomParameters, SearchingClassifier):
    """The random search with its parameters, for either form of labels."""

    def _make_search(self) -> RandomPrograms:
        return RandomPrograms(n_programs=self.n_programs, fit_steps=self.n_fit_steps)


_FITS = """
max_depth : int, default={max_depth}
    Greatest depth of a program.
n_fit_steps : int, default=100
    Steps of the training that a program gets on each of the four folds, with 1000
    sequences or more; up to 1.25 times as many with fewer.
random_state : int, RandomState instance or None, default=None
    Determines {drawn}, the initial values and the order of the batches. Pass an int for
    the same result in every call. Global generators are left as they are.
"""

_VERDICTS = """
    Only 200 of a search are kept here, those of least loss plus price of cost, and the
    choice is among them. They come without parts that another part can take over.
verdicts_ : list of Verdict
    What was found out about every program, in the order in which they were scored:
    ``skeleton``, the text of its productions; ``score``, ``loss`` and ``loss_error``, all
    cross-fitted; and ``cost``. One entry per restart and program;
    ``pandas.DataFrame(clf.verdicts_)`` makes a table of them.
"""

RESULTS = "\n".join(
    [
        entries(ATTRIBUTES, "program_", "programs_"),
        _VERDICTS.strip("\n"),
        entries(
            ATTRIBUTES, "classes_", "grammar_", "n_features_in_", "feature_names_in_", "n_outputs_"
        ),
        entries(ATTRIBUTES, "search_history_"),
    ]
)


_AT_MOST = """
max_programs : int, default=10000
    Greatest number of programs to train. Where the grammar derives more, :meth:`fit`
    refuses, and tells how many there are. With one label per sequence the default grammar
    derives some dozens up to depth 2, but beyond 20000 up to depth 3, which wants a
    smaller grammar or a larger number; with one label per frame, no more than some
    thousands up to depth 3.
"""
_OF_ALL = _AT_MOST + _FITS.lstrip().format(max_depth=2, drawn="the folds")


@with_parts(
    parameters=parameters_of(ExhaustiveParameters, _OF_ALL), attributes=RESULTS, notes=NOTES
)
@with_own_init
class EnumerationClassifier(LabelPerSequence, ExhaustiveSearch):
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
    44
    >>> clf.score(X, y)
    1.0
    """


@with_parts(
    parameters=parameters_of(ExhaustiveFrameParameters, _OF_ALL), attributes=RESULTS, notes=NOTES
)
@with_own_init
class EnumerationFrameClassifier(LabelPerFrame, ExhaustiveFrameParameters, ExhaustiveSearch):
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


_DRAWN = """
n_programs : int, default=200
    Number of different programs to draw; all of them where the grammar derives fewer.
"""
_OF_SOME = _DRAWN + _FITS.lstrip().format(max_depth=4, drawn="the programs, the folds")


@with_parts(parameters=parameters_of(RandomParameters, _OF_SOME), attributes=RESULTS, notes=NOTES)
@with_own_init
class RandomProgramClassifier(LabelPerSequence, RandomDraws):
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


@with_parts(
    parameters=parameters_of(RandomFrameParameters, _OF_SOME), attributes=RESULTS, notes=NOTES
)
@with_own_init
class RandomProgramFrameClassifier(LabelPerFrame, RandomFrameParameters, RandomDraws):
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


# Estimators are saved under the name that users import them by.
for _public in (
    EnumerationClassifier,
    EnumerationFrameClassifier,
    RandomProgramClassifier,
    RandomProgramFrameClassifier,
):
    _public.__module__ = __package__ or ""
