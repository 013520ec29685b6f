"""Sequences from xarray, which isn't imported: dimensions and coordinates by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import (
    Cells,
    listed,
    only_label,
    select,
    stack_features,
)


def read_xarray(
    source: Any,
    sample: str,
    time: str,
    feature_dim: str,
    features: Any,
    sequence_label: Any,
    frame_label: Any,
) -> Cells:
    """Read a DataArray, or a Dataset whose variables are features."""
    label = only_label(sequence_label, frame_label)
    _check_dimensions(source.dims, sample, time)
    columns: dict[Any, NDArray[Any]] = {}
    for variable in _variables(source, sample, time, label):
        for name, values in _features(variable, sample, time, feature_dim):
            if name in columns:
                raise ValueError(f"Features must differ from each other; {name!r} occurs twice.")
            columns[name] = values
    names = select(features, columns)
    values, feature_names = stack_features({name: columns[name] for name in names})
    times = _coordinate(source, time, values.shape[1])
    return Cells(
        values,
        feature_names,
        _coordinate(source, sample, values.shape[0]),
        np.broadcast_to(times, values.shape[:2]),
        _labels(source, sample, time, sequence_label, frame_label),
    )


def _check_dimensions(dims: Any, sample: str, time: str) -> None:
    for parameter, name in (("sample", sample), ("time", time)):
        if name not in dims:
            raise ValueError(
                f"There is no dimension {name!r}; there are {listed(dims)}. Pass "
                f"{parameter}=, the dimension of "
                f"{'the sequences' if parameter == 'sample' else 'time'}."
            )


def _variables(source: Any, sample: str, time: str, label: Any) -> list[Any]:
    """Arrays that hold features: those of a Dataset that have both dimensions."""
    if not hasattr(source, "data_vars"):
        return [source]
    return [
        variable
        for name, variable in source.data_vars.items()
        if name != label and sample in variable.dims and time in variable.dims
    ]


def _features(
    variable: Any, sample: str, time: str, feature_dim: str
) -> list[tuple[Any, NDArray[Any]]]:
    """Names and values, (n_samples, n_timesteps), of the features in one array."""
    others = [dim for dim in variable.dims if dim not in (sample, time)]
    if not others:
        name = "x0" if variable.name is None else variable.name
        return [(name, np.asarray(variable.transpose(sample, time).values))]
    if others != [feature_dim]:
        raise ValueError(
            f"An array of sequences has the dimensions {sample!r}, {time!r} and perhaps "
            f"{feature_dim!r}, but {variable.name!r} has {listed(variable.dims)}. Pass "
            "sample=, time= and feature_dim=, or select along the others."
        )
    values = np.asarray(variable.transpose(sample, time, feature_dim).values)
    if feature_dim in variable.coords:
        names = variable.coords[feature_dim].values.tolist()
    else:
        names = [f"x{index}" for index in range(values.shape[2])]
    return [(name, values[:, :, index]) for index, name in enumerate(names)]


def _labels(
    source: Any, sample: str, time: str, sequence_label: Any, frame_label: Any
) -> NDArray[Any] | None:
    if sequence_label is not None:
        return _aligned(source, sequence_label, (sample,), "sequence_label")
    if frame_label is not None:
        return _aligned(source, frame_label, (sample, time), "frame_label")
    return None


def _aligned(source: Any, name: Any, dims: tuple[str, ...], parameter: str) -> NDArray[Any]:
    """Values of a coordinate or variable, which must have just these dimensions."""
    available = [*source.coords, *getattr(source, "data_vars", ())]
    if name not in available:
        raise ValueError(
            f"{parameter}={name!r} is no coordinate or variable; there are {listed(available)}."
        )
    labels = source[name]
    if set(labels.dims) != set(dims):
        raise ValueError(
            f"{parameter}={name!r} must have the dimension(s) {listed(dims)}, but has "
            f"{listed(labels.dims)}."
        )
    return np.asarray(labels.transpose(*dims).values)


def _coordinate(source: Any, dim: str, size: int) -> NDArray[Any]:
    """Labels of a dimension, or numbers where it has none."""
    if dim in source.coords:
        return np.asarray(source.coords[dim].values)
    return np.arange(size)
