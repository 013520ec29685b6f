"""Operations whose gradients torch's own would not give so fast or so safely."""

from __future__ import annotations

import torch
from torch import Tensor


class PermuteRows(torch.autograd.Function):
    """Reorder the first axis by a permutation; the gradient is the inverse gather."""

    @staticmethod
    def forward(ctx, values: Tensor, order: Tensor, inverse: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(inverse)
        return values.index_select(0, order)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[no-untyped-def]
        (inverse,) = ctx.saved_tensors
        return gradient.index_select(0, inverse), None, None


class Bounded(torch.autograd.Function):
    """Clip values, and the gradient too, which a long recurrence can let explode."""

    @staticmethod
    def forward(ctx, values: Tensor, bound: float) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(values)
        ctx.bound = bound
        return values.clamp(-bound, bound)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        (values,) = ctx.saved_tensors
        inside = values.abs() <= ctx.bound
        return gradient.clamp(-ctx.bound, ctx.bound) * inside, None
