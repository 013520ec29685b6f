"""What numpy makes of an array-like, and which of its types are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .containers import in_words


def is_array_of_arrays(X: Any) -> bool:
    return getattr(X, "ndim", None) == 1 and getattr(X, "dtype", None) == np.dtype(object)


def as_array(values: Any, name: str) -> NDArray[Any]:
    """Return the values as an array, keeping their dtype."""
    # A tensor that gradients are kept of is read by its values.
    detach = getattr(values, "detach", None)
    try:
        if isinstance(values, np.ma.MaskedArray):
            return with_gaps(values)
        if hasattr(values, "columns") and hasattr(values, "isna"):
            return _of_table(values)
        return np.asarray(values if detach is None else detach())
    except ValueError as error:
        raise ValueError(
            f"{name} can't read an array out of {in_words(values)}: {str(error).rstrip('.')}. "
            "All frames of a sequence must have the same number of features."
        ) from error


def with_gaps(values: np.ma.MaskedArray[Any, Any]) -> NDArray[Any]:
    """Put NaN where values are masked, which may be the end of a sequence, or a gap."""
    if not np.ma.getmaskarray(values).any() or values.dtype.kind not in "biuf":
        return np.asarray(values)
    filled: NDArray[Any] = np.ma.filled(values.astype(np.float64), np.nan)
    return filled


def _of_table(values: Any) -> NDArray[Any]:
    """Put NaN where a data frame of pandas holds the NA of its own types of numbers."""
    array = np.asarray(values)
    if array.dtype.kind == "O":
        array = array.copy()
        array[np.asarray(values.isna())] = np.nan
    return array


def as_numbers(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Refuse what holds no numbers; keep the type of all but objects, which become float64."""
    kind = array.dtype.kind
    if kind == "c":
        raise ValueError(f"Complex data not supported by {name}: X has dtype {array.dtype}.")
    if kind in "SU":
        raise ValueError(f"{name} takes numbers, but X holds text (dtype {array.dtype}).")
    if kind not in "biufO":
        raise TypeError(f"{name} takes numbers, but X has dtype {array.dtype}.")
    if kind != "O":
        return array
    try:
        return np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{name} takes numbers, but X has dtype {array.dtype} with values that are none: "
            f"{error}."
        ) from error
