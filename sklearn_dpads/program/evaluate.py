"""Evaluation of programs in numpy, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..grammar import LIST_TO_LIST, RAW, Signature, StreamKey
from ..grammar.statistics import over_span
from ..inputs.sequences import Sequences
from .expression import Array, Expression
from .meaning import Node
from .prefixes import AllPrefixes, Arithmetic, filter_weights
from .whole import Read, Whole, WholeSequences, columns_asked


def evaluate(expression: Expression, sequences: Sequences) -> Array:
    """Evaluate an expression over lists on sequences.

    Parameters
    ----------
    expression : Expression
        Of signature list->atom or list->list.
    sequences : Sequences
        The data.

    Returns
    -------
    values : ndarray of float64
        (n_samples, width) for list->atom, (n_samples, n_timesteps, width) for
        list->list, where values past a sequence's end are meaningless.
    """
    per_frame = expression.signature == LIST_TO_LIST
    shape = (sequences.n_samples, *[sequences.n_timesteps] * per_frame, expression.width)
    found = np.zeros(shape)
    if per_frame:
        for rows, part in sequences.parts():
            found[rows, : part.n_timesteps] = AllPrefixes().over_list(expression, part)
        return found
    asked = columns_asked(expression)
    for rows, part in sequences.parts_to_reduce():
        found[rows] = WholeSequences().over_list(expression, Whole(part, asked))
    return found


# What a function of frames reads: a stream, or the frames filtered by weights.
_Read = StreamKey | tuple[float, ...]
# An expression that is kept, and what it reads; None for one over lists.
_Key = tuple[int, _Read | None]


class LastValues(Arithmetic[None, _Read]):
    """Values of expressions that share subexpressions with one that is kept.

    Window means are computed once, and for expressions that give one value per sequence
    nothing is computed on frames that such a value does not depend on.

    Parameters
    ----------
    sequences : Sequences
        The data.
    signature : Signature
        Signature of the expressions.
    """

    def __init__(self, sequences: Sequences, signature: Signature) -> None:
        self._per_frame = signature == LIST_TO_LIST
        self._all: Any = AllPrefixes() if self._per_frame else WholeSequences()
        self._place = sequences if self._per_frame else Whole(sequences)
        self._inputs: dict[_Read, Array | Read] = {}
        if self._per_frame:
            self._inputs[RAW] = sequences.frames
        # An expression is kept with its value, so that no other one can have its id.
        self._kept: dict[_Key, tuple[Node, Array]] = {}
        self._found: dict[_Key, tuple[Node, Array]] = {}

    def evaluate(self, expression: Expression) -> Array:
        """Give the values, as :func:`evaluate` does."""
        self._found = {}
        return self.over_list(expression, None)

    def keep(self, expression: Expression) -> None:
        """Evaluate, and keep the values of all subexpressions in place of those kept before."""
        self.evaluate(expression)
        parts = {id(node) for _, node in expression.walk()}
        old = {key: value for key, value in self._kept.items() if key[0] in parts}
        self._kept = {**old, **self._found}

    def over_list(self, node: Node, sequence: None) -> Array:
        key = (id(node), None)
        if key not in self._kept:
            self._found[key] = (node, super().over_list(node, sequence))
        return (self._kept if key in self._kept else self._found)[key][1]

    def over_frame(self, node: Node, x: _Read, state: Array | None = None) -> Array:
        key = (id(node), x)
        if key not in self._kept:
            self._found[key] = (node, super().over_frame(node, x, state))
        return (self._kept if key in self._kept else self._found)[key][1]

    def stream(self, key: StreamKey, sequence: None) -> StreamKey:
        return key

    def filtered(self, node: Node, sequence: None) -> tuple[float, ...]:
        return filter_weights(node)

    def statistic_of_values(self, node: Node, sequence: None) -> Array:
        if not self._per_frame:
            whole: Array = self._all.statistic_of_values(node, self._place)
            return whole
        production, frames = node.production, self.over_stream(node, sequence)
        values: Array = over_span(production.statistic, frames, production.window, np)
        return values

    def fold(self, node: Node, sequence: None) -> Array:
        values: Array = self._all.fold(node, self._place)
        return values

    def affine_map(self, node: Node, x: _Read, state: Array | None) -> Array:
        values: Array = self._all.affine_map(node, self._input(x), None)
        return values

    def constant(self, node: Node, x: _Read, state: Array | None) -> Array:
        values: Array = self._all.constant(node, self._input(x), None)
        return values

    def frame(self, node: Node, x: _Read, state: Array | None) -> Array:
        values: Array = self._all.frame(node, self._input(x), None)
        return values

    def _input(self, read: _Read) -> Array | Read:
        if read not in self._inputs:
            if isinstance(read, StreamKey):
                self._inputs[read] = self._all.stream(read, self._place)
            else:
                self._inputs[read] = self._all.weighted(self._place, read)
        return self._inputs[read]
