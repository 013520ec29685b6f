"""Sequences from the files that a user names."""

from __future__ import annotations

import csv
from argparse import Namespace
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import read_sequences
from ..datasets.cells import listed
from ..datasets.csv_files import begin_with_zeros, check_settings, read_csv
from ..datasets.deeplabcut import header_of
from ..grammar import LIST_TO_LIST
from ..inputs.archives import Archive
from ..inputs.files import naming, read_text
from ..inputs.names import check_feature_names, repeated
from ..program import Program
from ..program.data_options import DATA_OPTIONS
from .kept import with_kept
from .recordings import check_behaviors, read_labels, read_recordings

# Of an .npz file, for fitting, prediction and scores afterwards: the first that is there.
TRAINING = (("X", "y"), ("X_train", "y_train"))
NEW = (("X", "y"), ("X_test", "y_test"))
TEST = (("X_test", "y_test"),)

# What tells how to read each sort of file, and what messages call such files.
_OPTIONS = {
    "npz": ("keys", "together"),
    "csv": ("sample", "time", "label", "sep", "encoding", "together"),
    "poses": (
        *("sep", "encoding", "min_likelihood"),
        *("annotations", "fps", "subject", "behaviors", "background"),
    ),
}
_CALLED = {"npz": ".npz files", "csv": ".csv files", "poses": "poses"}


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


def form_of(paths: Sequence[str], options: Namespace) -> str:
    """Tell how files are read: as "npz", as "csv", tables, or as "poses", recordings of a tracker.

    Raises
    ------
    ValueError
        If there is no such form, or there are several files of which one is no recording.
    """
    forms = {path: _form(path, options) for path in paths}
    other = next((path for path, form in forms.items() if form != "poses"), None)
    if other is not None and len(paths) > 1:
        raise ValueError(
            f"{other}: several files are read where each holds the poses of a recording; this "
            "holds sequences. Pass it alone."
        )
    return forms[paths[0]]


def _form(path: str, options: Namespace) -> str:
    suffix = Path(path).suffix.lower()
    if suffix == ".npz":
        return "npz"
    if suffix in (".h5", ".hdf5"):
        return "poses"
    if suffix != ".csv":
        raise ValueError(f"{path}: data are read from files that end in .npz, .csv or .h5.")
    sep, encoding = _text_form(options)
    # SimBA's tables look like any other.
    told = options.annotations is not None or (options.fps is not None and not options.sample)
    return "poses" if told or header_of(path, sep, encoding) else "csv"


def read_data(
    paths: Sequence[str],
    options: Namespace,
    pairs: Sequence[tuple[str, str]],
    *,
    per_frame: bool | None = None,
    features: Sequence[str] | None = None,
    classes: Sequence[Any] | None = None,
) -> Data:
    """Read sequences from a file, or from several that hold the poses of a recording each.

    Parameters
    ----------
    paths : sequence of str
        The files, .npz, .csv or .h5.
    options : Namespace
        Options of the command line that tell what to read.
    pairs : sequence of (str, str)
        Names that arrays of sequences and of labels may have.
    per_frame : bool or None, default=None
        Whether the labels of a table are those of frames.
    features : sequence of str or None, default=None
        Columns of a table to read where the options don't say.
    classes : sequence or None, default=None
        Labels that a program knows, of whose type those of a table are.
    """
    form = form_of(paths, options)
    _refuse(options, form, paths[0])
    names = split_names(options.features)
    if form == "npz":
        keys = _keys(options.keys, pairs)
        kept = "keys" in getattr(options, "kept", ())
        if kept:
            # Arrays of new data may have the usual names.
            keys = [*keys, *pairs]
        # New data may lack the labels that the program's keys name.
        needed = keys[0][1] if options.keys and not kept else ""
        return _read_npz(paths[0], keys, names, getattr(options, "together", None), needed)
    if form == "csv":
        return _read_csv(
            paths[0], options, names or features, per_frame=bool(per_frame), classes=classes or ()
        )
    return _read_poses(paths, options, names or features)


def read_for_program(
    paths: Sequence[str], options: Namespace, pairs: Sequence[tuple[str, str]], program: Program
) -> Data:
    """Read sequences with the features in the order in which a program reads them.

    Options that are not given are those that the program keeps. Where the data or the program
    have no names, columns count by their place.

    Raises
    ------
    ValueError
        If the program reads a feature that the data don't name, or if frames are labelled and it is
        for whole sequences, or the reverse.
    """
    per_frame = program.expression.signature == LIST_TO_LIST
    form = form_of(paths, with_kept(options, program, DATA_OPTIONS))
    options = with_kept(options, program, _OPTIONS[form])
    names = program.feature_names
    if form == "poses" and "behaviors" not in options.kept:
        check_annotated(options, program.classes or ())
    data = read_data(
        paths, options, pairs, per_frame=per_frame, features=names, classes=program.classes
    )
    _check_labelled(data, form, named(paths), per_frame=per_frame)
    return _in_order(data, program, named(paths))


