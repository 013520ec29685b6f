"""Turn whatever a user calls sequences into one padded array and the lengths.

Three layouts are read: a 3D array, a 3D array padded with NaN at the end, and a
list of 2D arrays. All of them become a :class:`Sequences`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .arrays import as_array, as_numbers, is_array_of_arrays
from .containers import LAYOUTS, describe, refuse_containers
from .finite import ends_of_array, ends_of_members
from .names import check_same_names
from .shapes import check_members, check_shape

# Which sequences.
Rows = slice | NDArray[np.integer] | NDArray[np.bool_]

# Values of a part that is computed at a time. A part has some steps of Python of its own, so that a
# quarter takes a fifth to a half longer; four times as many are a tenth faster at best, but take as
# many times the memory where they are copied. (benchmarks/predict.py --tune part)
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

    # Whether parts are copies, even of sequences that are equally long.
    _copies: ClassVar[bool] = False

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

    @property
    def stored(self) -> NDArray[Any]:
        """The frames as they lie: of any type of numbers, and with anything past an end."""
        return self.frames

    def flat(self) -> NDArray[np.float64]:
        """Give the frames of all sequences, one after the other.

        Returns
        -------
        frames : ndarray of shape (n_frames, n_features), float64
            Without padding.
        """
        return self.frames[self.mask()]

    def parts(
        self, views: int = 1, most_values: int | None = None
    ) -> Iterator[tuple[NDArray[np.int64], Sequences]]:
        """Cut into parts that hold little padding, and few enough values for a cache.

        Parameters
        ----------
        views : int, default=1
            How many times larger parts may be that are not copied.
        most_values : int or None, default=None
            Values of a part of several sequences at most; None for those that suit a cache.

        Yields
        ------
        rows : ndarray of int64
            Which of the sequences, each in one part.
        part : Sequences
            They themselves, padded to the longest of them. Sequences of an array that are equally
            long are not copied.
        """
        most = _PART if most_values is None else most_values
        if self.n_samples * self.n_timesteps * self.n_features <= most:
            yield np.arange(self.n_samples), self
        elif (self.lengths == self.lengths[0]).all():
            length = int(self.lengths[0])
            most = most if self._copies else views * most
            step = max(1, most // (length * self.n_features))
            for start in range(0, self.n_samples, step):
                end = min(start + step, self.n_samples)
                yield np.arange(start, end), self._cut(slice(start, end), length)
        else:
            yield from self._similar(most)

    def _similar(self, most: int) -> Iterator[tuple[NDArray[np.int64], Sequences]]:
        """Cut into parts of sequences of which the longest is at most twice the shortest."""
        order = np.argsort(self.lengths, kind="stable")
        ordered = self.lengths[order]
        start = 0
        while start < len(order):
            similar = int(np.searchsorted(ordered, 2 * ordered[start], side="right"))
            sizes = ordered[start:similar] * np.arange(1, similar - start + 1) * self.n_features
            end = start + max(1, int(np.searchsorted(sizes, most, side="right")))
            rows = np.sort(order[start:end])
            yield rows, self._cut(rows, int(ordered[end - 1]))
            start = end

    def _cut(self, rows: Rows, until: int) -> Sequences:
        return Sequences(self.frames[rows, :until], self.lengths[rows])


class StoredSequences(Sequences):
    """Sequences in an array that stays as it is, of which parts are made float64.

    Parameters
    ----------
    array : ndarray of shape (n_samples, n_timesteps, n_features)
        Numbers of any type, such as float32, in any order of the axes in memory.
    lengths : ndarray of shape (n_samples,), int64
        Number of frames of each sequence; what stands behind them is not read.
    """

    _array: NDArray[Any]

    def __init__(self, array: NDArray[Any], lengths: NDArray[np.int64]) -> None:
        object.__setattr__(self, "_array", array)
        object.__setattr__(self, "lengths", lengths)

    @cached_property
    def frames(self) -> NDArray[np.float64]:
        """The frames as float64, padded with zeros."""
        frames = np.ascontiguousarray(self._array, dtype=np.float64)
        past = ~self.mask()
        if past.any():
            # What was converted is a copy already.
            frames = frames.copy() if np.may_share_memory(frames, self._array) else frames
            frames[past] = 0.0
        return frames

    @property
    def n_timesteps(self) -> int:
        """Number of frames that every sequence is padded to."""
        return int(self._array.shape[1])

    @property
    def n_features(self) -> int:
        """Number of features of a frame."""
        return int(self._array.shape[2])

    @property
    def stored(self) -> NDArray[Any]:
        """The array itself."""
        return self._array

    def flat(self) -> NDArray[np.float64]:
        """Give the frames of all sequences, one after the other; see :meth:`Sequences.flat`."""
        return self._array[self.mask()].astype(np.float64, copy=False)

    def take(self, indices: NDArray[np.integer] | NDArray[np.bool_]) -> Sequences:
        """Select sequences; see :meth:`Sequences.take`."""
        return self._cut(indices, self.n_timesteps)

    def _cut(self, rows: Rows, until: int) -> Sequences:
        return StoredSequences(self._array[rows, :until], self.lengths[rows])


class RaggedSequences(Sequences):
    """Sequences of unequal length, which are padded once somebody asks for it.

    Parameters
    ----------
    members : list of ndarray of shape (n_timesteps_i, n_features)
        The sequences, numbers of any type.
    n_timesteps : int
        Number of frames to pad to.
    """

    _members: list[NDArray[Any]]
    _until: int
    _copies = True

    def __init__(self, members: list[NDArray[Any]], n_timesteps: int) -> None:
        object.__setattr__(self, "_members", members)
        object.__setattr__(self, "_until", n_timesteps)
        object.__setattr__(self, "lengths", np.array([len(m) for m in members], dtype=np.int64))

    @cached_property
    def frames(self) -> NDArray[np.float64]:
        """The frames, padded with zeros."""
        if len(self._members) == 1 and self._until == len(self._members[0]):
            return np.asarray(self._members[0], dtype=np.float64)[None]
        frames = np.zeros((self.n_samples, self._until, self.n_features))
        for padded, member in zip(frames, self._members, strict=True):
            padded[: len(member)] = member
        return frames

    @property
    def n_timesteps(self) -> int:
        """Number of frames that every sequence is padded to."""
        return self._until

    @property
    def n_features(self) -> int:
        """Number of features of a frame."""
        return int(self._members[0].shape[1])

    def flat(self) -> NDArray[np.float64]:
        """Give the frames of all sequences, one after the other; see :meth:`Sequences.flat`."""
        return np.concatenate(self._members, dtype=np.float64)

    def take(self, indices: NDArray[np.integer] | NDArray[np.bool_]) -> Sequences:
        """Select sequences; see :meth:`Sequences.take`."""
        return self._cut(np.arange(self.n_samples)[indices], self._until)

    def _cut(self, rows: Rows, until: int) -> Sequences:
        members = (
            self._members[rows]
            if isinstance(rows, slice)
            else [self._members[row] for row in rows.tolist()]
        )
        return RaggedSequences(members, until)


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
    data, gaps = _checked(X, estimator_name, n_features, feature_names)
    if gaps:
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
    return _checked(X, estimator_name, n_features, feature_names)[0]


def _checked(
    X: Any, name: str, n_features: int | None, feature_names: Sequence[str] | None
) -> tuple[Sequences, bool]:
    """Give checked sequences, and whether they have gaps."""
    check_same_names(X, feature_names)
    refuse_containers(X, name)
    if isinstance(X, (list, tuple)) or is_array_of_arrays(X):
        return _from_members([as_array(m, name) for m in X], name, n_features)
    array = as_array(X, name)
    if array.ndim == 0:
        raise TypeError(f"{name} takes {LAYOUTS}; X is {describe(X)}.")
    array = as_numbers(array, name)
    check_shape(array.shape, name, n_features)
    ends = ends_of_array(array, name)
    if ends.padded or array.dtype != np.float64 or not array.flags.c_contiguous:
        return StoredSequences(array, ends.lengths), ends.gaps
    return Sequences(array, ends.lengths), ends.gaps


def _from_members(
    members: Sequence[NDArray[Any]], name: str, n_features: int | None
) -> tuple[Sequences, bool]:
    """Check 2D arrays of unequal length, which may end in padding of their own."""
    check_members(members, name, n_features)
    longest = max(member.shape[0] for member in members)
    check_shape((len(members), longest, members[0].shape[1]), name, n_features)
    members = [as_numbers(member, name) for member in members]
    ends = ends_of_members(members, name)
    if ends.padded:
        lengths = ends.lengths.tolist()
        members = [member[:end] for member, end in zip(members, lengths, strict=True)]
    return RaggedSequences(members, longest), ends.gaps


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
        absent = np.isnan(data.take(np.array([sample])).frames[0])
        frame, feature = (int(index[0]) for index in np.nonzero(absent))
        raise ValueError(
            f"X contains NaN inside a sequence: sample {sample}, frame {frame}, feature "
            f"{feature}; {name} reads NaN as padding only where all features of a frame and of "
            "all later frames are NaN. Fill or interpolate missing values first, or cut the "
            "sequence."
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
