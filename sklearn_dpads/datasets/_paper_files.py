"""Which files of a folder hold the parts of a benchmark."""

from __future__ import annotations

import re
from pathlib import Path

_PARTS = {"train": ("train",), "valid": ("valid", "val", "validation"), "test": ("test",)}
_CONTENTS = {"data": ("data",), "labels": ("labels", "label")}


def find_files(path: Path, folder: str, infix: str) -> dict[str, tuple[Path, Path]]:
    """Find the files of each part.

    Parameters
    ----------
    path : Path
        The folder of the files, or the one that holds ``folder``.
    folder : str
        Usual name of the folder.
    infix : str
        What usually stands between part and content in a name, to say in messages.

    Returns
    -------
    files : dict of str to (Path, Path)
        Data and labels of "train", "test" and, where there are files of it, "valid".

    Raises
    ------
    FileNotFoundError
        If there is no folder, or files are missing.
    ValueError
        If several files could be meant.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"{path} is no folder. Pass the folder of the .npy files.")
    names = _names(path)
    if not _matching(names, "train", "data") and (path / folder).is_dir():
        path = path / folder
        names = _names(path)
    found: dict[str, tuple[Path, Path]] = {}
    missing: list[str] = []
    for part in _PARTS:
        pair = [_only(path, _matching(names, part, content)) for content in _CONTENTS]
        if pair[0] is not None and pair[1] is not None:
            found[part] = (pair[0], pair[1])
        elif part != "valid" or any(pair):
            usual = (f"{part}_{infix}{content}.npy" for content in _CONTENTS)
            missing += [name for name, file in zip(usual, pair, strict=True) if file is None]
    if missing:
        raise FileNotFoundError(
            f"{path} lacks {', '.join(missing)}. Expected are PART_{infix}data.npy and "
            f"PART_{infix}labels.npy, where PART is train, valid and test; valid may be missing. "
            "Also read are val for valid, label for labels, and another word, or none, between "
            "the part and what the file holds."
        )
    return found


def _names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir() if file.suffix == ".npy")


def _matching(names: list[str], part: str, content: str) -> list[str]:
    pattern = f"({'|'.join(_PARTS[part])})_(.+_)?({'|'.join(_CONTENTS[content])})\\.npy"
    return [name for name in names if re.fullmatch(pattern, name)]


def _only(path: Path, names: list[str]) -> Path | None:
    if len(names) > 1:
        raise ValueError(
            f"{path} holds {' and '.join(names)}, and only one of them can be meant. "
            "Move the others to another folder."
        )
    return path / names[0] if names else None
