"""Turn whatever a user calls sequences into one padded array and the lengths.

Three layouts are read: a 3D array, a 3D array padded with NaN at the end, and a
list of 2D arrays. All of them become a :class:`Sequences`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .containers import LAYOUTS, describe, refuse_containers
from .names import check_same_names

# Values of a part that is computed at a time, and so the memory that a program takes beside its
# sequences, which is why it isn't larger. Time is flat from a quarter of it to four times as many,
# on 10,000 x 300 x 6 and on 100,000 x 13 x 6 values; in one piece it takes as long or twice as
# long. (benchmarks/predict.py)
_PART = 2**18


@dataclass(frozen=True, eq=False)
class Sequences:
    """Checked sequences, padded with zeros to a common number of frames.

    Attributes
    ----------
    frames : ndarray of shape (n_samples, n_timesteps, n_features), float64
        Frames past the end of a sequence are zero. The array may share memory with
        what the user passed, so it is not to be written to.
    lengths : ndarray of shape (n_samples,), int64
        Number of frames of each sequence, at least 1. No sequence need be as long as
        ``n_timesteps``: an array that was padded further keeps its shape.
    """

    frames: NDArray[np.float64]
    lengths: NDArray[np.int64]

    @property
    def n_samples(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    @property
    def n_timesteps(self) -> int:
        """Number of frames that every sequence is padded to."""
        return int(self.frames.shape[1])

    @property
    def n_features(self) -> int:
        """Number of features of a frame."""
        return int(self.frames.shape[2])

    def mask(self) -> NDArray[np.bool_]:
        """Tell frames from padding.

        Returns
        -------
        mask : ndarray of shape (n_samples, n_timesteps), bool
            True where a frame belongs to its sequence.
        """
        return np.arange(self.n_timesteps) < self.lengths[:, None]

    def take(self, indices: NDArray[np.integer] | NDArray[np.bool_]) -> Sequences:
        """Select sequences.

        Parameters
        ----------
        indices : ndarray of int or bool
            Which sequences to keep, as numpy reads an index on the first axis.

        Returns
        -------
        data : Sequences
            A copy of the selected sequences, padded as before.
        """
        return Sequences(self.frames[indices], self.lengths[indices])

    def parts(
        self, most_values: int | None = None
    ) -> Iterator[tuple[NDArray[np.int64], Sequences]]:
        """Cut into parts that hold little padding, and few enough values for a cache.

        Parameters
        ----------
        most_values : int or None, default=None
            Values of a part of several sequences at most; None for those that suit a cache.

        Yields
        ------
        rows : ndarray of int64
            Which of the sequences, each in one part.
        part : Sequences
            They themselves, padded to the longest of them.
        """
        most = _PART if most_values is None else most_values
        if self.n_samples * self.n_timesteps * self.n_features <= most:
            yield np.arange(self.n_samples), self
            return
        order = np.argsort(self.lengths, kind="stable")
        ordered = self.lengths[order]
        start = 0
        while start < len(order):
            # The longest of a part is at most twice as long as the shortest.
            similar = int(np.searchsorted(ordered, 2 * ordered[start], side="right"))
            sizes = ordered[start:similar] * np.arange(1, similar - start + 1) * self.n_features
            end = start + max(1, int(np.searchsorted(sizes, most, side="right")))
            rows = np.sort(order[start:end])
            yield rows, self._cut(rows, int(ordered[end - 1]))
            start = end

    def _cut(self, rows: NDArray[np.int64], until: int) -> Sequences:
        return Sequences(self.frames[rows, :until], self.lengths[rows])


class RaggedSequences(Sequences):
    """Sequences of unequal length, which are padded once somebody asks for it.

    Parameters
    ----------
    members : list of ndarray of shape (n_timesteps_i, n_features), float64
        The sequences.
    n_timesteps : int
        Number of frames to pad to.
    """

    _members: list[NDArray[np.float64]]
    _until: int

    def __init__(self, members: list[NDArray[np.float64]], n_timesteps: int) -> None:
        object.__setattr__(self, "_members", members)
        object.__setattr__(self, "_until", n_timesteps)
        object.__setattr__(self, "lengths", np.array([len(m) for m in members], dtype=np.int64))

    @cached_property
    def frames(self) -> NDArray[np.float64]:
        """The frames, padded with zeros."""
        return self._cut(np.arange(len(self._members)), self._until).frames

    @property
    def n_timesteps(self) -> int:
        """Number of frames that every sequence is padded to."""
        return self._until

    @property
    def n_features(self) -> int:
        """Number of features of a frame."""
        return int(self._members[0].shape[1])

    def _cut(self, rows: NDArray[np.int64], until: int) -> Sequences:
        frames = np.zeros((len(rows), until, self.n_features))
        for padded, row in zip(frames, rows.tolist(), strict=True):
            member = self._members[row]
            padded[: len(member)] = member
        return Sequences(frames, self.lengths[rows])


def check_sequences(
    X: Any,
    *,
    estimator_name: str,
    n_features: int | None = None,
    feature_names: Sequence[str] | None = None,
) -> Sequences:
    """Check sequences and bring them into one layout.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
        The sequences: a 3D array of numbers; the same padded at the end of a sequence
        with frames that are NaN throughout; or a list of 2D arrays
        (n_timesteps_i, n_features) of unequal length.
    estimator_name : str
        Name to use in messages.
    n_features : int, default=None
        Number of features that the estimator was fitted with; None to accept any.
    feature_names : sequence of str, default=None
        Names of the features that it was fitted with; None to accept any. Sequences without
        names aren't compared.

    Returns
    -------
    data : Sequences
        The frames as float64, padded with zeros, and the lengths.

    Raises
    ------
    TypeError
        If `X` is no array-like of numbers: None, a sparse container, a mapping, a table that
        holds several sequences, dates, or an array holding objects that are no numbers.
    ValueError
        If `X` has the wrong number of dimensions, another number of features than
        `n_features`, other names than `feature_names`, no sequence, an empty sequence, NaN
        inside a sequence, an infinite or complex value, or text.

    Examples
    --------
    >>> import numpy as np
    >>> data = check_sequences(
    ...     [np.ones((3, 2)), np.ones((1, 2))], estimator_name="DPadsClassifier"
    ... )
    >>> data.frames.shape, data.lengths.tolist()
    ((2, 3, 2), [3, 1])
    >>> check_sequences(np.ones((5, 4)), estimator_name="DPadsClassifier")
    Traceback (most recent call last):
    ...
    ValueError: DPadsClassifier takes sequences, but X is a 2D array of shape (5, 4). \
