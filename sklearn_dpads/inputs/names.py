"""Names of features: given, or the columns of data frames; compared wherever there are some."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What pandas calls a column without a header, also in one of several levels.
_UNNAMED = re.compile(r"\s*|Unnamed: [0-9]+(?:_level_[0-9]+)?")


def choose_names(
    feature_names: Sequence[str] | None, X: Any, n_features: int
) -> tuple[str, ...] | None:
    """Take the names given, or else the columns, or else none.

    Parameters
    ----------
    feature_names : sequence of str or None
        The names given.
    X : array-like or list
        Sequences, as a user gives them.
    n_features : int
        Number of features.

    Returns
    -------
    names : tuple of str or None
        One name per feature, all different.

    Raises
    ------
    TypeError
        If `feature_names` is no sequence of str.
    ValueError
        If names are too few, too many, or not different, or if names are given and the data
        frames of `X` have others.
    """
    given, columns = check_feature_names(feature_names, n_features), names_of(X)
    if given is not None and columns is not None and given != columns:
        raise ValueError(
            f"feature_names gives {list(given)}, but the sequences of X are data frames with the "
            f"columns {list(columns)}. Leave out feature_names to take the columns, or rename the "
            "columns."
        )
    return columns if given is None else given


def check_feature_names(names: Any, n_features: int) -> tuple[str, ...] | None:
    """Check the names of the columns: one each, all different.

    Raises
    ------
    TypeError
        If `names` is neither a sequence of str nor None.
    ValueError
        If names are too few, too many, or not different.
    """
    if names is None:
        return None
    refuse_unordered(names, "feature_names")
    listed = not isinstance(names, str) and hasattr(names, "__iter__")
    if not listed or not all(isinstance(name, str) for name in names):
        raise TypeError(f"feature_names must be a sequence of str, or None; got {names!r}.")
    texts = tuple(str(name) for name in names)
    if len(texts) != n_features:
        raise ValueError(
            f"feature_names must name each of the {n_features} features of X; "
            f"{len(texts)} names were given."
        )
    if len(set(texts)) < n_features:
        twice = repeated(texts)
        raise ValueError(f"feature_names must differ from each other; {twice} occur repeatedly.")
    return texts


def refuse_unordered(values: Any, parameter: str) -> None:
    """Refuse a set where an order counts: its own is another in every process.

    Raises
    ------
    TypeError
        If it is one.
    """
    if isinstance(values, set | frozenset):
        raise TypeError(
            f"{parameter} must be in an order that means something, which a "
            f"{type(values).__name__} has not; got {values!r}. Give a list, [...], in that order."
        )


def repeated(names: Iterable[Hashable]) -> list[str]:
    """The names that occur more than once, as text, sorted."""
    return sorted(str(name) for name, count in Counter(names).items() if count > 1)


def is_nameless(name: Hashable) -> bool:
    """Tell whether a column has no name in its file, in one of its levels at least.

    Examples
    --------
    >>> [is_nameless(name) for name in ("Unnamed: 0", "", ("Unnamed: 0_level_0", "x"), "speed", 0)]
    [True, True, True, False, False]
    """
    if isinstance(name, tuple):
        return any(is_nameless(part) for part in name)
    return isinstance(name, str) and _UNNAMED.fullmatch(name) is not None


def names_of(X: Any) -> tuple[str, ...] | None:
    """Give the column names of sequences of which some are data frames; None where none are.

    Raises
    ------
    ValueError
        If the frames have different columns, the same in another order, two of one name, or
        one without a name.

    Examples
    --------
    >>> import pandas as pd
    >>> names_of([pd.DataFrame({"speed": [1.0, 2.0], "turn": [0.0, 1.0]})])
    ('speed', 'turn')
    """
    columns = _columns_of(X)
    if columns is None or not all(isinstance(name, str) for name in columns):
        return None
    nameless = [name for name in columns if is_nameless(name)]
    if nameless:
        raise ValueError(
            f"The columns {nameless} have no name in their file, and are no features: pandas "
            "writes the index of a table so. Read such files with index_col=0, or drop them."
        )
    twice = repeated(columns)
    if twice:
        raise ValueError(f"Columns must have names that differ; {twice} occur repeatedly.")
    return columns


def _columns_of(X: Any) -> tuple[Any, ...] | None:
    """Give the labels of the columns; None where there are none, or just their numbers."""
    listed = isinstance(X, list | tuple) or getattr(X, "dtype", None) == np.dtype(object)
    if not listed or getattr(X, "ndim", 1) != 1:
        return None
    found = [(i, tuple(member.columns)) for i, member in enumerate(X) if hasattr(member, "columns")]
    if not found:
        return None
    first, columns = found[0]
    for i, here in found:
        if here != columns:
            raise ValueError(
                f"All sequences must have the same columns in the same order: X[{first}] has "
                f"{list(columns)}, X[{i}] has {list(here)}."
            )
    return None if columns == tuple(range(len(columns))) else columns


def with_names_like(
    sequences: NDArray[np.float64] | list[Any], X: Any, names: Sequence[str] | None
) -> NDArray[np.float64] | list[Any]:
    """Make data frames of sequences, where others are data frames.

    Parameters
    ----------
    sequences : ndarray or list of ndarray
        The sequences.
    X : array-like or list
        Sequences of the same lengths; data frames of pandas, whose index is taken, or of polars.
    names : sequence of str or None
        Names of the columns; None leaves sequences as they are.

    Returns
    -------
    sequences : ndarray, list of ndarray or list of data frame
    """
    if names is None or not isinstance(sequences, list):
        return sequences
    if not all(hasattr(member, "columns") for member in X):
        return sequences
    return [
        type(member)(row, columns=list(names), index=member.index)
        if hasattr(member, "index")
        else type(member)(row, schema=list(names), orient="row")
        for row, member in zip(sequences, X, strict=True)
    ]


def check_same_names(X: Any, known: Sequence[str] | None) -> None:
    """Refuse sequences whose columns have other names than those of the fit.

    Raises
    ------
    ValueError
        If both have names, and they differ.
    """
    names_of(X)
    columns = _columns_of(X)
    if columns is not None and known is not None and columns != tuple(known):
        raise ValueError(
            "The feature names should match those that were passed during fit: "
            f"{list(known)}; X has {list(columns)}."
        )


def keep_names(estimator: Any, names: Sequence[str] | None) -> None:
    """Set ``feature_names_in_`` of an estimator, or take away what another fit left."""
    if names is not None:
        estimator.feature_names_in_ = np.array(names, dtype=object)
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_
