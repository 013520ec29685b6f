"""Temporal filters: the last frames, weighted by a wavelet whose shape is learned.

The wavelet is the symmetric Morlet wavelet of Tjandrasuwita, Sun, Kennedy, Chaudhuri and Yue,
"Interpreting Expert Annotation Differences in Animal Behavior" (2021, arXiv 2106.06114).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from typing import ClassVar

from .base import LIST_TO_ATOM, OF_FRAMES, Argument, Production, Signature, StreamKey
from .spans import check_odd, span_words
from .statistics import Functions, Values

# At 0 there would be no envelope. This narrow, it leaves of all but the slowest waves nothing but
# the frame in the middle.
LEAST_SPREAD = 0.1

# A filter reads each of its frames by itself: of ten thousand, a sequence of a thousand takes a
# second. A text of a hundred bytes that asks for a billion would take gigabytes and hours.
MOST_LAGS = 9_999


@dataclass(frozen=True)
class TemporalFilter(Production):
    r"""``TemporalFilter[w](f)``: f of the last w frames, weighted by a learned wavelet.

    With c = w // 2, f is applied to the sum of :math:`k(\tau) x_{t-c-\tau}` over :math:`\tau` from
    -c to c, divided by the sum of :math:`|k(\tau)|`, where

    .. math:: k(\tau) = e^{-\frac12 (\omega \tau / s)^2} \cos(\omega \tau).

    So the size of the result does not depend on the wavelet's shape. Before its first frame a
    sequence is taken to stand still there: frames that are the same throughout then give the same
    value however many there are, and a shift of the features is one of ``Affine``'s bias.

    The frequency :math:`\omega`, in radians a frame, and the spread s, the radians in one standard
    deviation of the envelope, are learned. A spread below 0.1 counts as 0.1, and a negative one
    as if it were positive.

    Parameters
    ----------
    window : int, default=5
        Odd number of frames, from 3 to 9,999.

    Raises
    ------
    ValueError
        If the window is no odd number of 3 to 9,999.

    References
    ----------
    Tjandrasuwita, Sun, Kennedy, Chaudhuri and Yue, "Interpreting Expert Annotation Differences in
    Animal Behavior" (2021), arXiv 2106.06114.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import Grammar, Program
    >>> from sklearn_dpads.grammar import TemporalFilter
    >>> grammar = Grammar.paper(1).with_production(TemporalFilter(9))
    >>> program = Program.parse(
    ...     "TemporalFilter[9](Affine[x0](x0), frequency=1.5, spread=4)", grammar
    ... )
    >>> t = np.arange(-20, 5)[:, None]
    >>> program([np.cos(0.3 * t), np.cos(1.5 * t)]).round(2)
    array([[-0.01],
           [ 0.9 ]])
    """

    window: int = 5

    symbol: ClassVar[str] = "TemporalFilter"
    parameters: ClassVar[tuple[str, str]] = ("frequency", "spread")
    least_window: ClassVar[int] = 3

    def __post_init__(self) -> None:
        check_odd(self.symbol, self.window, self.least_window, MOST_LAGS)

    @property
    def signature(self) -> Signature:
        return LIST_TO_ATOM

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return OF_FRAMES

    @property
    def label(self) -> str:
        return f"{self.symbol}[{self.window}]"

    @property
    def meaning(self) -> str:
        return "over_filter"

    @property
    def streams(self) -> tuple[StreamKey, ...]:
        return tuple(StreamKey("before", lag) for lag in range(self.window))

    @property
    def reads(self) -> str:
        return f"{span_words(self.window)}, weighted by a wavelet"

    @property
    def gloss(self) -> str:
        return f"of {self.reads}"

    def parameter_shapes(self, width: int, accumulator: int) -> dict[str, tuple[int, ...]]:
        return dict.fromkeys(self.parameters, (1,))

    @property
    def parameter_ranges(self) -> dict[str, tuple[float, float]]:
        # From half a wave in the window to one in four frames, under an envelope whose standard
        # deviation is from a third of a wave to a whole one.
        return {"frequency": (pi / self.window, pi / 2), "spread": (2.0, 6.0)}


def wavelet(xp: Functions, frequency: Values, spread: Values, window: int) -> list[Values]:
    """Give the weights of a filter; their absolute values add up to 1.

    Parameters
    ----------
    xp : module
        Functions of such arrays: numpy or torch.
    frequency, spread : array
        The filter's parameters, of any shape.
    window : int
        Odd number of frames.

    Returns
    -------
    weights : list of array
        One for each frame of the window, the last one first, of the shape of the parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.grammar.filters import wavelet
    >>> np.ravel(wavelet(np, np.array([np.pi / 2]), np.array([2.0]), 5)).round(2)
    array([-0.18,  0.  ,  0.63,  0.  , -0.18])
    """
    spread = abs(spread).clip(LEAST_SPREAD)
    half = []
    for step in range(1, window // 2 + 1):
        phase = frequency * step
        half.append(xp.exp(-0.5 * (phase / spread) * (phase / spread)) * xp.cos(phase))
    # The frame in the middle has weight 1, so that the sum is never 0.
    total = 1.0 + 2.0 * sum(abs(weight) for weight in half)
    half = [weight / total for weight in half]
    return [*reversed(half), 1.0 / total, *half]


def over_lags(x: Values, weights: Sequence[Values]) -> Values:
    """Weigh the last frames of every prefix, with the first frame in place of those before it.

    Parameters
    ----------
    x : array of shape (n_samples, n_timesteps, d)
        The frames.
    weights : sequence of array or float
        The weight of the frame itself, of the one before it, and so on.

    Returns
    -------
    values : array of shape (n_samples, n_timesteps, d)
        What prefix t gives depends on as many of its last frames as there are weights.
    """
    total = 0.0
    for lag, weight in enumerate(weights):
        total = total + weight * x[:, [max(0, t - lag) for t in range(x.shape[1])]]
    return total


def at_end(x: Values, weights: Sequence[Values]) -> Values:
    """Weigh the last frames of all of them, as :func:`over_lags` does those of every prefix.

    Parameters
    ----------
    x, weights
        As for :func:`over_lags`.

    Returns
    -------
    values : array of shape (n_samples, d)
    """
    total = 0.0
    for lag, weight in enumerate(weights):
        total = total + weight * x[:, max(0, x.shape[1] - 1 - lag)]
    return total
