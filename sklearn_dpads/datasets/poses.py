"""Poses, as trackers of animals write them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.files import naming
from sklearn_dpads.inputs.names import repeated
from sklearn_dpads.inputs.optional import import_pandas

from .cells import as_floats, listed
from .csv_files import check_settings
from .deeplabcut import find_table, read_csv_file, read_table
from .hdf_files import HdfFile, is_hdf, open_hdf
from .movement import is_movement, read_movement
from .sleap import is_analysis, read_analysis
from .trackers import LIKELIHOOD, Recording

if TYPE_CHECKING:
    import pandas as pd

# How a name ends that tells how sure the tracker is of a point, in DeepLabCut and in SimBA.
_LIKELIHOODS = (LIKELIHOOD, "p")
# What to do about a column of text. Any table with one row of names is read as one of SimBA.
_ADVICE = (
    "Leave it out, as left_out=[{!r}]. read_poses reads files of DeepLabCut, SLEAP and SimBA; if "
    "this is another table, read_sequences reads it."
)
_COORDINATES = ("x", "y", "z")
_HDF_SUFFIXES = (".h5", ".hdf5", ".hdf")


def read_poses(
    source: str | os.PathLike[str] | Any,
    *,
    left_out: Sequence[str] = ("likelihood", "p"),
    min_likelihood: float | None = None,
    sep: str = ",",
    encoding: str = "utf-8",
) -> pd.DataFrame:
    """Read one recording of a tracker: of DeepLabCut, SLEAP or SimBA, or a Dataset of movement.

    These are read:

    - **DeepLabCut**, .csv and .h5. Names stand in three rows, or four with several animals:
      scorer, individuals, bodyparts, coords;
    - **SLEAP**, the analysis file .h5 that it exports. How sure it is of a point is called
      ``likelihood`` here, as in DeepLabCut;
    - **SimBA**, .csv. Names stand in one row, and the first column is the number of the frame;
    - **movement**, the Dataset of xarray that ``movement.io.load_poses`` gives, whatever program
      the file was from. ``confidence`` is called ``likelihood`` here.

    Parameters
    ----------
    source : str, path-like or xarray.Dataset
        The file, or the Dataset.
    left_out : sequence of str, default=("likelihood", "p")
        What is not read: points, as ``"tail"``, with all their coordinates; coordinates of all
        points, as ``"z"``; or whole columns, as ``"tail_x"``. Of several individuals ``"tail"`` is
        the point of all, ``"mouse1_tail"`` that of one. Likelihoods, whose names end in
        ``likelihood`` or ``p``, are left out whatever is named; ``()`` reads all.
    min_likelihood : float or None, default=None
        Between 0 and 1. Of points whose likelihood is below, the coordinates x, y and z become
        NaN. Points that have no likelihood at a frame, as those set by hand in SLEAP, are kept.
    sep : str, default=","
        What stands between the cells of a .csv file.
    encoding : str, default="utf-8"
        How a .csv file holds text.

    Returns
    -------
    poses : pandas.DataFrame of shape (n_timesteps, n_features)
        The frames, by their numbers; of a Dataset, by its times. Features are named by
        individual, point and coordinate, joined with ``_``, as ``mouse1_nose_x``; a single
        individual is left out, as in ``nose_x``. Values are NaN where the tracker gave none.
        A list of such tables is what estimators take as `X`, once nothing is missing before
        the end of a recording.

    Raises
    ------
    ImportError
        If pandas isn't installed, or h5py for .h5 files.
    OSError
        If there is no such file, or it can't be read.
    TypeError
        If `source` is neither, `left_out` is a single name, or a feature holds what is no number.
    ValueError
        If the file is none of these, damaged, or unpacks to far more than it is; if two
        features have one name; if `left_out` names what isn't there; or if there is no
        likelihood to compare with `min_likelihood`.

    See Also
    --------
    read_annotations : Labels of the frames.
    read_sequences : Tables that hold several sequences, and labels.

    Notes
    -----
    ``fit`` refuses NaN within a sequence. Interpolate between the frames around, in pandas:
    ``poses.interpolate(limit_direction="both")``. Features of a point that was never seen stay
    NaN; leave them out of all recordings, as ``left_out=["tail"]``.

    No file is executed: of .h5 files that pandas wrote only numbers and names are read, not the
    pickled objects that ``pandas.read_hdf`` would load.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_dpads.datasets import read_poses
    >>> text = '''scorer,net,net,net
    ... bodyparts,nose,nose,nose
    ... coords,x,y,likelihood
    ... 0,10.5,20.0,0.99
    ... 1,300.0,4.0,0.02
    ... 2,11.5,21.0,0.98
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mouse.csv"
    ...     _ = path.write_text(text)
    ...     poses = read_poses(path, min_likelihood=0.9)
    >>> poses.columns.tolist(), poses.to_numpy().tolist()
    (['nose_x', 'nose_y'], [[10.5, 20.0], [nan, nan], [11.5, 21.0]])
    >>> poses.interpolate(limit_direction="both").to_numpy().tolist()
    [[10.5, 20.0], [11.0, 20.5], [11.5, 21.0]]
    """
    check_settings(sep, encoding)
    left_out = _check_left_out(left_out)
    _check_likelihood(min_likelihood)
    if is_movement(source):
        return _frames(read_movement(source), left_out, min_likelihood)
    if not isinstance(source, str | os.PathLike):
        raise TypeError(
            "read_poses takes the path of a file, or a Dataset of movement, but got a "
            f"{type(source).__name__}."
        )
    if is_hdf(source) or os.fspath(source).lower().endswith(_HDF_SUFFIXES):
        with open_hdf(source) as file:
            recording = _read_hdf(file)
    else:
        recording = read_csv_file(source, sep, encoding)
    with naming(source):
        return _frames(recording, left_out, min_likelihood)


def _check_left_out(names: Any) -> tuple[str, ...]:
    if isinstance(names, str) or not hasattr(names, "__iter__"):
        example = names if isinstance(names, str) else "tail"
        raise TypeError(f"left_out must be a list of names, as [{example!r}]; got {names!r}.")
    return tuple(names)


def _check_likelihood(least: Any) -> None:
    if least is None:
        return
    number = isinstance(least, Real) and least is not True and least is not False
    if not number or not 0 <= float(least) <= 1:
        raise ValueError(f"min_likelihood must be a number from 0 to 1, or None; got {least!r}.")


def _read_hdf(file: HdfFile) -> Recording:
    if is_analysis(file):
        return read_analysis(file)
    table = find_table(file)
    if table is not None:
        return read_table(file, table)
    raise ValueError(
        "it is no .h5 file of DeepLabCut, and no analysis file of SLEAP, which has the arrays "
        f"tracks and node_names; there are {listed(file)}. Export a project of SLEAP (.slp) as "
        "analysis; open a file of movement (.nc) with xarray.open_dataset, and pass the Dataset."
    )


def _frames(recording: Recording, left_out: Sequence[str], least: float | None) -> pd.DataFrame:
    pandas = import_pandas("read_poses")
    names = recording.names
    if repeated(names):
        raise ValueError(f"Features must have different names; {repeated(names)} occur twice.")
    columns = dict(zip(names, recording.columns, strict=True))
    read = _read(recording, left_out)
    if not read:
        raise ValueError(f"there is no feature to read; the columns are {listed(names)}.")
    values = {name: as_floats(columns[name], name, advice=_ADVICE.format(name)) for name in read}
    if least is not None:
        for name, unsure in _unsure(recording, least).items():
            if name in values:
                values[name] = np.where(unsure, np.nan, values[name])
    index = pandas.Index(recording.frames, name="frame")
    frame: pd.DataFrame = pandas.DataFrame(values, index=index)
    return frame


def _read(recording: Recording, left_out: Sequence[str]) -> list[str]:
    """Names of the features that are not left out.

    Raises
    ------
    ValueError
        If there is nothing that has a name of `left_out`.
    """
    called = {name: _called(row) for name, row in zip(recording.names, recording.rows, strict=True)}
    # Whoever leaves out likelihoods needn't know what this tracker calls them.
    known = set(_LIKELIHOODS).union(*called.values())
    absent = [name for name in left_out if name not in known]
    if absent:
        of_points = [row for row in recording.rows if len(row) > 1]
        points = dict.fromkeys("_".join(row[:-1]) for row in of_points)
        raise ValueError(
            f"left_out: there is no {absent[0]!r}; the points are {listed(points)}, their "
            f"coordinates {listed(dict.fromkeys(row[-1] for row in of_points))}, and the columns "
            f"{listed(called)}."
        )
    unread = {*left_out, *_LIKELIHOODS} if left_out else set()
    return [name for name, names in called.items() if unread.isdisjoint(names)]


def _called(row: tuple[str, ...]) -> set[str]:
    """Names that leave a column out: its own, those of its point, and that of its coordinate."""
    return {"_".join(row), "_".join(row[:-1]), *row[-2:]} - {""}


def _unsure(recording: Recording, least: float) -> dict[str, NDArray[np.bool_]]:
    """Where the tracker is less sure of a point, by the names of its coordinates."""
    named = list(zip(recording.names, recording.rows, recording.columns, strict=True))
    told = {
        row[:-1]: as_floats(column, name, advice="Correct it, or leave min_likelihood out.") < least
        for name, row, column in named
        if row[-1] in _LIKELIHOODS
    }
    if not told:
        raise ValueError(
            "there is no likelihood to compare with min_likelihood; the columns are "
            f"{listed(recording.names)}."
        )
    return {
        name: told[row[:-1]]
        for name, row, _ in named
        if row[-1] in _COORDINATES and row[:-1] in told
    }
