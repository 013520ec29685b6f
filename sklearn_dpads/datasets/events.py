"""Events, from a time to a time, as one label per frame."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Event(NamedTuple):
    """A behavior that was seen.

    Attributes
    ----------
    behavior : str
        Its name.
    start : float
        When it begins, in seconds.
    stop : float or None
        When it ends; None where that isn't told, so that it lasts to the end.
    is_point : bool
        Whether it takes no time.
    """

    behavior: str
    start: float
    stop: float | None
    is_point: bool


def to_labels(
    events: Sequence[Event],
    *,
    fps: float,
    n_timesteps: int,
    background: str,
    behaviors: Sequence[str] | None,
) -> NDArray[np.str_]:
    """Give each frame the label of the behavior that goes on.

    Parameters
    ----------
    events : sequence of Event
        The events.
    fps : float
        Frames per second.
    n_timesteps : int
        Number of frames.
    background : str
        The label where there is none.
    behaviors : sequence of str or None
        Behaviors that count, the most important first; None where all do, and never at once.

    Returns
    -------
    labels : ndarray of shape (n_timesteps,), str

    Raises
    ------
    ValueError
        If an event begins before the first frame or ends before it begins, or if two behaviors
        claim one frame, and none is said to be more important.

    Warns
    -----
    UserWarning
        If an event has no end, or begins past the last frame.
    """
    if behaviors is not None:
        events = [event for event in events if event.behavior in behaviors]
    for event in events:
        _check(event)
    _warn(events, n_timesteps / fps)
    names = list(dict.fromkeys(e.behavior for e in events) if behaviors is None else behaviors)
    codes = np.zeros(n_timesteps, dtype=np.int64)
    # What comes last stays: the most important.
    for event in sorted(events, key=lambda event: names.index(event.behavior), reverse=True):
        code = names.index(event.behavior) + 1
        frames = codes[_span(event, fps, n_timesteps)]
        if behaviors is None:
            _refuse_overlap(event, code, frames, names)
        frames[:] = code
    return np.array([background, *names], dtype=np.str_)[codes]


def _span(event: Event, fps: float, n_timesteps: int) -> slice:
    """The frames of an event, from that nearest to its start to that before its stop."""
    stop = n_timesteps / fps if event.stop is None else event.stop
    first = _nearest(event.start * fps)
    # A point would have no frame otherwise.
    last = first + 1 if event.is_point else _nearest(stop * fps)
    return slice(first, last)


def _check(event: Event) -> None:
    stop = event.start if event.stop is None else event.stop
    if not 0 <= event.start <= stop < math.inf:
        raise ValueError(
            f"{event.behavior!r} goes from {event.start:g} s to {stop:g} s; events begin at 0 s or "
            "later, and end after that."
        )


def _nearest(frame: float) -> int:
    """Times have milliseconds, so that those of a frame are a little before it or after it."""
    return math.floor(frame + 0.5)


def _refuse_overlap(event: Event, code: int, frames: NDArray[np.int64], names: list[str]) -> None:
    others = frames[(frames != 0) & (frames != code)]
    if others.size:
        other = names[int(others[0]) - 1]
        raise ValueError(
            f"{event.behavior!r}, which begins at {event.start:g} s, and {other!r} claim "
            f"{others.size} frames both, and a frame has one label. Pass behaviors=, the "
            f"most important first, as [{event.behavior!r}, {other!r}]: it gets such frames."
        )


def _warn(events: Sequence[Event], end: float) -> None:
    open_ended = [event for event in events if event.stop is None and not event.is_point]
    if open_ended:
        _tell(f"{_listed(open_ended)} has no end, and lasts to that of the frames")
    late = [event for event in events if event.start >= end]
    if late:
        _tell(
            f"{_listed(late)} begins past the last frame, at {end:g} s, and is left out. fps or "
            "n_timesteps may be wrong"
        )


def _listed(events: Sequence[Event]) -> str:
    first = f"{events[0].behavior!r} at {events[0].start:g} s"
    return first if len(events) == 1 else f"{first} (and {len(events) - 1} more)"


def _tell(text: str) -> None:
    # The caller of read_annotations.
    warnings.warn(f"{text}.", UserWarning, stacklevel=5)
