"""Limits within which a file is read: seconds of the processor, memory, and levels of calls."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

# A file of 64 KiB is read in tenths of a second, and a program fitted in one; these are for a
# processor that is slow, with all lines traced.
SECONDS = 20.0
MEBIBYTES = 1024
LEVELS = 1000


class TooLong(BaseException):
    """A file took too long; no handler of exceptions takes this for its own."""


@contextmanager
def limited() -> Iterator[None]:
    """Raise :class:`TooLong` when the seconds are over, and MemoryError beyond the memory."""
    before_memory, most = resource.getrlimit(resource.RLIMIT_AS)
    used = _address_space()
    before = signal.signal(signal.SIGPROF, _stop)
    levels = sys.getrecursionlimit()
    resource.setrlimit(resource.RLIMIT_AS, (used + (MEBIBYTES << 20), most))
    sys.setrecursionlimit(LEVELS)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
        sys.setrecursionlimit(levels)
        resource.setrlimit(resource.RLIMIT_AS, (before_memory, most))


def _stop(*_: object) -> NoReturn:
    raise TooLong(f"more than {SECONDS:g} seconds")


def _address_space() -> int:
    """Bytes of this process's address space, which begins with what libraries take."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
