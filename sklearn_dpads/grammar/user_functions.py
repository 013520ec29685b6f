"""Whether a torch function of a user can be the value of a production: it is tried on probes."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from typing import Any, NoReturn

# Frames and features of the probes: small, and unlike each other, so that a mix-up shows.
_ROWS, _WIDTH = 5, 3


def check_function(name: str, function: Callable[..., Any], arity: int) -> None:
    """Raise unless a function can be the value of a production.

    Parameters
    ----------
    name : str
        Name to use in messages.
    function : callable
        The function.
    arity : int
        Number of tensors it is to take.

    Raises
    ------
    TypeError
        If it is not callable.
    ValueError
        If it cannot be pickled, can't be called with ``arity`` tensors, gives another
        shape or dtype, a value or a gradient that is not finite, no gradient to one of
        its arguments, different values when called twice, or mixes rows.
    """
    if not callable(function):
        raise TypeError(f"The function of {name!r} must be callable; got {function!r}.")
    import torch

    check_importable(name, function)
    # The caller may have gradients turned off.
    with torch.inference_mode(False), torch.enable_grad():
        for kind, arguments in _probes(arity):
            _check_call(name, function, arguments, kind)
        _check_gradients(name, function, arity)
        _check_rows(name, function, arity)


def _refuse(name: str, seen: str, remedy: str) -> NoReturn:
    raise ValueError(f"The function of {name!r} {seen}. {remedy}")


def check_importable(name: str, function: Callable[..., Any]) -> None:
    """Raise ValueError unless a function can be imported by its module and name."""
    remedy = (
        "Define it with def at the top level of a module and pass it itself, so that it can "
        "be imported by its name when a model is loaded."
    )
    qualified_name = getattr(function, "__qualname__", None)
    if isinstance(function, functools.partial) or qualified_name is None:
        _refuse(name, f"is an instance of {type(function).__name__}, not a function", remedy)
    if "<lambda>" in qualified_name:
        _refuse(name, "is a lambda", remedy)
    if "<locals>" in qualified_name:
        _refuse(name, f"is local to another function ({qualified_name})", remedy)
    try:
        same = pickle.loads(pickle.dumps(function)) is function
    except Exception as error:
        _refuse(name, f"can't be pickled ({type(error).__name__}: {error})", remedy)
    if not same:
        _refuse(name, "is not what its module has under its name", remedy)


def _probes(arity: int) -> list[tuple[str, list[Any]]]:
    import torch

    shape = (_ROWS, _WIDTH)
    probes: list[tuple[str, list[Any]]] = []
    for dtype in (torch.float64, torch.float32):
        ordinary = _ordinary(arity, dtype)
        probes += [
            ("zero", [torch.zeros(shape, dtype=dtype) for _ in range(arity)]),
            ("negative", [-value.abs() - 0.25 for value in ordinary]),
            ("ordinary values", ordinary),
        ]
    probes.append(("of width 1", [value[:, :1] for value in _ordinary(arity, torch.float64)]))
    return probes


def _ordinary(arity: int, dtype: Any) -> list[Any]:
    import torch

    # Irregular values of both signs, between -3 and 3, the same in every run.
    steps = torch.arange(1, arity * _ROWS * _WIDTH + 1, dtype=torch.float64)
    values = 3.0 * torch.sin(2.399963 * steps)
    return list(values.to(dtype).reshape(arity, _ROWS, _WIDTH))


def _call(name: str, function: Callable[..., Any], arguments: list[Any]) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        shape = tuple(arguments[0].shape)
        _refuse(
            name,
            f"was called with {len(arguments)} tensor(s) of shape {shape}, as "
            f"arity={len(arguments)} asks, and raised {type(error).__name__}: {error}",
            "Set arity to the number of tensors it takes, and let it take any (n, width).",
        )


def _check_call(name: str, function: Callable[..., Any], arguments: list[Any], kind: str) -> None:
    import torch

    before = [argument.clone() for argument in arguments]
    value = _call(name, function, arguments)
    if not isinstance(value, torch.Tensor):
        _refuse(name, f"gave a {type(value).__name__}", "Return a tensor, computed by torch alone.")
    given = (tuple(value.shape), value.dtype)
    wanted = (tuple(arguments[0].shape), arguments[0].dtype)
    if given != wanted:
        _refuse(
            name,
            f"gave a tensor of shape {given[0]} and {given[1]} for arguments of shape "
            f"{wanted[0]} and {wanted[1]}",
            "Return a tensor of the arguments' shape and dtype.",
        )
    if not torch.isfinite(value).all():
        worst = value[~torch.isfinite(value)][0].item()
        _refuse(
            name,
            f"gave a value that is not finite ({worst}) where its arguments are {kind}",
            "Make it finite everywhere, for instance by a clamp.",
        )
    if not all(torch.equal(a, b) for a, b in zip(arguments, before, strict=True)):
        _refuse(name, "changed its arguments", "Use no in-place operation on them.")


def _check_gradients(name: str, function: Callable[..., Any], arity: int) -> None:
    import torch

    reached = [False] * arity
    for kind, arguments in _probes(arity):
        leaves = [argument.clone().requires_grad_() for argument in arguments]
        value = _call(name, function, leaves)
        if not value.requires_grad:
            _refuse(
                name,
                "gave a tensor without a gradient",
                "Compute it from the arguments by differentiable torch functions, without "
                "detach, item, numpy or no_grad.",
            )
        # Unequal factors, so that gradients don't cancel in functions like softmax.
        factors = torch.arange(1, value.numel() + 1, dtype=value.dtype).reshape(value.shape)
        gradients: tuple[torch.Tensor | None, ...] = torch.autograd.grad(
            (value * factors).sum(), leaves, allow_unused=True
        )
        for i, gradient in enumerate(gradients):
            if gradient is None:
                continue
            if not torch.isfinite(gradient).all():
                _refuse(
                    name,
                    f"has a gradient that is not finite with respect to argument {i} where its "
                    f"arguments are {kind}",
                    "Keep away from the singularity, for instance by adding a small constant.",
                )
            reached[i] = reached[i] or bool(gradient.any())
    if not all(reached):
        _refuse(
            name,
            f"lets no gradient flow to argument {reached.index(False)}",
            "Make its value depend smoothly on every argument, or leave that one out.",
        )


def _check_rows(name: str, function: Callable[..., Any], arity: int) -> None:
    import torch

    arguments = _ordinary(arity, torch.float64)
    together = _call(name, function, arguments)
    if not torch.equal(together, _call(name, function, arguments)):
        _refuse(
            name,
            "gave different values when called twice with the same tensors",
            "Let it depend on its arguments alone, not on random numbers or a state.",
        )
    for row in range(_ROWS):
        alone = _call(name, function, [argument[row : row + 1] for argument in arguments])
        if alone.shape != (1, _WIDTH) or not torch.allclose(alone[0], together[row]):
            _refuse(
                name,
                f"gave another value for row {row} alone than among {_ROWS} rows",
                "Treat each row by itself: reduce over the last axis only, never over rows.",
            )
