"""Containers that hold sequences in another way, and what makes sequences of them."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

LAYOUTS = (
    "a 3D array (n_samples, n_timesteps, n_features), padded with NaN at the end where "
    "sequences are shorter, or a list of 2D arrays (n_timesteps_i, n_features)"
)
_READER = "sklearn_dpads.datasets.read_sequences"


def refuse_containers(X: Any, name: str) -> None:
    """Refuse what numpy would wrap into an object array, or read without regard to its names.

    Raises
    ------
    TypeError
        If `X`, or a member of a list, is such a container; the message says what makes sequences
        of it.
    """
    if hasattr(X, "tocsr") or type(X).__module__.startswith("scipy.sparse"):
        raise TypeError(
            f"{name} can't read sparse data: X is a {type(X).__name__}. "
            "Pass a dense 3D array, X.toarray() reshaped to (n_samples, n_timesteps, n_features)."
        )
    if X is None or isinstance(X, (str, bytes, dict, set, frozenset)):
        raise TypeError(f"{name} takes {LAYOUTS}; X is {in_words(X)}.")
    refuse_unloaded(X, name)
    if hasattr(X, "dims") and hasattr(X, "coords"):
        _refuse(X, name, f"{_READER} reads it by the names of its dimensions")
    if hasattr(X, "columns"):
        _refuse_panels(X, name)
    if isinstance(X, list | tuple):
        for member in X:
            if hasattr(member, "dims") and hasattr(member, "coords"):
                _refuse(member, name, f"{_READER} reads it by the names of its dimensions")


def refuse_unloaded(X: Any, name: str) -> None:
    """Refuse tables whose values are elsewhere, and the groups of one.

    Raises
    ------
    TypeError
        If `X` is such a table; the message says what makes a data frame of it.
    """
    library, kind = type(X).__module__.partition(".")[0], type(X).__name__
    if library == "polars" and kind == "LazyFrame":
        _refuse(X, name, f"X.collect() makes a data frame of it, which {_READER} reads")
    if library.startswith("dask") and hasattr(X, "columns"):
        _refuse(X, name, f"X.compute() loads it; of a data frame {_READER} makes sequences")
    if library == "pyarrow":
        _refuse(X, name, f"X.to_pandas() makes a data frame of it, which {_READER} reads")
    if kind.endswith("GroupBy"):
        _refuse(X, name, f"{_READER} reads the table itself, sample= being what it is grouped by")


def _refuse_panels(X: Any, name: str) -> None:
    """Refuse the two forms that sktime gives to sequences in a data frame."""
    index: Any = getattr(X, "index", None)
    if getattr(index, "nlevels", 1) > 1:
        levels = [repr(level) for level in index.names]
        if None in index.names:
            how = f"name the levels of its index, and {_READER}(X, sample=..., time=...) reads it"
        else:
            how = f"{_READER}(X, sample={levels[-2]}, time={levels[-1]}) makes sequences of it"
        _refuse(X, name, how)
    if index is not None and X.shape[0] and any(np.ndim(cell) == 1 for cell in X.iloc[0]):
        how = "[numpy.column_stack(list(row)) for row in X.to_numpy()] makes sequences of it"
        _refuse(X, name, how)


def _refuse(X: Any, name: str, how: str) -> NoReturn:
    kind = f"{type(X).__module__.partition('.')[0]}.{type(X).__name__}"
    raise TypeError(f"{name} can't read X, a {kind}, as it is: {how}.")


def in_words(value: Any) -> str:
    """What a value is, for a message."""
    return "None" if value is None else f"a {type(value).__name__}"
