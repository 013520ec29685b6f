"""Readers: productions that take a statistic of some frames, and apply a function to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .base import (
    ATOM_TO_ATOM,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    RAW,
    Argument,
    Production,
    Signature,
    StreamKey,
)
from .statistics import MEAN, STATISTICS, Statistic, window_words


@dataclass(frozen=True)
class SlideWindow(Production):
    """``SlideWindow<Statistic>(f)``: f of a statistic of the last ``window`` frames.

    The class of each statistic is made by :func:`reader`.

    Parameters
    ----------
    window : int or None, default=5
        Number of frames; None takes all frames so far.
    """

    window: int | None = 5

    statistic: ClassVar[Statistic] = MEAN

    def __post_init__(self) -> None:
        _check_window(self.symbol, self.window, allow_none=True)

    @property
    def signature(self) -> Signature:
        return LIST_TO_ATOM

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM),)

    @property
    def label(self) -> str:
        return f"{self.symbol}[{'all' if self.window is None else self.window}]"

    @property
    def meaning(self) -> str:
        return "over_stream"

    @property
    def stream(self) -> StreamKey:
        return StreamKey("causal", self.window, self.statistic)

    @property
    def gloss(self) -> str:
        return f"of {self.stream.words}"


@dataclass(frozen=True)
class SlideWindowAvg(SlideWindow):
    """``SlideWindowAvg(f)``: f and the average over the last ``window`` frames.

    Parameters
    ----------
    window : int or None, default=5
        Number of frames; None takes all frames so far.
    average : {"frames", "values"}, default="frames"
        ``"frames"`` applies f to the mean frame, ``"values"`` averages f over the
        frames. The two agree where f is affine.
    """

    average: Literal["frames", "values"] = "frames"

    symbol: ClassVar[str] = "SlideWindowAvg"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.average not in ("frames", "values"):
            raise ValueError(
                f"average={self.average!r} is not allowed; give 'frames' (f of the mean "
                "frame) or 'values' (mean of f over the frames)."
            )

    @property
    def label(self) -> str:
        label = super().label
        return label if self.average == "frames" else f"{label[:-1]},{self.average}]"

    @property
    def meaning(self) -> str:
        return "over_stream" if self.average == "frames" else "mean_of_values"

    @property
    def stream(self) -> StreamKey:
        return RAW if self.walks_frames else super().stream

    @property
    def walks_frames(self) -> bool:
        return self.average == "values"

    @property
    def gloss(self) -> str:
        if self.walks_frames:
            return f"mean of the value over {window_words(self.window)}"
        return super().gloss


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
        A production, ``kind(window)``, named ``SlideWindow`` and the statistic's name.

    Examples
    --------
    >>> from sklearn_dpads.grammar.readers import reader
    >>> from sklearn_dpads.grammar.statistics import STATISTICS
    >>> print(reader(STATISTICS["Max"])(10))
    SlideWindowMax[10]
    """
    name = f"SlideWindow{statistic.name}"
    members = {
        "__doc__": f"``{name}(f)``: f of the {statistic.words} of the last ``window`` frames.",
        "__module__": statistic.element.__module__ if module is None else module,
        "__qualname__": name,
        "symbol": name,
        "statistic": statistic,
    }
    return type(name, (SlideWindow,), members)


@dataclass(frozen=True)
class CenteredWindowAvg(Production):
    """``CenteredWindowAvg(f)``: y_t = f(mean of the frames around t). Not causal.

    Frame t sees ``window // 2`` frames before and after it, cut at the two ends of
    the sequence, so it must not be used where predictions are made as frames arrive.

    Parameters
    ----------
    window : int, default=5
        Odd number of frames.
    """

    window: int = 5

    symbol: ClassVar[str] = "CenteredWindowAvg"

    def __post_init__(self) -> None:
        _check_window(self.symbol, self.window, allow_none=False)
        if self.window % 2 == 0:
            raise ValueError(
                f"{self.symbol} needs an odd window, got {self.window}; give "
                f"{self.window - 1} or {self.window + 1}."
            )

    @property
    def signature(self) -> Signature:
        return LIST_TO_LIST

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM),)

    @property
    def label(self) -> str:
        return f"{self.symbol}[{self.window}]"

    @property
    def meaning(self) -> str:
        return "over_stream"

    @property
    def stream(self) -> StreamKey:
        return StreamKey("centered", self.window)

    @property
    def gloss(self) -> str:
        return f"of {self.stream.words} each frame"


READERS: dict[str, type[Production]] = {
    "SlideWindowAvg": SlideWindowAvg,
    **{
        f"SlideWindow{name}": reader(statistic, module=__name__.rpartition(".")[0])
        for name, statistic in STATISTICS.items()
        if statistic is not MEAN
    },
    "CenteredWindowAvg": CenteredWindowAvg,
}


def _check_window(symbol: str, window: object, *, allow_none: bool) -> None:
    if window is None and allow_none:
        return
    if isinstance(window, bool) or not isinstance(window, int) or window < 1:
        extra = ", or None for all frames so far" if allow_none else ""
        raise ValueError(f"{symbol} needs a window of at least 1 frame{extra}; got {window!r}.")
