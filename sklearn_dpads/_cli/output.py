"""Where commands write, and how names from files are shown."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..inputs.files import write_atomically


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
