"""What readers take of the frames they read: statistics, and their values on windows.

A statistic is a semigroup. Every frame has a state, two states of neighbouring spans are merged
into that of both, and a state is finished into the value. Whatever window is asked for, its state
is put together from its own frames alone: nothing is subtracted, and a frame outside of it
changes nothing, not even a bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Arrays of one medium: of numpy or torch, single numbers of sympy, outputs of ONNX's operators.
Values = Any
# The number of frames, and whatever else a statistic remembers of them.
State = tuple[Any, ...]
# What a medium has for its values: maximum, minimum, abs and sqrt.
Functions = Any


@dataclass(frozen=True)
class Statistic:
    """A statistic of some neighbouring frames, feature by feature.

    Its functions use operators, and ``maximum``, ``minimum``, ``abs`` and ``sqrt`` of what is
    passed as `xp`; so one text serves every medium. The first entry of a state is the number of
    frames. Training scales features, so the value of ``c * x + d``, for c above 0, must be c times
    the value of ``x``, plus that of frames that are ``d`` throughout.

    Parameters
    ----------
    name : str
        What follows ``SlideWindow`` in the name of its reader.
    words : str
        What it is called in sentences.
    element : callable
        ``element(x)`` gives the state of one frame, without the number of frames.
    merge : callable
        ``merge(xp, a, b)`` gives, likewise, the state of a span `a` and the span `b` after it.
    finish : callable
        ``finish(xp, a)`` gives the value of a state.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.grammar.statistics import STATISTICS, over_windows
    >>> x = np.array([1.0, 4.0, 2.0, 8.0]).reshape(1, 4, 1)
    >>> over_windows(STATISTICS["Max"], x, 2, np).ravel()
    array([1., 4., 4., 8.])
    """

    name: str
    words: str
    element: Callable[[Values], State]
    merge: Callable[[Functions, State, State], State]
    finish: Callable[[Functions, State], Values]


def lift(statistic: Statistic, x: Values) -> State:
    """Give the state of single frames."""
    return (1, *statistic.element(x))


def join(statistic: Statistic, xp: Functions, a: State, b: State) -> State:
    """Give the state of a span and the one after it."""
    return (a[0] + b[0], *statistic.merge(xp, a, b))


def of_constant(statistic: Statistic, x: Values, xp: Functions) -> Values:
    """Give the value of frames that are all the same."""
    return statistic.finish(xp, lift(statistic, x))


def over_windows(statistic: Statistic, x: Values, window: int | None, xp: Functions) -> Values:
    """Take a statistic of the last frames of every prefix.

    Frames are cut into blocks as long as the window, which so reaches over two of them at most:
    the end of one, and the start of the next. States grow along the blocks, all blocks at once
    (van Herk 1992; Gil and Werman 1993).

    Parameters
    ----------
    statistic : Statistic
        The statistic.
    x : array of shape (n_samples, n_timesteps, d)
        The frames.
    window : int or None
        Number of frames; None takes all frames so far. Shorter prefixes give what they have.
    xp : module
        Functions for such arrays: numpy, or one that has those of numpy that stand here.

    Returns
    -------
    values : array of shape (n_samples, n_timesteps, d)
    """
    n_samples, n_timesteps, d = x.shape
    size = n_timesteps if window is None else min(window, n_timesteps)
    # What fills the last block stands behind all frames that are asked for.
    missing = -n_timesteps % size
    x = xp.concatenate([x, *[x[:, -1:]] * missing], 1).reshape(n_samples, -1, size, d)
    up_to = [lift(statistic, x[:, :, 0])]
    onward = [lift(statistic, x[:, :, size - 1])]
    for i in range(1, size):
        up_to.append(join(statistic, xp, up_to[-1], lift(statistic, x[:, :, i])))
        if size < n_timesteps:
            frame = lift(statistic, x[:, :, size - 1 - i])
            onward.append(join(statistic, xp, frame, onward[-1]))
    values = []
    for i in range(size):
        alone = statistic.finish(xp, up_to[i])
        if i < size - 1 and size < n_timesteps:
            ends = tuple(part[:, :-1] for part in onward[size - 2 - i][1:])
            starts = tuple(part[:, 1:] for part in up_to[i][1:])
            both = join(statistic, xp, (size - 1 - i, *ends), (i + 1, *starts))
            alone = xp.concatenate([alone[:, :1], statistic.finish(xp, both)], 1)
        values.append(alone)
    return xp.stack(values, 2).reshape(n_samples, -1, d)[:, :n_timesteps]


def window_words(window: int | None) -> str:
    """Say which frames a window holds."""
    return "all frames so far" if window is None else f"the last {window} frames"


def _one(x: Values) -> State:
    return (x,)


def _two(x: Values) -> State:
    return (x, x)


def _one_and_zero(x: Values) -> State:
    return (x, x * 0)


def _two_and_zero(x: Values) -> State:
    return (x, x, x * 0)


def _total(xp: Functions, a: State, b: State) -> State:
    return (a[1] + b[1],)


def _mean(xp: Functions, a: State) -> Values:
    return a[1] / a[0]


def _moments(xp: Functions, a: State, b: State) -> State:
    # Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    # variances" (1979).
    n, difference = a[0] + b[0], b[1] - a[1]
    mean = a[1] + difference * (b[0] / n)
    return (mean, a[2] + b[2] + difference * difference * (a[0] * b[0] / n))


def _deviation(xp: Functions, a: State) -> Values:
    return xp.sqrt(a[2] / a[0])


def _larger(xp: Functions, a: State, b: State) -> State:
    return (xp.maximum(a[1], b[1]),)


def _smaller(xp: Functions, a: State, b: State) -> State:
    return (xp.minimum(a[1], b[1]),)


def _only(xp: Functions, a: State) -> Values:
    return a[1]


def _steps(xp: Functions, a: State, b: State) -> State:
    return (a[1], b[2], a[3] + b[3] + xp.abs(b[1] - a[2]))


def _mean_step(xp: Functions, a: State) -> Values:
    # A single frame has no step, and the sum of none is 0.
    return a[3] / (a[0] - 1 + (a[0] == 1))


def _ends(xp: Functions, a: State, b: State) -> State:
    return (a[1], b[2])


def _rise(xp: Functions, a: State) -> Values:
    return a[2] - a[1]


MEAN = Statistic("Avg", "mean", _one, _total, _mean)

STATISTICS: dict[str, Statistic] = {
    statistic.name: statistic
    for statistic in (
        MEAN,
        Statistic("Std", "standard deviation", _one_and_zero, _moments, _deviation),
        Statistic("Max", "largest value", _one, _larger, _only),
        Statistic("Min", "smallest value", _one, _smaller, _only),
        Statistic("Change", "mean change from frame to frame", _two_and_zero, _steps, _mean_step),
        Statistic("Delta", "change from the first frame to the last", _two, _ends, _rise),
    )
}
