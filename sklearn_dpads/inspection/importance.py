"""What a model of sequences loses where a feature is exchanged between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import _safe_indexing, check_random_state

from ..estimator.parameters import check_n_jobs
from ..estimator.result_html import table_html
from ..grammar.spans import Span, span_bounds, span_label
from ..inputs.labels import sequence_labels
from ..inputs.numbers import is_integral
from ..inputs.optional import import_pandas
from ..program.text import show_name
from .altered import Alterable, Array, Features, read_spans
from .scorers import scorer_of
from .tables import text_table

if TYPE_CHECKING:
    import pandas as pd

_TITLES = ("lost", "deviation", "span", "name")


@dataclass(frozen=True, eq=False)
class PermutationImportance:
    """How much of its score a model loses without features, over time where spans were asked for.

    Parameters
    ----------
    importances : ndarray of shape (n_names, n_repeats) or (n_names, n_spans, n_repeats)
        The score on the sequences as they are, less that after an exchange. Without spans there
        is no axis of them.
    names : list of str
        Names of the features, or of their groups.
    spans : list of str
        The spans of frames, as a program's text has them.
    score : float
        The score on the sequences as they are.
    """

    importances: Array
    names: list[str]
    spans: list[str]
    score: float

    @property
    def importances_mean(self) -> Array:
        """Means over the repeats."""
        means: Array = self.importances.mean(axis=-1)
        return means

    @property
    def importances_std(self) -> Array:
        """Standard deviations over the repeats."""
        deviations: Array = self.importances.std(axis=-1)
        return deviations

    def __repr__(self) -> str:
        return "\n".join([self._title, *text_table(_TITLES, self._rows())])

    def _repr_html_(self) -> str:
        rows = self._rows()
        table = table_html(_TITLES, rows, [row[-1] for row in rows], [])
        return f"<p>{self._title}</p>{table}"

    def to_frame(self) -> pd.DataFrame:
        """Give the importances as a table of pandas.

        Returns
        -------
        frame : pandas.DataFrame
            One row for each feature or group and span, with the columns ``name``, ``span``,
            ``importance`` and ``deviation``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        columns = list(zip(*self._records(), strict=True))
        data = dict(zip(("name", "span", "importance", "deviation"), columns, strict=True))
        pandas = import_pandas("PermutationImportance.to_frame")
        frame: pd.DataFrame = pandas.DataFrame(data)
        return frame

    @property
    def _title(self) -> str:
        n_repeats = self.importances.shape[-1]
        return f"score as it is: {self.score:.3f}; lost where values are exchanged, of {n_repeats}:"

    def _records(self) -> list[tuple[str, str, float, float]]:
        means, deviations = self.importances_mean.ravel(), self.importances_std.ravel()
        keys = [(name, span) for name in self.names for span in self.spans]
        pairs = zip(keys, means.tolist(), deviations.tolist(), strict=True)
        return [(*key, mean, deviation) for key, mean, deviation in pairs]

    def _rows(self) -> list[tuple[str, ...]]:
        records = sorted(self._records(), key=lambda record: -record[2])
        return [(f"{m:+.3f}", f"{s:.3f}", span, show_name(name)) for name, span, m, s in records]


