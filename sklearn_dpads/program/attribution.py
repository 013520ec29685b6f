r"""Outputs of programs, split into what each feature brings.

Every value is written as ``baseline + sum of parts``. The baseline is what the same branches
give on a sequence that stands at a reference frame throughout; a part belongs to a feature.
The rules, from the leaves up:

- ``Affine``: a part is weight times distance of the feature from its reference, plus, inside
  ``Fold``, what the part of the accumulator hands on. This is exact.
- ``Add``, means over windows, filters and ``Fold`` are linear in their parts. This is exact, too.
  The largest and the smallest value of a window have the parts that they have in their own frame.
- ``ITE`` passes on the parts of the branch that was taken; its condition gets none.
- ``Multiply``: with :math:`a = a_0 + \sum_j a_j` and :math:`b = b_0 + \sum_j b_j`, part j is
  :math:`\tfrac12 a_j (b + b_0) + \tfrac12 b_j (a + a_0)`, so that every difference of the
  product is shared by halves between its two factors. For the product of two sums this is
  the Shapley value of feature j, Shapley, "A value for n-person games" (1953); for products
  of products it is still additive, but no longer that value.
- A user's production changes its value by all that lies between its arguments and their
  baselines. The change belongs to a feature where that one alone has a part in the arguments,
  and otherwise to a remainder that is kept apart and handled like one more feature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..grammar import SlideWindow, Statistic, StreamKey
from ..grammar.statistics import MEAN, State, of_constant, over_span
from ..inputs.sequences import Sequences
from .expression import Array
from .meaning import Meaning, Node
from .prefixes import AllPrefixes, causal_mean, filter_weights


@dataclass(frozen=True, eq=False)
class Attributed:
    """A value, split into a baseline and a part for each feature.

    Parameters
    ----------
    value, baseline : ndarray of float64 of shape (..., width)
        The value, and the same branches at the reference frame.
    parts : ndarray of float64 of shape (..., n_features + 1, width)
        What each feature brings and, last, the remainder.
    """

    value: Array
    baseline: Array
    parts: Array


class _Read(NamedTuple):
    """What functions of frames read, and what it is where all frames are the reference."""

    x: Array
    reference: Array


class Attribution(Meaning[Sequences, _Read, Attributed]):
    """Attributed values after each frame, of arrays of shape (n_samples, n_timesteps, …).

    Parameters
    ----------
    reference : ndarray of float64 of shape (n_features,)
        The frame that features are compared with.
    """

    def __init__(self, reference: Array) -> None:
        self.reference = reference
        self._numbers = AllPrefixes()

    def stream(self, key: StreamKey, sequence: Sequences) -> _Read:
        reference = self.reference
        if key.kind != "raw":
            reference = of_constant(key.statistic, reference, np)
        return _Read(self._numbers.stream(key, sequence), reference)

    def filtered(self, node: Node, sequence: Sequences) -> _Read:
        found = self._numbers.filtered(node, sequence)
        return _Read(found, sum(filter_weights(node)) * self.reference)

    def statistic_of_values(self, node: Node, sequence: Sequences) -> Attributed:
        frames = self.over_stream(node, sequence)
        window = node.production.window
        if node.production.statistic != MEAN:
            return _at_extremes(frames, node.production)
        parts = causal_mean(frames.parts.reshape(*frames.value.shape[:2], -1), window)
        return Attributed(
            causal_mean(frames.value, window),
            causal_mean(frames.baseline, window),
            parts.reshape(frames.parts.shape),
        )

    def fold(self, node: Node, sequence: Sequences) -> Attributed:
        n_samples, n_timesteps, n_features = sequence.frames.shape
        initial = np.tile(node.params["initial"], (n_samples, 1))
        state = Attributed(initial, initial, np.zeros((n_samples, n_features + 1, node.width)))
        states = []
        for t in range(n_timesteps):
            frame = _Read(sequence.frames[:, t], self.reference)
            state = self.over_frame(node.args[0], frame, state)
            states.append(state)
        return Attributed(
            np.stack([s.value for s in states], axis=1),
            np.stack([s.baseline for s in states], axis=1),
            np.stack([s.parts for s in states], axis=1),
        )

    def affine_map(self, node: Node, read: _Read, state: Attributed | None) -> Attributed:
        x, reference = read
        columns = list(node.production.features)
        weight, bias = node.params["weight"], node.params["bias"]
        value = x[..., columns] @ weight.T + bias
        baseline = np.broadcast_to(reference[columns] @ weight.T + bias, value.shape)
        parts = self._nothing(node, x)
        # A group may name a column twice, so that terms are added up.
        for k, column in enumerate(columns):
            distance = x[..., column] - reference[column]
            parts[..., column, :] += distance[..., None] * weight[:, k]
        if state is not None:
            recurrent = node.params["recurrent"].T
            value = value + state.value @ recurrent
            baseline = baseline + state.baseline @ recurrent
            parts += state.parts @ recurrent
        return Attributed(value, baseline, parts)

    def constant(self, node: Node, read: _Read, state: Attributed | None) -> Attributed:
        value = self._numbers.constant(node, read.x, None)
        return Attributed(value, value, self._nothing(node, read.x))

    def frame(self, node: Node, read: _Read, state: Attributed | None) -> Attributed:
        x, reference = read
        features, parts = np.arange(x.shape[-1]), self._nothing(node, x)
        parts[..., features, features] = x - reference
        return Attributed(x, np.broadcast_to(reference, x.shape), parts)

    def add(self, node: Node, left: Attributed, right: Attributed) -> Attributed:
        return Attributed(
            left.value + right.value, left.baseline + right.baseline, left.parts + right.parts
        )

    def multiply(self, node: Node, left: Attributed, right: Attributed) -> Attributed:
        parts = left.parts * (right.value + right.baseline)[..., None, :]
        parts += right.parts * (left.value + left.baseline)[..., None, :]
        return Attributed(left.value * right.value, left.baseline * right.baseline, parts / 2)

    def choice(
        self, node: Node, condition: Attributed, then: Attributed, other: Attributed
    ) -> Attributed:
        chosen = condition.value >= 0
        return Attributed(
            np.where(chosen, then.value, other.value),
            np.where(chosen, then.baseline, other.baseline),
            np.where(chosen[..., None], then.parts, other.parts),
        )

    def side_by_side(self, node: Node, *values: Attributed) -> Attributed:
        return Attributed(
            np.concatenate([value.value for value in values], axis=-1),
            np.concatenate([value.baseline for value in values], axis=-1),
            np.concatenate([value.parts for value in values], axis=-1),
        )

    def call(self, node: Node, *args: Attributed) -> Attributed:
        value = self._numbers.call(node, *(arg.value for arg in args))
        baseline = self._numbers.call(node, *(arg.baseline for arg in args))
        return Attributed(value, baseline, _owned(value - baseline, args))

    def _nothing(self, node: Node, x: Array) -> Array:
        return np.zeros((*x.shape[:-1], x.shape[-1] + 1, node.width))


def _at_extremes(frames: Attributed, production: SlideWindow) -> Attributed:
    """Give values with their parts in the frame whose value is the extreme of the span."""
    goes_first = np.greater_equal if production.statistic.name == "Max" else np.less_equal
    of_numbered = Statistic(
        "",
        "",
        element=lambda x: tuple(np.split(x, 2, axis=-1)),
        merge=lambda xp, a, b: _further(a, b, goes_first),
        finish=lambda xp, a: np.concatenate([a[1], a[2]], axis=-1),
    )
    number = np.arange(frames.value.shape[1], dtype=float)[:, None]
    numbered = np.concatenate([frames.value, np.broadcast_to(number, frames.value.shape)], axis=-1)
    found = over_span(of_numbered, numbered, production.window, np)
    frame = np.split(found, 2, axis=-1)[1].astype(int)
    return Attributed(
        np.take_along_axis(frames.value, frame, axis=1),
        np.take_along_axis(frames.baseline, frame, axis=1),
        np.take_along_axis(frames.parts, frame[..., None, :], axis=1),
    )


def _further(a: State, b: State, goes_first: Callable[[Any, Any], Array]) -> State:
    """Give the value that is further out, with its number; of equal ones the first."""
    first = goes_first(a[1], b[1])
    return np.where(first, a[1], b[1]), np.where(first, a[2], b[2])


def _owned(change: Array, args: tuple[Attributed, ...]) -> Array:
    """Give a change to the one feature that can have made it, or else to the remainder."""
    moved = np.any([(arg.parts != 0).any(axis=-1) for arg in args], axis=0)
    owner = moved & (moved.sum(axis=-1, keepdims=True) == 1)
    owner[..., -1] |= ~owner.any(axis=-1)
    return np.where(owner[..., None], change[..., None, :], 0.0)
