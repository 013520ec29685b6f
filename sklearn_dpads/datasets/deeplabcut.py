"""Tables of DeepLabCut, in .csv and .h5 files, and of SimBA."""

from __future__ import annotations

import itertools
import os
from typing import Any

from sklearn_dpads.inputs.files import naming

from .csv_files import read_csv
from .hdf_files import HdfFile
from .plain_pickles import read_plain
from .trackers import Recording, split_name, without_single

# The first cells of the rows that hold names; single animals have no row of individuals.
_HEADERS = (["scorer", "individuals", "bodyparts", "coords"], ["scorer", "bodyparts", "coords"])


def read_csv_file(path: str | os.PathLike[str], sep: str, encoding: str) -> Recording:
    """Read a .csv file of DeepLabCut, whose first column is the number of the frame, or SimBA."""
    header = header_of(path, sep, encoding)
    table = read_csv(path, sep=sep, encoding=encoding, n_header_rows=max(1, len(header)))
    with naming(path):
        if header:
            columns = list(table.columns)
            rows = without_single([column[1:] for column in columns])
            return Recording(rows, [table[column] for column in columns], table.index)
        columns = list(table.columns[1:])
        rows = [split_name(str(column)) for column in columns]
        return Recording(rows, [table[column] for column in columns], table.iloc[:, 0])


def header_of(path: str | os.PathLike[str], sep: str = ",", encoding: str = "utf-8") -> list[str]:
    """Names of the rows that hold names in a .csv file of DeepLabCut; none in others."""
    # What is no text in this encoding is told of where the whole file is read.
    with open(path, encoding=encoding, errors="replace") as file:
        starts = [line.partition(sep)[0].strip().strip('"') for line in itertools.islice(file, 4)]
    return next((header for header in _HEADERS if starts[: len(header)] == header), [])


def find_table(file: HdfFile) -> str | None:
    """The one data frame in an .h5 file, or None where there is none.

    Raises
    ------
    ValueError
        If there are several, or it is in a form that can't be read here.
    """
    kinds = {name: file.attribute(name, "pandas_type") for name in file}
    tables = [name for name, kind in kinds.items() if kind is not None]
    if not tables:
        return None
    if len(tables) > 1:
        raise ValueError(
            f"it holds the tables {', '.join(tables[:20])}, but a recording is one. Write the one "
            "that is meant to a file of its own."
        )
    name = tables[0]
    if kinds[name] != b"frame_table" or f"{name}/table" not in file:
        raise ValueError(
            f"the table {name!r} is not in the form in which DeepLabCut writes it. Read it with "
            "pandas.read_hdf, if you trust the file, and write it with to_hdf(path, "
            f"key={name!r}, format='table') or to_csv."
        )
    return name


def read_table(file: HdfFile, name: str) -> Recording:
    """Read a data frame that pandas has written in the form ``table``.

    pandas.read_hdf isn't used: it executes what it reads names from, in files from others, too.
    """
    path = f"{name}/table"
    fields = [field for field in file.fields(path) if field != "index"]
    found: list[tuple[tuple[str, ...], Any]] = []
    for field in fields:
        rows = _rows(file.attribute(path, f"{field}_kind"), f"{path}/{field}")
        values = file.numbers(path, field)
        values = values.reshape(len(values), -1)
        if len(rows) != values.shape[1]:
            raise ValueError(f"{field!r} has {len(rows)} names for {values.shape[1]} columns.")
        found += zip(rows, values.T, strict=True)
    if not found:
        raise ValueError(f"the table {name!r} has no columns.")
    # Columns of one type are kept together, whatever their order is.
    order = _order(file.attribute(name, "non_index_axes"))
    found.sort(key=lambda item: order.get(item[0], 0))
    rows = without_single([row[1:] for row, _ in found])
    return Recording(rows, [column for _, column in found], file.numbers(path, "index"))


def _rows(data: bytes | None, path: str) -> list[tuple[str, ...]]:
    """Names of columns: scorer, perhaps individual, point and coordinate."""
    rows = None if data is None else read_plain(data)
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise ValueError(
            f"the columns of {path!r} must be named by {' or '.join(map(str, _HEADERS))}."
        )
    return [tuple(map(str, row)) for row in rows]


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, tuple)
        and len(row) in map(len, _HEADERS)
        and all(isinstance(name, str | int) for name in row)
    )


def _order(data: bytes | None) -> dict[tuple[str, ...], int]:
    """Where columns stand, by their names; nothing where that isn't told."""
    axes = [] if data is None else read_plain(data)
    try:
        ((_, rows),) = axes
        named = [tuple(map(str, row)) for row in rows if _is_row(row)]
    except (TypeError, ValueError):
        named = []
    return {row: place for place, row in enumerate(named)}
