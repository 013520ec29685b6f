"""How training that has little time is told to end, and how long a step of it will take."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from ..engine import Packed, Runtime, Schedule
from .data import LabelledStreams


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
def expected_step(
    schedule: Schedule,
    data: LabelledStreams,
    packed: Packed,
    runtime: Runtime,
    batch_size: int,
) -> float:
    """Seconds that a step will take which walks over long sequences, told by their first frames.

    Parameters
    ----------
    schedule : Schedule
        The forest to train.
    data : LabelledStreams
        The data, with the streams of the schedule.
    packed : Packed
        Any parameters.
    runtime : Runtime
        How values are computed.
    batch_size : int
        Sequences of a step.

    Returns
    -------
    seconds : float
        0 where a step is short in any case.
    """
    n_frames = len(data.streams.frames)
    if not schedule.plan.needs_frames or n_frames < _MANY_FRAMES:
        return 0.0
    index = torch.arange(min(batch_size, data.streams.n_samples), device=schedule.device)
    batch = data.streams.batch(index)
    seconds = []
    # The first walk of all fills caches.
    for n in (_FEW, _FEW, _SOME):
        first = batch.until(n, per_frame=data.streams.per_frame)
        start = time.perf_counter()
        schedule.forward(packed, first, runtime)
        seconds.append(time.perf_counter() - start)
    return _FORWARDS * max(0.0, seconds[2] - seconds[1]) / (_SOME - _FEW) * n_frames
