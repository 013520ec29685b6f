"""Analysis files of SLEAP."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .hdf_files import HdfFile
from .trackers import Recording, from_arrays

_AXES = ("frame", "track", "node", "xy")
# As SLEAP writes it, in MATLAB's order of axes, and as it does where it is asked not to.
_TRANSPOSED = ("track", "xy", "node", "frame")
_NOT_TRANSPOSED = ("frame", "node", "xy", "track")


def is_analysis(file: HdfFile) -> bool:
    """Tell whether a file is an analysis file of SLEAP."""
    return "tracks" in file and "node_names" in file


def read_analysis(file: HdfFile) -> Recording:
    """Read an analysis file: tracks, the likelihood of their points, and names.

    Axes are found by the names that sleap-io writes, or else by their lengths.
    """
    tracks, nodes = file.numbers("tracks"), file.texts("node_names")
    names = file.texts("track_names") if "track_names" in file else []
    axes = _axes_of(file, tracks, len(nodes), len(names))
    position = tracks.transpose([axes.index(axis) for axis in _AXES])
    n_frames, n_tracks = position.shape[:2]
    likelihood = None
    if "point_scores" in file:
        points = [axis for axis in axes if axis != "xy"]
        scores = file.numbers("point_scores")
        if scores.shape != tuple(tracks.shape[axes.index(axis)] for axis in points):
            raise ValueError(
                f"'tracks' has the shape {tracks.shape}, but 'point_scores' {scores.shape}."
            )
        likelihood = scores.transpose([points.index(axis) for axis in _AXES[:3]])
    if len(names) != n_tracks:
        # Instances that were not tracked have no names; SLEAP itself calls them so.
        names = [f"track_{index}" for index in range(n_tracks)]
    return from_arrays(position, likelihood, names, nodes, ["x", "y"], np.arange(n_frames))


def _axes_of(file: HdfFile, tracks: NDArray[Any], n_nodes: int, n_names: int) -> tuple[str, ...]:
    """Names of the axes of the tracks, in order."""
    told = file.attribute("tracks", "dims")
    forms = [_TRANSPOSED, _NOT_TRANSPOSED] if told is None else [tuple(_listed(told))]
    fitting = [axes for axes in forms if _suits(axes, tracks, n_nodes)]
    # Of two nodes, both forms may have the same lengths but for that of the tracks.
    fitting.sort(key=lambda axes: tracks.shape[axes.index("track")] != n_names)
    if fitting:
        return fitting[0]
    raise ValueError(
        "'tracks' must have the axes (track, xy, node, frame), as SLEAP writes them, with two "
        f"coordinates and {n_nodes} nodes, but has the shape {tracks.shape}"
        + ("." if told is None else f" and the axes {told.decode(errors='replace')[:200]}.")
    )


def _suits(axes: tuple[str, ...], tracks: NDArray[Any], n_nodes: int) -> bool:
    if tracks.ndim != len(_AXES) or sorted(axes) != sorted(_AXES):
        return False
    lengths = dict(zip(axes, tracks.shape, strict=True))
    return bool(lengths["xy"] == 2 and lengths["node"] == n_nodes)


def _listed(text: bytes) -> list[str]:
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [str(name) for name in names] if isinstance(names, list) else []
