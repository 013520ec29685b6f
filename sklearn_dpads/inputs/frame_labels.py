"""Read one label per frame, however the rows are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNLABELLED = -1
_LAYOUTS = "a 2D array (n_samples, n_timesteps) or a list of 1D arrays (n_timesteps_i,)"


@dataclass(frozen=True)
class FrameLabels:
    """One label per frame, brought into one layout.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_timesteps)
        The labels; of no meaning where `present` is False.
    present : ndarray of shape (n_samples, n_timesteps), bool
        Where a label was given and isn't masked.
    lengths : ndarray of shape (n_samples,), int64, or None
        Number of labels of each row, where the rows came as a list.
    """

    values: NDArray[Any]
    present: NDArray[np.bool_]
    lengths: NDArray[np.int64] | None

    def before(self, ends: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Tell which frames lie before the end of their sequence."""
        return np.arange(self.values.shape[1]) < np.asarray(ends)[:, None]

    def row_lengths(self) -> NDArray[np.int64]:
        """Number of labels of each row, padding included."""
        if self.lengths is not None:
            return self.lengths
        return np.full(len(self.values), self.values.shape[1], dtype=np.int64)


def is_list_of_rows(y: Any) -> bool:
    """Tell whether `y` is a list, or a 1D array of objects, whose members are to be read."""
    if isinstance(y, np.ndarray):
        return y.dtype == object and y.ndim == 1
    return isinstance(y, list | tuple)


def is_flat(y: Any) -> bool:
    """Tell whether `y` holds single values rather than rows of them."""
    if is_list_of_rows(y):
        return len(y) > 0 and np.ndim(y[0]) == 0
    return np.ndim(y) == 1


def read_frame_labels(y: Any, name: str) -> FrameLabels:
    """Read a 2D array, a masked array, or a list of 1D arrays.

    Parameters
    ----------
    y : array-like of shape (n_samples, n_timesteps), or list of array-like
        One value per frame.
    name : str
        Name to use in messages.

    Returns
    -------
    labels : FrameLabels
        The values as one array.

    Raises
    ------
    TypeError
        If rows of text and of numbers are mixed.
    ValueError
        If `y` isn't 2D, or a member of the list isn't 1D.
    """
    if is_list_of_rows(y):
        return _stack([np.ma.asarray(row) for row in y], name)
    array = np.ma.asarray(y)
    if array.ndim != 2:
        raise ValueError(f"{name} must be {_LAYOUTS}; it is {array.ndim}D, shape {array.shape}.")
    return FrameLabels(array.data, ~np.ma.getmaskarray(array), None)


def missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell where an array holds NaN, NaT, None or "", which are no labels."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind in "SU":
        return values == values.dtype.type()
    if values.dtype.kind in "Mm":
        return np.isnat(values)
    if values.dtype.kind == "O":
        return np.frompyfunc(_is_missing, 1, 1)(values).astype(bool)
    return np.zeros(values.shape, dtype=bool)


def has_unlabelled_code(labels: NDArray[Any]) -> bool:
    """Tell whether -1 among these labels marks frames without one, and is no class."""
    if labels.dtype.kind != "i" or not (labels == UNLABELLED).any():
        return False
    return not np.array_equal(np.unique(labels), [-1, 1])


def concatenate_labels(rows: Sequence[NDArray[Any]], name: str) -> NDArray[Any]:
    """Join 1D arrays of labels, none of which may turn numbers into text."""
    rows = [row for row in rows if row.size] or [np.zeros(0)]
    text = {row.dtype.kind in "SU" for row in rows if row.dtype.kind != "O"}
    if len(text) > 1:
        raise TypeError(
            f"{name} mixes text and numbers, which can't be sorted together: dtypes "
            f"{sorted({str(row.dtype) for row in rows})}. Give all labels one type."
        )
    return np.concatenate(rows)


def _is_missing(value: Any) -> bool:
    if value is None or isinstance(value, str):
        return not value
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA is neither equal nor unequal to itself
        return True


def _stack(rows: Sequence[np.ma.MaskedArray[Any, Any]], name: str) -> FrameLabels:
    for index, row in enumerate(rows):
        if row.ndim != 1:
            raise ValueError(
                f"{name} must be {_LAYOUTS}; its member {index} is {row.ndim}D, shape {row.shape}."
            )
    lengths = np.array([row.size for row in rows], dtype=np.int64)
    taken = np.arange(lengths.max(initial=0)) < lengths[:, None]
    joined = concatenate_labels([row.data for row in rows], name)
    values = np.zeros(taken.shape, dtype=joined.dtype)
    values[taken] = joined
    present = taken.copy()
    present[taken] = ~np.concatenate([np.ma.getmaskarray(row) for row in rows] or [joined != 0])
    return FrameLabels(values, present, lengths)
