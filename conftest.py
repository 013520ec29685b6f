"""What pytest leaves out where a library isn't there; what holds for all tests."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
import torch

# Tests beside another busy process would wait for its threads, and those of the networks that
# programs are compared with for each other. What threads change has tests of its own.
torch.set_num_threads(1)

# What a shell starts in the background ignores interrupts, which some tests send to themselves.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The examples in docstrings of an adapter can't be collected without its library.
collect_ignore = [
    f"sklearn_dpads/compat/{library}.py"
    for library in ("aeon", "sktime")
    if find_spec(library) is None
]


@pytest.fixture(autouse=True)
def no_figure_stays_open() -> Iterator[None]:
    """Leave no figure to a test that looks for open ones, nor to memory."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
