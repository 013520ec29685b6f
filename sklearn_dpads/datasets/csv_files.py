"""Tables out of .csv files, read by pandas, with errors that name the file."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sklearn_dpads.inputs.files import naming
from sklearn_dpads.inputs.names import repeated

# "None" is a label of many tables of behaviour, and no missing value.
_MISSING = ["", "nan", "NaN", "NA"]
_ZEROS = re.compile(r"\s*[-+]?0[0-9]")
_OTHER_SEPARATORS = {";": ";", "\t": "\\t", "|": "|"}


def read_csv(
    path: str | os.PathLike[str],
    *,
    sep: str = ",",
    encoding: str = "utf-8",
    as_text: tuple[str, ...] = (),
    codes: tuple[str, ...] = (),
    n_header_rows: int = 1,
    n_skipped: int = 0,
) -> Any:
    """Read a table out of a file.

    Parameters
    ----------
    path : str or path-like
        The file.
    sep : str, default=","
        What stands between cells, one character.
    encoding : str, default="utf-8"
        How the file holds text, by a name that Python knows, such as cp1252.
    as_text : tuple of str, default=()
        Columns that hold names, even where they look like numbers.
    codes : tuple of str, default=()
        Columns that hold names or numbers: text where a number begins with a zero that a number
        doesn't need, as 01.
    n_header_rows : int, default=1
        How many rows at the top hold names. Where there are several, the first column becomes
        the index.
    n_skipped : int, default=0
        How many lines stand above those.

    Returns
    -------
    table : pandas.DataFrame
        Cells that are empty, NaN, nan or NA are missing.

    Raises
    ------
    ImportError
        If pandas isn't installed.
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If the file isn't in this encoding, or no table with these separators.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "Reading .csv files needs pandas, which is not installed. Install it with: "
            "pip install pandas. Or use an .npz file."
        ) from error
    check_settings(sep, encoding)
    text: Any = {
        "sep": sep,
        "encoding": encoding,
        "keep_default_na": False,
        "skiprows": n_skipped,
    }
    with naming(path):
        with _said_plainly(encoding), warnings.catch_warnings():
            top = pd.read_csv(path, header=None, nrows=n_header_rows, dtype=str, **text)
            warnings.simplefilter("error", pd.errors.ParserWarning)
            text |= {"na_values": _MISSING, "low_memory": False}
            table = pd.read_csv(
                path,
                header=list(range(n_header_rows)) if n_header_rows > 1 else 0,
                index_col=0 if n_header_rows > 1 else False,
                dtype=dict.fromkeys(as_text, str),
                **text,
            )
            numbers = [name for name in codes if name in table and table[name].dtype.kind in "iuf"]
            if numbers:
                # Zeros before numbers are lost by now.
                written = pd.read_csv(path, usecols=numbers, index_col=False, dtype=str, **text)
                for name in numbers:
                    if begin_with_zeros(written[name].dropna()):
                        table[name] = written[name]
        _check_names(top)
        _check_separator(table, sep)
    return table


def begin_with_zeros(texts: Iterable[str]) -> bool:
    """Tell whether one of these texts is a number with zeros before it: no count, but a name.

    Examples
    --------
    >>> begin_with_zeros(["10", "02"]), begin_with_zeros(["10", "2", "0", "0.5", "a01"])
    (True, False)
    """
    return any(_ZEROS.match(text) for text in texts)


@contextmanager
def _said_plainly(encoding: str) -> Iterator[None]:
    """Say in words of a table what pandas can't read."""
    from pandas.errors import ParserWarning

    try:
        yield
    except ParserWarning as error:
        # pandas would read a row's first cell as its name, and shift the others.
        raise ValueError(
            "its rows have more cells than the first row has names, so that no one knows "
            "which is which. Name every column in the first row."
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(
            f"the file is not in the encoding {encoding} (byte "
            f"0x{error.object[error.start]:02x}: {error.reason}). Pass the one it has as "
            "encoding, such as cp1252 for files of Excel."
        ) from error
    except MemoryError as error:
        raise ValueError("the table doesn't fit into memory.") from error


def check_settings(sep: str, encoding: str) -> None:
    """Refuse a separator that is no character, and an encoding that there is not."""
    if not isinstance(sep, str) or len(sep) != 1:
        raise ValueError(f"sep must be one character, such as ';'; got {sep!r}.")
    try:
        "".encode(encoding)
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"There is no encoding {encoding!r}; some are utf-8, cp1252, latin-1 and utf-16."
        ) from error


def _check_names(top: Any) -> None:
    """Refuse columns of one name, which pandas would tell apart by numbers of its own."""
    twice = repeated("_".join(map(str, names)) for names in top.to_numpy().T.tolist() if any(names))
    if twice:
        raise ValueError(f"columns must have different names; {', '.join(twice)} occur twice.")


def _check_separator(table: Any, sep: str) -> None:
    """Refuse a table that seems to be one column because something else separates cells."""
    if len(table.columns) > 1:
        return
    for other, written in _OTHER_SEPARATORS.items():
        if other in str(table.columns[0]) and other != sep:
            raise ValueError(
                f"there is one column, {table.columns[0]!r}. If {written} stands between cells, "
                "pass it as sep."
            )
