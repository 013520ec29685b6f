"""Where a search keeps its steps, so that it can go on after a crash."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import joblib

# What doesn't change the course of a search.
_WITHOUT_EFFECT = ("checkpoint_dir", "verbose", "scorer", "method")


def checkpoint_folder(task: Any, seed: int) -> Path | None:
    """Give the folder of one search within ``task.checkpoint_dir``.

    Its name is a hash of the data, the settings and the seed: a search never reads the steps
    of another one.

    Parameters
    ----------
    task : Task
        What is searched.
    seed : int
        Seed of the search.

    Returns
    -------
    folder : Path or None
        None where no checkpoints are wanted.
    """
    if task.checkpoint_dir is None:
        return None
    from .. import __version__

    parts = {
        field.name: getattr(task, field.name)
        for field in fields(task)
        if field.name not in _WITHOUT_EFFECT
    }
    parts["grammar"] = str(task.grammar)
    parts["initial"] = [str(expression.skeleton()) for expression in task.initial]
    parts["scorer"], parts["method"] = repr(task.scorer), repr(task.method)
    name = joblib.hash([parts, seed, __version__])
    return Path(task.checkpoint_dir) / str(name)


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
