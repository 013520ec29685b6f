"""Sequences and labels of .npy files, checked against what a benchmark must be like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

Sequences = NDArray[np.floating[Any]] | list[NDArray[np.floating[Any]]]
Labels = NDArray[np.int64] | list[NDArray[np.int64]]


@dataclass(frozen=True)
class Expected:
    """What the arrays of a benchmark must be like.

    Parameters
    ----------
    n_features : int
        Length of a frame.
    n_classes : int
        Number of classes; labels are 0 to n_classes - 1.
    per_frame : bool
        Whether every frame has a label, or every sequence.
    """

    n_features: int
    n_classes: int
    per_frame: bool


def read_part(
    data_file: Path, label_file: Path, expected: Expected, allow_pickle: bool
) -> tuple[Sequences, Labels]:
    """Read the sequences of a part and their labels.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, n_features), or list of ndarray
        A list of 2D arrays where sequences differ in length.
    y : ndarray of int64 of shape (n_samples,) or (n_samples, n_timesteps), or list of ndarray
        A list of 1D arrays for labels per frame where sequences differ in length.

    Raises
    ------
    ValueError
        If the arrays are not as expected.
    """
    sequences = _sequences(_read(data_file, allow_pickle), data_file, expected.n_features)
    labels = _read(label_file, allow_pickle)
    if len(labels) != len(sequences):
        raise ValueError(
            f"{label_file} labels {len(labels)} sequences, but {data_file} holds "
            f"{len(sequences)}. They must belong together."
        )
    if not expected.per_frame:
        return _stacked(sequences), _codes(labels, label_file, expected.n_classes).reshape(-1)
    frames = [_codes(row, label_file, expected.n_classes) for row in labels]
    for i, (row, sequence) in enumerate(zip(frames, sequences, strict=True)):
        if row.shape != (len(sequence),):
            raise ValueError(
                f"{label_file} has labels of shape {row.shape} for sequence {i}, which has "
                f"{len(sequence)} frames in {data_file}. There must be one label per frame."
            )
    return _stacked(sequences), _stacked(frames)


def _read(file: Path, allow_pickle: bool) -> NDArray[Any]:
    if not allow_pickle and _holds_objects(file):
        raise ValueError(
            f"{file} holds objects, as sequences of unequal length do, and to read them is to "
            "unpickle them, which can run any code. Pass allow_pickle=True if you trust it."
        )
    array: NDArray[Any] = np.load(file, allow_pickle=allow_pickle)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{file} holds no sequences: its array has the shape {array.shape}.")
    return array


def _holds_objects(file: Path) -> bool:
    with file.open("rb") as stream:
        try:
            version = npy.read_magic(stream)
        except ValueError as error:
            raise ValueError(f"{file} is no .npy file: {error}.") from error
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        # Later versions are for structured arrays, which are refused for their shape.
        return version in readers and bool(readers[version](stream)[2].hasobject)


def _sequences(array: NDArray[Any], file: Path, n_features: int) -> list[NDArray[Any]]:
    sequences = [np.asarray(sequence) for sequence in array]
    for i, sequence in enumerate(sequences):
        if sequence.dtype.kind != "f":
            sequences[i] = sequence = sequence.astype(np.float64)
        if sequence.ndim != 2 or sequence.shape[1] != n_features or len(sequence) == 0:
            raise ValueError(
                f"{file} holds an array of shape {sequence.shape} as sequence {i}. Expected are "
                f"frames of {n_features} features: (n_timesteps, {n_features})."
            )
    return sequences


def _codes(labels: Any, file: Path, n_classes: int) -> NDArray[np.int64]:
    """Labels as integers, less an axis of length one that some files have at the end."""
    values = np.asarray(labels)
    if values.dtype == object:
        values = np.array([np.asarray(value).item() for value in values])
    if values.ndim > 1 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 1 or values.dtype.kind not in "fiub":
        raise ValueError(
            f"{file} holds labels of shape {values.shape} and dtype {values.dtype}, where one "
            "whole number per label is expected."
        )
    codes = values.astype(np.int64)
    wrong = (codes != values) | (codes < 0) | (codes >= n_classes)
    if wrong.any():
        raise ValueError(
            f"{file} holds the label {values[wrong][0]}; expected are whole numbers from 0 to "
            f"{n_classes - 1}."
        )
    return codes


def _stacked(members: list[NDArray[Any]]) -> Any:
    """One array where all have the same length."""
    return np.stack(members) if len({len(member) for member in members}) == 1 else members
