"""What a model of sequences gives on average, as a feature is set to other values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ..grammar.spans import Span, read_span, span_bounds, span_label
from ..inputs.numbers import is_integral, is_real
from ..inputs.optional import import_pandas
from .altered import Alterable, Array

if TYPE_CHECKING:
    import pandas as pd

Response = Literal["auto", "predict_proba", "decision_function"]
How = Literal["set", "shift"]


@dataclass(frozen=True, eq=False)
class PartialDependence:
    """What a model gives as one feature after the other takes other values.

    Parameters
    ----------
    names : list of str
        Names of the features.
    grids : list of ndarray of shape (n_values,)
        For each feature the values that it was set to, or that were added to it.
    individual : list of ndarray of shape (n_samples, n_values, n_outputs)
        For each feature what the model gives for each sequence; with a label per frame, the mean
        over the frames of the span.
    outputs : list
        What the outputs stand for: the classes, or of two classes and ``decision_function`` the
        second alone.
    positive : int
        Which output to look at where there are two classes; of more, the first.
    response : {"predict_proba", "decision_function"}
        What the model was asked.
    how : {"set", "shift"}
        Whether features were set to values, or values added to them.
    span : str
        Where, as a program's text has it.
    deciles : list of ndarray of shape (9,)
        For each feature the deciles of what it is in the span, or of that less its mean.
    """

    names: list[str]
    grids: list[Array]
    individual: list[Array]
    outputs: list[Any]
    positive: int
    response: str
    how: str
    span: str
    deciles: list[Array]

    @property
    def average(self) -> list[Array]:
        """For each feature the means over the sequences, of shape (n_values, n_outputs)."""
        return [values.mean(axis=0) for values in self.individual]

    def to_frame(self) -> pd.DataFrame:
        """Give the averages as a table of pandas.

        Returns
        -------
        frame : pandas.DataFrame
            One row for each feature, value and output, with the columns ``name``, ``value``,
            ``output`` and ``average``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        rows = list(self._rows())
        columns = ("name", "value", "output", "average")
        pandas = import_pandas("PartialDependence.to_frame")
        frame: pd.DataFrame = pandas.DataFrame(rows, columns=columns)
        return frame

    def _rows(self) -> Iterator[tuple[str, float, Any, float]]:
        for name, grid, average in zip(self.names, self.grids, self.average, strict=True):
            for value, of_value in zip(grid.tolist(), average.tolist(), strict=True):
                for output, mean in zip(self.outputs, of_value, strict=True):
                    yield name, value, output, mean


def partial_dependence(
    estimator: Any,
    X: ArrayLike | Sequence[ArrayLike],
    features: Sequence[int | str],
    *,
    span: Any = None,
    how: How = "set",
    grid_resolution: int = 20,
    percentiles: tuple[float, float] = (0.05, 0.95),
    response: Response = "auto",
) -> PartialDependence:
    """Find out what a fitted model gives on average as a feature takes other values.

    In all frames of a span, of all sequences, the feature is set to a value, or the value is added
    to it; everything else stays as it is. Set to a value, a feature doesn't vary any more within
    the span, so that what reads its deviation or its change reads none there: shift it, if what is
    asked for is its level. Sequences may come out so that are like none there are.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of sequences or of frames: of programs, a baseline, or a pipeline.
    X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
        Sequences.
    features : list of int or str
        The features, each by itself.
    span : int, Part, str or None, default=None
        Which frames of each sequence: the number of the last ones, a part such as ``"1/3"``, or
        all of them.
    how : {"set", "shift"}, default="set"
        Whether to set features to values, or to add values to them.
    grid_resolution : int, default=20
        How many values. A feature is set to those that it has, where it has fewer.
    percentiles : tuple of (float, float), default=(0.05, 0.95)
        Shares of what a feature is in the span below the first value and below the last one. For
        a shift, of what it is less its mean.
    response : {"auto", "predict_proba", "decision_function"}, default="auto"
        What to ask the estimator; "auto" asks for probabilities where there are some.

    Returns
    -------
    dependence : PartialDependence
        To be drawn by :class:`~sklearn_dpads.display.PartialDependenceDisplay`.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError, ValueError
        If a parameter or `X` is none of what is allowed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import SummaryClassifier
    >>> from sklearn_dpads.inspection import partial_dependence
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 12, 2))
    >>> X[y == "walk", :, 1] += 1.0
    >>> clf = SummaryClassifier().fit(X, y)
    >>> found = partial_dependence(clf, X, [1], how="shift", grid_resolution=3)
    >>> found.outputs, found.average[0].shape
    (['rest', 'walk'], (3, 2))
    >>> bool(found.average[0][0, 1] < 0.4 < 0.6 < found.average[0][2, 1])
    True
    """
    alterable = Alterable.read(estimator, X, "partial_dependence")
    _check(features, how, grid_resolution, percentiles)
    columns = [column for (column,) in alterable.columns(features).values()]
    where = read_span("span", span)
    method = _method(estimator, response)
    values = [alterable.inside(column, where) for column in columns]
    levels = [inside if how == "set" else inside - inside.mean() for inside in values]
    grids = [_grid(inside, how, grid_resolution, percentiles) for inside in levels]
    individual = [
        _responses(estimator, method, alterable, column, where, grid, how)
        for column, grid in zip(columns, grids, strict=True)
    ]
    classes = np.asarray(estimator.classes_).tolist()
    return PartialDependence(
        names=[alterable.names[column] for column in columns],
        grids=grids,
        individual=individual,
        outputs=classes if individual[0].shape[-1] == len(classes) else classes[1:],
        positive=_positive(estimator, individual[0].shape[-1]),
        response=method,
        how=how,
        span=span_label(where),
        deciles=[np.quantile(inside, np.arange(1, 10) / 10) for inside in levels],
    )


