"""What every subexpression of a program gives on sequences, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..grammar import (
    ATOM_TO_ATOM,
    ITE,
    CenteredWindowAvg,
    Fold,
    SlideWindowAvg,
)
from .evaluate import (
    Sequences,
    atom,
    causal_mean,
    centered_mean,
    scan,
)
from .expression import Array, Expression

Mask = NDArray[np.bool_]

_ITE_ROLES = ("if ≥ 0", "then", "else")


@dataclass(frozen=True, eq=False)
class Place:
    """A subexpression and what it sees and gives in its place.

    Parameters
    ----------
    path : tuple of int
        Positions of the arguments that lead here from the root.
    role : str
        ``"if ≥ 0"``, ``"then"`` or ``"else"`` for an argument of ``ITE``, else empty.
    expression : Expression
        The subexpression.
    inputs : ndarray of float64 of shape (n_samples, n_timesteps, n_features)
        Frames, or means of frames, that it is applied to.
    state : ndarray of float64 of shape (n_samples, n_timesteps, accumulator) or None
        Accumulator before each frame, inside ``Fold``.
    values : ndarray of float64 of shape (n_samples, n_timesteps, width)
        Its value after each frame; meaningless past a sequence's end.
    reached : ndarray of bool of shape (n_samples, n_timesteps)
        Frames after which the branches taken lead here.
    """

    path: tuple[int, ...]
    role: str
    expression: Expression
    inputs: Array
    state: Array | None
    values: Array
    reached: Mask


def argument_roles(expression: Expression) -> tuple[str, ...]:
    """Roles of the arguments of an expression, as :class:`Place` names them."""
    if isinstance(expression.production, ITE):
        return _ITE_ROLES
    return ("",) * len(expression.args)


def walk_places(expression: Expression, sequences: Sequences) -> Iterator[Place]:
    """Evaluate every subexpression in its place, in depth-first order.

    Parameters
    ----------
    expression : Expression
        Of signature list->atom or list->list.
    sequences : Sequences
        The data.
    """
    n_timesteps = sequences.frames.shape[1]
    reached = np.arange(n_timesteps) < sequences.lengths[:, None]
    return _walk((), "", expression, sequences, sequences.frames, None, reached)


def _walk(
    path: tuple[int, ...],
    role: str,
    expression: Expression,
    sequences: Sequences,
    inputs: Array,
    state: Array | None,
    reached: Mask,
) -> Iterator[Place]:
    values = _value(expression, sequences, inputs, state)
    yield Place(path, role, expression, inputs, state, values, reached)
    inputs, state = _shown(expression, sequences, values, inputs, state)
    roles, branches = argument_roles(expression), [reached] * len(expression.args)
    if isinstance(expression.production, ITE):
        chosen = _value(expression.args[0], sequences, inputs, state)[..., 0] >= 0
        branches = [reached, reached & chosen, reached & ~chosen]
    for i, (arg, name, mask) in enumerate(zip(expression.args, roles, branches, strict=True)):
        yield from _walk((*path, i), name, arg, sequences, inputs, state, mask)


def _value(
    expression: Expression, sequences: Sequences, inputs: Array, state: Array | None
) -> Array:
    if expression.signature == ATOM_TO_ATOM:
        return np.array(atom(expression, inputs, state))
    return scan(expression.production, expression, sequences)


def _shown(
    expression: Expression,
    sequences: Sequences,
    values: Array,
    inputs: Array,
    state: Array | None,
) -> tuple[Array, Array | None]:
    """Frames and accumulator that an expression shows to its arguments."""
    production = expression.production
    if isinstance(production, SlideWindowAvg) and production.average == "frames":
        return causal_mean(sequences.frames, production.window), None
    if isinstance(production, CenteredWindowAvg):
        return centered_mean(sequences.frames, sequences.lengths, production.window), None
    if isinstance(production, Fold):
        first = np.broadcast_to(expression.params["initial"], values[:, :1].shape)
        return inputs, np.concatenate([first, values[:, :-1]], axis=1)
    return inputs, state
