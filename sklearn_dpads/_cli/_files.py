"""Files that a command reads and writes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..inputs.files import write_atomically
from ..program import Program


def read_program(path: str) -> Program:
    """Read a program that was written as JSON."""
    try:
        return Program.from_json(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


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
        sys.stdout.write(text)
    else:
        write_atomically(check_target(path), text)
