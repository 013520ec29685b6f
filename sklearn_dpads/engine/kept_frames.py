"""Which frames of long recordings are trained on, where they have more than training needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class KeptFrames:
    """Some frames of some sequences, in their order, as if they were all there are.

    Parameters
    ----------
    rows : ndarray of int64 of shape (n_kept,)
        Which of the sequences, in their order.
    times : ndarray of int64 of shape (n_kept, n_timesteps)
        The frames of each, rising; past `lengths` any of its frames.
    lengths : ndarray of int64 of shape (n_kept,)
        How many frames of each.
    """

    rows: NDArray[np.int64]
    times: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @property
    def n_timesteps(self) -> int:
        """Frames kept of the sequence of which most are."""
        return int(self.times.shape[1])

    def of(self, values: NDArray[Any], past: Any) -> NDArray[Any]:
        """Take what these frames have.

        Parameters
        ----------
        values : ndarray of shape (n_sequences, n_frames)
            A value for each frame of all sequences.
        past : scalar
            What stands past the lengths.

        Returns
        -------
        kept : ndarray of shape (n_kept, n_timesteps)

        Examples
        --------
        >>> kept = KeptFrames(np.array([1]), np.array([[0, 2, 2]]), np.array([2]))
        >>> kept.of(np.array([[1, 2, 3], [4, 5, 6]]), -1)
        array([[ 4,  6, -1]])
        """
        found = values[self.rows[:, None], self.times]
        return np.where(np.arange(self.n_timesteps) < self.lengths[:, None], found, past)
