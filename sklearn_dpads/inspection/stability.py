"""What of a fitted program other samples of the sequences would give as well."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..estimator.base import SearchingClassifier
from ..estimator.parameters import check_n_jobs
from ..estimator.resampled import Resampled
from ..inputs.groups import read_groups
from ..inputs.numbers import is_integral, is_real
from ..program import Program, ProgramIntervals
from ..search import Search
from .bootstraps import draw_bootstraps
from .intervals import NumberTable, intervals
from .occurrences import OccurrenceTable, count_occurrences
from .searches import Searched, kept_messages, search_each

Array = NDArray[np.float64]

# Programs whose loss is no more than so many of its errors above the least are as good.
_NEAR_ERRORS = 2.0


@dataclass(frozen=True, eq=False)
class Stability:
    """What is stable of a program: what it is made of, and what its numbers are.

    Parameters
    ----------
    structure : OccurrenceTable
        How often the programs that the searches on the bootstraps chose hold each group, feature,
        statistic and span, and how often programs of the fitted classifier do that are as good as
        the best.
    numbers : NumberTable
        Numbers of the classifier's program with the intervals that refits of it to the bootstraps
        give. That another program could have been chosen isn't in them.
    programs : list of Program
        The programs that the searches chose.
    scores : ndarray of shape (n_programs,)
        Their scores on the sequences that weren't in the bootstrap; NaN where there were none, or
        where they could not be scored.
    near : list of Program
        Programs of the classifier whose loss is within two standard errors of the least.
    failures : dict of int to Exception
        By the number of a bootstrap, why its search failed.
    n_bootstraps, n_refits : int
        How many were asked for.
    confidence : float
        Share of the refits that an interval holds.
    scoring : str
        What the score is called.
    intervals : ProgramIntervals or None, default=None
        The refits of the program, for what shows its numbers: give it to
        :meth:`.Program.to_text`, :meth:`.Program.to_html` or :class:`.ProgramDisplay`. Where each
        class has a program of its own, its ``program`` is what they show. None where there are
        no refits.
    """

    structure: OccurrenceTable
    numbers: NumberTable
    programs: list[Program]
    scores: Array
    near: list[Program]
    failures: dict[int, Exception]
    n_bootstraps: int
    n_refits: int
    confidence: float
    scoring: str
    intervals: ProgramIntervals | None = None

    def __str__(self) -> str:
        return f"{self._structure_title}\n{self.structure}\n\n{self._numbers_title}\n{self.numbers}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = (
            (self._structure_title, self.structure._repr_html_()),
            (self._numbers_title, self.numbers._repr_html_()),
        )
        return "".join(f"<p>{escape(title)}</p>{table}" for title, table in parts)

    @property
    def _structure_title(self) -> str:
        found = f"Structure: searches on {len(self.programs)} bootstraps"
        if self.failures:
            found += f" ({len(self.failures)} failed)"
        known = self.scores[np.isfinite(self.scores)]
        if len(known):
            spread = f" ± {known.std(ddof=1):.3f}" if len(known) > 1 else ""
            found += f", {self.scoring} out of the bag {known.mean():.3f}{spread}"
        return f"{found}; {len(self.near)} programs are within two standard errors of the best."

    @property
    def _numbers_title(self) -> str:
        return (
            f"Numbers: the program refitted to {self.n_refits} bootstraps, "
            f"{self.confidence:.0%} intervals."
        )


def stability(
    estimator: SearchingClassifier,
    X: ArrayLike | Sequence[ArrayLike],
    y: ArrayLike | Sequence[ArrayLike],
    *,
    groups: ArrayLike | None = None,
    search: Search | None = None,
    n_bootstraps: int = 20,
    n_refits: int = 100,
    confidence: float = 0.9,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> Stability:
    """Find out what of a fitted program other samples of the sequences would give as well.

    Two things are done, which answer two questions. For the structure, the search is made anew on
    bootstraps of the sequences: what do the programs that it chooses have in common? For the
    numbers, the program stays as it is, and is refitted to bootstraps: how far could each number
    be another one? A number that is stable in a part that is not tells little. Where each class has
    a program of its own, its numbers are those before all were calibrated together.

    Parameters
    ----------
    estimator : DPadsClassifier, ProgramClassifier or another classifier of programs
        A fitted one; it stays as it is.
    X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
        The sequences that it was fitted to.
    y : array-like
        Their labels, as in `fit`.
    groups : array-like of shape (n_samples,) or None, default=None
        Which sequences belong together, as those of one animal do: they are drawn together, since
        others of the same animal would be much like them, and so they are in the searches, as in
        `fit`. None draws every sequence by itself, with a label per sequence those of each class.
    search : Search or None, default=None
        The search that is made on the bootstraps; None takes that of the estimator. With
        ``SumsOfReaders()`` it takes seconds, and tells of sums of readers.
    n_bootstraps : int, default=20
        How many searches to make; 0 makes none.
    n_refits : int, default=100
        How many refits to make; 0 makes none. They are trained side by side, and are quick where
        the program is a sum of readers.
    confidence : float, default=0.9
        Share of the refits that an interval holds, as many below it as above.
    n_jobs : int or None, default=None
        How many searches to make at a time; None makes one.
    random_state : int, RandomState or None, default=None
        Seed of the bootstraps and of the searches. The result is the same for any `n_jobs`.

    Returns
    -------
    stability : Stability
        It prints as two tables.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError, ValueError
        If a parameter, `X` or `y` is none of what is allowed, or if no bootstrap has two
        sequences of every class.
    RuntimeError
        If all searches fail.

    Warns
    -----
    UserWarning
        If some searches fail, or warn.
    ConvergenceWarning
        If a KeyboardInterrupt ended the searches early. Those that had ended are kept.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import ProgramClassifier
    >>> from sklearn_dpads.inspection import stability
    >>> from sklearn_dpads.search import SumsOfReaders
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 8, 2))
    >>> X[y == "walk", :, 0] += 2.0
    >>> clf = ProgramClassifier(
    ...     grammar="paper",
    ...     search=SumsOfReaders(),
    ...     feature_names=["speed", "turn"],
    ...     random_state=0,
    ... )
    >>> found = stability(clf.fit(X, y), X, y, n_bootstraps=3, random_state=0)
    >>> [occurrence.name for occurrence in found.structure.stable().of_kind("feature")]
    ['speed']
    >>> found.numbers[0].name, found.numbers[0].includes_zero
    ('speed', False)
    """
    _check(estimator, search, n_bootstraps, n_refits, confidence, n_jobs)
    resampled = Resampled.read(estimator, X, y)
    of = None if groups is None else read_groups(groups, resampled.data.n_samples)
    rng = check_random_state(random_state)
    counts = draw_bootstraps(resampled.codes, of, max(n_bootstraps, n_refits), rng)
    seeds = rng.randint(np.iinfo(np.int32).max, size=n_bootstraps + 1).tolist()
    anew = resampled.anew(search)
    numbers, of_program = NumberTable(), None
    if n_refits:
        first, *refits = resampled.fits(counts[:n_refits], seeds[-1])
        numbers = intervals(first, refits, confidence)
        of_program = ProgramIntervals(first, refits, float(confidence))
    found = search_each(anew, X, y, counts[:n_bootstraps], seeds[:-1], n_jobs, of)
    good = _those_that_ended(found)
    programs = [program for _, program in good]
    near = _near(estimator)
    return Stability(
        structure=count_occurrences(programs, near, estimator.program_, estimator.grammar_),
        numbers=numbers,
        programs=programs,
        scores=_scores(resampled, good, counts),
        near=near,
        failures={one.number: one.error for one in found if one.error is not None},
        n_bootstraps=n_bootstraps,
        n_refits=n_refits,
        confidence=confidence,
        scoring=resampled.score_name,
        intervals=of_program,
    )


def _check(
    estimator: Any, search: Any, n_bootstraps: Any, n_refits: Any, confidence: Any, n_jobs: Any
) -> None:
    if not isinstance(estimator, SearchingClassifier):
        raise TypeError(
            "estimator must be a classifier of programs, such as a fitted DPadsClassifier; got a "
            f"{type(estimator).__name__}. Of a pipeline, give the last step, and what the others "
            "make of X."
        )
    check_is_fitted(estimator)
    if search is not None and not isinstance(search, Search):
        raise TypeError(
            "search must be a Search, such as SumsOfReaders() of sklearn_dpads.search, or None for "
            f"that of the estimator; got {search!r}."
        )
    if search is not None and "search" not in estimator.get_params(deep=False):
        raise ValueError(
            f"search was given, but {type(estimator).__name__} has a search of its own; leave "
            "search out, or give a ProgramClassifier."
        )
    for name, number in (("n_bootstraps", n_bootstraps), ("n_refits", n_refits)):
        if not is_integral(number) or isinstance(number, bool | np.bool_):
            raise TypeError(f"{name} must be an integer of at least 0; got {number!r}.")
        if number < 0:
            raise ValueError(f"{name} must be an integer of at least 0; got {number!r}.")
    if n_bootstraps == n_refits == 0:
        raise ValueError(
            "n_bootstraps and n_refits are 0, so that there is nothing to do; give one of them."
        )
    if not is_real(confidence) or isinstance(confidence, bool | np.bool_):
        raise TypeError(f"confidence must be a number between 0 and 1; got {confidence!r}.")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be a number between 0 and 1; got {confidence!r}.")
    if n_jobs is not None:
        check_n_jobs(n_jobs)


def _those_that_ended(found: Sequence[Searched]) -> list[tuple[int, Program]]:
    """Give numbers and programs of the searches that found one, and warn of the rest."""
    good = [(one.number, one.program) for one in found if one.program is not None]
    errors = [one.error for one in found if one.error is not None]
    if errors and not good:
        raise RuntimeError(f"All {len(errors)} searches failed; the first one: {errors[0]}") from (
            errors[0]
        )
    messages = Counter(f"failed: {error}" for error in errors)
    messages += Counter(f"warned: {text}" for one in found for text in one.messages)
    for text, n_searches in messages.items():
        warnings.warn(f"{n_searches} of {len(found)} searches {text}", UserWarning, stacklevel=3)
    return good


def _near(estimator: SearchingClassifier) -> list[Program]:
    """Give the programs whose loss is within two standard errors of the least."""
    sound = [record for record in estimator.programs_ if np.isfinite(record.loss)]
    if not sound:
        return [estimator.program_]
    best = min(sound, key=lambda record: record.loss)
    most = best.loss + _NEAR_ERRORS * best.loss_error
    return [record.program for record in sound if record.loss <= most]


def _scores(resampled: Resampled, good: Sequence[tuple[int, Program]], counts: Array) -> Array:
    """Score programs on the sequences that they were not found with."""
    scores = np.full(len(good), np.nan)
    with kept_messages():
        for i, (number, program) in enumerate(good):
            try:
                scores[i] = resampled.score(program, np.flatnonzero(counts[number] == 0))
            except ValueError:  # as of a scorer that needs sequences of every class
                continue
    return scores
