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
    names : list of str
        Names of the features.
    columns : list of array-like
        Their values, each of shape (n_timesteps,).
    frames : array-like of shape (n_timesteps,)
        What the frames are called.
    """

    names: list[str]
    columns: list[Any]
    frames: Any


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
    return Recording(join_names(rows), columns, frames)


def join_names(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Join the names of columns: point and coordinate, before them the individual.

    A single individual is left out: its name differs from recording to recording, and tells
    nothing.

    Examples
    --------
    >>> join_names([("mouse1", "nose", "x"), ("mouse2", "nose", "x")])
    ['mouse1_nose_x', 'mouse2_nose_x']
    >>> join_names([("mouse1", "nose", "x"), ("mouse1", "nose", "y")])
    ['nose_x', 'nose_y']
    """
    if all(len(row) == 3 for row in rows) and len({row[0] for row in rows}) == 1:
        rows = [row[1:] for row in rows]
    return ["_".join(map(str, row)) for row in rows]
