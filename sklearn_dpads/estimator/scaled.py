"""Sequences that are scaled part by part, so that no scaled copy of many is held."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..inputs.sequences import Sequences

Array = NDArray[np.float64]
Parts = Iterator[tuple[NDArray[np.int64], Sequences]]


class ScaledSequences(Sequences):
    """Frames less a mean, divided by a scale; zero past the ends of sequences.

    Parameters
    ----------
    data : Sequences
        The frames as they were given.
    mean, scale : ndarray of shape (n_features,)
        What is taken off each feature, and what it is then divided by.
    """

    _copies = True

    _data: Sequences
    _mean: Array
    _scale: Array

    def __init__(self, data: Sequences, mean: Array, scale: Array) -> None:
        object.__setattr__(self, "_data", data)
        object.__setattr__(self, "_mean", mean)
        object.__setattr__(self, "_scale", scale)
        object.__setattr__(self, "lengths", data.lengths)

    @property
    def frames(self) -> Array:
        """All scaled frames, made whenever they are asked for."""
        scaled = np.zeros((self.n_samples, self.n_timesteps, self.n_features))
        for rows, part in self.parts():
            scaled[rows, : part.n_timesteps] = part.frames
        return scaled

    @property
    def n_timesteps(self) -> int:
        """Number of frames of the longest."""
        return int(self.lengths.max())

    @property
    def n_features(self) -> int:
        """Number of features of a frame."""
        return self._data.n_features

    @property
    def stored(self) -> Array:
        """The scaled frames."""
        return self.frames

    def take(self, indices: NDArray[np.integer] | NDArray[np.bool_]) -> Sequences:
        """Select sequences; see :meth:`Sequences.take`."""
        return ScaledSequences(self._data.take(indices), self._mean, self._scale)

    def parts(self, most_values: int | None = None) -> Parts:
        """Cut into parts, and scale each; see :meth:`Sequences.parts`."""
        for rows, part in self._data.parts(most_values):
            yield rows, self._scaled(part)

    def parts_to_reduce(self) -> Parts:
        """Cut as :meth:`parts` does: what is scaled is a copy."""
        return self.parts()

    def _scaled(self, part: Sequences) -> Sequences:
        longest = int(part.lengths.max())
        values: Array = part.frames[:, :longest] - self._mean
        values /= self._scale
        values[~part.mask()[:, :longest]] = 0.0
        return Sequences(values, part.lengths)
