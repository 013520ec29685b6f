"""Files: texts read within limits, and writing that leaves the old file or the new one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Programs, grammars and groups are texts of kilobytes; one of a grammar with 10,000 groups has one
# megabyte. What is read for them may come from anyone, and takes fifty times its size to parse.
_MOST_BYTES = 2**26


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a text in UTF-8.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    text : str

    Raises
    ------
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If it is no UTF-8, or too large for what is read here.
    """
    with open(path, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"{path}: the file has more than {_MOST_BYTES >> 20} MiB, too many here.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: the file is no text in UTF-8 (byte {error.start}: {error.reason})."
        ) from error


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Let errors about what a file holds begin with its name."""
    try:
        yield
    except TypeError as error:
        raise TypeError(f"{path}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def write_atomically(path: str | os.PathLike[str], content: bytes | str) -> Path:
    """Write a file through a temporary one beside it, which is renamed at the end.

    Parameters
    ----------
    path : str or path-like
        The file; its folder must exist.
    content : bytes or str
        What to write; text is written as UTF-8.

    Returns
    -------
    path : Path
        The file.
    """
    path = Path(path)
    data = content.encode() if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # Temporary files are private; the result is readable as any new file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
