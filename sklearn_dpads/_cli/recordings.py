"""Recordings of trackers, a file each, with the events that were noted of them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets import read_annotations, read_poses
from ..datasets.annotations import read_behaviors
from ..datasets.cells import listed
from ..inputs.files import naming


def read_recordings(
    paths: Sequence[str],
    *,
    features: Sequence[str] | None,
    sep: str,
    encoding: str,
    min_likelihood: float | None,
) -> tuple[list[NDArray[np.float64]], list[str]]:
    """Read poses, the same features of all recordings.

    Parameters
    ----------
    paths : sequence of str
        The files.
    features : sequence of str or None
        The features to read; None takes those of the first file.
    sep, encoding : str
        How .csv files are written.
    min_likelihood : float or None
        What the tracker is less sure of is interpolated, as is what is missing; None refuses
        what is missing.

    Returns
    -------
    X : list of ndarray of shape (n_timesteps_i, n_features)
        The recordings.
    names : list of str
        The features.

    Raises
    ------
    ValueError
        If a file lacks a feature, or a value.
    """
    X: list[NDArray[np.float64]] = []
    names = None if features is None else list(features)
    for path in paths:
        poses = read_poses(path, sep=sep, encoding=encoding, min_likelihood=min_likelihood)
        if min_likelihood is not None:
            poses = poses.interpolate(limit_direction="both")
        names = list(poses.columns) if names is None else names
        absent = [name for name in names if name not in poses.columns]
        if absent:
            raise ValueError(
                f"{path}: the features {listed(names)} are read, but it has no {listed(absent)}; "
                f"it has {listed(poses.columns)}."
            )
        with naming(path):
            X.append(_complete(poses[names], interpolated=min_likelihood is not None))
    return X, names or []


def _complete(poses: Any, *, interpolated: bool) -> NDArray[np.float64]:
    values: NDArray[np.float64] = poses.to_numpy(dtype=np.float64)
    rows, columns = np.nonzero(np.isnan(values))
    if rows.size:
        advice = (
            "It was never seen: leave it out of --features."
            if interpolated
            else "Pass --min-likelihood, 0 for instance, to interpolate what is missing."
        )
        raise ValueError(
            f"{poses.columns[columns[0]]!r} has no value at frame {poses.index[rows[0]]}. {advice}"
        )
    return values


def read_labels(
    paths: Sequence[str],
    X: Sequence[NDArray[np.float64]],
    options: Namespace,
    *,
    subjects: Sequence[str] | None,
    behaviors: Sequence[str] | None,
    encoding: str,
) -> list[NDArray[np.str_]]:
    """Read the label of each frame, of recordings that were read from `paths`."""
    if options.fps is None:
        raise ValueError("--annotations needs --fps, the number of frames in a second.")
    return [
        read_annotations(
            table,
            fps=options.fps,
            n_timesteps=len(x),
            subject=subjects,
            behaviors=behaviors,
            background=options.background or "none",
            encoding=encoding,
        )
        for table, x in zip(match(paths, options.annotations), X, strict=True)
    ]


def check_behaviors(
    tables: Sequence[str], behaviors: Sequence[str], known: Collection[Any], *, encoding: str
) -> None:
    """Refuse behaviors that are in no table: they are misspelt, or their table is missing.

    Parameters
    ----------
    tables : sequence of str
        The tables of events; a behavior may be absent from some.
    behaviors : sequence of str
        Those that count.
    known : collection
        What else may be named, such as the classes of a program: new recordings may lack some.
    encoding : str
        How the tables hold text.

    Raises
    ------
    ValueError
        If a behavior is neither known nor in a table.
    """
    there = dict.fromkeys(
        name for table in tables for name in read_behaviors(table, encoding=encoding)
    )
    absent = [name for name in behaviors if name not in there and name not in known]
    if absent:
        raise ValueError(
            f"--behaviors: {listed(absent)} can't be found in the tables of --annotations; there "
            f"are {listed(there)}. Correct or leave out what is in none of them."
        )


def match(paths: Sequence[str], tables: Sequence[str]) -> list[str]:
    """Find the table of each recording, in the order of the recordings.

    The name of one begins with that of the other, and no digit follows: trackers and people add to
    the name of the film. The order of the arguments tells nothing, since a shell may sort
    ``mouse10`` before ``mouse1`` in one folder, and after it in another.

    Raises
    ------
    ValueError
        If a recording has no table, or several, or a table no recording.

    Examples
    --------
    >>> match(["mouse10DLC.h5", "mouse1DLC.h5"], ["mouse1.csv", "mouse10.csv"])
    ['mouse10.csv', 'mouse1.csv']
    """
    if len(paths) == len(tables) == 1:
        return list(tables)
    found = [[table for table in tables if _same(path, table)] for path in paths]
    for path, candidates in zip(paths, found, strict=True):
        if len(candidates) != 1:
            raise ValueError(
                f"{path}: one table of --annotations must have its name, but {len(candidates)} do: "
                f"{listed(candidates)}. Name them alike, as mouse1DLC.h5 and mouse1.csv."
            )
    matched = [candidates[0] for candidates in found]
    unused = [table for table in tables if matched.count(table) != 1]
    if unused:
        raise ValueError(
            f"{unused[0]}: {matched.count(unused[0])} recordings have its name, but one must."
        )
    return matched


def _same(path: str, table: str) -> bool:
    shorter, longer = sorted((Path(path).stem, Path(table).stem), key=len)
    rest = longer.removeprefix(shorter)
    return longer.startswith(shorter) and not rest[:1].isdigit()
