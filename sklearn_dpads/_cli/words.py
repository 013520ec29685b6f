"""What words of a command line mean: lists of names, labels, what stands between cells."""

from __future__ import annotations

import csv
from argparse import Namespace
from typing import Any

import numpy as np

from ..datasets.csv_files import check_settings


def split_names(text: str | None) -> list[str] | None:
    """Names between commas; one that holds a comma stands in quotes, as in .csv files."""
    if text is None:
        return None
    try:
        (row,) = csv.reader([text.strip()], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError) as error:
        raise ValueError(
            f"{text!r} is no list of names between commas ({error}). Names that hold a comma stand "
            """in double quotes, and a quote within is doubled, as '"speed, mm/s",turn'."""
        ) from error
    names = [name.strip() for name in row]
    if not names or not all(names):
        raise ValueError(f"There is an empty name in {text!r}.")
    return names


def text_form(options: Namespace) -> tuple[str, str]:
    """What stands between cells, and the encoding; tabs are hard to write in a shell."""
    sep = "\t" if options.sep in ("\\t", "tab") else options.sep or ","
    encoding = options.encoding or "utf-8"
    check_settings(sep, encoding)
    return sep, encoding


def label_like(y: Any, text: str) -> Any:
    """Read a label of the command line as those of the data are; nothing stands for none."""
    labels = np.asarray(y if isinstance(y, np.ndarray) else y[0])
    if labels.dtype.kind not in "iuf":
        return text
    if not text:
        return None
    try:
        return float(text) if labels.dtype.kind == "f" else int(text)
    except ValueError:
        raise ValueError(
            f"--unlabelled {text}: the labels are numbers of type {labels.dtype}; give one."
        ) from None
