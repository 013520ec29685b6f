"""What all tables of sequences are brought into before sequences are cut out of them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.frame_labels import missing
from sklearn_dpads.inputs.names import refuse_unordered

# Numbers as they are written in many countries, and what to do about them.
_DECIMAL_COMMA = re.compile(r"\s*[-+]?(?:[0-9]+(?:,[0-9]+)?|,[0-9]+)(?:[eE][-+]?[0-9]+)?\s*")
COMMA_ADVICE = (
    "These are numbers with a decimal comma. Write them with a point: pandas.read_csv(path, "
    "sep=';', decimal=',') reads such a table, and to_csv writes it with points."
)
# Names in a message; of more, how many there are is said.
_MOST_LISTED = 20


@dataclass(frozen=True)
class Cells:
    """Values of a table, in order of sequence, time and feature.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_timesteps, n_features), float64
        NaN where the table has no value.
    feature_names : list of str
        Names of the features.
    ids : ndarray of shape (n_samples,)
        What the table calls the sequences.
    times : ndarray of shape (n_samples, n_timesteps)
        What it calls the frames.
    labels : ndarray of shape (n_samples,) or (n_samples, n_timesteps), or None
        Labels of the sequences or of the frames.
    """

    values: NDArray[np.float64]
    feature_names: list[str]
    ids: NDArray[Any]
    times: NDArray[Any]
    labels: NDArray[Any] | None

    def sequences(
        self, lengths: NDArray[np.int64]
    ) -> NDArray[np.float64] | list[NDArray[np.float64]]:
        """Cut the padding off: an array where the lengths are equal, or else a list."""
        if (lengths == lengths[0]).all():
            return self.values[:, : lengths[0]]
        return [row[:length].copy() for row, length in zip(self.values, lengths, strict=True)]

    def targets(self, lengths: NDArray[np.int64]) -> NDArray[Any] | list[NDArray[Any]] | None:
        """Labels in the layout of :meth:`sequences`; a masked array where some are missing."""
        if self.labels is None:
            return None
        if self.labels.ndim == 1:
            self._refuse_missing(self.labels)
            return narrow(self.labels)
        labels = self.labels[:, : lengths.max()]
        inside = np.arange(labels.shape[1]) < lengths[:, None]
        unknown = missing(labels)
        given = inside & ~unknown
        known = narrow(labels[given])
        filled = np.zeros(labels.shape, dtype=known.dtype)
        filled[given] = known
        if (inside & unknown).any():
            return np.ma.masked_array(filled, ~given)
        if inside.all():
            return filled
        return [row[:length].copy() for row, length in zip(filled, lengths, strict=True)]

    def lengths(self) -> NDArray[np.int64]:
        """Frames of each sequence; what has no value in any feature at the end is padding.

        Raises
        ------
        ValueError
            If a value is missing before that, or a sequence has no frame at all.
        """
        absent = np.isnan(self.values)
        n_timesteps = absent.shape[1]
        present: NDArray[np.bool_] = ~np.all(absent, axis=2)
        after_last = n_timesteps - np.argmax(present[:, ::-1], axis=1)
        lengths = np.where(present.any(axis=1), after_last, 0).astype(np.int64)
        if (lengths == 0).any():
            empty = self.ids[int(np.argmin(lengths))]
            raise ValueError(
                f"Sequence {as_text(empty)} has no frame: all its values are missing. Leave it out."
            )
        holes = absent & (np.arange(n_timesteps) < lengths[:, None])[:, :, None]
        if holes.any():
            sample, frame, feature = (int(index[0]) for index in np.nonzero(holes))
            raise ValueError(
                f"Feature {self.feature_names[feature]!r} has no value in sequence "
                f"{as_text(self.ids[sample])} at time {as_text(self.times[sample, frame])}. "
                "Values may only be missing where all features of a frame and of all later "
                "frames are. Fill or interpolate them first, or leave the row or the feature out."
            )
        return lengths

    def _refuse_missing(self, labels: NDArray[Any]) -> None:
        unknown = missing(labels)
        if unknown.any():
            sample = as_text(self.ids[int(np.argmax(unknown))])
            raise ValueError(f"Sequence {sample} has no label. Leave it out, or label it.")


def as_floats(
    values: Any,
    name: Any,
    *,
    advice: str = "Encode it, or list the features without it, as features=[...].",
) -> NDArray[np.float64]:
    """Numbers of a feature, NaN where there is none.

    Parameters
    ----------
    values : array-like of shape (n_rows,) or (n_samples, n_timesteps)
        The column.
    name : hashable
        Its name.
    advice : str
        What to do where nothing in it is a number.

    Raises
    ------
    TypeError
        If they are no numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind == "O":
        array = np.where(missing(array), np.nan, array)
    if array.dtype.kind in "biuf" or (array.dtype.kind == "O" and not _holds_text(array)):
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError):
            pass
    raise TypeError(
        f"Features must be numbers, but {name!r} holds {_what_is_no_number(array, advice)}"
    )