def permutation_importance(
    estimator: Any,
    X: ArrayLike | Sequence[ArrayLike],
    y: ArrayLike | Sequence[ArrayLike],
    *,
    features: Features = None,
    spans: int | Sequence[Any] | None = None,
    scoring: str | Callable[[Any, Any, Any], float] | None = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> PermutationImportance:
    """Find out what a fitted model loses where features are exchanged between sequences.

    Every sequence gets the values that another one has, whole or within a span of frames, and
    keeps its label. Frames stand at the same place relative to the span: where it has n frames in
    one sequence and m in the other, frame t takes the value of frame ⌊(t + 1/2) m / n⌋, so that
    of equal lengths each takes that of its own number. Features of a group come from
    the same sequence, and all features and spans are exchanged in the same ways.

    Of two features that tell the same, neither loses much: exchange them as a group.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of sequences or of frames: of programs, a baseline, or a pipeline.
    X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
        Sequences; best those that it was not fitted to.
    y : array-like
        Their labels, as in `fit`; what is masked doesn't count.
    features : list of int or str, dict of str to list of int or str, or None, default=None
        What to exchange: features, each by itself, or groups of them by name. None takes each
        feature.
    spans : int, list or None, default=None
        Where: a number of equal parts, each by itself, or a list of spans, which are numbers of
        last frames, parts such as ``"1/3"``, and ``"all"``. None exchanges all frames.
    scoring : str, callable or None, default=None
        Name of a scorer, or a callable ``scorer(estimator, X, y)``; None takes the estimator's
        ``score``. With a label per frame, what has a name scores the frames that have one, as
        in `fit`; callables are given sequences, as those of :mod:`sklearn_dpads.metrics` are.
    n_repeats : int, default=5
        How often to exchange.
    n_jobs : int or None, default=None
        How many features, spans and repeats to score at a time; None does one.
    random_state : int, RandomState or None, default=None
        Seed of the exchanges. The result is the same for any `n_jobs`.

    Returns
    -------
    importance : PermutationImportance
        It prints as a table, the largest loss first.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError, ValueError
        If a parameter, `X` or `y` is none of what is allowed.

    See Also
    --------
    sklearn_dpads.Program.knock_out : What a program loses without each of its parts.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import SummaryClassifier
    >>> from sklearn_dpads.inspection import permutation_importance
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 12, 2))
    >>> X[y == "walk", :6, 1] += 3.0
    >>> clf = SummaryClassifier().fit(X, y)
    >>> found = permutation_importance(clf, X, y, spans=2, random_state=0)
    >>> found.importances_mean.shape
    (2, 2)
    >>> found.names[found.importances_mean.sum(axis=1).argmax()]
    'x1'
    """
    X, y = _labelled(X, y)
    alterable = Alterable.read(estimator, X, "permutation_importance")
    columns, all_spans = alterable.columns(features), read_spans(spans)
    _check(scoring, n_repeats, n_jobs)
    scorer = scorer_of(estimator, scoring, y)
    rng = check_random_state(random_state)
    donors = [rng.permutation(len(alterable.members)) for _ in range(n_repeats)]
    whole = float(scorer(estimator, X, y))
    jobs = [
        delayed(_exchanged_score)(scorer, estimator, alterable, y, of_one, span, of_repeat)
        for of_one in columns.values()
        for span in all_spans
        for of_repeat in donors
    ]
    scores = np.array(Parallel(n_jobs=n_jobs)(jobs))
    by_span = (len(all_spans),) if spans is not None else ()
    return PermutationImportance(
        importances=whole - scores.reshape(len(columns), *by_span, n_repeats),
        names=list(columns),
        spans=[span_label(span) for span in all_spans],
        score=whole,
    )


def _labelled(X: Any, y: Any) -> tuple[Any, Any]:
    """Leave out sequences whose label is masked, of which scorers know nothing."""
    if not np.ma.is_masked(y) or np.ndim(y) > 1:
        return X, y
    labels, given = sequence_labels(y)
    return _safe_indexing(X, np.flatnonzero(given)), labels


def _check(scoring: Any, n_repeats: Any, n_jobs: Any) -> None:
    if scoring is not None and not isinstance(scoring, str) and not callable(scoring):
        raise TypeError(
            "scoring must be the name of a scorer, a callable scorer(estimator, X, y), or None; "
            f"got {scoring!r}."
        )
    if not is_integral(n_repeats) or isinstance(n_repeats, bool | np.bool_):
        raise TypeError(f"n_repeats must be an integer of at least 1; got {n_repeats!r}.")
    if n_repeats < 1:
        raise ValueError(f"n_repeats must be an integer of at least 1; got {n_repeats!r}.")
    if n_jobs is not None:
        check_n_jobs(n_jobs)


def _exchanged_score(
    scorer: Any,
    estimator: Any,
    alterable: Alterable,
    y: Any,
    columns: Sequence[int],
    span: Span,
    donors: NDArray[np.int64],
) -> float:
    """Score sequences after an exchange."""

    def change(i: int, values: Array) -> Array:
        donor = alterable.members[donors[i]]
        first, end = span_bounds(span, len(donor))
        places = (2 * np.arange(len(values)) + 1) * (end - first) // (2 * len(values))
        taken: Array = donor[first + places][:, list(columns)]
        return taken

    return float(scorer(estimator, alterable.altered(columns, span, change), y))
