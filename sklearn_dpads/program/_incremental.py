"""Evaluation of one expression after another that differ in a few places."""

from __future__ import annotations

import numpy as np

from ..grammar import (
    ITE,
    LIST_TO_LIST,
    CenteredWindowAvg,
    Fold,
    Map,
    MapPrefix,
    Signature,
    SlideWindowAvg,
)
from .evaluate import (
    Sequences,
    atom,
    causal_mean,
    centered_mean,
    combine,
    scan,
)
from .expression import Array, Expression

# What an expression reads: the sequences, all frames, or the means of a window.
_Source = tuple[str, int | None]
_SEQUENCES: _Source = ("sequences", None)
_FRAMES: _Source = ("frames", None)
_Key = tuple[int, _Source]


class IncrementalEvaluator:
    """Evaluates expressions that share subexpressions with one that is kept.

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
        self._sequences = sequences
        self._per_frame = signature == LIST_TO_LIST
        self._inputs: dict[_Source, Array] = {_FRAMES: sequences.frames}
        # An expression is kept with its value, so that no other one can have its id.
        self._kept: dict[_Key, tuple[Expression, Array]] = {}

    def evaluate(self, expression: Expression) -> Array:
        """Give the values, as :func:`~._evaluate.evaluate` does."""
        return self._value(expression, _SEQUENCES, {})

    def keep(self, expression: Expression) -> None:
        """Evaluate, and keep the values of all subexpressions in place of those kept before."""
        found: dict[_Key, tuple[Expression, Array]] = {}
        self._value(expression, _SEQUENCES, found)
        parts = {id(node) for _, node in expression.walk()}
        old = {key: value for key, value in self._kept.items() if key[0] in parts}
        self._kept = {**old, **found}

    def _value(
        self, expression: Expression, source: _Source, found: dict[_Key, tuple[Expression, Array]]
    ) -> Array:
        key = (id(expression), source)
        if key in self._kept:
            return self._kept[key][1]
        if source != _SEQUENCES:
            value = self._atom(expression, source, found)
        else:
            value = self._over_list(expression, found)
        found[key] = (expression, value)
        return value

    def _over_list(
        self, expression: Expression, found: dict[_Key, tuple[Expression, Array]]
    ) -> Array:
        production = expression.production
        if isinstance(production, Fold):
            return self._at_the_end(scan(production, expression, self._sequences))
        if isinstance(production, ITE):
            values = [self._value(arg, _SEQUENCES, found) for arg in expression.args]
            return combine(production, values)
        (body,) = expression.args
        if isinstance(production, MapPrefix):
            return self._value(body, _SEQUENCES, found)
        if isinstance(production, Map):
            return self._value(body, _FRAMES, found)
        if isinstance(production, CenteredWindowAvg):
            return self._value(body, ("centered", production.window), found)
        assert isinstance(production, SlideWindowAvg)
        if production.average == "values":
            inner = self._value(body, _FRAMES, found)
            return self._at_the_end(causal_mean(inner, production.window))
        return self._value(body, ("causal", production.window), found)

    def _atom(
        self,
        expression: Expression,
        source: _Source,
        found: dict[_Key, tuple[Expression, Array]],
    ) -> Array:
        if not expression.args:
            return atom(expression, self._input(source))
        values = [self._value(arg, source, found) for arg in expression.args]
        return combine(expression.production, values)

    def _input(self, source: _Source) -> Array:
        if source not in self._inputs:
            kind, window = source
            frames, lengths = self._sequences.frames, self._sequences.lengths
            if kind == "causal":
                means = self._at_the_end(causal_mean(frames, window))
            else:
                assert window is not None
                means = centered_mean(frames, lengths, window)
            self._inputs[source] = means
        return self._inputs[source]

    def _at_the_end(self, values: Array) -> Array:
        """Give the values after the last frame, where one value per sequence is asked for."""
        if self._per_frame:
            return values
        return values[np.arange(len(values)), self._sequences.lengths - 1]
