"""Results on disk: one JSON object per line, appended whole or not at all."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

try:
    import fcntl
except ImportError:  # not a POSIX system: a single process must do
    fcntl = None  # type: ignore[assignment]

Row = dict[str, Any]


class ResultsFile:
    """A file of rows that several processes may append to.

    A row is written under a lock and forced to the disk. What a process left behind that
    died while it wrote is ended with a line break, and skipped in reading.

    Parameters
    ----------
    path : str or Path
        The file. It need not exist, nor need its folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row; numbers that are not finite become null."""
        line = (json.dumps(plain(row), allow_nan=False) + "\n").encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            with _locked(descriptor):
                if _is_torn(descriptor):
                    line = b"\n" + line
                _write(descriptor, line)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rows(self) -> list[Row]:
        """All rows that are whole, in the order in which they were added."""
        return self._read()[0]

    def n_damaged(self) -> int:
        """Number of lines that are no row."""
        return self._read()[1]

    def _read(self) -> tuple[list[Row], int]:
        if not self.path.exists():
            return [], 0
        lines = [line for line in self.path.read_bytes().split(b"\n") if line.strip()]
        parsed = [_parse(line) for line in lines]
        rows = [row for row in parsed if row is not None]
        return rows, len(lines) - len(rows)


def plain(value: Any) -> Any:
    """Turn a value into what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    return repr(value)


def _parse(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:  # also where a torn line ends within a character
        return None
    return row if isinstance(row, dict) else None


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _is_torn(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    if size == 0:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
