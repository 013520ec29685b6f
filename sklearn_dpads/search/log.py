"""Results of the costly steps of a search, kept on disk so that it can go on after a crash.

A search is determined by its problem and its seed. On a second run the same steps come in
the same order, and those that the journal holds are read instead of computed.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..inputs.files import write_atomically
from ._stopping import Stopwatch

T = TypeVar("T")


class Journal:
    """The steps of one search.

    Parameters
    ----------
    folder : Path or None, default=None
        Where to keep the steps, a folder for this search alone; None keeps nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.n_steps = 0
        self.n_read = 0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

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
            Clock of the search, which goes on from the time the step took to be reached.
            What is computed after it has run out is not kept, since it may be cut short.
        rng : numpy.random.Generator or None, default=None
            Source of randomness that the step draws from, set to where the step left it.

        Returns
        -------
        result : object
        """
        if self.folder is None:
            return compute()
        path = self.folder / f"{self.n_steps:04d}-{name}.pickle"
        self.n_steps += 1
        if path.exists():
            result, state, elapsed = pickle.loads(path.read_bytes())
            if rng is not None:
                rng.bit_generator.state = state
            stopwatch.advance_to(elapsed)
            self.n_read += 1
            return result
        result = compute()
        if not stopwatch.expired():
            state = None if rng is None else rng.bit_generator.state
            write_atomically(path, pickle.dumps((result, state, stopwatch.elapsed())))
        return result
