"""Shapes of sequences, and what is said of those that are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from .containers import LAYOUTS


def check_members(members: Sequence[NDArray[Any]], name: str, n_features: int | None) -> None:
    """Refuse a list unless all its members are 2D arrays of equal width."""
    if not members:
        raise ValueError(f"{name} needs at least one sequence, but X is empty (0 samples).")
    shapes = {member.shape for member in members}
    if len(shapes) == 1 and members[0].ndim < 2 and members[0].size:
        raise ValueError(_wrong_dimension(name, (len(members), *members[0].shape), n_features))
    for index, member in enumerate(members):
        if member.ndim and member.shape[0] == 0:
            raise ValueError(empty_sequence(name, index))
        if member.ndim != 2:
            hint = " For sequences of a single feature, pass [x.reshape(-1, 1) for x in X]."
            raise ValueError(
                f"{name} takes {LAYOUTS}; X is a list whose member {index} is {member.ndim}D, "
                f"shape {member.shape}." + (hint if member.ndim == 1 else "")
            )
        if member.shape[1] != members[0].shape[1]:
            raise ValueError(
                f"All sequences must have the same number of features: X[0] has "
                f"{members[0].shape[1]} (shape {members[0].shape}), X[{index}] has "
                f"{member.shape[1]} (shape {member.shape}). {name} reads time from the first "
                "axis and features from the second; a transposed sequence needs .T."
            )


def check_shape(shape: tuple[int, ...], name: str, n_features: int | None) -> None:
    if len(shape) != 3:
        raise ValueError(_wrong_dimension(name, shape, n_features))
    n_samples, n_timesteps, width = shape
    if n_samples == 0:
        raise ValueError(f"{name} needs at least one sequence, but X has 0 samples, shape {shape}.")
    if n_timesteps == 0:
        raise ValueError(empty_sequence(name, 0))
    if width == 0:
        raise ValueError(
            f"{name} can't learn from frames without features: taken frame by frame, X has "
            f"0 feature(s) (shape=({n_samples * n_timesteps}, 0)) while a minimum of 1 is "
            "required."
        )
    if n_features is not None and width != n_features:
        turned = n_timesteps == n_features
        raise ValueError(
            f"X has {width} features, but {name} is expecting {n_features} features as input "
            f"in the last axis; X has shape {shape}."
            + (" If channels stand before time, pass from_channels_first(X)." if turned else "")
        )


def _wrong_dimension(name: str, shape: tuple[int, ...], n_features: int | None) -> str:
    ndim = len(shape)
    if ndim == 2:
        n, m = shape
        # One sequence, where its frames are those that the estimator knows.
        one = (
            f"If it is one sequence of {n} frames, pass [X] or X[None]. " if m == n_features else ""
        )
        return (
            f"{name} takes sequences, but X is a 2D array of shape {shape}. {one}"
            f"If each row is a sequence of {m} values of one feature, pass "
            f"X.reshape({n}, {m}, 1); if each row is a single frame of {m} features, pass "
            f"X.reshape({n}, 1, {m})."
        )
    hint = " Reshape your data: for one sequence of one feature, X.reshape(1, -1, 1)."
    return f"{name} takes {LAYOUTS}; X is {ndim}D, shape {shape}." + (hint if ndim == 1 else "")


def empty_sequence(name: str, index: int) -> str:
    return (
        f"{name} needs at least one frame in every sequence, but sample {index} of X is empty "
        "or padding throughout. Leave such samples out."
    )
