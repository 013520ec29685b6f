"""Whether values are finite, and where sequences end: told in one pass, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .shapes import empty_sequence

# Values of a block that is looked at at a time, and so the memory that it takes where values are
# converted, members of a list put together, or padding looked for. A sixteenth takes a third
# longer, and from half of it on times are flat. (benchmarks/predict.py --tune block)
_BLOCK = 2**17
# Types of which products are fast.
_FAST = (np.dtype(np.float64), np.dtype(np.float32))


@dataclass(frozen=True)
class Ends:
    """Where sequences end.

    Attributes
    ----------
    lengths : ndarray of shape (n_samples,), int64
        Number of frames of each sequence.
    padded : bool
        Whether something stands behind the end of one.
    gaps : bool
        Whether values are missing before the end of one.
    """

    lengths: NDArray[np.int64]
    padded: bool = False
    gaps: bool = False


def ends_of_array(array: NDArray[Any], name: str) -> Ends:
    """Look where the sequences of a 3D array end, and refuse values that are infinite.

    Parameters
    ----------
    array : ndarray of shape (n_samples, n_timesteps, n_features)
        Numbers of any type; NaN may stand behind the end of a sequence.
    name : str
        Name to use in messages.

    Raises
    ------
    ValueError
        If a value is infinite, or a sequence empty.
    """
    n_samples, n_timesteps, _ = array.shape
    if all_finite(_blocks(array)):
        return Ends(np.full(n_samples, n_timesteps, dtype=np.int64))
    lengths = np.empty(n_samples, dtype=np.int64)
    gaps = False
    step = _rows(array)
    for start in range(0, n_samples, step):
        block = array[start : start + step].astype(np.float64, copy=False)
        _refuse_infinite(block, name, start)
        absent = np.isnan(block)
        found = _lengths(absent)
        lengths[start : start + step] = found
        n_behind = (n_timesteps - found).sum() * block.shape[2]
        gaps = gaps or int(np.count_nonzero(absent)) > n_behind
    _refuse_empty(lengths, name)
    return Ends(lengths, bool((lengths < n_timesteps).any()), gaps)


def ends_of_members(members: Sequence[NDArray[Any]], name: str) -> Ends:
    """Do as :func:`ends_of_array`, for 2D arrays of unequal length."""
    if all_finite(_joined(members)):
        return Ends(np.array([len(member) for member in members], dtype=np.int64))
    lengths = np.empty(len(members), dtype=np.int64)
    gaps = False
    for index, member in enumerate(members):
        values = member[None].astype(np.float64, copy=False)
        _refuse_infinite(values, name, index)
        absent = np.isnan(values)
        lengths[index] = length = _lengths(absent)[0]
        _refuse_empty(lengths[: index + 1], name)
        gaps = gaps or bool(absent[0, :length].any())
    padded = any(len(m) > end for m, end in zip(members, lengths.tolist(), strict=True))
    return Ends(lengths, padded, gaps)


def all_finite(blocks: Iterator[NDArray[Any]]) -> bool:
    """Whether all values of some blocks are finite, and their squares add up to a number.

    What is not a number, or infinite, makes the sum of the squares so. That takes less time than
    to ask each value, and no memory.
    """
    with np.errstate(all="ignore"):
        for block in blocks:
            if block.dtype.kind in "biu":
                continue
            # In whatever order they lie, for then there is nothing to copy.
            values = (block if block.dtype in _FAST else block.astype(np.float64)).ravel(order="K")
            if not np.isfinite(np.dot(values, values)):
                return False
    return True


def _rows(array: NDArray[Any]) -> int:
    """Sequences of a block, one at least."""
    return max(1, _BLOCK // int(array.shape[1] * array.shape[2]))


def _blocks(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Cut a 3D array; a sequence that is longer than a block is cut, too."""
    step = _rows(array)
    n_frames = max(1, _BLOCK // array.shape[2])
    for start in range(0, len(array), step):
        rows = array[start : start + step]
        for first in range(0, array.shape[1], n_frames if step == 1 else array.shape[1]):
            yield rows[:, first : first + n_frames] if step == 1 else rows


def _joined(members: Sequence[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """Put short members together to blocks, and cut long ones."""
    waiting: list[NDArray[Any]] = []
    n_waiting = 0
    for member in members:
        if member.size > _BLOCK // 4:
            yield from _blocks(member[None])
            continue
        if n_waiting + member.size > _BLOCK:
            yield np.concatenate(waiting)
            waiting, n_waiting = [], 0
        waiting.append(member)
        n_waiting += member.size
    if waiting:
        yield np.concatenate(waiting)


def _lengths(absent: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the frames before the NaN padding; none where all of a sequence is padding."""
    present: NDArray[np.bool_] = ~np.all(absent, axis=2)
    after_last = absent.shape[1] - np.argmax(present[:, ::-1], axis=1)
    return np.where(np.any(present, axis=1), after_last, 0).astype(np.int64)


def _refuse_empty(lengths: NDArray[np.int64], name: str) -> None:
    empty = np.flatnonzero(lengths == 0)
    if empty.size:
        raise ValueError(empty_sequence(name, int(empty[0])))


def _refuse_infinite(frames: NDArray[np.float64], name: str, first: int) -> None:
    infinite = np.isinf(frames)
    if infinite.any():
        sample, frame, feature = (int(index[0]) for index in np.nonzero(infinite))
        raise ValueError(
            f"X contains an infinite value (inf) at sample {sample + first}, frame {frame}, "
            f"feature {feature}; {name} takes finite values. Clip or replace it first."
        )
