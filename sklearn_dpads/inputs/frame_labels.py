"""Read labels of frames in any layout, and tell which of them are none."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
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
    """Tell whether `y` is a list, or a 1D array or column of objects, whose members are read."""
    if isinstance(y, list | tuple):
        return True
    return getattr(y, "ndim", None) == 1 and getattr(y, "dtype", None) == np.dtype(object)


def is_flat(y: Any) -> bool:
    """Tell whether `y` holds single values rather than rows of them."""
    if is_list_of_rows(y):
        return len(y) > 0 and np.ndim(next(iter(y))) == 0
    return np.ndim(y) == 1


def holds_rows(y: Any) -> bool:
    """Tell whether `y` holds more than one label per sequence; one in a column is a label."""
    if is_list_of_rows(y):
        return any(np.ndim(row) > 0 and np.size(row) > 1 for row in y)
    shape = np.asarray(y).shape
    return len(shape) == 2 and shape[1] > 1


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
    return FrameLabels(numbers_as_such(array.data), ~np.ma.getmaskarray(array), None)


def numbers_as_such(values: NDArray[Any]) -> NDArray[Any]:
    """An array of objects as one of numbers, where it holds nothing else.

    Examples
    --------
    >>> numbers_as_such(np.array([0, 1, 1], dtype=object))
    array([0, 1, 1])
    """
    if values.dtype.kind != "O" or not all(isinstance(value, Real) for value in values.flat):
        return values
    return np.array(values.tolist()).reshape(values.shape)


def missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell where an array holds NaN, NaT, None, "" or what is masked, which are no labels."""
    absent: NDArray[np.bool_]
    if values.dtype.kind == "f":
        absent = np.isnan(values)
    elif values.dtype.kind in "SU":
        absent = values == values.dtype.type()
    elif values.dtype.kind in "Mm":
        absent = np.isnat(values)
    elif values.dtype.kind == "O":
        absent = np.frompyfunc(_is_missing, 1, 1)(values).astype(bool)
    else:
        absent = np.zeros(values.shape, dtype=bool)
    return absent


def unlabelled_label(labels: NDArray[Any], unlabelled: Any = "auto") -> Any:
    """Give the label that marks frames without one, or None if there is no such label.

    Parameters
    ----------
    labels : ndarray
        The labels that were given.
    unlabelled : label, "auto" or None, default="auto"
        As :func:`~.labels.check_frame_labels` takes it.

    Examples
    --------
    >>> unlabelled_label(np.array([0, -1, 1]))
    -1
    >>> unlabelled_label(np.array([0, -1, 1]), None) is None
    True
    """
    if not is_auto(unlabelled):
        return unlabelled
    if labels.dtype.kind != "i" or np.array_equal(np.unique(labels), [-1, 1]):
        return None
    return UNLABELLED


def is_unlabelled(
    values: NDArray[Any], counted: NDArray[np.bool_], unlabelled: Any
) -> NDArray[np.bool_]:
    """Tell which of the frames that count have the label of those without one.

    Parameters
    ----------
    values : ndarray
        The labels.
    counted : ndarray of bool of the same shape
        Where there are frames, and none that are masked.
    unlabelled : label, "auto" or None
        As :func:`~.labels.check_frame_labels` takes it; what is missing is found as any label.
    """
    label = unlabelled_label(values[counted], unlabelled)
    if is_auto(unlabelled) or not _is_missing(label):
        return counted & equals_label(values, label)
    return counted & _equals_gap(values, label)


def check_one_label(label: Any, name: str) -> None:
    """Refuse several labels where there may be one.

    Raises
    ------
    TypeError
        If `label` is a list, an array, a set or the like.
    """
    alone = isinstance(label, str | bytes) or (isinstance(label, np.ndarray) and label.ndim == 0)
    if isinstance(label, Iterable) and not alone:
        raise TypeError(
            f"{name} must be one label; got a {type(label).__name__}, {label!r}. Where frames of "
            "several labels don't count, mask them: numpy.ma.masked_where(numpy.isin(y, labels), "
            "y)."
        )


def is_auto(unlabelled: Any) -> bool:
    """Tell whether the label of frames without one is left to the labels."""
    return isinstance(unlabelled, str) and unlabelled == "auto"


def warn_of_unlabelled(n_marked: int, n_frames: int) -> None:
    """Say how many frames count as if they had no label, where nobody said that they do."""
    warnings.warn(
        f"{n_marked} of {n_frames} frames are labelled {UNLABELLED}, and count as frames without "
        f"a label. Give unlabelled={UNLABELLED} if that is right, unlabelled=None if "
        f"{UNLABELLED} is a class.",
        UserWarning,
        stacklevel=2,
    )


def equals_label(values: NDArray[Any], label: Any) -> NDArray[np.bool_]:
    """Tell where an array holds a label; None is no label, and text never equals a number."""
    if label is None:
        return np.zeros(values.shape, dtype=bool)
    if values.dtype.kind == "O":
        given = ~missing(values)
        given[given] = values[given] == label
        return given
    if _family(values.dtype) != _family(np.asarray(label).dtype):
        return np.zeros(values.shape, dtype=bool)
    equal: NDArray[np.bool_] = values == label
    return equal


def _equals_gap(values: NDArray[Any], gap: Any) -> NDArray[np.bool_]:
    """Tell where an array holds what is missing in the same way: "", None, or NaN and the like."""
    found = missing(values)
    if values.dtype.kind == "O":
        found[found] = [_kind_of_gap(value) == _kind_of_gap(gap) for value in values[found]]
    elif gap is None or _family(values.dtype) != _family(np.asarray(gap).dtype):
        found[:] = False
    return found


def _kind_of_gap(gap: Any) -> str:
    return "none" if gap is None else "text" if isinstance(gap, str) else "number"


def _family(dtype: np.dtype[Any]) -> str:
    return {"U": "text", "S": "text", "M": "time", "m": "time"}.get(dtype.kind, "number")


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
    if value is np.ma.masked:  # as in a list of what a masked array holds
        return True
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
    joined = numbers_as_such(concatenate_labels([row.data for row in rows], name))
    values = np.zeros(taken.shape, dtype=joined.dtype)
    values[taken] = joined
    present = taken.copy()
    present[taken] = ~np.concatenate([np.ma.getmaskarray(row) for row in rows] or [joined != 0])
    return FrameLabels(values, present, lengths)
