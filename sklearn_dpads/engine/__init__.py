"""Evaluation of forests of derivation graphs in torch."""

from ._packing import Packed
from ._parameters import (
    Parameters,
    architecture_weights,
    from_expression,
    initialize,
    to_expression,
)
from ._plan import stream_keys
from ._schedule import Runtime, Schedule
from ._semantics import Gate, hard_gate, soft_gate, straight_through_gate
from ._streams import Batch, FrameStreams

__all__ = [
    "Batch",
    "FrameStreams",
    "Gate",
    "Packed",
    "Parameters",
    "Runtime",
    "Schedule",
    "architecture_weights",
    "from_expression",
    "hard_gate",
    "initialize",
    "soft_gate",
    "straight_through_gate",
    "stream_keys",
    "to_expression",
]
