"""Meaning of the productions in torch, on rows of values, with the gradients it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..grammar import Production, UserProduction

Gate = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class SoftGate:
    """What :func:`soft_gate` gives; a class, so that compiled loops can tell which gate it is."""

    sharpness: float

    def __call__(self, condition: Tensor) -> Tensor:
        return torch.sigmoid(condition if self.sharpness == 1.0 else self.sharpness * condition)


@dataclass(frozen=True)
class StraightThroughGate:
    """What :func:`straight_through_gate` gives."""

    sharpness: float

    def __call__(self, condition: Tensor) -> Tensor:
        soft = torch.sigmoid(self.sharpness * condition)
        return soft + (hard_gate(condition) - soft).detach()


def soft_gate(sharpness: float = 1.0) -> Gate:
    """Relaxed condition: the share of the first branch is sigmoid(sharpness * c)."""
    return SoftGate(sharpness)


def hard_gate(condition: Tensor) -> Tensor:
    """Condition of a discrete program: the first branch where c >= 0."""
    return (condition >= 0).to(condition.dtype)


def straight_through_gate(sharpness: float = 1.0) -> Gate:
    """Hard condition whose gradient is that of the relaxed one."""
    return StraightThroughGate(sharpness)


class FiniteGradient(torch.autograd.Function):
    """Values as they are; what is not finite in their gradient becomes 0.

    A user's function can overflow, ``exp`` for one, and 0 times infinity would then reach
    every graph of the forest through the mixing matrices.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return torch.nan_to_num(gradient, 0.0, 0.0, 0.0)


def combine(
    production: Production | None, values: list[Tensor], gate: Gate, bound: float | None
) -> Tensor:
    """Combine the values of a group's arguments.

    Parameters
    ----------
    production : Production
        ``Add``, ``Multiply``, ``ITE`` or a user's production.
    values : list of Tensor of shape (n_members, width, n_positions)
        Argument values; a condition has width 1.
    gate : callable
        How a condition becomes the share of the first branch.
    bound : float or None
        Products and what users' functions give are clipped to this size, so that one
        exploding candidate can't spoil the forest it is trained in; None leaves them as
        they are.
    """
    if production is None or production.meaning not in _COMBINATIONS:
        raise TypeError(f"{production} can't be combined.")
    return _COMBINATIONS[production.meaning](production, values, gate, bound)


def _add(production: Production, values: list[Tensor], gate: Gate, bound: float | None) -> Tensor:
    return values[0] + values[1]


def _multiply(
    production: Production, values: list[Tensor], gate: Gate, bound: float | None
) -> Tensor:
    product = values[0] * values[1]
    return product if bound is None else product.clamp(-bound, bound)


def _choice(
    production: Production, values: list[Tensor], gate: Gate, bound: float | None
) -> Tensor:
    condition, then, other = values
    return torch.lerp(other, then, gate(condition).expand_as(then))


def _call(production: Production, values: list[Tensor], gate: Gate, bound: float | None) -> Tensor:
    assert isinstance(production, UserProduction)
    if bound is not None:
        values = [FiniteGradient.apply(value) for value in values]
    rows = [value.movedim(1, -1) for value in values]
    flat = [row.reshape(-1, row.shape[-1]) for row in rows]
    result: Tensor = production.function(*flat).reshape(rows[0].shape).movedim(-1, 1)
    if bound is None:
        return result
    return torch.nan_to_num(result, 0.0, bound, -bound).clamp(-bound, bound)


# By the name of the meaning, as the media of programs have their methods.
_COMBINATIONS = {"add": _add, "multiply": _multiply, "choice": _choice, "call": _call}


class PermuteRows(torch.autograd.Function):
    """Reorder the first axis by a permutation; the gradient is the inverse gather."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
        ctx.save_for_backward(inverse)
        return values.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (inverse,) = ctx.saved_tensors
        return gradient.index_select(0, inverse), None, None


class Bounded(torch.autograd.Function):
    """Clip values, and the gradient too, which a long recurrence can let explode."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, bound: float) -> Tensor:
        ctx.save_for_backward(values)
        ctx.bound = bound
        return values.clamp(-bound, bound)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (values,) = ctx.saved_tensors
        inside = values.abs() <= ctx.bound
        return gradient.clamp(-ctx.bound, ctx.bound) * inside, None
