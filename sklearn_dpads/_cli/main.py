"""Running a command: what it raises becomes one line, and an exit status."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ._arguments import PROGRAM, make_parser

DONE, CLOSED, WRONG, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of the command line.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        The arguments; None takes those of the process.

    Returns
    -------
    status : int
        0 if it is done, 2 if something the user gave is wrong, 130 after a Ctrl-C that left
        nothing to keep, 1 if nobody reads the output.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = make_parser().parse_args(words)
        with _warnings_as_lines():
            options.run(options)
            sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter would flush once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    except (OSError, ValueError, TypeError, ImportError) as error:
        if "--traceback" in words:
            raise
        _tell("error", _text_of(error))
        return WRONG
    except KeyboardInterrupt:
        _tell("interrupted", "by Ctrl-C.")
        return INTERRUPTED
    return DONE


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Show warnings meant for users, each as a line of its own, and no others."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        _tell("warning", str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = show
        yield


def _tell(kind: str, text: str) -> None:
    print(f"{PROGRAM}: {kind}: {' '.join(text.split())}", file=sys.stderr, flush=True)


def _text_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__
