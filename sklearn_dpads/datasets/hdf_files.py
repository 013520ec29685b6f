"""Arrays and texts out of HDF5 files: nothing is executed, and no other file is opened."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.archives import most_bytes
from sklearn_dpads.inputs.files import naming

_SIGNATURE = b"\x89HDF\r\n\x1a\n"

# Names of what is tracked, in all; many elements of a file may be one and the same long text.
_MOST_NAMES = 10_000
_LONGEST_NAME = 1_000


def is_hdf(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is HDF5, by its first bytes."""
    with open(path, "rb") as file:
        return file.read(len(_SIGNATURE)) == _SIGNATURE


@contextmanager
def open_hdf(path: str | os.PathLike[str]) -> Iterator[HdfFile]:
    """Open an HDF5 file, and let all errors about what it holds begin with its name.

    Parameters
    ----------
    path : str or path-like
        The file.

    Yields
    ------
    file : HdfFile

    Raises
    ------
    ImportError
        If h5py isn't installed.
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If it is damaged.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            "Reading .h5 files needs h5py, which is not installed. Install it with: "
            "pip install sklearn_dpads[poses]. Or use a .csv file."
        ) from error
    size = os.path.getsize(path)
    with naming(path):
        try:
            with h5py.File(path, "r") as file:
                yield HdfFile(file, size)
        except ValueError:
            raise
        except Exception as error:
            # Of what is damaged in a file, h5py raises errors of many kinds.
            why = "it doesn't fit into memory" if isinstance(error, MemoryError) else error
            raise ValueError(
                f"the file is damaged, or no .h5 file of DeepLabCut or SLEAP: {why}."
            ) from error


class HdfFile:
    """An open HDF5 file.

    Parameters
    ----------
    file : h5py.File
        The file.
    size : int
        Its bytes.
    """

    def __init__(self, file: Any, size: int) -> None:
        self._file = file
        self._size = size

    def __contains__(self, path: str) -> bool:
        return path in self._file

    def __iter__(self) -> Iterator[str]:
        return iter(self._file)

    def attribute(self, path: str, name: str) -> bytes | None:
        """The text of an attribute, as bytes; None where there is none."""
        value = self._find(path).attrs.get(name)
        value = value.encode() if isinstance(value, str) else value
        return bytes(value) if isinstance(value, bytes) else None

    def fields(self, path: str) -> list[str]:
        """Names of the fields of a table; none where it is an array."""
        return list(self._find(path).dtype.names or ())

    def numbers(self, path: str, field: str | None = None) -> NDArray[Any]:
        """Read an array of numbers, or a field of a table.

        Raises
        ------
        ValueError
            If it holds anything else, or is larger than such a file can be.
        """
        array = self._array(path)
        dtype = array.dtype if field is None else array.dtype[field].base
        if dtype.kind not in "biuf":
            raise ValueError(f"{path!r} must hold numbers, but holds {dtype}.")
        values: NDArray[Any] = np.asarray(array[()] if field is None else array[field])
        return values

    def texts(self, path: str) -> list[str]:
        """Read an array of names.

        Raises
        ------
        ValueError
            If it holds anything else, or very many or very long ones.
        """
        import h5py

        array = self._array(path)
        if array.size == 0:
            return []
        if h5py.check_string_dtype(array.dtype) is None or array.ndim != 1:
            raise ValueError(f"{path!r} must hold names, but holds {array.dtype}.")
        if array.size > _MOST_NAMES:
            raise ValueError(f"{path!r} holds {array.size} names; {_MOST_NAMES} are allowed.")
        return [_name(array[index], path) for index in range(array.size)]

    def _array(self, path: str) -> Any:
        import h5py

        array = self._find(path)
        if not isinstance(array, h5py.Dataset):
            raise ValueError(f"{path!r} must be an array, but is a {type(array).__name__}.")
        if array.is_virtual or array.external:
            raise ValueError(f"{path!r} lies in another file, which is not opened.")
        n_bytes = math.prod(array.shape or ()) * array.dtype.itemsize
        if n_bytes > most_bytes(self._size):
            raise ValueError(
                f"{path!r} unpacks to {n_bytes} bytes, too many for a file of {self._size}."
            )
        return array

    def _find(self, path: str) -> Any:
        import h5py

        found: Any = self._file
        for part in path.split("/"):
            link = found.get(part, getlink=True) if isinstance(found, h5py.Group) else None
            if not isinstance(link, h5py.HardLink):
                raise ValueError(
                    f"there is no {path!r} in it; there are {', '.join(list(self._file)[:20])}."
                )
            found = found[part]
        return found


def _name(value: Any, path: str) -> str:
    text: str = value.decode() if isinstance(value, bytes) else str(value)
    if not 0 < len(text) <= _LONGEST_NAME:
        raise ValueError(
            f"{path!r} holds a name of {len(text)} characters; 1 to {_LONGEST_NAME} are allowed."
        )
    return text
