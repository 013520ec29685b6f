"""Where the steps of a search are kept: a folder that no other search has."""

from __future__ import annotations

import os
import pickle
from dataclasses import fields
from pathlib import Path
from typing import Any

from .identity import digest

# What doesn't change the course of a search.
_WITHOUT_EFFECT = ("checkpoint_dir", "identity", "kept", "one_class", "verbose")


def identity_of(task: Any) -> str:
    """Tell what is searched from all else: data, settings, functions and their code.

    Parameters
    ----------
    task : Task
        What is searched.

    Returns
    -------
    identity : str
        The same in every process; empty where no checkpoints are wanted.

    Raises
    ------
    ValueError
        If a function can't be told from others in another process, or a production of the
        user's own can't be written to a file.
    """
    if task.checkpoint_dir is None:
        return ""
    from .. import __version__

    names = [field.name for field in fields(task) if field.name not in _WITHOUT_EFFECT]
    parts = [__version__]
    for name in names:
        try:
            parts.append(digest(getattr(task, name)))
        except TypeError as error:
            raise ValueError(
                f"checkpoint_dir can't be used with this {_PARAMETERS.get(name, name)}: {error}, "
                "so that its steps could be taken for those of another one. Use functions that "
                "read nothing but their arguments, numbers, text and arrays, or leave "
                "checkpoint_dir out."
            ) from error
    try:
        # The steps that are kept hold programs, with their productions.
        pickle.dumps(task.grammar)
    except Exception as error:
        raise ValueError(
            f"checkpoint_dir can't be used with this grammar: it can't be pickled ({error}). "
            "Define the functions of your own productions at the top level of a module, or leave "
            "checkpoint_dir out."
        ) from error
    return digest(parts)


_PARAMETERS = {"scorer": "scoring", "rule": "selection", "initial": "program to begin with"}


def checkpoint_folder(task: Any, seed: int) -> Path | None:
    """Give the folder of one search within ``task.checkpoint_dir``.

    Parameters
    ----------
    task : Task
        What is searched, with its identity.
    seed : int
        Seed of the search.

    Returns
    -------
    folder : Path or None
        None where no checkpoints are wanted.
    """
    if task.checkpoint_dir is None:
        return None
    return Path(task.checkpoint_dir) / digest([task.identity, seed])


def check_checkpoint_dir(checkpoint_dir: Any, random_state: Any) -> None:
    """Refuse what can't be a folder, and searches that can't be repeated.

    Raises
    ------
    TypeError
        If `checkpoint_dir` is no path.
    ValueError
        If it is a file, or `random_state` is no int, so that the next fit would be another.
    """
    if checkpoint_dir is None:
        return
    if not isinstance(checkpoint_dir, str | os.PathLike):
        raise TypeError(f"checkpoint_dir must be a path or None; got {checkpoint_dir!r}.")
    if Path(checkpoint_dir).exists() and not Path(checkpoint_dir).is_dir():
        raise ValueError(f"checkpoint_dir must be a folder, but {checkpoint_dir!s} is a file.")
    if random_state is None or hasattr(random_state, "randint"):
        raise ValueError(
            "checkpoint_dir needs an int as random_state, so that the next fit makes the same "
            f"search and can go on with it; got random_state={random_state!r}."
        )
