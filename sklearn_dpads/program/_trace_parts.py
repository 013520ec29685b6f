"""What single parts of a program do: subexpressions and conditions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..grammar import Affine
from ._places import Mask
from .expression import Array, Expression


@dataclass(frozen=True, eq=False)
class NodeTrace:
    """What one subexpression gives.

    Parameters
    ----------
    path : tuple of int
        Positions of the arguments that lead to it from the root, which is ``()``.
    role : str
        ``"if ≥ 0"``, ``"then"`` or ``"else"`` for an argument of ``ITE``, else empty.
    text : str
        The subexpression on one line.
    expression : Expression
        The subexpression.
    values : ndarray of float64 of shape (n_samples, n_timesteps, width)
        Its value after each frame; NaN past a sequence's end.
    mask : ndarray of bool of shape (n_samples, n_timesteps)
        Frames after which the branches taken lead to it, so that it has a say.
    inputs : ndarray of float64 of shape (n_samples, n_timesteps, n_features)
        What it is applied to: the frames, or the means of frames that a window above it
        hands down; NaN past a sequence's end.
    """

    path: tuple[int, ...]
    role: str
    text: str
    expression: Expression
    values: Array
    mask: Mask
    inputs: Array

    @property
    def terms(self) -> Array | None:
        """Weight times feature, for ``Affine``; None for other productions.

        An ndarray of float64 of shape (n_samples, n_timesteps, n_group_features, width). With
        the bias and, inside ``Fold``, the share of the accumulator, the terms of a frame add
        up to the value.
        """
        production = self.expression.production
        if not isinstance(production, Affine):
            return None
        columns = self.inputs[..., list(production.features)]
        terms: Array = columns[..., None] * self.expression.params["weight"].T
        return terms


@dataclass(frozen=True, eq=False)
class BranchTrace:
    """How one condition decides.

    Parameters
    ----------
    path : tuple of int
        Path of the ``ITE``.
    text : str
        Its condition, on one line.
    condition : ndarray of float64 of shape (n_samples, n_timesteps)
        Value of the condition after each frame; NaN past a sequence's end. The distance
        from 0 tells how far the choice is from switching.
    taken : ndarray of bool of shape (n_samples, n_timesteps)
        Whether the condition is at least 0, so that the first branch is taken.
    mask : ndarray of bool of shape (n_samples, n_timesteps)
        Frames after which the choice has a say: other branches taken lead to it.
    """

    path: tuple[int, ...]
    text: str
    condition: Array
    taken: Mask
    mask: Mask

    @property
    def shares(self) -> Array:
        """Share of the frames in `mask` that take the first branch and the second.

        An ndarray of float64 of shape (n_samples, 2), NaN for a sequence that is never asked.
        """
        asked = self.mask.sum(axis=1)
        then = (self.taken & self.mask).sum(axis=1)
        counts = np.column_stack([then, asked - then])
        return np.where(asked[:, None] > 0, counts / np.maximum(asked, 1)[:, None], np.nan)
