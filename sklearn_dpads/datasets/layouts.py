"""Sequences with channels before time, as aeon and sktime hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def from_channels_first(
    X: ArrayLike | Sequence[ArrayLike],
) -> NDArray[Any] | list[NDArray[Any]]:
    """Read sequences whose channels come before time.

    This is the layout of aeon and of sktime's ``numpy3D``. A channel is what is called a
    feature here.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_channels, n_timesteps), or list of array-like
        The sequences, or a list of 2D arrays (n_channels, n_timesteps_i) where they
        differ in length.

    Returns
    -------
    X_out : ndarray of shape (n_samples, n_timesteps, n_channels), or list of ndarray
        A copy of the sequences as the estimators of this package take them: an array for an
        array, of the same dtype, with NaN at the end where it was; a list of 2D arrays
        (n_timesteps_i, n_channels) for a list.

    Raises
    ------
    TypeError
        If `X` is no array and no list of arrays.
    ValueError
        If the array isn't 3D, a member of the list isn't 2D, or members differ in their
        number of channels.

    See Also
    --------
    to_channels_first : The other direction.
    read_sequences : Data frames, sktime's among them, and xarray.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.datasets import from_channels_first
    >>> from_channels_first(np.zeros((80, 6, 100))).shape
    (80, 100, 6)
    >>> [x.shape for x in from_channels_first([np.zeros((6, 90)), np.zeros((6, 100))])]
    [(90, 6), (100, 6)]
    """
    return _swap(X, name="from_channels_first", last="n_timesteps", features=0)


def to_channels_first(
    X: ArrayLike | Sequence[ArrayLike],
) -> NDArray[Any] | list[NDArray[Any]]:
    """Write sequences with channels before time.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
        The sequences, or a list of 2D arrays (n_timesteps_i, n_features).

    Returns
    -------
    X_out : ndarray of shape (n_samples, n_features, n_timesteps), or list of ndarray
        A copy of the sequences as aeon takes them: an array for an array, of the same dtype;
        a list of 2D arrays (n_features, n_timesteps_i) for a list.

    Raises
    ------
    TypeError
        If `X` is no array and no list of arrays.
    ValueError
        If the array isn't 3D, a member of the list isn't 2D, or members differ in their
        number of features.

    See Also
    --------
    from_channels_first : The other direction.

    Examples
    --------
    >>> from sklearn_dpads.datasets import load_basic_motions, to_channels_first
    >>> to_channels_first(load_basic_motions().data).shape
    (80, 6, 100)
    """
    return _swap(X, name="to_channels_first", last="n_features", features=1)


def _swap(X: Any, *, name: str, last: str, features: int) -> NDArray[Any] | list[NDArray[Any]]:
    """Exchange the last two axes; `features` is the axis of features in a 2D member."""
    if isinstance(X, (list, tuple)) or _is_array_of_arrays(X):
        members = [np.asarray(member) for member in X]
        _check_members(members, name, last, features)
        return [member.T.copy() for member in members]
    if X is None or isinstance(X, (str, bytes, dict)) or hasattr(X, "columns"):
        hint = "; read_sequences reads data frames" if hasattr(X, "columns") else ""
        raise TypeError(
            f"{name} takes a 3D array or a list of 2D arrays, but got a {type(X).__name__}{hint}."
        )
    array = np.asarray(X)
    if array.ndim != 3:
        hint = (
            f" If these are {array.shape[0]} sequences of one channel, pass X[:, None, :]."
            if array.ndim == 2 and features == 0
            else ""
        )
        raise ValueError(
            f"{name} takes a 3D array whose last axis is {last}, or a list of 2D arrays, but got "
            f"an array of shape {array.shape}.{hint}"
        )
    return array.swapaxes(1, 2).copy()


def _is_array_of_arrays(X: Any) -> bool:
    return getattr(X, "ndim", None) == 1 and getattr(X, "dtype", None) == np.dtype(object)


def _check_members(members: list[NDArray[Any]], name: str, last: str, features: int) -> None:
    for index, member in enumerate(members):
        if member.ndim != 2:
            raise ValueError(
                f"{name} takes a list of 2D arrays whose last axis is {last}, but member {index} "
                f"has shape {member.shape}."
            )
        if member.shape[features] != members[0].shape[features]:
            raise ValueError(
                f"All sequences must have the same number of features, on axis {features}: member "
                f"0 has shape {members[0].shape}, member {index} has shape {member.shape}."
            )
