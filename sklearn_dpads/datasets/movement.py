"""Poses in a Dataset of the library movement, by the names of its dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cells import listed
from .trackers import Recording, from_arrays

# The names of old releases stand second.
_INDIVIDUAL = ("individual", "individuals")
_POINT = ("keypoint", "keypoints")


def is_movement(source: Any) -> bool:
    """Tell whether an object is a Dataset, rather than a path."""
    return hasattr(source, "data_vars") and hasattr(source, "dims")


def read_movement(source: Any) -> Recording:
    """Read a Dataset with ``position`` and, where there is one, ``confidence``.

    Neither xarray nor movement is imported. A single individual that was selected needs no
    dimension.

    Raises
    ------
    ValueError
        If it has no positions, or other dimensions.
    """
    if "position" not in source.data_vars:
        raise ValueError(
            "A Dataset of movement has the variable position, with the dimensions time, space, "
            f"keypoint and individual; this has {listed(source.data_vars)}. read_sequences reads "
            "others."
        )
    position = source["position"]
    individual, point = (_find(names, position.dims) for names in (_INDIVIDUAL, _POINT))
    if individual is None:
        individual = _INDIVIDUAL[0]
        position = position.expand_dims(individual)
    if point is None or {*position.dims} != {"time", "space", individual, point}:
        raise ValueError(
            "position must have the dimensions time, space, keypoint and individual, but has "
            f"{listed(source['position'].dims)}. Select along the others."
        )
    values = position.transpose("time", individual, point, "space").values
    likelihood = None
    if "confidence" in source.data_vars:
        confidence = source["confidence"]
        if individual not in confidence.dims:
            confidence = confidence.expand_dims(individual)
        likelihood = np.asarray(confidence.transpose("time", individual, point).values)
        # So movement says that the tracker doesn't tell.
        likelihood = None if np.isnan(likelihood).all() else likelihood
    individuals, points, space, frames = (
        _names(position, dim) for dim in (individual, point, "space", "time")
    )
    return from_arrays(np.asarray(values), likelihood, individuals, points, space, frames)


def _find(names: tuple[str, ...], dims: Any) -> str | None:
    return next((name for name in names if name in dims), None)


def _names(array: Any, dim: str) -> Any:
    """Names along a dimension, or numbers where it has none."""
    return array.coords[dim].values if dim in array.coords else np.arange(array.sizes[dim])
