"""Arrays out of .npz files: nothing is unpacked that isn't what its header says."""

from __future__ import annotations

import math
import os
import zipfile
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

_SUFFIX = ".npy"

# Zeros may shrink to a thousandth, so that megabytes unpack to gigabytes. What is measured shrinks
# to a half; padding and repeated labels to a hundredth. Small arrays may do as they like.
_MOST_EXPANSION = 100
_SMALL = 2**28


def most_bytes(size: int) -> int:
    """How many bytes an array may have that is read out of a file of `size` bytes."""
    return max(_SMALL, _MOST_EXPANSION * size)


class Archive:
    """The arrays of an .npz file, by name.

    Parameters
    ----------
    path : str or path-like
        The file.

    Raises
    ------
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If the file is no archive.

    Attributes
    ----------
    names : list of str
        The names of the arrays.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        with open(path, "rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError(f"{path} is no .npz archive, which numpy.savez writes.")
        self._size = os.path.getsize(path)
        try:
            self._archive = zipfile.ZipFile(path)
        except Exception as error:
            raise ValueError(f"{path} can't be read as an .npz archive: {_why(error)}") from error
        self._members = {
            info.filename.removesuffix(_SUFFIX): info for info in self._archive.filelist
        }
        self.names = list(self._members)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._archive.close()

    def read(self, name: str) -> NDArray[Any]:
        """Read an array.

        Raises
        ------
        ValueError
            If it holds Python objects, is damaged, encrypted or of unknown compression, or if
            its header promises another size than it has.
        """
        info = self._members[name]
        self._check_packing(name, info)
        # Whatever is broken in a file from others, numpy and zipfile raise errors of many kinds.
        try:
            with self._archive.open(info) as file:
                expected = _expected_size(file)
                start = file.tell()
        except Exception as error:
            raise self._unreadable(name, _why(error)) from error
        if expected is None:
            raise self._unreadable(name, _NO_OBJECTS)
        if expected != info.file_size - start:
            raise self._unreadable(
                name, f"its header promises {expected} bytes, but it has {info.file_size - start}."
            )
        try:
            with self._archive.open(info) as file:
                array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        except Exception as error:
            raise self._unreadable(name, _why(error)) from error
        return array

    def _check_packing(self, name: str, info: zipfile.ZipInfo) -> None:
        if not info.filename.endswith(_SUFFIX):
            raise self._unreadable(name, "it is no array, which numpy.savez writes as .npy.")
        if info.flag_bits & 1:
            raise self._unreadable(name, "it is encrypted.")
        if info.file_size > most_bytes(self._size):
            raise self._unreadable(
                name,
                f"it unpacks to {info.file_size} bytes, more than {_MOST_EXPANSION} times "
                "the size of the file. If that is meant, write it with numpy.savez, unpacked.",
            )

    def _unreadable(self, name: str, why: str) -> ValueError:
        return ValueError(f"{self._path}: {name!r} can't be read: {why}")


_NO_OBJECTS = (
    "Files with Python objects are not opened: store sequences of unequal length as one array, "
    "padded with NaN at the end, and labels as text or numbers."
)

_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def _expected_size(file: Any) -> int | None:
    """Bytes of an array after its header, at which the file then stands; None for objects."""
    version = np.lib.format.read_magic(file)
    if version not in _READERS:
        raise ValueError(f"it is of version {version} of the format")
    shape, _, dtype = _READERS[version](file)
    if dtype.hasobject:
        return None
    if any(length < 0 for length in shape):
        raise ValueError(f"its shape is {shape}")
    return math.prod(shape) * dtype.itemsize


def _why(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it doesn't fit into memory."
    return f"{str(error).splitlines()[0].rstrip('.') if str(error) else type(error).__name__}."
