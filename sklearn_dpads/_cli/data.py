"""Sequences from the files that a user names, whatever their form, as a program reads them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.cells import listed
from ..datasets.deeplabcut import header_of
from ..grammar import LIST_TO_LIST
from ..inputs.names import check_feature_names
from ..program import Program
from ..program.data_options import DATA_OPTIONS
from .files import Data, read_npz, read_poses, read_table
from .kept import with_kept
from .recordings import check_behaviors
from .words import split_names, text_form

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
    sep, encoding = text_form(options)
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
        return read_npz(paths[0], keys, names, getattr(options, "together", None), needed)
    if form == "csv":
        return read_table(
            paths[0], options, names or features, per_frame=bool(per_frame), classes=classes or ()
        )
    return read_poses(paths, options, names or features)


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
        encoding = text_form(options)[1]
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


def _keys(text: str | None, pairs: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    names = split_names(text or None)
    if names is None:
        return pairs
    if len(names) > 2:
        raise ValueError(f"--keys takes one name, or two between a comma; got {text!r}.")
    return [(names[0], names[1] if len(names) == 2 else "")]


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
