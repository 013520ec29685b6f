"""Every part of a program in its place: what it sees there, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..grammar import Kind
from ..inputs.sequences import Sequences
from .expression import Array, Expression
from .prefixes import AllPrefixes

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class NodeValues:
    """A subexpression and what it sees and gives in its place.

    Parameters
    ----------
    path : tuple of int
        Positions of the arguments that lead here from the root.
    role : str
        ``"if ≥ 0"``, ``"then"`` or ``"else"`` for an argument of ``ITE``, else empty.
    expression : Expression
        The subexpression.
    sequences : Sequences
        The data.
    inputs : ndarray of float64 of shape (n_samples, n_timesteps, n_features)
        Frames, or means of frames, that it is applied to.
    state : ndarray of float64 of shape (n_samples, n_timesteps, accumulator) or None
        Accumulator before each frame, inside ``Fold``.
    reached : ndarray of bool of shape (n_samples, n_timesteps)
        Frames after which the branches taken lead here.
    meaning : AllPrefixes
        What evaluates it.
    """

    path: tuple[int, ...]
    role: str
    expression: Expression
    sequences: Sequences
    inputs: Array
    state: Array | None
    reached: Mask
    meaning: AllPrefixes

    @cached_property
    def values(self) -> Array:
        """Its value after each frame, (n_samples, n_timesteps, width); past the end, anything."""
        with np.errstate(all="ignore"):
            if self.expression.signature.input is Kind.ATOM:
                return np.array(self.meaning.over_frame(self.expression, self.inputs, self.state))
            return self.meaning.over_list(self.expression, self.sequences)

    def arguments(self) -> Iterator[NodeValues]:
        """The parts that it is made of."""
        inputs, state = self._shown()
        places = self.expression.production.arguments
        for i, (arg, place) in enumerate(zip(self.expression.args, places, strict=True)):
            yield NodeValues(
                (*self.path, i),
                place.role,
                arg,
                self.sequences,
                inputs,
                state,
                self.reached,
                self.meaning,
            )

    def _shown(self) -> tuple[Array, Array | None]:
        """Frames and accumulator that it shows to its arguments."""
        production = self.expression.production
        if production.recurrent:
            values = self.values
            first = np.broadcast_to(self.expression.params["initial"], values[:, :1].shape)
            return self.inputs, np.concatenate([first, values[:, :-1]], axis=1)
        if production.stream is not None:
            return self.meaning.stream(production.stream, self.sequences), None
        if production.streams:
            return self.meaning.filtered(self.expression, self.sequences), None
        return self.inputs, self.state


def walk_values(
    expression: Expression, sequences: Sequences, meaning: AllPrefixes | None = None
) -> Iterator[NodeValues]:
    """Go through every subexpression in its place, in depth-first order.

    Parameters
    ----------
    expression : Expression
        Of signature list->atom or list->list.
    sequences : Sequences
        The data.
    meaning : AllPrefixes or None, default=None
        What evaluates the parts: one that keeps streams, where several programs read the same
        sequences.

    Yields
    ------
    part : NodeValues
        Its values are computed when they are asked for.
    """
    reached = sequences.mask()
    root = NodeValues(
        (), "", expression, sequences, sequences.frames, None, reached, meaning or AllPrefixes()
    )
    yield from _walk(root)


def _walk(part: NodeValues) -> Iterator[NodeValues]:
    yield part
    arguments = list(part.arguments())
    if any(place.condition for place in part.expression.production.arguments):
        chosen = arguments[0].values[..., 0] >= 0
        arguments[1:] = [
            replace(arguments[1], reached=part.reached & chosen),
            replace(arguments[2], reached=part.reached & ~chosen),
        ]
    for argument in arguments:
        yield from _walk(argument)
