"""Values between sequences and stacked frames: targets, weights and transformed rows.

Stacked frames are the frames of all sequences, one sequence after the other and without the
padding, as ``data.frames[data.mask()]`` gives them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import column_or_1d

from .frame_labels import (
    FrameLabels,
    equals_label,
    is_flat,
    missing,
    read_frame_labels,
    unlabelled_label,
)
from .sequences import Sequences


def stacked_targets(y: Any, data: Sequences) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Targets of the stacked frames.

    Parameters
    ----------
    y : array-like
        One target per sequence, (n_samples,), or per frame: (n_samples, n_timesteps), masked
        where frames have no label, or a list of 1D arrays.
    data : Sequences
        The sequences.

    Returns
    -------
    targets : ndarray of shape (n_frames,)
        The target of every frame.
    labelled : ndarray of shape (n_frames,), bool
        False for frames without a label. Of integers per frame, -1 is no label, unless the
        labels are -1 and 1.

    Raises
    ------
    ValueError
        If `y` has another shape, holds NaN inside a sequence, or has no label at all.
    """
    targets, present, per_frame = _per_frame(y, data, "y")
    labelled = present
    if per_frame:
        labelled = present & ~equals_label(targets, unlabelled_label(targets[present]))
    if not labelled.any():
        raise ValueError("y has no label: all of it is masked or -1.")
    if per_frame:
        _refuse(labelled & missing(targets), "y", "no value", data, "Mask frames without a label.")
    return targets, labelled


def stacked_weights(sample_weight: Any, data: Sequences) -> NDArray[np.float64]:
    """Weights of the stacked frames, float64.

    Parameters
    ----------
    sample_weight : array-like
        One weight per sequence, (n_samples,), or per frame, (n_samples, n_timesteps) or a
        list of 1D arrays. What is masked counts as 0.
    data : Sequences
        The sequences.

    Returns
    -------
    weights : ndarray of shape (n_frames,), float64
        The weight of every frame.

    Raises
    ------
    ValueError
        If `sample_weight` has another shape, or weights are negative, not finite or no numbers.
    """
    values, present, _ = _per_frame(sample_weight, data, "sample_weight")
    try:
        weights = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight must be numbers: {error}.") from error
    weights[~present] = 0.0
    hint = "Weights must be finite and not negative."
    _refuse(~np.isfinite(weights), "sample_weight", "NaN or inf", data, hint)
    _refuse(weights < 0, "sample_weight", "a negative weight", data, hint)
    return weights


