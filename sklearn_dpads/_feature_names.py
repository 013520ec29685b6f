"""Names of features that come with the data, as columns of data frames."""

from __future__ import annotations

from typing import Any

import numpy as np


def names_of(X: Any) -> tuple[str, ...] | None:
    """Give the column names of a list of data frames; None where there are none.

    Raises
    ------
    ValueError
        If the frames have different columns, or the same in another order.

    Examples
    --------
    >>> import pandas as pd
    >>> names_of([pd.DataFrame({"speed": [1.0, 2.0], "turn": [0.0, 1.0]})])
    ('speed', 'turn')
    """
    if not isinstance(X, list | tuple) or not all(hasattr(member, "columns") for member in X):
        return None
    columns = [tuple(member.columns) for member in X]
    if not columns or not all(isinstance(name, str) for name in columns[0]):
        return None
    for i, here in enumerate(columns):
        if here != columns[0]:
            raise ValueError(
                f"All sequences must have the same columns in the same order: X[0] has "
                f"{list(columns[0])}, X[{i}] has {list(here)}."
            )
    return columns[0]


def check_same_names(estimator: Any, X: Any) -> None:
    """Refuse sequences whose columns have other names than those of the fit.

    Raises
    ------
    ValueError
        If both have names, and they differ.
    """
    names, known = names_of(X), getattr(estimator, "feature_names_in_", None)
    if names is not None and known is not None and not np.array_equal(names, known):
        raise ValueError(
            "The feature names should match those that were passed during fit: "
            f"{list(known)}; X has {list(names)}."
        )