If each row is a sequence of 4 values of one feature, pass X.reshape(5, 4, 1); \
if each row is a single frame of 4 features, pass X.reshape(5, 1, 4).
    """
    data = check_sequences_with_gaps(
        X, estimator_name=estimator_name, n_features=n_features, feature_names=feature_names
    )
    refuse_gaps(data, estimator_name)
    return data


def check_sequences_with_gaps(
    X: Any,
    *,
    estimator_name: str,
    n_features: int | None = None,
    feature_names: Sequence[str] | None = None,
) -> Sequences:
    """Do as :func:`check_sequences`, for those that fill values which are missing.

    Returns
    -------
    data : Sequences
        Values that are missing before the end of their sequence are NaN.
    """
    check_same_names(X, feature_names)
    refuse_containers(X, estimator_name)
    if isinstance(X, (list, tuple)) or _is_array_of_arrays(X):
        return _from_members([_as_array(m, estimator_name) for m in X], estimator_name, n_features)
    array = _read_array(X, estimator_name)
    _check_shape(array.shape, estimator_name, n_features)
    _check_finite(array, estimator_name)
    absent = np.isnan(array)
    if not absent.any():
        return Sequences(array, np.full(array.shape[0], array.shape[1], dtype=np.int64))
    lengths = _lengths_from_padding(absent, estimator_name)
    past = np.arange(array.shape[1]) >= lengths[:, None]
    return Sequences(np.where(past[:, :, None], 0.0, array), lengths)


def _read_array(X: Any, name: str) -> NDArray[np.float64]:
    """Return X as float64, without copying where possible."""
    array = _as_array(X, name)
    if array.ndim == 0:
        raise TypeError(f"{name} takes {LAYOUTS}; X is {describe(X)}.")
    return _to_float64(array, name)


def _is_array_of_arrays(X: Any) -> bool:
    return getattr(X, "ndim", None) == 1 and getattr(X, "dtype", None) == np.dtype(object)


def _as_array(values: Any, name: str) -> NDArray[Any]:
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
            f"{name} can't read an array out of {describe(values)}: {str(error).rstrip('.')}. "
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


def _from_members(members: Sequence[NDArray[Any]], name: str, n_features: int | None) -> Sequences:
    """Check 2D arrays of unequal length, which may end in padding of their own."""
    _check_members(members, name, n_features)
    longest = max(member.shape[0] for member in members)
    _check_shape((len(members), longest, members[0].shape[1]), name, n_features)
    checked = []
    for index, member in enumerate(members):
        values = _to_float64(member, name)
        _check_finite(values[None], name, index)
        (length,) = _lengths_from_padding(np.isnan(values)[None], name, index)
        checked.append(values[:length])
    return RaggedSequences(checked, longest)


def _check_members(members: Sequence[NDArray[Any]], name: str, n_features: int | None) -> None:
    """Refuse a list unless all its members are 2D arrays of equal width."""
    if not members:
        raise ValueError(f"{name} needs at least one sequence, but X is empty (0 samples).")
    shapes = {member.shape for member in members}
    if len(shapes) == 1 and members[0].ndim < 2 and members[0].size:
        raise ValueError(_wrong_dimension(name, (len(members), *members[0].shape), n_features))
    for index, member in enumerate(members):
        if member.ndim and member.shape[0] == 0:
            raise ValueError(_empty_sequence(name, index))
        if member.ndim != 2:
            hint = " For sequences of a single feature, pass [x.reshape(-1, 1) for x in X]."
            raise ValueError(
                f"{name} takes {LAYOUTS}; X is a list whose member {index} is {member.ndim}D, "
                f"shape {member.shape}." + (hint if member.ndim == 1 else "")
            )
        if member.shape[1] != members[0].shape[1]:
            raise ValueError(
                f"All sequences must have the same number of features: X[0] has "
                f"{members[0].shape[1]} (shape {members[0].shape}), X[{index}] has "
                f"{member.shape[1]} (shape {member.shape}). {name} reads time from the first "
                "axis and features from the second; a transposed sequence needs .T."
            )


def _to_float64(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    kind = array.dtype.kind
    if kind == "c":
        raise ValueError(f"Complex data not supported by {name}: X has dtype {array.dtype}.")
    if kind in "SU":
        raise ValueError(f"{name} takes numbers, but X holds text (dtype {array.dtype}).")
    if kind not in "biufO":
        raise TypeError(f"{name} takes numbers, but X has dtype {array.dtype}.")
    try:
        return np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{name} takes numbers, but X has dtype {array.dtype} with values that are none: "
            f"{error}."
        ) from error


def _check_shape(shape: tuple[int, ...], name: str, n_features: int | None) -> None:
    if len(shape) != 3:
        raise ValueError(_wrong_dimension(name, shape, n_features))
    n_samples, n_timesteps, width = shape
    if n_samples == 0:
        raise ValueError(f"{name} needs at least one sequence, but X has 0 samples, shape {shape}.")
    if n_timesteps == 0:
        raise ValueError(_empty_sequence(name, 0))
    if width == 0:
        raise ValueError(
            f"{name} can't learn from frames without features: taken frame by frame, X has "
            f"0 feature(s) (shape=({n_samples * n_timesteps}, 0)) while a minimum of 1 is "
            "required."
        )
    if n_features is not None and width != n_features:
        turned = n_timesteps == n_features
        raise ValueError(
            f"X has {width} features, but {name} is expecting {n_features} features as input "
            f"in the last axis; X has shape {shape}."
            + (" If channels stand before time, pass from_channels_first(X)." if turned else "")
        )


def _wrong_dimension(name: str, shape: tuple[int, ...], n_features: int | None) -> str:
    ndim = len(shape)
    if ndim == 2:
        n, m = shape
        # One sequence, where its frames are those that the estimator knows.
        one = (
            f"If it is one sequence of {n} frames, pass [X] or X[None]. " if m == n_features else ""
        )
        return (
            f"{name} takes sequences, but X is a 2D array of shape {shape}. {one}"
            f"If each row is a sequence of {m} values of one feature, pass "
            f"X.reshape({n}, {m}, 1); if each row is a single frame of {m} features, pass "
            f"X.reshape({n}, 1, {m})."
        )
    hint = " Reshape your data: for one sequence of one feature, X.reshape(1, -1, 1)."
    return f"{name} takes {LAYOUTS}; X is {ndim}D, shape {shape}." + (hint if ndim == 1 else "")


def _lengths_from_padding(isnan: NDArray[np.bool_], name: str, first: int = 0) -> NDArray[np.int64]:
    """Count the frames before the NaN padding, of sequences from the first given on."""
    n_timesteps = isnan.shape[1]
    present: NDArray[np.bool_] = ~np.all(isnan, axis=2)
    after_last = n_timesteps - np.argmax(present[:, ::-1], axis=1)
    lengths = np.where(np.any(present, axis=1), after_last, 0)
    empty = np.flatnonzero(lengths == 0)
    if empty.size:
        raise ValueError(_empty_sequence(name, first + int(empty[0])))
    return lengths.astype(np.int64)


def refuse_gaps(data: Sequences, name: str) -> None:
    """Refuse values that are missing before the end of their sequence.

    Raises
    ------
    ValueError
        If there are some; the message names the first.
    """
    found = [rows[np.isnan(part.frames).any(axis=(1, 2))] for rows, part in data.parts()]
    samples = np.concatenate(found)
    if samples.size:
        sample = int(samples.min())
        frame, feature = (int(index[0]) for index in np.nonzero(np.isnan(data.frames[sample])))
        raise ValueError(
            f"X contains NaN inside a sequence: sample {sample}, frame {frame}, feature "
            f"{feature}; {name} reads NaN as padding only where all features of a frame and of "
            "all later frames are NaN. Fill or interpolate missing values first, or cut the "
            "sequence."
        )


def _check_finite(frames: NDArray[np.float64], name: str, first: int = 0) -> None:
    infinite = np.isinf(frames)
    if infinite.any():
        sample, frame, feature = (int(index[0]) for index in np.nonzero(infinite))
        sample += first
        raise ValueError(
            f"X contains an infinite value (inf) at sample {sample}, frame {frame}, feature "
            f"{feature}; {name} takes finite values. Clip or replace it first."
        )


def _empty_sequence(name: str, index: int) -> str:
    return (
        f"{name} needs at least one frame in every sequence, but sample {index} of X is empty "
        "or padding throughout. Leave such samples out."
    )


# How far values next to each other differ, from feature to feature by from frame to frame, has
# been between 1.5 and 35 in eight data sets, and between 0.03 and 0.65 with their axes exchanged.
# Noise has 1.
_TURNED = 0.7


def warn_of_channels_first(data: Sequences, estimator_name: str) -> None:
    """Warn of sequences that seem to have time in their last axis.

    Warns
    -----
    UserWarning
        If there are more features than frames, and values change less from feature to feature
        than from frame to frame.
    """
    if data.n_features <= data.n_timesteps or data.n_timesteps < 2:
        return
    whole = data.frames[data.lengths == data.n_timesteps]
    by_frame, by_feature = (np.abs(np.diff(whole, axis=axis)).sum() for axis in (1, 2))
    n_by_frame = (data.n_timesteps - 1) * data.n_features
    n_by_feature = data.n_timesteps * (data.n_features - 1)
    if by_feature / n_by_feature < _TURNED * by_frame / n_by_frame:
        warnings.warn(
            f"{estimator_name} reads time from axis 1 and features from axis 2, so that X has "
            f"{data.n_timesteps} frames of {data.n_features} features. Its values change less "
            "along axis 2. If channels stand before time, pass from_channels_first(X).",
            UserWarning,
            stacklevel=3,
        )
