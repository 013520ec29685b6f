"""Columns that count rows rather than measure anything: indices, frame numbers, ids."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.names import is_nameless

from .cells import Cells, listed

# In fewer rows a feature that is smooth may only rise by chance.
_FEWEST_ROWS = 20


def leave_out_nameless(names: Iterable[Hashable]) -> list[Hashable]:
    """Names of the columns that have one in their file.

    Warns
    -----
    UserWarning
        If some have none.
    """
    names = list(names)
    nameless = [name for name in names if is_nameless(name)]
    if nameless:
        warnings.warn(
            f"Columns without a name are no features, and are left out: {listed(nameless)}. "
            "pandas writes the index of a table so; to_csv(index=False) doesn't. To read such a "
            "column, list it in features.",
            UserWarning,
            stacklevel=4,
        )
    return [name for name in names if name not in nameless]


def warn_of_counters(cells: Cells) -> None:
    """Warn of features that only rise, through all sequences or from frame to frame in all.

    Such a feature tells which row this is. Where the rows of a table are sorted by class, it
    tells the class of the rows at hand, and nothing of any others.
    """
    if len(cells.ids) < 2:
        return
    rising = [
        name
        for name, values in zip(cells.feature_names, np.moveaxis(cells.values, 2, 0), strict=True)
        if _only_rises(values) or _only_rises(values.T)
    ]
    if rising:
        warnings.warn(
            f"These features only rise, from row to row through the whole table or from frame to "
            f"frame in all sequences, as indices, ids and frame numbers do: {listed(rising)}. A "
            "program may tell rows by them. Leave them out, or list the features, as "
            "features=[...], where they are measured.",
            UserWarning,
            stacklevel=3,
        )


def _only_rises(values: NDArray[Any]) -> bool:
    known = values[~np.isnan(values)]
    steps = np.diff(known)
    return known.size >= _FEWEST_ROWS and bool((steps >= 0).all()) and bool(steps.any())
