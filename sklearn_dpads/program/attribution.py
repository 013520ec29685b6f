r"""Outputs of programs, split into what each feature brings.

Every value is written as ``baseline + sum of parts``. The baseline is what the same branches
give on a sequence that stands at a reference frame throughout; a part belongs to a feature.
The rules, from the leaves up:

- ``Affine``: a part is weight times distance of the feature from its reference, plus, inside
  ``Fold``, what the part of the accumulator hands on. This is exact.
- ``Add``, means over windows and ``Fold`` are linear in their parts. This is exact, too.
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

from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from ..grammar import (
    ITE,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
    Production,
    SlideWindowAvg,
    UserProduction,
)
from .evaluate import (
    Sequences,
    causal_mean,
    centered_mean,
    combine,
)
from .expression import Array, Expression


@dataclass(frozen=True, eq=False)
class Split:
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


@singledispatch
def split_scan(
    production: Production, expression: Expression, sequences: Sequences, reference: Array
) -> Split:
    """Split the value of an expression over lists after each frame.

    Parameters
    ----------
    production : Production
        The production of the expression, which is dispatched on.
    expression : Expression
        Of signature list->atom or list->list.
    sequences : Sequences
        The data.
    reference : ndarray of float64 of shape (n_features,)
        The frame that features are compared with.

    Returns
    -------
    split : Split
        With arrays of shape (n_samples, n_timesteps, …).
    """
    raise TypeError(f"{production.label} is not a production over lists.")


@split_scan.register
def _(production: Map, expression: Expression, sequences: Sequences, reference: Array) -> Split:
    return _split(expression.args[0], sequences.frames, reference)


@split_scan.register
def _(
    production: MapPrefix, expression: Expression, sequences: Sequences, reference: Array
) -> Split:
    inner = expression.args[0]
    return split_scan(inner.production, inner, sequences, reference)


@split_scan.register
def _(
    production: SlideWindowAvg, expression: Expression, sequences: Sequences, reference: Array
) -> Split:
    inner, window = expression.args[0], production.window
    if production.average == "frames":
        return _split(inner, causal_mean(sequences.frames, window), reference)
    frames = _split(inner, sequences.frames, reference)
    parts = causal_mean(frames.parts.reshape(*frames.value.shape[:2], -1), window)
    return Split(
        causal_mean(frames.value, window),
        causal_mean(frames.baseline, window),
        parts.reshape(frames.parts.shape),
    )


@split_scan.register
def _(
    production: CenteredWindowAvg, expression: Expression, sequences: Sequences, reference: Array
) -> Split:
    means = centered_mean(sequences.frames, sequences.lengths, production.window)
    return _split(expression.args[0], means, reference)


@split_scan.register
def _(production: Fold, expression: Expression, sequences: Sequences, reference: Array) -> Split:
    n_samples, n_timesteps, n_features = sequences.frames.shape
    initial = np.tile(expression.params["initial"], (n_samples, 1))
    nothing = np.zeros((n_samples, n_features + 1, expression.width))
    state = Split(initial, initial, nothing)
    states = []
    for t in range(n_timesteps):
        state = _split(expression.args[0], sequences.frames[:, t], reference, state)
        states.append(state)
    return Split(
        np.stack([s.value for s in states], axis=1),
        np.stack([s.baseline for s in states], axis=1),
        np.stack([s.parts for s in states], axis=1),
    )


@split_scan.register
def _(production: ITE, expression: Expression, sequences: Sequences, reference: Array) -> Split:
    args = [split_scan(a.production, a, sequences, reference) for a in expression.args]
    return _choose(*args)


def _split(
    expression: Expression, frames: Array, reference: Array, state: Split | None = None
) -> Split:
    """Split an atom->atom expression on frames of shape (..., n_features)."""
    production = expression.production
    if production.is_terminal:
        return _split_terminal(expression, frames, reference, state)
    args = [_split(arg, frames, reference, state) for arg in expression.args]
    if isinstance(production, ITE):
        return _choose(*args)
    value = combine(production, [arg.value for arg in args])
    baseline = combine(production, [arg.baseline for arg in args])
    if isinstance(production, Add):
        return Split(value, baseline, args[0].parts + args[1].parts)
    if isinstance(production, Multiply):
        a, b = args
        parts = a.parts * (b.value + b.baseline)[..., None, :]
        parts += b.parts * (a.value + a.baseline)[..., None, :]
        return Split(value, baseline, parts / 2)
    if isinstance(production, UserProduction):
        return Split(value, baseline, _user_parts(value - baseline, args))
    raise TypeError(f"{production.label} is not an atom->atom production.")


def _split_terminal(
    expression: Expression, frames: Array, reference: Array, state: Split | None
) -> Split:
    production, params = expression.production, expression.params
    n_features = frames.shape[-1]
    parts = np.zeros((*frames.shape[:-1], n_features + 1, expression.width))
    if isinstance(production, Constant):
        value = np.broadcast_to(params["value"], (*frames.shape[:-1], expression.width))
        return Split(value, value, parts)
    if isinstance(production, Input):
        features = np.arange(n_features)
        parts[..., features, features] = frames - reference
        return Split(frames, np.broadcast_to(reference, frames.shape), parts)
    if not isinstance(production, Affine):
        raise TypeError(f"{production.label} is not a terminal production.")
    columns, weight = list(production.features), params["weight"]
    value = frames[..., columns] @ weight.T + params["bias"]
    baseline = np.broadcast_to(reference[columns] @ weight.T + params["bias"], value.shape)
    # A group may name a column twice, so that terms are added up.
    for k, column in enumerate(columns):
        parts[..., column, :] += (frames[..., column] - reference[column])[..., None] * weight[:, k]
    if state is not None:
        recurrent = params["recurrent"].T
        value = value + state.value @ recurrent
        baseline = baseline + state.baseline @ recurrent
        parts += state.parts @ recurrent
    return Split(value, baseline, parts)


def _choose(condition: Split, then: Split, other: Split) -> Split:
    chosen = condition.value >= 0
    return Split(
        np.where(chosen, then.value, other.value),
        np.where(chosen, then.baseline, other.baseline),
        np.where(chosen[..., None], then.parts, other.parts),
    )


def _user_parts(change: Array, args: list[Split]) -> Array:
    """Give a change to the one feature that can have made it, or else to the remainder."""
    moved = np.any([(arg.parts != 0).any(axis=-1) for arg in args], axis=0)
    owner = moved & (moved.sum(axis=-1, keepdims=True) == 1)
    owner[..., -1] |= ~owner.any(axis=-1)
    return np.where(owner[..., None], change[..., None, :], 0.0)
