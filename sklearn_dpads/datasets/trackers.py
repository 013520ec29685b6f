"""Names of what trackers of animals write, brought into one form.

A feature is named by individual, point and coordinate, joined with ``_``; how sure the tracker is
of a point stands among its coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LIKELIHOOD = "likelihood"


class Recording(NamedTuple):
    """What one file of a tracker holds.

    Attributes
    ----------
    rows : list of tuple of str
        What each feature is of: the individual where there are several, the point, and the
        coordinate.
    columns : list of array-like
        Their values, each of shape (n_timesteps,).
    frames : array-like of shape (n_timesteps,)
        What the frames are called.
    """

    rows: list[tuple[str, ...]]
    columns: list[Any]
    frames: Any

    @property
    def names(self) -> list[str]:
        """Names of the features."""
        return ["_".join(row) for row in self.rows]


def from_arrays(
    position: NDArray[Any],
    likelihood: NDArray[Any] | None,
    individuals: Sequence[str],
    points: Sequence[str],
    space: Sequence[str],
    frames: Any,
) -> Recording:
    """Name the columns of arrays, as the columns of tables are.

    Parameters
    ----------
    position : ndarray of shape (n_timesteps, n_individuals, n_points, n_coordinates)
        Where the points are.
    likelihood : ndarray of shape (n_timesteps, n_individuals, n_points) or None
        How sure the tracker is; None where it doesn't say.
    individuals, points, space : sequence of str
        Names along the axes.
    frames : array-like of shape (n_timesteps,)
        What the frames are called.
    """
    if likelihood is not None:
        position = np.concatenate([position, likelihood[..., None]], axis=-1)
        space = [*space, LIKELIHOOD]
    rows = [(i, p, c) for i in individuals for p in points for c in space]
    columns = list(position.reshape(len(position), -1).T)
    return Recording(without_single(rows), columns, frames)


def split_name(name: str) -> tuple[str, ...]:
    """What the name of a column says it is of: point and coordinate, or itself.

    Examples
    --------
    >>> split_name("tail_base_x"), split_name("speed")
    (('tail_base', 'x'), ('speed',))
    """
    point, joint, coordinate = name.rpartition("_")
    return (point, coordinate) if joint else (name,)


def without_single(rows: Sequence[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    """What columns are of: point and coordinate, before them the individual.

    A single individual is left out: its name differs from recording to recording, and tells
    nothing.

    Examples
    --------
    >>> without_single([("mouse1", "nose", "x"), ("mouse2", "nose", "x")])
    [('mouse1', 'nose', 'x'), ('mouse2', 'nose', 'x')]
    >>> without_single([("mouse1", "nose", "x"), ("mouse1", "nose", "y")])
    [('nose', 'x'), ('nose', 'y')]
    """
    if all(len(row) == 3 for row in rows) and len({row[0] for row in rows}) == 1:
        rows = [row[1:] for row in rows]
    return [tuple(map(str, row)) for row in rows]
