"""Statistics defined by the user: probed before anything is searched with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, NoReturn

import numpy as np

from .statistics import STATISTICS, State, Statistic, Values, join, lift, over_span
from .user import check_name
from .user_functions import check_importable


def make_statistic(
    name: str,
    *,
    element: Callable[[Values], State],
    merge: Callable[[Any, State, State], State],
    finish: Callable[[Any, State], Values],
    words: str | None = None,
) -> Statistic:
    """Define a statistic for readers of your own; :func:`reader` makes productions of it.

    The functions are tried out at once, so that what would give other values in training than
    in a program is refused here and not in the middle of a search.

    Parameters
    ----------
    name : str
        What follows ``SlideWindow`` in the name of its reader: an identifier that no other
        statistic has.
    element, merge, finish : callable
        As :class:`Statistic` takes them: the state of a frame, that of two neighbouring spans, and
        the value of a state. They must be importable by module and name, and use nothing but
        operators and the functions of what is passed as `xp`.
    words : str or None, default=None
        What it is called in sentences; None takes the name.

    Returns
    -------
    statistic : Statistic

    Raises
    ------
    TypeError
        If one of the functions is not callable.
    ValueError
        If the name is taken or no identifier, or if a function can't be imported by its name,
        if its values depend on how a span is cut, are not finite, differ between numpy and torch,
        or do not follow the frames where these are scaled or shifted.

    Examples
    --------
    >>> from sklearn_dpads.grammar import make_statistic
    >>> make_statistic("Root", element=lambda x: (x,), merge=max, finish=min)
    Traceback (most recent call last):
    ...
    ValueError: The function of 'element of Root' is a lambda. Define it with def at the top ...
    """
    check_name(name)
    if name in STATISTICS:
        raise ValueError(
            f"There is a statistic {name!r} already; give another name than "
            f"{', '.join(STATISTICS)}."
        )
    for part, function in (("element", element), ("merge", merge), ("finish", finish)):
        if not callable(function):
            raise TypeError(f"The {part} of {name!r} must be callable; got {function!r}.")
        check_importable(f"{part} of {name}", function)
    statistic = Statistic(name, words or name, element, merge, finish)
    _check_values(statistic)
    _check_torch(statistic)
    return statistic


def _frames() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, 7, 3))


def _check_values(statistic: Statistic) -> None:
    x = _frames()
    try:
        states = [lift(statistic, x[:, t]) for t in range(x.shape[1])]
        forwards = reduce(lambda a, b: join(statistic, np, a, b), states)
        backwards = reduce(lambda b, a: join(statistic, np, a, b), states[::-1])
        found = [statistic.finish(np, state) for state in (forwards, backwards)]
    except Exception as error:
        _refuse(
            statistic,
            f"fails on frames of numpy ({type(error).__name__}: {error})",
            "See Statistic for what its functions are passed.",
        )
    if not all(np.shape(value) == x[:, 0].shape for value in found):
        _refuse(
            statistic,
            f"gives values of shape {np.shape(found[0])} for frames of shape {x[:, 0].shape}",
            "Give one value for each feature.",
        )
    values = over_span(statistic, x, None, np)
    if not np.isfinite(values).all():
        _refuse(statistic, "gives values that are not finite", "See what finish divides by.")
    if not np.allclose(*found):
        _refuse(
            statistic,
            "depends on how a span is cut into parts",
            "merge(xp, merge(xp, a, b), c) must be merge(xp, a, merge(xp, b, c)).",
        )
    _check_scaling(statistic, x, values)


def _check_scaling(statistic: Statistic, x: np.ndarray, values: np.ndarray) -> None:
    """Refuse a statistic whose values don't go along with frames that are scaled and shifted."""
    for factor, shift in ((2.0, 0.0), (1.0, 3.0)):
        still = statistic.finish(np, lift(statistic, np.full_like(x[:, :1], shift)))
        moved = over_span(statistic, factor * x + shift, None, np)
        if not np.allclose(moved, factor * values + still):
            _refuse(
                statistic,
                f"does not follow frames that are {factor:g} times themselves plus {shift:g}",
                "Features are scaled in training, so the value of c * x + d, for c above 0, must "
                "be c times that of x, plus that of frames that are d throughout.",
            )


def _check_torch(statistic: Statistic) -> None:
    import torch

    try:
        # The caller may have gradients turned off.
        with torch.inference_mode(False), torch.enable_grad():
            x = torch.tensor(_frames(), requires_grad=True)
            values = over_span(statistic, x, None, torch)
            (gradient,) = torch.autograd.grad(values[:, 2:].sum(), x)
    except Exception as error:
        _refuse(
            statistic,
            f"fails on frames of torch ({type(error).__name__}: {error})",
            "Use operators, and the functions of xp, which numpy and torch both have.",
        )
    expected = over_span(statistic, _frames(), None, np)
    if not np.allclose(values.detach().numpy(), expected):
        _refuse(statistic, "gives other values in torch than in numpy", "Use xp throughout.")
    if not bool(torch.isfinite(gradient).all()):
        _refuse(statistic, "has a gradient that is not finite", "See what it is the root of.")


def _refuse(statistic: Statistic, seen: str, remedy: str) -> NoReturn:
    raise ValueError(f"The statistic {statistic.name!r} {seen}. {remedy}")
