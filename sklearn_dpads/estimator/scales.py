"""Where the features lie that programs read, on the data of a fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..grammar import LIST_TO_ATOM, Signature, StreamKey
from ..grammar.statistics import of_constant
from ..program import Expression, Sequences
from ..program.prefixes import AllPrefixes
from ..program.scales import Scales, features_of, name_of, readings
from ..program.whole import Whole, WholeSequences
from .scaling import FrameScaling

Array = NDArray[np.float64]


class ScaleTable:
    """Means and standard deviations of frames and of their statistics, each found once.

    Parameters
    ----------
    sequences : Sequences
        Scaled sequences.
    scaling : FrameScaling
        Their scaling.
    signature : Signature
        Signature of the programs: those that give a value per sequence read statistics of
        whole sequences.
    """

    def __init__(self, sequences: Sequences, scaling: FrameScaling, signature: Signature) -> None:
        self._sequences, self._scaling = sequences, scaling
        self._whole = signature == LIST_TO_ATOM
        self._found: dict[StreamKey, tuple[Array, Array]] = {}

    def of(self, expression: Expression) -> Scales:
        """Give the scales of what a program over raw frames reads."""
        streams: dict[str, dict[int, tuple[float, float]]] = {}
        for node, key in readings(expression):
            centers, spreads = self._of_stream(key)
            read = streams.setdefault(name_of(key), {})
            for feature in features_of(node):
                read[feature] = (float(centers[feature]), float(spreads[feature]))
        return Scales(streams)

    def _of_stream(self, key: StreamKey) -> tuple[Array, Array]:
        if key not in self._found:
            values = self._values(key)
            # A statistic of scaled frames is as much smaller, and shifted as frames that are all
            # the same.
            shift = self._scaling.mean
            if key.kind != "raw":
                shift = of_constant(key.statistic, shift, np)
            scale = self._scaling.scale
            self._found[key] = values.mean(axis=0) * scale + shift, values.std(axis=0) * scale
        return self._found[key]

    def _values(self, key: StreamKey) -> Array:
        if self._whole and key.kind != "raw":
            parts = (Whole(part) for _, part in self._sequences.parts())
            return np.concatenate([WholeSequences().stream(key, part).values for part in parts])
        values: Array = AllPrefixes().stream(key, self._sequences)[self._sequences.mask()]
        return values
