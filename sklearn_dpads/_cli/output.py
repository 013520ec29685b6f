"""Where commands write, and how names from files are shown."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from ..inputs.files import write_atomically

# Options that name files to read, and what is written: files, and a folder.
_READ = ("program", "data", "annotations", "grammar", "groups")
_FILES = ("out", "figure")
_FOLDERS = ("checkpoints",)


def printable(text: str) -> str:
    """Give a text with what a terminal would obey, rather than show, written out."""
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def check_precision(precision: int) -> int:
    """Refuse a number of digits below one."""
    if precision < 1:
        raise ValueError(f"--precision must be a positive number of digits; got {precision}.")
    return precision


def check_targets(options: Namespace) -> None:
    """Refuse, before anything is computed, to write over what is read, or one thing over another.

    Raises
    ------
    ValueError
        If an option that names a file to write names one that can't be written, one that is
        read, or that of another such option.
    """
    named = {name: getattr(options, name, None) for name in (*_FILES, *_FOLDERS)}
    targets = {name: path for name, path in named.items() if path is not None}
    read = list(_paths_read(options))
    for name, path in targets.items():
        if name in _FOLDERS:
            continue
        check_target(path)
        lost = next((source for source in read if _same(path, source)), None)
        if lost is not None:
            raise ValueError(f"--{name} would overwrite {lost}, which is read: give another name.")
    for one, other in combinations(targets, 2):
        if _same(targets[one], targets[other]):
            raise ValueError(
                f"--{one} and --{other} would both write {targets[one]}: give each a name of its "
                "own."
            )


def _paths_read(options: Namespace) -> Iterator[str]:
    for name in _READ:
        value = getattr(options, name, None)
        for path in [value] if isinstance(value, str) else value or ():
            # Groups may be the text itself, in which no file is named.
            if name != "groups" or is_json_file(path):
                yield path


def is_json_file(text: str) -> bool:
    """Tell whether a text that may be JSON itself names a file of it."""
    return text.lower().endswith(".json")


def _same(path: str, other: str) -> bool:
    """Tell whether two names are of one file, which needn't be there yet."""
    if os.path.exists(path) and os.path.exists(other):
        return os.path.samefile(path, other)
    return os.path.realpath(path) == os.path.realpath(other)


def check_target(path: str) -> Path:
    """Refuse a file that can't be written, before anything is computed."""
    target = Path(path)
    folder = target.parent
    if target.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a file.")
    if not folder.is_dir():
        raise ValueError(f"{path}: there is no folder {folder}; make it first.")
    if not os.access(folder, os.W_OK):
        raise ValueError(f"{path}: the folder {folder} can't be written to.")
    return target


def write_text(text: str, path: str | None) -> None:
    """Write a text to a file, or print it."""
    text = text if text.endswith("\n") else f"{text}\n"
    if path is None:
        # What is piped on is left as it is.
        sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
    else:
        write_atomically(check_target(path), text)
