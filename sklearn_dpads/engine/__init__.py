"""Evaluation of forests of derivation graphs in torch."""

from .kept_frames import KeptFrames
from .packing import Packed
from .parameters import (
    Parameters,
    architecture_weights,
    beside_relaxed,
    from_expression,
    initialize,
    to_expression,
)
from .plan import stream_keys
from .schedule import Runtime, Schedule
from .semantics import (
    Gate,
    hard_gate,
    soft_gate,
    straight_through_gate,
)
from .streams import Batch, FrameStreams

__all__ = [
    "Batch",
    "FrameStreams",
    "Gate",
    "KeptFrames",
    "Packed",
    "Parameters",
    "Runtime",
    "Schedule",
    "architecture_weights",
    "beside_relaxed",
    "from_expression",
    "hard_gate",
    "initialize",
    "soft_gate",
    "straight_through_gate",
    "stream_keys",
    "to_expression",
]
