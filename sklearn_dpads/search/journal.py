"""The costly steps of a search, kept on disk.

A search is determined by its problem and its seed. On a second run the same steps come in
the same order, and those that the journal holds are read instead of computed, so that it can go
on after a crash.
"""

from __future__ import annotations

import hashlib
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..inputs.files import write_atomically
from .stopwatch import Stopwatch

T = TypeVar("T")


class Journal:
    """The steps of one search.

    Parameters
    ----------
    folder : Path or None, default=None
        Where to keep the steps, a folder for this search alone; None keeps nothing.

    Attributes
    ----------
    n_steps, n_read : int
        Steps done so far, and how many of them were read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.n_steps = 0
        self.n_read = 0
        self._can_write = True

    def step(
        self,
        name: str,
        compute: Callable[[], T],
        stopwatch: Stopwatch,
        rng: np.random.Generator | None = None,
    ) -> T:
        """Give the result of a step: the one kept, or else the one computed now.

        Parameters
        ----------
        name : str
            What is done, for the name of the file.
        compute : callable
            Does it; the result must be picklable.
        stopwatch : Stopwatch
            Clock of the search, which goes on from the time the step took to be reached, and
            with what had been told by then of how long the end takes.
            What is computed after it has run out, or after work was cut short for want of time,
            is not kept.
        rng : numpy.random.Generator or None, default=None
            Source of randomness that the step draws from, set to where the step left it.

        Returns
        -------
        result : object

        Warns
        -----
        UserWarning
            If what is kept is damaged, or of another step, and the first time that a step
            can't be kept.
        """
        if self.folder is None:
            return compute()
        path = self.folder / f"{self.n_steps:04d}-{name}.pickle"
        self.n_steps += 1
        result: T
        kept = _read(path)
        if kept is not None:
            result, state, elapsed, told = kept
            if rng is not None:
                rng.bit_generator.state = state
            stopwatch.advance_to(elapsed)
            stopwatch.set_aside(told)
            self.n_read += 1
            return result
        result = compute()
        if self._can_write and not (stopwatch.expired() or stopwatch.has_cut):
            state = None if rng is None else rng.bit_generator.state
            self._write(path, pickle.dumps((result, state, stopwatch.elapsed(), stopwatch.told)))
        return result

    def _write(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, _label(path, content) + content)
        except OSError as error:
            self._can_write = False
            warnings.warn(
                f"{path}: the step can't be kept ({error.strerror or error}). The search goes on, "
                "and keeps no further steps; make room to go on after a crash.",
                UserWarning,
                stacklevel=2,
            )


def _label(path: Path, content: bytes) -> bytes:
    """What stands before the content of a step: which step of which search it is, and a checksum.

    The name of the folder is the identity of the search.
    """
    name = f"{path.parent.name}/{path.name}"
    checksum = hashlib.sha256(name.encode() + content).hexdigest()
    return f"{name}\n{checksum}\n".encode()


def _parts(data: bytes) -> tuple[bytes, bytes]:
    """Cut a file into label and content, behind the second line."""
    end = data.find(b"\n", data.find(b"\n") + 1) + 1
    return data[:end], data[end:]


def _read(path: Path) -> tuple[Any, Any, float, float] | None:
    """Read what is kept of a step; None where there is nothing, or nothing to be trusted."""
    try:
        label, content = _parts(path.read_bytes())
        if label != _label(path, content):
            raise ValueError("it is damaged, or of another step")
        result, state, elapsed, told = pickle.loads(content)
    except FileNotFoundError:
        return None
    # What pickle raises depends on what it meets: classes that were renamed, for instance.
    except Exception as error:
        warnings.warn(
            f"{path}: what is kept of this step can't be used ({error}); it is made anew.",
            UserWarning,
            stacklevel=2,
        )
        return None
    return result, state, elapsed, told
