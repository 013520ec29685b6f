"""Files in the layout of the authors of NEAR and dPads: found in a folder, read, and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.archives import HoldsObjects, read_npy

FrameArrays = NDArray[np.floating[Any]] | list[NDArray[np.floating[Any]]]
LabelArrays = NDArray[np.int64] | list[NDArray[np.int64]]

_PARTS = {"train": ("train",), "valid": ("valid", "val", "validation"), "test": ("test",)}
_CONTENTS = {"data": ("data",), "labels": ("labels", "label")}


def find_files(path: Path, folder: str, infix: str) -> dict[str, tuple[Path, Path]]:
    """Find the files of each part.

    Parameters
    ----------
    path : Path
        The folder of the files, or the one that holds ``folder``.
    folder : str
        Usual name of the folder.
    infix : str
        What usually stands between part and content in a name, to say in messages.

    Returns
    -------
    files : dict of str to (Path, Path)
        Data and labels of "train", "test" and, where there are files of it, "valid".

    Raises
    ------
    FileNotFoundError
        If there is no folder, or files are missing.
    ValueError
        If several files could be meant.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"{path} is no folder. Pass the folder of the .npy files.")
    names = _names(path)
    if not _matching(names, "train", "data") and (path / folder).is_dir():
        path = path / folder
        names = _names(path)
    found: dict[str, tuple[Path, Path]] = {}
    missing: list[str] = []
    for part in _PARTS:
        pair = [_only(path, _matching(names, part, content)) for content in _CONTENTS]
        if pair[0] is not None and pair[1] is not None:
            found[part] = (pair[0], pair[1])
        elif part != "valid" or any(pair):
            usual = (f"{part}_{infix}{content}.npy" for content in _CONTENTS)
            missing += [name for name, file in zip(usual, pair, strict=True) if file is None]
    if missing:
        raise FileNotFoundError(
            f"{path} lacks {', '.join(missing)}. Expected are PART_{infix}data.npy and "
            f"PART_{infix}labels.npy, where PART is train, valid and test; valid may be missing. "
            "Also read are val for valid, label for labels, and another word, or none, between "
            "the part and what the file holds."
        )
    return found


def _names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir() if file.suffix == ".npy")


def _matching(names: list[str], part: str, content: str) -> list[str]:
    pattern = f"({'|'.join(_PARTS[part])})_(.+_)?({'|'.join(_CONTENTS[content])})\\.npy"
    return [name for name in names if re.fullmatch(pattern, name)]


def _only(path: Path, names: list[str]) -> Path | None:
    if len(names) > 1:
        raise ValueError(
            f"{path} holds {' and '.join(names)}, and only one of them can be meant. "
            "Move the others to another folder."
        )
    return path / names[0] if names else None


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
) -> tuple[FrameArrays, LabelArrays]:
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
    try:
        array = read_npy(file, allow_pickle=allow_pickle)
    except HoldsObjects as error:
        raise ValueError(
            f"{file} holds objects, as sequences of unequal length do, and to read them is to "
            "unpickle them, which can run any code. Pass allow_pickle=True if you trust it."
        ) from error
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{file} holds no sequences: its array has the shape {array.shape}.")
    return array


def _sequences(array: NDArray[Any], file: Path, n_features: int) -> list[NDArray[Any]]:
    sequences = [np.asarray(sequence) for sequence in array]
    for i, sequence in enumerate(sequences):
        if sequence.dtype.kind not in "fiub":
            raise ValueError(
                f"{file} holds values of type {sequence.dtype} as sequence {i}, where numbers are "
                "expected."
            )
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
    # What is no whole number, or too large for one, is another one then.
    with np.errstate(invalid="ignore"):
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
