"""Checked sequences as one padded array and the lengths, however they were given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

# Which sequences.
Rows = slice | NDArray[np.integer] | NDArray[np.bool_]

# Values of a part that is computed at a time. A part has some steps of Python of its own, so that a
# quarter takes a fifth to a half longer; four times as many are a tenth faster at best, but take as
# many times the memory where they are copied. (benchmarks/predict.py --tune part)
_PART = 2**18

# How many times larger parts are that are reduced and aren't copied: with the usual ones
# 10,000 x 300 x 6 values take a quarter longer, and with eight times as large ones
# 100,000 x 13 x 6 do. (benchmarks/predict.py --tune views)
_VIEWS = 4


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
            They themselves, padded to the longest of them. Sequences of an array that are equally
            long are not copied.
        """
        most = _PART if most_values is None else most_values
        return self._parts(most, most)

    def parts_to_reduce(self) -> Iterator[tuple[NDArray[np.int64], Sequences]]:
        """Cut as :meth:`parts` does, for what makes few values of many frames.

        Little is computed of a part then, so that one which is no copy may be larger.
        """
        return self._parts(_PART, _VIEWS * _PART)

    def _parts(
        self, most_values: int, most_viewed: int
    ) -> Iterator[tuple[NDArray[np.int64], Sequences]]:
        """Cut into parts of so many values; of `most_viewed` those that are no copies."""
        if self.n_samples * self.n_timesteps * self.n_features <= most_values:
            yield np.arange(self.n_samples), self
        elif (self.lengths == self.lengths[0]).all():
            length = int(self.lengths[0])
            most = most_values if self._copies else most_viewed
            step = max(1, most // (length * self.n_features))
            for start in range(0, self.n_samples, step):
                end = min(start + step, self.n_samples)
                yield np.arange(start, end), self._cut(slice(start, end), length)
        else:
            yield from self._similar(most_values)

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
