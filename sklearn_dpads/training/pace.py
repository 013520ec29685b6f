"""How training that has little time is told to end, and how long a step of it will take."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from ..engine import Batch, Packed, Runtime, Schedule


class Pace:
    """No hurry; whoever has a clock says otherwise in a subclass."""

    def __call__(self) -> bool:
        """Whether to end with the state so far; asked before every step."""
        return False

    def foresee(self, estimate: Callable[[], float]) -> None:
        """Be told how many seconds the next step will take, where that matters."""


UNHURRIED = Pace()

# Sequences shorter than this are walked over in a moment.
_MANY_FRAMES = 200
# Frames of the two walks whose difference tells the time of a frame.
_FEW, _SOME = 8, 40
# A step goes forwards and backwards, which takes about three times as long as forwards alone.
_FORWARDS = 3.5


@torch.no_grad()
def expected_step(schedule: Schedule, batch: Batch, packed: Packed, runtime: Runtime) -> float:
    """Seconds that a step will take which walks over long sequences, told by their first frames.

    Parameters
    ----------
    schedule : Schedule
        The forest to train.
    batch : Batch
        What such a step takes of the data.
    packed : Packed
        Any parameters.
    runtime : Runtime
        How values are computed.

    Returns
    -------
    seconds : float
        0 where a step is short in any case.
    """
    if batch.frames is None or len(batch.frames) < _MANY_FRAMES:
        return 0.0
    n_frames = len(batch.frames)
    seconds = []
    # The first walk of all fills caches.
    for n in (_FEW, _FEW, _SOME):
        first = batch.until(n, per_frame=schedule.per_frame)
        start = time.perf_counter()
        schedule.forward(packed, first, runtime)
        seconds.append(time.perf_counter() - start)
    return _FORWARDS * max(0.0, seconds[2] - seconds[1]) / (_SOME - _FEW) * n_frames
