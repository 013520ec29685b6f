"""Which sequences belong together, as those of one animal do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frame_labels import missing


def read_groups(groups: Any, n_samples: int) -> NDArray[np.int64]:
    """Number the groups of sequences.

    Parameters
    ----------
    groups : array-like of shape (n_samples,)
        The group of each sequence: numbers or texts.
    n_samples : int
        Number of sequences.

    Returns
    -------
    numbers : ndarray of shape (n_samples,), int64
        The number of each sequence's group, from 0 on, in the order of the sorted groups.

    Raises
    ------
    TypeError
        If groups are of kinds that can't be sorted.
    ValueError
        If there is not one per sequence, if some are missing or masked, or if there is a single
        one.

    Examples
    --------
    >>> read_groups(["rex", "bella", "rex"], 3)
    array([1, 0, 1])
    """
    # numpy makes texts of a list's numbers and missing values beside texts.
    found = np.asarray(groups, dtype=object if isinstance(groups, list | tuple) else None)
    if found.shape != (n_samples,):
        raise ValueError(
            f"groups must hold one group per sequence, shape ({n_samples},); got shape "
            f"{found.shape}."
        )
    masked = np.ma.getmaskarray(groups) if np.ma.isMaskedArray(groups) else False
    absent = np.flatnonzero(missing(found) | masked)
    if len(absent):
        raise ValueError(
            f"groups has no group for sequence {int(absent[0])}; give each of them one, those "
            "that stand alone one of their own."
        )
    try:
        names, numbers = np.unique(found, return_inverse=True)
    except TypeError as error:
        kinds = sorted({type(value).__name__ for value in found.tolist()})
        raise TypeError(
            f"groups holds values that can't be sorted, of the types {', '.join(kinds)}; give "
            "numbers alone, or texts alone."
        ) from error
    if len(names) < 2:
        raise ValueError(
            f"groups holds one group alone, {names.tolist()}, so that none is left to judge by; "
            "leave groups out."
        )
    return numbers.astype(np.int64)
