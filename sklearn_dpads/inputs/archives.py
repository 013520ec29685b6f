"""Arrays out of .npz and .npy files: nothing is unpacked that isn't what its header says."""

from __future__ import annotations

import math
import os
import sys
import zipfile
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .names import repeated

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
        If the file is no archive, or two of its arrays have one name.

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
        names = [info.filename.removesuffix(_SUFFIX) for info in self._archive.filelist]
        twice = repeated(names)
        if twice:
            self._archive.close()
            raise ValueError(
                f"{path} holds {len(names)} arrays, but {twice[0]!r} is the name of more than one. "
                "Write it again, with numpy.savez."
            )
        self._members = dict(zip(names, self._archive.filelist, strict=True))
        self.names = names

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
                holds_objects = _check_header(file, info.file_size)
            if holds_objects:
                raise ValueError(_NO_OBJECTS)
            with self._archive.open(info) as file:
                return _array(file, allow_pickle=False)
        except Exception as error:
            raise self._unreadable(name, _why(error)) from error

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


class HoldsObjects(ValueError):
    """A file holds Python objects, which were not asked for."""


def read_npy(path: str | os.PathLike[str], *, allow_pickle: bool = False) -> NDArray[Any]:
    """Read the array of an .npy file.

    Parameters
    ----------
    path : str or path-like
        The file.
    allow_pickle : bool, default=False
        Whether objects are read. They are unpickled, which can run any code.

    Raises
    ------
    HoldsObjects
        If it holds objects, and they are not to be read.
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If the file is no array, is damaged, or if its header promises another size than it has.
    """
    with open(path, "rb") as file:
        try:
            holds_objects = _check_header(file, os.fstat(file.fileno()).st_size)
            if not holds_objects or allow_pickle:
                file.seek(0)
                return _array(file, allow_pickle=allow_pickle)
        except Exception as error:
            raise ValueError(f"{path} can't be read as an .npy file: {_why(error)}") from error
    raise HoldsObjects(f"{path} holds objects. {_NO_OBJECTS}")


_NO_OBJECTS = (
    "Files with Python objects are not opened: store sequences of unequal length as one array, "
    "padded with NaN at the end, and labels as text or numbers."
)

_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def _check_header(file: Any, size: int) -> bool:
    """Refuse an array whose bytes are not as many as its header says; tell whether it is objects.

    Of objects nobody knows how many bytes they have.
    """
    version = np.lib.format.read_magic(file)
    if version not in _READERS:
        raise ValueError(f"it is of version {version} of the format")
    shape, _, dtype = _READERS[version](file)
    if dtype.hasobject:
        return True
    if any(length < 0 for length in shape):
        raise ValueError(f"its shape is {shape}")
    expected, given = math.prod(shape) * dtype.itemsize, size - file.tell()
    if expected != given:
        raise ValueError(f"its header promises {expected} bytes, but it has {given}")
    return False


def _array(file: Any, *, allow_pickle: bool) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=allow_pickle)
    if not _is_text(array):
        raise ValueError("it holds numbers that are no characters, as text")
    return array


def _is_text(array: NDArray[Any]) -> bool:
    """Whether what numpy takes for text is some: it doesn't look, and fails wherever it is used."""
    if array.dtype.kind != "U" or array.size == 0 or array.dtype.itemsize == 0:
        return True
    flat = np.ascontiguousarray(array).ravel()
    codes = flat.view(np.dtype(np.uint32).newbyteorder(array.dtype.byteorder))
    return int(codes.max()) <= sys.maxunicode


def _why(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it doesn't fit into memory."
    return f"{str(error).splitlines()[0].rstrip('.') if str(error) else type(error).__name__}."
