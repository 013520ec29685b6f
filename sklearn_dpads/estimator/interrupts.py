"""An interrupt waits while what a search has found is put away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Let the first Ctrl-C do nothing within a block, which takes a moment and ends anyway.

    The second one raises KeyboardInterrupt. Only the main thread is ever interrupted, and only
    where nobody has set another handler does this one take its place.

    Examples
    --------
    >>> with interrupts_wait():
    ...     signal.raise_signal(signal.SIGINT)
    ...     print("done")
    done
    """
    usual = signal.default_int_handler
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(number, usual)

    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def interrupts_raise() -> Iterator[None]:
    """Let every Ctrl-C raise KeyboardInterrupt within a block, and none wait.

    Of many fits one after the other, one that puts away what it found would take the interrupt for
    itself, and the next would begin.

    Examples
    --------
    >>> try:
    ...     with interrupts_raise(), interrupts_wait():
    ...         signal.raise_signal(signal.SIGINT)
    ... except KeyboardInterrupt:
    ...     print("interrupted")
    interrupted
    """
    usual = signal.default_int_handler
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return
    # A handler that isn't the usual one is left in its place.
    signal.signal(signal.SIGINT, lambda number, frame: usual(number, frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
