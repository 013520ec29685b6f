"""What readers take of the frames they read: statistics, and their values on windows.

A statistic is a semigroup. Every frame has a state, two states of neighbouring spans are merged
into that of both, and a state is finished into the value. Whatever window is asked for, its state
is put together from its own frames alone: nothing is subtracted, and a frame outside of it
changes nothing, not even a bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .spans import Span, span_bounds

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
    of_values : bool, default=False
        Whether readers may take it of a function's values, too: of a mean or an extreme, what
        each feature brings to it can be told.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.grammar.statistics import STATISTICS, over_span
    >>> x = np.array([1.0, 4.0, 2.0, 8.0]).reshape(1, 4, 1)
    >>> over_span(STATISTICS["Max"], x, 2, np).ravel()
    array([1., 4., 4., 8.])
    """

    name: str
    words: str
    element: Callable[[Values], State]
    merge: Callable[[Functions, State, State], State]
    finish: Callable[[Functions, State], Values]
    of_values: bool = False

    def __hash__(self) -> int:
        # Programs look statistics up at every step, and there are no two of one name.
        return hash(self.name)


def lift(statistic: Statistic, x: Values) -> State:
    """Give the state of single frames."""
    return (1, *statistic.element(x))


def join(statistic: Statistic, xp: Functions, a: State, b: State) -> State:
    """Give the state of a span and the one after it."""
    return (a[0] + b[0], *statistic.merge(xp, a, b))


def of_constant(statistic: Statistic, x: Values, xp: Functions) -> Values:
    """Give the value of frames that are all the same."""
    return statistic.finish(xp, lift(statistic, x))


def over_span(statistic: Statistic, x: Values, span: Span, xp: Functions) -> Values:
    """Take a statistic of a span of the frames of every prefix.

    Parameters
    ----------
    statistic : Statistic
        The statistic.
    x : array of shape (n_samples, n_timesteps, d)
        The frames.
    span : int, Part or None
        The last frames, so many, or what there is of them; a part of all frames so far; all.
    xp : module
        Functions for such arrays: numpy, or one that has those of numpy that stand here.

    Returns
    -------
    values : array of shape (n_samples, n_timesteps, d)
        What prefix t gives depends on the frames of its span alone.
    """
    if span is None or isinstance(span, int):
        return over_windows(statistic, x, span, xp)
    bounds = [span.bounds(t) for t in range(1, x.shape[1] + 1)]
    return over_bounds(statistic, x, bounds, xp)


def over_end(statistic: Statistic, x: Values, span: Span, xp: Functions) -> Values:
    """Take a statistic of a span of all the frames; see :func:`over_all`.

    Parameters
    ----------
    statistic, x, span, xp
        As for :func:`over_span`.

    Returns
    -------
    values : array of shape (n_samples, d)
        The last of those that :func:`over_span` gives, but for rounding.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 4.0, 2.0, 8.0, 3.0]).reshape(1, 5, 1)
    >>> over_end(STATISTICS["Avg"], x, 3, np)
    array([[4.33333333]])
    """
    first, end = span_bounds(span, x.shape[1])
    return over_all(statistic, x[:, first:end], xp)


def over_all(statistic: Statistic, x: Values, xp: Functions) -> Values:
    """Take a statistic of all frames.

    As many neighbouring frames as a power of two has are merged pairwise, all pairs at once.

    Parameters
    ----------
    statistic, x, xp
        As for :func:`over_span`.

    Returns
    -------
    values : array of shape (n_samples, d)
    """
    first, end = 0, x.shape[1]
    state = None
    while first < end:
        size = 2 ** ((end - first).bit_length() - 1)
        block = lift(statistic, x[:, first : first + size])
        while size > 1:
            size //= 2
            earlier, later = ((block[0], *(p[:, i::2] for p in block[1:])) for i in (0, 1))
            block = join(statistic, xp, earlier, later)
        first += block[0]
        block = (block[0], *(part[:, 0] for part in block[1:]))
        state = block if state is None else join(statistic, xp, state, block)
    assert state is not None  # a span holds a frame
    return statistic.finish(xp, state)


def over_windows(statistic: Statistic, x: Values, window: int | None, xp: Functions) -> Values:
    """Take a statistic of the last frames of every prefix, in time O(n_timesteps).

    Frames are cut into blocks as long as the window, which so reaches over two of them at most:
    the end of one, and the start of the next. States grow along the blocks, all blocks at once
    (van Herk 1992; Gil and Werman 1993).
    """
    n_samples, n_timesteps, d = x.shape
    size = n_timesteps if window is None else min(window, n_timesteps)
    whole = size == n_timesteps
    # What fills the last block stands behind all frames that are asked for.
    missing = -n_timesteps % size
    x = xp.concatenate([x, *[x[:, -1:]] * missing], 1).reshape(n_samples, -1, size, d)
    up_to = grown(statistic, x, xp)
    onward = [] if whole else grown_back(statistic, x, xp)
    values = []
    for i in range(size):
        alone = statistic.finish(xp, up_to[i])
        if i < size - 1 and not whole:
            ends = tuple(part[:, :-1] for part in onward[size - 2 - i][1:])
            starts = tuple(part[:, 1:] for part in up_to[i][1:])
            both = join(statistic, xp, (size - 1 - i, *ends), (i + 1, *starts))
            alone = xp.concatenate([alone[:, :1], statistic.finish(xp, both)], 1)
        values.append(alone)
    return xp.stack(values, 2).reshape(n_samples, -1, d)[:, :n_timesteps]


