"""Signals that end a process: what they do while a command runs, and after it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ENDING = (signal.SIGINT, signal.SIGTERM)


def handle(number: int, handler: Any) -> None:
    """Let a signal do something else; Python allows it in the main thread alone."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(number, handler)


@contextmanager
def signals_kept() -> Iterator[None]:
    """Put back at the end what signals did before."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            # None stands for a handler that was not set from Python.
            if handler is not None:
                handle(number, handler)
