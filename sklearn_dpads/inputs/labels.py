"""Check class labels, one per sequence or one per frame, and number the classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, column_or_1d

from .frame_labels import (
    UNLABELLED,
    FrameLabels,
    check_one_label,
    is_auto,
    is_flat,
    is_unlabelled,
    missing,
    numbers_as_such,
    read_frame_labels,
    warn_of_unlabelled,
)

# What labels may be where they come as objects.
_LABELS = (str, int, float, np.number, np.bool_)


def check_class_labels(
    y: Any, *, n_samples: int, estimator_name: str
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Check class labels and encode them.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        The labels: text, numbers or times. Masked entries are sequences without a label.
    n_samples : int
        Number of sequences that the labels belong to.
    estimator_name : str
        Name to use in messages.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The labels met, sorted; at least two.
    codes : ndarray of shape (n_samples,), int64
        For each sequence the index of its label in `classes`; -1 where there is none.

    Raises
    ------
    TypeError
        If the labels are of a type that is not allowed, or of several that can't be sorted
        together.
    ValueError
        If `y` is missing, continuous, lacks a label without a mask, has another length than
        `X`, has one class only, or has a class with a single sample, of which none would be
        left to validate on.

    Examples
    --------
    >>> check_class_labels(
    ...     ["walk", "run", "run", "walk"], n_samples=4, estimator_name="DPadsClassifier"
    ... )
    (array(['run', 'walk'], dtype='<U4'), array([1, 0, 0, 1]))
    """
    if y is None:
        raise ValueError(
            f"{estimator_name} requires y to be passed, but the target y is None: "
            "pass one class label per sequence."
        )
    labels, given = sequence_labels(y, warn=True)
    assert_all_finite(labels, input_name="y", estimator_name=estimator_name)
    if len(given) != n_samples:
        raise ValueError(
            f"X and y must have the same length: X holds {n_samples} sequences, "
            f"y {len(given)} labels."
        )
    classes, numbers, counts = _number(labels)
    if classes.size < 2:
        raise ValueError(
            f"{estimator_name} needs at least two classes in y, but it holds one class only: "
            f"{classes.tolist()[0]!r}, {len(labels)} sample(s)."
        )
    if counts.min() < 2:
        rare = classes[counts < 2]
        raise ValueError(
            f"{estimator_name} needs at least two samples of every class, one to train and one "
            f"to validate on, but y has a single sample of {rare.tolist()}. Leave these out, "
            "merge them with another class, or collect more."
        )
    codes = np.full(n_samples, UNLABELLED, dtype=np.int64)
    codes[given] = numbers
    return classes, codes