def over_bounds(
    statistic: Statistic, x: Values, bounds: Sequence[tuple[int, int]], xp: Functions
) -> Values:
    """Take a statistic of the frames between bounds that move on, in time O(n).

    A queue of two stacks: states grew back from a frame in the middle to the first one, and on
    from there to the last. When the first has passed the middle, what there is becomes the older
    stack (Tangwongsan, Hirzel and Schneider, "Low-latency sliding-window aggregation in
    worst-case constant time", 2017).

    Parameters
    ----------
    statistic, x, xp
        As for :func:`over_span`.
    bounds : sequence of (int, int)
        First frame of each span, and the one after its last; neither goes back.

    Returns
    -------
    values : array of shape (n_samples, len(bounds), d)
    """
    values: list[Values] = []
    older: list[State] = []
    newer: State | None = None
    middle = 0
    before = (0, 0)
    for first, end in bounds:
        if (first, end) == before:
            values.append(values[-1])
            continue
        if first >= middle:
            older, newer, middle = grown_back(statistic, x[:, None, first:end], xp), None, end
        for i in range(max(middle, before[1]), end):
            frame = lift(statistic, x[:, i : i + 1])
            newer = frame if newer is None else join(statistic, xp, newer, frame)
        state = older[middle - 1 - first]
        if newer is not None:
            state = join(statistic, xp, state, newer)
        values.append(statistic.finish(xp, state))
        before = (first, end)
    return xp.concatenate(values, 1)


def over_centered(
    statistic: Statistic, x: Values, lengths: Sequence[int], window: int, xp: Functions
) -> Values:
    """Take a statistic of the frames around each frame, cut at both ends of the sequence.

    Parameters
    ----------
    statistic, x, xp
        As for :func:`over_span`.
    lengths : sequence of int
        Frames of each sequence; what is given past its end is of no use.
    window : int
        Odd number of frames.

    Returns
    -------
    values : array of shape (n_samples, n_timesteps, d)
    """
    half = window // 2
    parts, order = [], []
    for length in sorted(set(lengths)):
        rows = [i for i, frames in enumerate(lengths) if frames == length]
        bounds = [(max(0, t - half), min(length, t + half + 1)) for t in range(length)]
        bounds += [(t, t + 1) for t in range(length, x.shape[1])]
        parts.append(over_bounds(statistic, x[rows], bounds, xp))
        order += rows
    back = sorted(range(len(order)), key=order.__getitem__)
    return parts[0] if len(parts) == 1 else xp.concatenate(parts, 0)[back]


def grown(statistic: Statistic, x: Values, xp: Functions) -> list[State]:
    """Give the states of one, two and more of the first frames of blocks.

    Parameters
    ----------
    statistic, xp
        As for :func:`over_span`.
    x : array of shape (n_samples, n_blocks, size, d)
        The blocks.
    """
    states = [lift(statistic, x[:, :, 0])]
    for i in range(1, x.shape[2]):
        states.append(join(statistic, xp, states[-1], lift(statistic, x[:, :, i])))
    return states


def grown_back(statistic: Statistic, x: Values, xp: Functions) -> list[State]:
    """Give the states of one, two and more of the last frames of blocks; see :func:`grown`."""
    size = x.shape[2]
    states = [lift(statistic, x[:, :, size - 1])]
    for i in range(1, size):
        frame = lift(statistic, x[:, :, size - 1 - i])
        states.append(join(statistic, xp, frame, states[-1]))
    return states


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


MEAN = Statistic("Avg", "mean", _one, _total, _mean, of_values=True)

STATISTICS: dict[str, Statistic] = {
    statistic.name: statistic
    for statistic in (
        MEAN,
        Statistic("Std", "standard deviation", _one_and_zero, _moments, _deviation),
        Statistic("Max", "largest value", _one, _larger, _only, of_values=True),
        Statistic("Min", "smallest value", _one, _smaller, _only, of_values=True),
        Statistic("Change", "mean change from frame to frame", _two_and_zero, _steps, _mean_step),
        Statistic("Delta", "change from the first frame to the last", _two, _ends, _rise),
    )
}
