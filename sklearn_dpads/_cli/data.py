"""Sequences from the files that a user names."""

from __future__ import annotations

import os
import sys
import zipfile
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.cells import listed
from ..inputs.files import write_atomically
from ..inputs.names import check_feature_names
from ..program import Program

# Of an .npz file, for fitting, prediction and scores afterwards: the first that is there.
TRAINING = (("X", "y"), ("X_train", "y_train"))
NEW = (("X", "y"), ("X_test", "y_test"))
TEST = (("X_test", "y_test"),)

_MISSING = ["", "nan", "NaN", "NA"]


@dataclass(frozen=True)
class Data:
    """Sequences, with labels where there are some.

    Parameters
    ----------
    X : ndarray or list of ndarray
        The sequences.
    y : ndarray, list of ndarray, or None
        The labels.
    feature_names : list of str or None
        Names of the features.
    ids : sequence
        What the sequences are called.
    """

    X: Any
    y: Any
    feature_names: list[str] | None
    ids: Sequence[Any]


def read_data(
    path: str,
    options: Namespace,
    pairs: Sequence[tuple[str, str]],
    *,
    per_frame: bool | None = None,
    features: Sequence[str] | None = None,
) -> Data:
    """Read sequences from a file.

    Parameters
    ----------
    path : str
        The file, .npz or .csv.
    options : Namespace
        Options of the command line that tell what to read.
    pairs : sequence of (str, str)
        Names that arrays of sequences and of labels may have.
    per_frame : bool or None, default=None
        Whether the labels of a table are those of frames.
    features : sequence of str or None, default=None
        Columns of a table to read where the options don't say.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".npz":
        _refuse(options, ("sample", "time", "label"), ".csv")
        return _read_npz(path, _keys(options.keys, pairs), split_names(options.features))
    if suffix == ".csv":
        _refuse(options, ("keys",), ".npz")
        names = split_names(options.features) or features
        return _read_csv(path, options, names, per_frame=bool(per_frame))
    raise ValueError(f"{path}: data are read from files that end in .npz or .csv.")


def for_program(data: Data, program: Program, path: str) -> Data:
    """Give the data with the features in the order in which a program reads them.

    Where the data or the program have no names, columns count by their place.

    Raises
    ------
    ValueError
        If the program reads a feature that the data don't name.
    """
    wanted = program.feature_names
    if data.feature_names is None or wanted is None or {np.ndim(x) for x in data.X} != {2}:
        return data
    try:
        names = check_feature_names(data.feature_names, data.X[0].shape[-1]) or ()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    absent = [name for name in wanted if name not in names]
    if absent:
        raise ValueError(
            f"{path}: the program reads the features {listed(wanted)}, but the data have no "
            f"{listed(absent)}; they have {listed(names)}. Rename those that are the same."
        )
    columns = [names.index(name) for name in wanted]
    X = [x[:, columns] for x in data.X] if isinstance(data.X, list) else data.X[..., columns]
    return replace(data, X=X, feature_names=list(wanted))


def read_pair(path: str, pairs: Sequence[tuple[str, str]]) -> tuple[Any, Any] | None:
    """Read sequences with labels from an .npz file, if it holds such a pair."""
    with _open(path) as arrays:
        for pair in pairs:
            if all(name in arrays for name in pair):
                X, y = (_array(path, arrays, name) for name in pair)
                return X, y
    return None


def split_names(text: str | None) -> list[str] | None:
    """Names between commas."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise ValueError(f"There is an empty name in {text!r}.")
    return names


def _keys(text: str | None, pairs: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    names = split_names(text)
    if names is None:
        return pairs
    if len(names) > 2:
        raise ValueError(f"--keys takes one name, or two between a comma; got {text!r}.")
    return [(names[0], names[1] if len(names) == 2 else "")]


def _refuse(options: Namespace, names: Sequence[str], suffix: str) -> None:
    given = [f"--{name}" for name in names if getattr(options, name) is not None]
    if given:
        raise ValueError(f"{', '.join(given)}: these are for {suffix} files.")


def _read_npz(path: str, pairs: Sequence[tuple[str, str]], names: list[str] | None) -> Data:
    with _open(path) as arrays:
        pair = next((pair for pair in pairs if pair[0] in arrays), None)
        if pair is None:
            wanted = " or ".join(name for name, _ in pairs)
            raise ValueError(
                f"{path} holds no array {wanted}, but {', '.join(arrays) or 'nothing'}. Pass their "
                "names with --keys."
            )
        X = _array(path, arrays, pair[0])
        y = _array(path, arrays, pair[1]) if pair[1] in arrays else None
        if names is None and "feature_names" in arrays:
            names = [str(name) for name in _array(path, arrays, "feature_names").ravel()]
    if X.ndim == 0:
        raise ValueError(f"{path}: {pair[0]} is a single value and no sequences.")
    return Data(X, y, names, range(len(X)))


def _open(path: str) -> Any:
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path} is no .npz archive, which numpy.savez writes.")
    return np.load(path, allow_pickle=False)


def _array(path: str, arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    try:
        return arrays[name]
    except ValueError as error:
        raise ValueError(
            f"{path}: {name} can't be read ({error}). Files with Python objects are not opened: "
            "store sequences of unequal length as one array, padded with NaN at the end, and "
            "labels as text or numbers."
        ) from error
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: {name} can't be read ({error}).") from error


def _read_csv(
    path: str, options: Namespace, features: Sequence[str] | None, *, per_frame: bool
) -> Data:
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "Reading .csv files needs pandas, which is not installed. Install it with: "
            "pip install pandas. Or use an .npz file."
        ) from error
    from ..datasets import read_sequences

    if options.sample is None:
        raise ValueError(f"{path}: --sample must name the column that tells sequences apart.")
    # "None" is a label of many tables of behaviour, and no missing value.
    table = pd.read_csv(
        path, dtype={options.sample: str}, keep_default_na=False, na_values=_MISSING
    )
    label = {"frame_label" if per_frame else "sequence_label": options.label}
    read = read_sequences(
        table, sample=options.sample, time=options.time, features=features, **label
    )
    return Data(read.X, read.y, list(read.feature_names), read.ids.tolist())


def read_program(path: str) -> Program:
    """Read a program that was written as JSON."""
    try:
        return Program.from_json(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def check_target(path: str) -> Path:
    """Refuse a file that can't be written, before anything is computed."""
    target = Path(path)
    folder = target.parent
    if target.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a file.")
    if not folder.is_dir():
        raise ValueError(f"{path}: there is no folder {folder}; make it first.")
    if not os.access(folder, os.W_OK):
        raise ValueError(f"{path}: the folder {folder} can't be written to.")
    return target


def write_text(text: str, path: str | None) -> None:
    """Write a text to a file, or print it."""
    text = text if text.endswith("\n") else f"{text}\n"
    if path is None:
        sys.stdout.write(text)
    else:
        write_atomically(check_target(path), text)