def check_annotated(options: Namespace, known: Collection[Any] = ()) -> None:
    """Refuse behaviors that are in no table of events, nor among those that a program knows."""
    behaviors = split_names(options.behaviors or None)
    if options.annotations is not None and behaviors is not None:
        encoding = _text_form(options)[1]
        check_behaviors(options.annotations, behaviors, known, encoding=encoding)


def named(paths: Sequence[str]) -> str:
    """Files for a message."""
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def is_per_frame(y: Any) -> bool:
    """Tell whether there is a label per frame; one in a column is that of a sequence."""
    if isinstance(y, list):
        return True
    return bool(y.ndim == 2 and y.shape[1] > 1)


def _check_labelled(data: Data, form: str, path: str, *, per_frame: bool) -> None:
    """Refuse labels of frames for a program of sequences, and the reverse."""
    y = data.y
    # Labels of sequences of a single frame stand in a column, too.
    if y is None or is_per_frame(y) == per_frame or (per_frame and np.ndim(y) != 1):
        return
    given, wanted = ("sequence", "frames") if per_frame else ("frame", "whole sequences")
    shape = "" if isinstance(y, list) else f", of shape {y.shape}"
    without = "without --annotations" if form == "poses" else "with --keys X"
    raise ValueError(
        f"{path}: labels are per {given}{shape}, but the program is for {wanted}. Give a program "
        f"that was fitted to such labels, or labels that suit it; predict needs none, {without}."
    )


def _in_order(data: Data, program: Program, path: str) -> Data:
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
    with Archive(path) as arrays:
        for pair in pairs:
            if all(name in arrays.names for name in pair):
                X, y = (arrays.read(name) for name in pair)
                return X, y
    return None


def label_like(y: Any, text: str) -> Any:
    """Read a label of the command line as those of the data are; nothing stands for none."""
    if not text:
        return None
    labels = np.asarray(y if isinstance(y, np.ndarray) else y[0])
    if labels.dtype.kind not in "iuf":
        return text
    try:
        return float(text) if labels.dtype.kind == "f" else int(text)
    except ValueError:
        raise ValueError(
            f"--unlabelled {text}: the labels are numbers of type {labels.dtype}; give one."
        ) from None


def split_names(text: str | None) -> list[str] | None:
    """Names between commas; one that holds a comma stands in quotes, as in .csv files."""
    if text is None:
        return None
    try:
        (row,) = csv.reader([text.strip()], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError) as error:
        raise ValueError(
            f"{text!r} is no list of names between commas ({error}). Names that hold a comma stand "
            """in double quotes, and a quote within is doubled, as '"speed, mm/s",turn'."""
        ) from error
    names = [name.strip() for name in row]
    if not names or not all(names):
        raise ValueError(f"There is an empty name in {text!r}.")
    return names


def _keys(text: str | None, pairs: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    names = split_names(text or None)
    if names is None:
        return pairs
    if len(names) > 2:
        raise ValueError(f"--keys takes one name, or two between a comma; got {text!r}.")
    return [(names[0], names[1] if len(names) == 2 else "")]


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


def _refuse(options: Namespace, form: str, path: str) -> None:
    """Refuse options that are for files of other forms."""
    for other, names in _OPTIONS.items():
        given = [
            f"--{name.replace('_', '-')}"
            for name in names
            if name not in _OPTIONS[form] and getattr(options, name, None) is not None
        ]
        if given:
            holds = f", and {path} holds poses" if form == "poses" else ""
            raise ValueError(f"{', '.join(given)}: these are for {_CALLED[other]}{holds}.")


def _read_npz(
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


def _read_csv(
    path: str,
    options: Namespace,
    features: Sequence[str] | None,
    *,
    per_frame: bool,
    classes: Sequence[Any],
) -> Data:
    if not options.sample:
        raise ValueError(f"{path}: --sample must name the column that tells sequences apart.")
    sep, encoding = _text_form(options)
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


def _read_poses(paths: Sequence[str], options: Namespace, features: Sequence[str] | None) -> Data:
    sep, encoding = _text_form(options)
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


def _text_form(options: Namespace) -> tuple[str, str]:
    """What stands between cells, and the encoding; tabs are hard to write in a shell."""
    sep = "\t" if options.sep in ("\\t", "tab") else options.sep or ","
    encoding = options.encoding or "utf-8"
    check_settings(sep, encoding)
    return sep, encoding


def read_program(path: str) -> Program:
    """Read a program that was written as JSON."""
    with naming(path):
        return Program.from_json(read_text(path))
