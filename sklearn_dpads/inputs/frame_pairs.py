"""Bring true and predicted labels of frames side by side, without the frames that don't count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import with_gaps
from .frame_labels import (
    UNLABELLED,
    FrameLabels,
    check_one_label,
    concatenate_labels,
    equals_label,
    is_auto,
    is_flat,
    is_list_of_rows,
    missing,
    read_frame_labels,
)


@dataclass(frozen=True)
class FramePairs:
    """The frames that count, of all sequences one after the other.

    Parameters
    ----------
    true : ndarray of shape (n_frames,)
        The labels; at least one.
    predicted : ndarray of shape (n_frames,)
        The predictions.
    weights : ndarray of shape (n_frames,), float64, or None
        The weights, not all zero; None for equal ones.
    """

    true: NDArray[Any]
    predicted: NDArray[Any]
    weights: NDArray[np.float64] | None

    def classes(self, known: NDArray[Any] | None) -> NDArray[Any]:
        """Sorted classes: those known, or else all that occur."""
        occurring = concatenate_labels([self.true, self.predicted], "y_true and y_pred together")
        if known is None:
            return np.unique(occurring)
        concatenate_labels([known, occurring], "labels and y_true together")
        return np.unique(known)


@dataclass(frozen=True)
class _CountedFrames:
    """Which frames count.

    Parameters
    ----------
    at : (ndarray, ndarray) of intp of shape (n_frames,)
        Their samples and their places there.
    flat : bool
        Whether there are no sequences, but frames alone: messages then name no sample.
    """

    at: tuple[NDArray[np.intp], ...]
    flat: bool

    def name(self, index: np.integer) -> str:
        """Say which frame one of them is."""
        sample, frame = self.at[0][index], self.at[1][index]
        return f"frame {frame}" if self.flat else f"sample {sample}, frame {frame}"


def pair_frames(
    y_true: Any,
    y_pred: Any,
    *,
    padding: Any,
    lengths: ArrayLike | None,
    weights: Any,
    classes: NDArray[Any] | None = None,
) -> FramePairs:
    """Take the frames that have a label, with their predictions and weights.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples, n_timesteps), list of array-like, or 1D
        Labels and predictions; both by sequence, or both 1D.
    padding : label or None
        Label in `y_true` that marks frames without one; None if there is none.
    lengths : array-like of shape (n_samples,) or None
        Number of frames of each sequence; None to count all.
    weights : array-like of shape (n_samples,) or (n_samples, n_timesteps), or None
        Weights of the sequences or of the frames.
    classes : ndarray of shape (n_classes,) or None, default=None
        The classes, where they are known.

    Returns
    -------
    pairs : FramePairs
        The frames that count.

    Raises
    ------
    TypeError
        If `lengths` aren't integers, or `padding` holds several labels.
    ValueError
        If the arguments don't fit together, no frame counts, a frame that counts has no
        prediction, or `padding` may be a class.
    """
    check_one_label(padding, "padding")
    flat = is_flat(y_true)
    if flat != is_flat(y_pred):
        raise ValueError(
            "y_true and y_pred must both hold rows of labels, one row per sequence, or both be "
            f"1D; y_{'true' if flat else 'pred'} is 1D, the other is not."
        )
    true = read_frame_labels([y_true] if flat else y_true, "y_true")
    predicted = read_frame_labels([y_pred] if flat else y_pred, "y_pred")
    ends = _check_lengths(lengths, true, flat)
    _check_same_frames(true, predicted, flat, ends)
    counted, marked = _with_label(true, padding, ends)
    frames = _CountedFrames(np.nonzero(counted), flat)
    pairs = FramePairs(
        true.values[frames.at],
        _labels_of(frames, predicted, padding),
        None if weights is None else _weights_of(frames, weights, true),
    )
    _check_padding_is_no_class(padding, marked, pairs, classes)
    return pairs


def labelled_frames(
    y: Any, *, padding: Any, lengths: ArrayLike | None
) -> tuple[NDArray[Any], tuple[NDArray[np.intp], ...]]:
    """Take the frames that have a label, and tell where they are.

    Parameters
    ----------
    y : array-like of shape (n_samples, n_timesteps), or list of array-like
        The labels.
    padding, lengths
        As :func:`pair_frames` takes them.

    Returns
    -------
    labels : ndarray of shape (n_frames,)
        Their labels.
    at : (ndarray, ndarray) of intp of shape (n_frames,)
        Their samples and their places there.

    Raises
    ------
    TypeError, ValueError
        As :func:`pair_frames`.
    """
    check_one_label(padding, "padding")
    true = read_frame_labels(y, "y")
    counted, _ = _with_label(true, padding, _check_lengths(lengths, true, False))
    return true.values[counted], np.nonzero(counted)


def _with_label(
    true: FrameLabels, padding: Any, ends: NDArray[np.integer] | None
) -> tuple[NDArray[np.bool_], bool]:
    """Tell which frames have a label, and whether `padding` is what some others have."""
    counted = true.present & ~missing(true.values)
    if ends is not None:
        counted &= true.before(ends)
    marked = counted & equals_label(true.values, padding)
    counted &= ~marked
    if not counted.any():
        raise ValueError(
            "No frame counts: every frame of y_true is masked, without a label, equal to "
            f"padding={padding!r}, or past its sequence's end."
        )
    return counted, bool(marked.any())


def _check_lengths(
    lengths: ArrayLike | None, true: FrameLabels, flat: bool
) -> NDArray[np.integer] | None:
    if lengths is None:
        return None
    if flat:
        raise ValueError(
            "lengths are for rows of labels, one row per sequence, but y_true is 1D. Leave out "
            "lengths, or pass y_true and y_pred as 2D arrays or lists of 1D arrays."
        )
    ends = np.asarray(lengths)
    if ends.dtype.kind not in "iu":
        raise TypeError(f"lengths must be integers, one per sequence; got dtype {ends.dtype}.")
    if ends.shape != (len(true.values),):
        raise ValueError(
            f"lengths must have the shape ({len(true.values)},), one per sequence of y_true; "
            f"got {ends.shape}."
        )
    rows = true.row_lengths()
    wrong = np.flatnonzero((ends < 0) | (ends > rows))
    if wrong.size:
        sample = int(wrong[0])
        raise ValueError(
            f"lengths must lie between 0 and the number of labels of the sequence, but "
            f"lengths[{sample}] is {ends[sample]} and y_true has {rows[sample]} labels there."
        )
    return ends


def _check_same_frames(
    true: FrameLabels, predicted: FrameLabels, flat: bool, ends: NDArray[np.integer] | None
) -> None:
    """Refuse predictions that belong to other frames than the labels.

    An array of predictions may be wider where labels or `lengths` tell the end of each
    sequence. That there are enough of them is seen where they are taken.
    """
    if len(true.values) != len(predicted.values):
        raise ValueError(
            f"y_true and y_pred must hold the same sequences; y_true has {len(true.values)} "
            f"rows, y_pred {len(predicted.values)}."
        )
    given, found = true.row_lengths(), predicted.row_lengths()
    padded = true.lengths is not None and (found == found.max(initial=0)).all()
    if ends is not None or (padded and not flat):
        return
    wrong = np.flatnonzero(found != given if flat else found > given)
    if wrong.size:
        sample = int(wrong[0])
        where = "" if flat else f" for sample {sample}"
        raise ValueError(
            f"y_true and y_pred must hold the same frames, but y_true has {given[sample]} and "
            f"y_pred {found[sample]}{where}."
        )


def _labels_of(frames: _CountedFrames, predicted: FrameLabels, padding: Any) -> NDArray[Any]:
    _check_covers(predicted, frames, "y_pred", "prediction")
    labels, present = predicted.values[frames.at], predicted.present[frames.at]
    gaps = np.flatnonzero(~present | missing(labels) | equals_label(labels, padding))
    if gaps.size:
        gap = gaps[0]
        shown = repr(labels.tolist()[gap]) if present[gap] else "masked"
        raise ValueError(
            f"y_pred has no prediction where y_true has a label: {frames.name(gap)} is "
            f"{shown}. If that lies past the end of its sequence, pass lengths; if "
            f"padding={padding!r} is a class, pass padding=None."
        )
    return labels


def _weights_of(frames: _CountedFrames, weights: Any, true: FrameLabels) -> NDArray[np.float64]:
    """Weights of the frames that count."""
    if not is_list_of_rows(weights) and np.ndim(weights) == 0:
        raise ValueError(
            "sample_weight must hold one weight per sequence or per frame; got a single "
            f"{type(weights).__name__}."
        )
    if is_flat(weights) and not frames.flat:
        per_sequence = np.ma.filled(_numbers(np.ma.asarray(weights)), np.nan)
        if len(per_sequence) != len(true.values):
            raise ValueError(
                f"sample_weight must have the shape ({len(true.values)},), one weight per "
                f"sequence, or that of y_true, one per frame; got ({len(per_sequence)},)."
            )
        values = per_sequence[frames.at[0]]
    else:
        values = _own_weights_of(frames, weights, true)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if wrong.size:
        raise ValueError(
            "sample_weight must be finite and not negative, but the weight of "
            f"{frames.name(wrong[0])} is {values[wrong[0]]}."
        )
    if not values.any():
        raise ValueError("sample_weight is 0 for every frame that counts.")
    return values


def _own_weights_of(frames: _CountedFrames, weights: Any, true: FrameLabels) -> NDArray[np.float64]:
    flat = frames.flat
    table = read_frame_labels([weights] if flat else weights, "sample_weight")
    rows, given = table.row_lengths(), true.row_lengths()
    if len(rows) != len(given) or (flat and rows[0] != given[0]):
        raise ValueError(
            f"sample_weight must have one weight per frame of y_true, which has "
            f"{f'{given[0]} frames' if flat else f'{len(given)} sequences'}; got "
            f"{rows[0] if flat else len(rows)}."
        )
    _check_covers(table, frames, "sample_weight", "weight")
    return np.where(table.present[frames.at], _numbers(table.values[frames.at]), np.nan)


def _numbers(weights: NDArray[Any]) -> NDArray[np.float64]:
    if weights.dtype.kind not in "biuf":
        raise TypeError(f"sample_weight must hold numbers; got dtype {weights.dtype}.")
    return weights.astype(np.float64)


def _check_covers(table: FrameLabels, frames: _CountedFrames, name: str, what: str) -> None:
    samples, places = frames.at
    rows = table.row_lengths()
    outside = np.flatnonzero(places >= rows[samples])
    if outside.size:
        raise ValueError(
            f"{name} has no {what} for {frames.name(outside[0])}, where y_true has a label: "
            f"it holds {rows[samples[outside[0]]]} there. If that lies past the end of its "
            "sequence, pass lengths."
        )


def _check_padding_is_no_class(
    padding: Any, found: bool, pairs: FramePairs, classes: NDArray[Any] | None
) -> None:
    """Refuse to guess whether -1 beside 1 is a class or marks frames without a label."""
    if classes is not None and equals_label(classes, padding).any():
        raise ValueError(
            f"labels hold padding={padding!r}. Pass padding=None where it is a class, with "
            "lengths if sequences are padded."
        )
    if not found or not np.array_equal(padding, UNLABELLED):
        return
    seen = [pairs.true, pairs.predicted] + ([] if classes is None else [classes])
    if all(equals_label(labels, 1).all() for labels in seen):
        raise ValueError(
            "y_true holds just -1 and 1, and -1 may be a class or mark frames without a label. "
            "If it is a class, pass padding=None, with lengths if sequences are padded; if not, "
            "pass y_true as a masked array."
        )


def label_of_none(estimator: Any, classes: NDArray[Any]) -> Any:
    """Give the label that marks frames without one, or None if there is no such label."""
    inner = estimator
    while True:
        if hasattr(inner, "best_estimator_"):
            inner = inner.best_estimator_
        elif hasattr(inner, "steps"):
            inner = inner.steps[-1][1]
        else:
            break
    unlabelled = getattr(inner, "unlabelled", "auto")
    if not is_auto(unlabelled):
        return unlabelled
    return None if equals_label(classes, UNLABELLED).any() else UNLABELLED


def sequence_lengths(X: Any) -> NDArray[np.int64] | None:
    """Give the number of frames of each sequence, or None if `X` holds rows and no sequences.

    Only frames at the end that are NaN throughout are padding. NaN elsewhere is left to
    the estimator, which may fill it in.
    """
    if is_list_of_rows(X):
        members = [_as_array(member) for member in X]
        if not members or members[0].ndim < 2:
            return None
        return np.array([_count_frames(member) for member in members], dtype=np.int64)
    if getattr(X, "ndim", 2) != 3:
        return None
    return np.array([_count_frames(frames) for frames in _as_array(X)], dtype=np.int64)


def _as_array(X: Any) -> NDArray[Any]:
    return with_gaps(X) if isinstance(X, np.ma.MaskedArray) else np.asarray(X)


def _count_frames(frames: NDArray[Any]) -> int:
    if frames.dtype.kind == "O":
        frames = frames.astype(np.float64)
    if frames.dtype.kind != "f":
        return len(frames)
    filled = np.flatnonzero(~np.isnan(frames).all(axis=1))
    return int(filled[-1]) + 1 if filled.size else 0
