"""Tables of poses, as trackers of animals write them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sklearn_dpads.inputs.files import naming
from sklearn_dpads.inputs.names import repeated

from .cells import as_floats, listed
from .csv_files import check_settings, read_csv

if TYPE_CHECKING:
    import pandas as pd

# The first cells of the rows that hold names; single animals have no row of individuals.
_HEADERS = (["scorer", "individuals", "bodyparts", "coords"], ["scorer", "bodyparts", "coords"])


def read_poses(
    path: str | os.PathLike[str],
    *,
    left_out: Sequence[str] = ("likelihood", "p"),
    sep: str = ",",
    encoding: str = "utf-8",
) -> pd.DataFrame:
    """Read one recording out of a .csv file of DeepLabCut or SimBA.

    DeepLabCut writes names into three rows, or four with several animals: scorer, individuals,
    bodyparts, coords. SimBA writes them into one. In both the first column is the number of
    the frame.

    Parameters
    ----------
    path : str or path-like
        The file.
    left_out : sequence of str, default=("likelihood", "p")
        Coordinates that are not read, by the end of their names: by default how sure the
        tracker is. ``()`` reads all.
    sep : str, default=","
        What stands between cells.
    encoding : str, default="utf-8"
        How the file holds text.

    Returns
    -------
    poses : pandas.DataFrame of shape (n_timesteps, n_features)
        The frames, by their numbers. Features are named by their rows without the scorer,
        joined with ``_``. Values are NaN where the tracker gave none. A list of such tables
        is what estimators take as `X`.

    Raises
    ------
    ImportError
        If pandas isn't installed.
    OSError
        If there is no such file, or it can't be read.
    TypeError
        If a feature holds what is no number.
    ValueError
        If the file is no such table, or two features have one name.

    See Also
    --------
    read_sequences : Tables that hold several sequences, and labels.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_dpads.datasets import read_poses
    >>> text = '''scorer,net,net,net
    ... bodyparts,nose,nose,nose
    ... coords,x,y,likelihood
    ... 0,10.5,20.0,0.99
    ... 1,11.0,20.5,0.98
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mouse.csv"
    ...     _ = path.write_text(text)
    ...     poses = read_poses(path)
    >>> poses.columns.tolist(), poses.to_numpy().tolist()
    (['nose_x', 'nose_y'], [[10.5, 20.0], [11.0, 20.5]])
    """
    check_settings(sep, encoding)
    header = _header_of(path, sep, encoding)
    table = read_csv(path, sep=sep, encoding=encoding, n_header_rows=max(1, len(header)))
    with naming(path):
        numbers = table.index if header else table.iloc[:, 0]
        columns = list(table.columns) if header else list(table.columns[1:])
        names = [_name(column) for column in columns]
        read = {
            name: column
            for name, column in zip(names, columns, strict=True)
            if name.rpartition("_")[2] not in left_out
        }
        if repeated(names):
            raise ValueError(f"Features must have different names; {repeated(names)} occur twice.")
        if not read:
            raise ValueError(f"there is no feature to read; the columns are {listed(names)}.")
        return _frames(table, numbers, read)


def _frames(table: Any, numbers: Any, columns: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    values = {name: as_floats(table[column], name) for name, column in columns.items()}
    return pd.DataFrame(values, index=pd.Index(numbers, name="frame"))


def _header_of(path: str | os.PathLike[str], sep: str, encoding: str) -> list[str]:
    """Names of the rows that hold names in a file of DeepLabCut; none in others."""
    # What is no text in this encoding is told of where the whole file is read.
    with open(path, encoding=encoding, errors="replace") as file:
        starts = [line.partition(sep)[0].strip().strip('"') for line in itertools.islice(file, 4)]
    return next((header for header in _HEADERS if starts[: len(header)] == header), [])


def _name(column: Any) -> str:
    """The name of a column, its rows joined, without that of the scorer."""
    return "_".join(map(str, column[1:])) if isinstance(column, tuple) else str(column)
