"""Each form of file that a user names: arrays, a table, poses of a tracker, a program."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..datasets import read_sequences
from ..datasets.cells import listed
from ..datasets.csv_files import begin_with_zeros, read_csv
from ..inputs.archives import Archive
from ..inputs.files import naming, read_text
from ..inputs.names import repeated
from ..program import Program
from .recordings import read_labels, read_recordings
from .words import split_names, text_form


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
    groups : ndarray, list or None, default=None
        Which of them belong together.
    """

    X: Any
    y: Any
    feature_names: list[str] | None
    ids: Sequence[Any]
    groups: Any = None


def read_npz(
    path: str,
    pairs: Sequence[tuple[str, str]],
    names: list[str] | None,
    together: str | None,
    needed: str,
) -> Data:
    with Archive(path) as arrays:
        pair = next((pair for pair in pairs if pair[0] in arrays.names), None)
        if pair is None:
            wanted = " or ".join(name for name, _ in pairs)
            raise ValueError(
                f"{path} holds no array {wanted}, but {_there(arrays)}. Pass their names with "
                "--keys."
            )
        for option, name in (("--keys", needed), ("--together", together)):
            if name and name not in arrays.names:
                raise ValueError(
                    f"{path} holds no array {name}, which {option} named, but {_there(arrays)}."
                )
        X = arrays.read(pair[0])
        y = arrays.read(pair[1]) if pair[1] in arrays.names else None
        if names is None and "feature_names" in arrays.names:
            names = [str(name) for name in arrays.read("feature_names").ravel()]
        groups = None if together is None else arrays.read(together)
    if X.ndim == 0:
        raise ValueError(f"{path}: {pair[0]} is a single value and no sequences.")
    return Data(X, y, names, range(len(X)), groups)


def _there(arrays: Archive) -> str:
    return ", ".join(arrays.names[:20]) or "nothing"


def read_table(
    path: str,
    options: Namespace,
    features: Sequence[str] | None,
    *,
    per_frame: bool,
    classes: Sequence[Any],
) -> Data:
    if not options.sample:
        raise ValueError(f"{path}: --sample must name the column that tells sequences apart.")
    sep, encoding = text_form(options)
    together = getattr(options, "together", None)
    texts: list[str] = [options.sample]
    if options.label and begin_with_zeros(name for name in classes if isinstance(name, str)):
        # Where new data have 10 and 11 alone, they are those of 01 to 11.
        texts.append(options.label)
    table = read_csv(
        path,
        sep=sep,
        encoding=encoding,
        as_text=tuple(texts),
        codes=tuple(name for name in (options.label, together) if name and name not in texts),
    )
    options = _drop_absent(table, options, path)
    group_of = None
    if together is not None:
        group_of = _group_of(table, options.sample, together, path)
        if together not in (options.sample, options.time, options.label):
            table = table.drop(columns=[together])
    label = {"frame_label" if per_frame else "sequence_label": options.label or None}
    with naming(path):
        read = read_sequences(
            table, sample=options.sample, time=options.time or None, features=features, **label
        )
    ids = read.ids.tolist()
    groups = None if group_of is None else [group_of[name] for name in ids]
    return Data(read.X, read.y, list(read.feature_names), ids, groups)


def _drop_absent(table: Any, options: Namespace, path: str) -> Namespace:
    """Tell of columns that only the program names; new data need no labels."""
    for name in ("sample", "time", "label"):
        column = getattr(options, name)
        if name not in getattr(options, "kept", ()):
            continue
        if column in table and not (name == "label" and table[column].isna().all()):
            continue
        if name != "label":
            without = """, or --time '' where none orders the frames""" if name == "time" else ""
            raise ValueError(
                f"{path}: there is no column {column!r}, which --{name} named when the program was "
                f"fitted; there are {listed(table)}. Pass --{name}{without}."
            )
        options = Namespace(**(vars(options) | {"label": None}))
    return options


def _group_of(table: Any, sample: str, together: str, path: str) -> dict[Any, Any]:
    """The group of each sequence of a table, by the name of the sequence."""
    absent = [name for name in (sample, together) if name not in table]
    if absent:
        raise ValueError(f"{path}: there is no column {absent[0]!r}; there are {listed(table)}.")
    found: dict[Any, Any] = {}
    for name, group in zip(table[sample], table[together], strict=True):
        if found.setdefault(name, group) != group and group == group:
            raise ValueError(
                f"{path}: --together {together}: sequence {name!r} has {found[name]!r} and "
                f"{group!r}, but belongs to one of them."
            )
    return found


def read_poses(paths: Sequence[str], options: Namespace, features: Sequence[str] | None) -> Data:
    sep, encoding = text_form(options)
    likelihood = options.min_likelihood
    X, names = read_recordings(
        paths, features=features, sep=sep, encoding=encoding, min_likelihood=likelihood
    )
    y = None
    if options.annotations is not None:
        subjects, behaviors = (split_names(o or None) for o in (options.subject, options.behaviors))
        y = read_labels(
            paths, X, options, subjects=subjects, behaviors=behaviors, encoding=encoding
        )
    stems = [Path(path).stem for path in paths]
    return Data(X, y, names, paths if repeated(stems) else stems)


def read_pair(path: str, pairs: Sequence[tuple[str, str]]) -> tuple[Any, Any] | None:
    """Read sequences with labels from an .npz file, if it holds such a pair."""
    with Archive(path) as arrays:
        for pair in pairs:
            if all(name in arrays.names for name in pair):
                X, y = (arrays.read(name) for name in pair)
                return X, y
    return None


def read_program(path: str) -> Program:
    """Read a program that was written as JSON."""
    with naming(path):
        return Program.from_json(read_text(path))