def sequence_labels(y: Any, *, warn: bool = False) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Read one label per sequence; of sequences that are masked there is none.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        The labels.
    warn : bool, default=False
        Whether to warn of labels that stand in a column.

    Returns
    -------
    labels : ndarray of shape (n_labelled,)
        The labels, as numbers where objects are nothing else.
    given : ndarray of shape (n_samples,), bool
        Which of the sequences they belong to.

    Raises
    ------
    ValueError
        If `y` holds several labels per sequence, one that is missing, or none at all.

    Examples
    --------
    >>> sequence_labels(np.ma.masked_array([3, 7, 3], mask=[False, True, False]))
    (array([3, 3]), array([ True, False,  True]))
    """
    if isinstance(y, list | tuple) and not any(map(np.ndim, y)):
        # numpy makes texts of what is missing beside texts.
        cells = np.fromiter(y, dtype=object, count=len(y))
        _refuse_gaps(cells, np.ones(len(cells), dtype=bool))
    masked = np.ma.isMaskedArray(y)
    values = column_or_1d(y.data if masked else y, warn=warn)
    given = ~np.ma.getmaskarray(y).ravel() if masked else np.ones(len(values), dtype=bool)
    _refuse_gaps(values, given)
    if not given.any() and len(given):
        raise ValueError("y has no label: every sequence is masked.")
    return numbers_as_such(values[given]), given


def _refuse_gaps(cells: NDArray[Any], given: NDArray[np.bool_]) -> None:
    """Refuse sequences that are to have a label, and have none."""
    gaps = np.flatnonzero(given & missing(cells))
    if gaps.size:
        raise ValueError(
            f"Input y contains {_describe(cells[gaps[0]])}: y has no label for sequence "
            f"{int(gaps[0])}. Leave the sequence out, or pass a masked array, with the mask True "
            "where a sequence has no label."
        )


def check_frame_labels(
    y: Any,
    *,
    lengths: NDArray[np.integer],
    n_timesteps: int,
    estimator_name: str,
    unlabelled: Any = "auto",
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Check one class label per frame and encode them.

    Frames past the end of a sequence don't count, whatever `y` holds there. Inside a
    sequence, masked entries of `y` are frames without a label, and so are those labelled
    `unlabelled`.

    Parameters
    ----------
    y : array-like of shape (n_samples, n_timesteps), or list of array-like
        The labels, of any type that can be sorted: an array, a masked array, or a list of
        1D arrays as long as the sequences. An array may be wider than `n_timesteps` where
        it holds nothing but padding there.
    lengths : ndarray of shape (n_samples,), int
        Number of frames of each sequence.
    n_timesteps : int
        Number of frames that the sequences are padded to.
    estimator_name : str
        Name to use in messages.
    unlabelled : label, "auto" or None, default="auto"
        The label of frames without one, which may be "" or NaN; None where there is no such
        label, but None itself among objects. "auto" is -1 among integers, unless they are just
        -1 and 1, and warns of how many frames that takes.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The labels met, sorted; at least two.
    codes : ndarray of shape (n_samples, n_timesteps), int64
        For each frame the index of its label in `classes`; -1 where there is none.

    Raises
    ------
    TypeError
        If `unlabelled` holds several labels, or if labels are of a type that is not allowed, or
        can't be sorted because text and numbers are mixed.
    ValueError
        If `y` is missing, continuous, has another shape than `X`, lacks a label inside a
        sequence without a mask, has one class only or a class with a single frame, or labels
        frames of a single sequence, so that no other would be left to validate on.

    Examples
    --------
    >>> classes, codes = check_frame_labels(
    ...     [["walk", "run", "run"], ["run", "walk"]],
    ...     lengths=np.array([3, 2]),
    ...     n_timesteps=3,
    ...     estimator_name="DPadsFrameClassifier",
    ... )
    >>> classes
    array(['run', 'walk'], dtype='<U4')
    >>> codes
    array([[ 1,  0,  0],
           [ 0,  1, -1]])
    """
    if y is None:
        raise ValueError(
            f"{estimator_name} requires y to be passed, but the target y is None: "
            "pass one class label per frame."
        )
    if is_flat(y):
        raise ValueError(
            f"{estimator_name} takes one label per frame, y of shape (n_samples, n_timesteps) or "
            f"a list of 1D arrays (n_timesteps_i,), but y is 1D, shape ({len(y)},). For one label "
            f"per sequence, use {estimator_name.replace('Frame', '')}."
        )
    check_one_label(unlabelled, "unlabelled")
    labels = read_frame_labels(y, "y")
    _check_frames_match(labels, lengths, n_timesteps)
    counted = labels.present & labels.before(lengths)
    marked = is_unlabelled(labels.values, counted, unlabelled)
    _check_given(labels.values, counted & ~marked, estimator_name)
    n_marked, n_frames = int(marked.sum()), int(counted.sum())
    counted &= ~marked
    if not counted.any():
        raise ValueError(
            f"{estimator_name} needs labels, but y has none: every frame is masked, without a "
            "label by `unlabelled`, or past the end of its sequence."
        )
    if n_marked and is_auto(unlabelled):
        warn_of_unlabelled(n_marked, n_frames)
    classes, numbers, counts = _number(labels.values[counted])
    _check_enough_frames(classes, counts, int(counted.any(axis=1).sum()), estimator_name)
    codes = np.full((len(lengths), n_timesteps), UNLABELLED, dtype=np.int64)
    codes[np.nonzero(counted)] = numbers
    return classes, codes