def _check(features: Any, how: Any, grid_resolution: Any, percentiles: Any) -> None:
    if isinstance(features, str | dict) or not hasattr(features, "__len__") or not len(features):
        raise TypeError(
            f"features must be a list of names or indices, at least one; got {features!r}."
        )
    if how not in ("set", "shift"):
        raise ValueError(f"how={how!r} is not allowed; give 'set' or 'shift'.")
    if not is_integral(grid_resolution) or isinstance(grid_resolution, bool | np.bool_):
        raise TypeError(
            f"grid_resolution must be an integer of at least 2; got {grid_resolution!r}."
        )
    if grid_resolution < 2:
        raise ValueError(
            f"grid_resolution must be an integer of at least 2; got {grid_resolution!r}."
        )
    pair = isinstance(percentiles, tuple | list) and len(percentiles) == 2
    known = pair and all(is_real(share) and 0 <= share <= 1 for share in percentiles)
    if not known or any(low >= high for low, high in pairwise(percentiles)):
        raise ValueError(
            "percentiles must be two shares, of which the first is less, such as (0.05, 0.95); got "
            f"{percentiles!r}."
        )


def _method(estimator: Any, response: Any) -> str:
    """Give the name of the method that is asked."""
    methods = ("predict_proba", "decision_function")
    if response not in ("auto", *methods):
        raise ValueError(
            f"response={response!r} is not allowed; give 'auto', 'predict_proba' or "
            "'decision_function'."
        )
    wanted = methods if response == "auto" else (response,)
    found = [method for method in wanted if hasattr(estimator, method)]
    if not found:
        raise TypeError(
            f"{type(estimator).__name__} has no {' and no '.join(wanted)}; give a classifier that "
            "has."
        )
    return str(found[0])


def _grid(inside: Array, how: str, n_values: int, percentiles: tuple[float, float]) -> Array:
    if how == "set":
        there = np.unique(inside)
        if len(there) < n_values:
            return there
    low, high = np.quantile(inside, percentiles)
    return np.linspace(low, high, n_values)


def _responses(
    estimator: Any,
    method: str,
    alterable: Alterable,
    column: int,
    span: Span,
    grid: Array,
    how: str,
) -> Array:
    """Ask about sequences with each value; shape (n_samples, n_values, n_outputs)."""
    found = []
    for value in grid.tolist():

        def change(i: int, old: Array, value: float = value) -> Array:
            return np.full_like(old, value) if how == "set" else old + value

        given = np.asarray(getattr(estimator, method)(alterable.altered([column], span, change)))
        found.append(_per_sequence(given, method, alterable, span, len(estimator.classes_)))
    return np.stack(found, axis=1)


def _per_sequence(
    given: Array, method: str, alterable: Alterable, span: Span, n_classes: int
) -> Array:
    """Bring responses into shape (n_samples, n_outputs): of frames, the mean over the span."""
    if method == "decision_function" and n_classes == 2:
        given = given[..., None]
    if given.ndim == 2:
        return given
    means = np.empty((len(given), given.shape[-1]))
    for i, member in enumerate(alterable.members):
        first, end = span_bounds(span, len(member))
        means[i] = given[i, first:end].mean(axis=0)
    return means


def _positive(estimator: Any, n_outputs: int) -> int:
    """Which output is that of the positive class, of two; programs know theirs."""
    classes = list(estimator.classes_)
    if n_outputs == 1 or len(classes) != 2:
        return 0
    known = getattr(getattr(estimator, "program_", None), "classes", None)
    return classes.index(known[-1]) if known else 1
