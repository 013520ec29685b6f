"""Random numbers of torch that leave its global generators as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded_generators(seed: int, device: str) -> Iterator[None]:
    """Seed torch's generators within a block, and put them back afterwards.

    Parameters
    ----------
    seed : int
        The seed.
    device : str
        The device that computes, as :func:`resolve_device` gives it: on a GPU, dropout
        draws from the generator of that GPU.
    """
    gpus = [] if device == "cpu" else [_gpu_index(device)]
    with torch.random.fork_rng(devices=gpus):
        torch.default_generator.manual_seed(seed)
        for gpu in gpus:
            with torch.cuda.device(gpu):
                torch.cuda.manual_seed(seed)
        yield


def _gpu_index(device: str) -> int:
    index = torch.device(device).index
    return torch.cuda.current_device() if index is None else index