def _check_frames_match(
    labels: FrameLabels, lengths: NDArray[np.integer], n_timesteps: int
) -> None:
    """Refuse labels that belong to other sequences than these."""
    n_rows, width = labels.values.shape
    if n_rows != len(lengths):
        raise ValueError(
            f"X and y must have the same length: X holds {len(lengths)} sequences, y the labels "
            f"of {n_rows}."
        )
    if labels.lengths is not None:
        rows = labels.lengths
        wrong = np.flatnonzero((rows != lengths) & (rows != n_timesteps))
        if wrong.size:
            sample = int(wrong[0])
            raise ValueError(
                f"y must hold one label per frame, but y[{sample}] has {rows[sample]} labels and "
                f"sequence {sample} of X has {lengths[sample]} frames."
            )
    elif width < n_timesteps or not _is_padding(labels, n_timesteps).all():
        raise ValueError(
            f"y must hold one label per frame: for X with {n_rows} sequences of {n_timesteps} "
            f"frames it must have the shape ({n_rows}, {n_timesteps}), but has ({n_rows}, {width})."
        )


def _is_padding(labels: FrameLabels, start: int) -> NDArray[np.bool_]:
    """Tell which of the labels from a frame on can be nothing but padding."""
    values = labels.values[:, start:]
    padding = missing(values) | ~labels.present[:, start:]
    return padding | (values == UNLABELLED) if values.dtype.kind == "i" else padding


def _check_given(values: NDArray[Any], expected: NDArray[np.bool_], name: str) -> None:
    """Refuse frames inside a sequence that have no label, or an infinite one."""
    gaps = expected & missing(values)
    if gaps.any():
        sample, frame = (int(index[0]) for index in np.nonzero(gaps))
        raise ValueError(
            f"Input y contains {_describe(values[sample, frame])} inside a sequence: sample "
            f"{sample}, frame {frame}. {name} needs a label for every frame before the end of its "
            "sequence; pass a masked array, with the mask True where a frame has no label."
        )
    if values.dtype.kind == "f" and np.isinf(values[expected]).any():
        sample, frame = (int(index[0]) for index in np.nonzero(expected & np.isinf(values)))
        raise ValueError(
            f"Input y contains infinity: sample {sample}, frame {frame}. {name} takes class labels."
        )


def _describe(gap: Any) -> str:
    if isinstance(gap, str):
        return repr(str(gap))
    return "NaN" if isinstance(gap, float | np.floating) else str(gap)


def _number(
    labels: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """Classes in sorted order, the index of each label among them, and their counts."""
    labels = numbers_as_such(labels)
    _check_types(labels)
    check_classification_targets(labels)
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return classes, codes.astype(np.int64), counts


def _check_types(labels: NDArray[Any]) -> None:
    """Refuse objects that are no labels, or of types that can't be sorted together."""
    if labels.dtype != object or all(isinstance(label, str) for label in labels.tolist()):
        return
    types = {type(label) for label in labels.tolist()}
    others = sorted(kind.__name__ for kind in types if not issubclass(kind, _LABELS))
    if others:
        raise TypeError(
            f"y holds labels of the type {', '.join(others)}, but labels must be text, numbers, "
            "booleans or numpy.datetime64. Convert them, to text for instance, by str(label)."
        )
    raise TypeError(
        f"y holds labels of types that can't be sorted together: "
        f"{', '.join(sorted(kind.__name__ for kind in types))}. Give all labels one type."
    )


def _check_enough_frames(
    classes: NDArray[Any], counts: NDArray[np.int64], n_labelled: int, name: str
) -> None:
    if classes.size < 2:
        raise ValueError(
            f"{name} needs at least two classes in y, but it holds one class only: "
            f"{classes.tolist()[0]!r}, {counts[0]} frame(s). Masked frames, frames past the end of "
            "their sequence, and those without a label by `unlabelled` don't count."
        )
    if n_labelled < 2:
        raise ValueError(
            f"{name} needs labels in at least two sequences, one to train and one to validate "
            f"on, but y has labels for {n_labelled} sample only. Cut long sequences into parts, "
            "or collect more."
        )
    if counts.min() < 2:
        raise ValueError(
            f"{name} needs at least two frames of every class, but y has a single frame of "
            f"{classes[counts < 2].tolist()}. Mask these, merge them with another class, or "
            "collect more."
        )