def _what_is_no_number(values: NDArray[Any], advice: str) -> str:
    """Name the first cell that is no number, and say what to do."""
    given = values[~missing(values)]
    unreadable = np.array([not _is_number(cell) for cell in given.flat], dtype=bool)
    if not unreadable.any():
        return (
            f"{as_text(given.flat[0])}, a number as text. Convert it first, with pandas.to_numeric "
            "for instance."
        )
    wrong = int(np.argmax(unreadable))
    row = int(np.argwhere(~missing(values))[wrong][0])
    where = f"{as_text(given.flat[wrong])} in row {row}, counted from 0. "
    if have_decimal_comma(given.flat):
        return f"{where}{COMMA_ADVICE}"
    if unreadable.all():
        return f"{where}{advice}"
    return (
        f"{where}{len(unreadable) - unreadable.sum()} other cells are numbers: correct this one, "
        "or leave it empty where the value is missing."
    )


def have_decimal_comma(cells: Iterable[Any]) -> bool:
    """Tell whether numbers are written with a decimal comma, and none of them with a point.

    Examples
    --------
    >>> have_decimal_comma(["1,5", "-0,25", "3"]), have_decimal_comma(["1,5", "0.25", "3"])
    (True, False)
    """
    texts = [str(cell) for cell in cells]
    return any("," in text for text in texts) and all(map(_DECIMAL_COMMA.fullmatch, texts))


def _is_number(cell: Any) -> bool:
    """Tell whether a cell is a number, or a text that is one."""
    if not isinstance(cell, str):
        return isinstance(cell, Real)
    try:
        float(cell)
    except ValueError:
        return False
    return True


def select(features: Any, available: Iterable[Hashable]) -> list[Any]:
    """The features asked for, or all that are available.

    Raises
    ------
    TypeError
        If `features` is a single name or a set.
    ValueError
        If there is no such feature, none at all, or one was given twice.
    """
    available = dict.fromkeys(available)
    if features is None:
        chosen = list(available)
    elif isinstance(features, str):
        raise TypeError(f"features must be a list of names; got {features!r}, pass [{features!r}].")
    else:
        refuse_unordered(features, "features")
        chosen = list(features)
    seen = set()
    for name in chosen:
        if name not in available:
            raise ValueError(f"There is no feature {name!r}; there are {listed(available)}.")
        if name in seen:
            raise ValueError(f"Features must differ from each other, but {name!r} occurs twice.")
        seen.add(name)
    if not chosen:
        raise ValueError("There is no feature to read: name at least one, as features=[...].")
    return chosen


def only_label(sequence_label: Any, frame_label: Any) -> Any:
    """The label that was asked for, of either kind, or None.

    Raises
    ------
    ValueError
        If both kinds were.
    """
    if sequence_label is not None and frame_label is not None:
        raise ValueError(
            "Sequences have one label each or one per frame: pass sequence_label or frame_label, "
            f"not both; got {sequence_label!r} and {frame_label!r}."
        )
    return frame_label if sequence_label is None else sequence_label


def stack_features(columns: Mapping[Any, Any]) -> tuple[NDArray[np.float64], list[str]]:
    """Features as the last axis of an array of floats, and their names as text."""
    values = [as_floats(column, name) for name, column in columns.items()]
    return np.stack(values, axis=-1), [str(name) for name in columns]


def listed(names: Iterable[Any]) -> str:
    """Names for a message, the first of them where they are many."""
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:_MOST_LISTED])
    more = len(names) - _MOST_LISTED
    return (shown or "none") + (f" and {more} more" if more > 0 else "")


def as_text(value: Any) -> str:
    """An id or a time for a message: numbers as they are, text in quotes."""
    if isinstance(value, np.datetime64 | np.timedelta64):
        return str(value)
    return repr(value.item()) if isinstance(value, np.generic) else repr(value)


def narrow(values: NDArray[Any]) -> NDArray[Any]:
    """Ids or labels of the type they have in common, where they came as objects."""
    if values.dtype.kind != "O" or len({type(value) for value in values.tolist()}) > 1:
        return values
    narrowed = np.array(values.tolist())
    return narrowed if narrowed.shape == values.shape else values


def _holds_text(values: NDArray[Any]) -> bool:
    return any(isinstance(value, str) for value in values.flat)
