"""Readers: productions that take a statistic of some frames, and apply a function to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from .base import (
    LIST_TO_ATOM,
    LIST_TO_LIST,
    OF_FRAMES,
    RAW,
    Argument,
    Production,
    Signature,
    StreamKey,
)
from .spans import Span, check_odd, read_span, span_label, span_words
from .statistics import MEAN, STATISTICS, Statistic


@dataclass(frozen=True)
class SlideWindow(Production):
    """``SlideWindow<Statistic>(f)``: f of a statistic of some of the frames so far.

    The class of each statistic is made by :func:`reader`.

    Parameters
    ----------
    window : int, Part, str or None, default=5
        Number of frames, the last ones; a part of all frames so far, as in ``"1/3"``; None takes
        all of them.
    of : {"frames", "values"}, default="frames"
        ``"frames"`` applies f to the statistic of the frames, ``"values"`` takes the statistic of
        f's values, where it is one of ``Avg``, ``Max`` and ``Min``. Means of both agree where f
        is affine.
    """

    window: Span = 5
    of: Literal["frames", "values"] = "frames"

    statistic: ClassVar[Statistic] = MEAN

    def __post_init__(self) -> None:
        # A text says what a part is, too.
        object.__setattr__(self, "window", read_span(self.symbol, self.window))
        if self.of not in ("frames", "values"):
            raise ValueError(
                f"of={self.of!r} is not allowed; give 'frames' (f of the {self.statistic.words} "
                f"of the frames) or 'values' ({self.statistic.words} of f over the frames)."
            )
        if self.walks_frames and not self.statistic.of_values:
            raise ValueError(
                f"{self.symbol} reads frames alone; the statistics of values are "
                f"{', '.join(s.name for s in STATISTICS.values() if s.of_values)}."
            )

    @property
    def signature(self) -> Signature:
        return LIST_TO_ATOM

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return OF_FRAMES

    @property
    def label(self) -> str:
        values = "" if self.of == "frames" else ",values"
        return f"{self.symbol}[{span_label(self.window)}{values}]"

    @property
    def meaning(self) -> str:
        return "over_stream" if self.of == "frames" else "statistic_of_values"

    @property
    def stream(self) -> StreamKey:
        return RAW if self.walks_frames else StreamKey("causal", self.window, self.statistic)

    @property
    def walks_frames(self) -> bool:
        return self.of == "values"

    @property
    def gloss(self) -> str:
        if self.walks_frames:
            return f"{self.statistic.words} of the value over {span_words(self.window)}"
        return f"of {self.stream.words}"


@dataclass(frozen=True)
class CenteredWindow(Production):
    """``CenteredWindow<Statistic>(f)``: y_t = f of a statistic of the frames around t. Not causal.

    Frame t sees ``window // 2`` frames before and after it, cut at the two ends of
    the sequence, so it must not be used where predictions are made as frames arrive. The class of
    each statistic is made by :func:`centered_reader`.

    Parameters
    ----------
    window : int, default=5
        Odd number of frames.
    """

    window: int = 5

    statistic: ClassVar[Statistic] = MEAN
    least_window: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_odd(self.symbol, self.window, self.least_window)

    @property
    def signature(self) -> Signature:
        return LIST_TO_LIST

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return OF_FRAMES

    @property
    def label(self) -> str:
        return f"{self.symbol}[{self.window}]"

    @property
    def meaning(self) -> str:
        return "over_stream"

    @property
    def stream(self) -> StreamKey:
        return StreamKey("centered", self.window, self.statistic)

    @property
    def gloss(self) -> str:
        return f"of {self.stream.words} each frame"


def reader(statistic: Statistic, module: str | None = None) -> type[SlideWindow]:
    """Make the class of the readers of a statistic.

    Parameters
    ----------
    statistic : Statistic
        What the readers take of the frames.
    module : str or None, default=None
        Where pickle finds the class; None stands for the module of the statistic's functions.

    Returns
    -------
    kind : type
        A production, ``kind(window, of)``, named ``SlideWindow`` and the statistic's name.

    Examples
    --------
    >>> from sklearn_dpads.grammar.readers import reader
    >>> from sklearn_dpads.grammar.statistics import STATISTICS
    >>> print(reader(STATISTICS["Max"])("1/3"))
    SlideWindowMax[1/3]
    """
    made = _made(SlideWindow, statistic, module)
    made.__doc__ = f"``{made.symbol}(f)``: f of the {statistic.words} of some of the frames so far."
    return made


def centered_reader(statistic: Statistic, module: str | None = None) -> type[CenteredWindow]:
    """Make the class of the centred readers of a statistic, as :func:`reader` does of others.

    Parameters
    ----------
    statistic, module
        As for :func:`reader`.

    Returns
    -------
    kind : type
        A production, ``kind(window)``, named ``CenteredWindow`` and the statistic's name.
    """
    made = _made(CenteredWindow, statistic, module)
    made.__doc__ = f"``{made.symbol}(f)``: f of the {statistic.words} of the frames around each."
    return made


K = TypeVar("K", SlideWindow, CenteredWindow)


def _made(base: type[K], statistic: Statistic, module: str | None) -> type[K]:
    name = f"{base.__name__}{statistic.name}"
    members = {
        "__module__": statistic.element.__module__ if module is None else module,
        "__qualname__": name,
        "symbol": name,
        "statistic": statistic,
    }
    return type(name, (base,), members)


_HOME = __name__.rpartition(".")[0]
# By the name of the statistic.
SLIDE_WINDOWS = {name: reader(statistic, _HOME) for name, statistic in STATISTICS.items()}
CENTERED_WINDOWS = {
    name: centered_reader(statistic, _HOME) for name, statistic in STATISTICS.items()
}
SlideWindowAvg, CenteredWindowAvg = SLIDE_WINDOWS["Avg"], CENTERED_WINDOWS["Avg"]

# By the name in programs.
READERS: dict[str, type[Production]] = {
    kind.symbol: kind for kind in (*SLIDE_WINDOWS.values(), *CENTERED_WINDOWS.values())
}
