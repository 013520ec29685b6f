"""Options with which the data were read that a program was fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Of the command line: those that tell how a file is read, and none that names a file.
DATA_OPTIONS = (
    "keys",
    "sample",
    "time",
    "label",
    "sep",
    "encoding",
    "fps",
    "subject",
    "behaviors",
    "background",
    "min_likelihood",
)
# They are names of columns, or a few of them; files may be from anyone.
_LONGEST = 10_000


def check_data_options(options: Any) -> dict[str, str]:
    """Check options, and copy them.

    Parameters
    ----------
    options : Mapping of str to str
        Options by name.

    Returns
    -------
    options : dict of str to str

    Raises
    ------
    ValueError
        If there is no such option, or one is no text or a very long one.

    Examples
    --------
    >>> check_data_options({"sample": "trial", "sep": ";"})
    {'sample': 'trial', 'sep': ';'}
    """
    if not isinstance(options, Mapping):
        raise ValueError(
            f"data_options must be texts by name, or None; got a {type(options).__name__}."
        )
    for name, text in options.items():
        if name not in DATA_OPTIONS:
            raise ValueError(
                f"data_options has no {str(name)[:100]!r}; there are {', '.join(DATA_OPTIONS)}."
            )
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise ValueError(
                f"data_options: {name} must be a text of at most {_LONGEST} characters."
            )
    return {str(name): str(text) for name, text in options.items()}