def read_frames(output: Any, mask: NDArray[np.bool_], transformer: Any) -> NDArray[np.float64]:
    """Check what a transformer made of stacked frames.

    Parameters
    ----------
    output : array-like or data frame
        What it gave.
    mask : ndarray of shape (n_samples, n_timesteps), bool
        True where a frame belongs to its sequence.
    transformer : estimator
        What gave it, for messages.

    Returns
    -------
    frames : ndarray of shape (n_frames, n_features_out), float64
        One finite row per frame.

    Raises
    ------
    TypeError
        If `output` is sparse or holds no numbers.
    ValueError
        If it isn't one row per frame, or has no column, NaN or inf.
    """
    name, n_frames = type(transformer).__name__, int(mask.sum())
    if hasattr(output, "tocsr"):
        raise TypeError(
            f"{name} gives a sparse {type(output).__name__}, but sequences are dense. Set "
            "sparse_output=False or what corresponds to it, or make the output dense in a "
            "Pipeline."
        )
    try:
        frames = np.asarray(output, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must give numbers, but {error}.") from error
    if frames.ndim != 2 or frames.shape[0] != n_frames:
        raise ValueError(
            f"{name} must make one row of each frame: it got {n_frames} frames and gave shape "
            f"{frames.shape}. Transformers that drop, add or join rows don't work on frames."
        )
    if frames.shape[1] == 0:
        raise ValueError(f"{name} leaves no feature: it gave shape {frames.shape}.")
    if not np.isfinite(frames).all():
        row, column = (int(index[0]) for index in np.nonzero(~np.isfinite(frames)))
        sample, frame = np.argwhere(mask)[row].tolist()
        raise ValueError(
            f"{name} gives {frames[row, column]} at sample {sample}, frame {frame}, feature "
            f"{column} of its output; NaN would be read as padding. Look at its parameters, clip "
            "its input, or fill what is missing in it, with SimpleImputer for instance."
        )
    return frames


def restore_layout(
    frames: NDArray[np.float64], mask: NDArray[np.bool_], X: Any
) -> NDArray[Any] | list[NDArray[np.float64]]:
    """Put stacked frames back into sequences, in the layout of others.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_features_out), float64
        The stacked frames.
    mask : ndarray of shape (n_samples, n_timesteps), bool
        True where a frame belongs to its sequence.
    X : array-like or list
        Sequences of the same lengths, whose layout is taken.

    Returns
    -------
    sequences : ndarray of shape (n_samples, n_timesteps, n_features_out), or list of ndarray
        Past the end of a sequence NaN, as far as `X` has frames there. A 1D array of arrays
        gives such an array.
    """
    padded = np.full((*mask.shape, frames.shape[1]), np.nan)
    padded[mask] = frames
    array_of_arrays = getattr(X, "ndim", None) == 1
    if not array_of_arrays and not isinstance(X, (list, tuple)):
        return padded
    members = [row[: len(member)].copy() for row, member in zip(padded, X, strict=True)]
    if not array_of_arrays:
        return members
    result = np.empty(len(members), dtype=object)
    result[:] = members
    return result


def _per_frame(
    values: Any, data: Sequences, name: str
) -> tuple[NDArray[Any], NDArray[np.bool_], bool]:
    """Values of the stacked frames, which aren't masked, and whether they came per frame."""
    if not isinstance(values, (list, tuple, np.ma.MaskedArray)):
        values = np.asarray(values)
        if values.ndim not in (1, 2):
            raise ValueError(_wrong_shape(name, data, values.shape))
    if is_flat(values):
        return (*_repeat(np.ma.asarray(values), data, name), False)
    rows = read_frame_labels(values, name)
    if rows.lengths is None and rows.values.shape == (data.n_samples, 1) and data.n_timesteps > 1:
        return (*_repeat(np.ma.asarray(values), data, name), False)
    _check_rows(rows, data, name)
    mask = data.mask()[:, : rows.values.shape[1]]
    return rows.values[mask], rows.present[mask], True


def _repeat(
    values: np.ma.MaskedArray[Any, Any], data: Sequences, name: str
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Give every frame the value of its sequence."""
    column = column_or_1d(values.data, warn=True)
    if len(column) != data.n_samples:
        raise ValueError(_wrong_shape(name, data, values.shape))
    present = ~np.ma.getmaskarray(values).ravel()
    return np.repeat(column, data.lengths), np.repeat(present, data.lengths)


def _check_rows(rows: FrameLabels, data: Sequences, name: str) -> None:
    """Refuse values per frame that belong to other sequences than these."""
    if rows.lengths is None:
        if rows.values.shape != (data.n_samples, data.n_timesteps):
            raise ValueError(_wrong_shape(name, data, rows.values.shape))
        return
    if len(rows.lengths) != data.n_samples:
        raise ValueError(
            f"X and {name} must have the same length: X holds {data.n_samples} sequences, "
            f"{name} {len(rows.lengths)}."
        )
    wrong = (rows.lengths != data.lengths) & (rows.lengths != data.n_timesteps)
    if wrong.any():
        index = int(np.argmax(wrong))
        raise ValueError(
            f"{name}[{index}] must hold one value per frame of sequence {index}, "
            f"{data.lengths[index]}, but holds {rows.lengths[index]}."
        )


def _wrong_shape(name: str, data: Sequences, shape: tuple[int, ...]) -> str:
    n_samples, n_timesteps = data.n_samples, data.n_timesteps
    return (
        f"{name} must hold one value per sequence, shape ({n_samples},), or one per frame, "
        f"shape ({n_samples}, {n_timesteps}) or a list of {n_samples} 1D arrays as long as "
        f"the sequences; its shape is {shape}."
    )


def _refuse(wrong: NDArray[np.bool_], name: str, what: str, data: Sequences, hint: str) -> None:
    """Raise ValueError for the first of the stacked frames that is wrong, if any is."""
    if wrong.any():
        sample, frame = np.argwhere(data.mask())[int(np.argmax(wrong))].tolist()
        raise ValueError(f"{name} has {what} at sample {sample}, frame {frame}. {hint}")
