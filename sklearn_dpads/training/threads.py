"""The state of torch that training needs: one thread, whatever the machine has, and gradients.

The tensors of a program are small, so that threads would only wait for each other: one search
took 230 s in place of 10 with two of them on two busy cores. Sums in another order also round
otherwise, and what is found would depend on the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread, and give it its threads back; decorates functions, too."""
    n_threads = torch.get_num_threads()
    if n_threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


@contextmanager
def gradients() -> Iterator[None]:
    """Let torch keep what gradients need, whatever mode the caller is in."""
    with torch.inference_mode(False), torch.enable_grad():
        yield
