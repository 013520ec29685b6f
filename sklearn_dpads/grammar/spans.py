"""Spans: which of the frames seen so far a reader reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What is read back from everything that is written: a billion frames are a year of 30 a second.
MOST_FRAMES = 10**9


@dataclass(frozen=True, order=True)
class Part:
    """One of several equal parts of the frames seen so far.

    Of t frames, part i of k holds those after frame ⌊(i - 1) t / k⌋ up to frame ⌊i t / k⌋, and
    at least one.

    Parameters
    ----------
    number : int
        Which part, counted from 1.
    of : int
        Number of parts.

    Examples
    --------
    >>> from sklearn_dpads.grammar import Part
    >>> part = Part(2, 3)
    >>> str(part), part.bounds(9)
    ('2/3', (3, 6))
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        for value in (self.number, self.of):
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"A part is told by two whole numbers, as in 2/3; got {self}.")
        if not 1 <= self.number <= self.of:
            raise ValueError(
                f"{self} is no part: of {self.of} parts there are 1/{self.of} to "
                f"{self.of}/{self.of}."
            )
        if self.of > MOST_FRAMES:
            raise ValueError(f"There are at most {MOST_FRAMES} parts; got {self}.")

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def bounds(self, n_frames: int) -> tuple[int, int]:
        """Give the first frame of the part, counted from 0, and the one after its last."""
        first = (self.number - 1) * n_frames // self.of
        return first, max(first + 1, self.number * n_frames // self.of)


# The last frames, so many; a part of all; all of them.
Span = int | Part | None


def read_span(symbol: str, span: object) -> Span:
    """Check a span, and read one that is a text.

    Parameters
    ----------
    symbol : str
        The production that has it, for messages.
    span : int, Part, str or None
        A number of frames; a part, or a text such as ``"1/3"``; None or ``"all"`` for all frames.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if isinstance(span, str):
        match = re.fullmatch(r"([0-9]{1,10})/([0-9]{1,10})", span)
        if match:
            return Part(int(match[1]), int(match[2]))
        span = None if span == "all" else span
    if span is None or isinstance(span, Part):
        return span
    if isinstance(span, bool) or not isinstance(span, int) or span < 1:
        raise ValueError(
            f"{symbol} needs a window of at least 1 frame, a part of all frames so far such as "
            f"'1/3', or None for all of them; got {span!r}."
        )
    _check_most(symbol, span, MOST_FRAMES)
    return span


def check_odd(symbol: str, window: object, least: int, most: int = MOST_FRAMES) -> None:
    """Raise ValueError unless a window has a frame in its middle, and is not too long.

    Parameters
    ----------
    symbol : str
        The production that has it, for messages.
    window : object
        The window.
    least : int
        The smallest that is allowed, an odd number.
    most : int, default=10**9
        The largest that is allowed.
    """
    if isinstance(window, bool) or not isinstance(window, int) or window < least:
        frames = "1 frame" if least == 1 else f"{least} frames"
        raise ValueError(f"{symbol} needs a window of at least {frames}; got {window!r}.")
    if window % 2 == 0:
        raise ValueError(
            f"{symbol} needs an odd window, got {window}; give {window - 1} or {window + 1}."
        )
    _check_most(symbol, window, most)


def _check_most(symbol: str, window: int, most: int) -> None:
    if window > most:
        raise ValueError(f"{symbol} reads at most {most} frames; got {window}.")


def span_label(span: Span) -> str:
    """Give a span as it stands in brackets: ``5``, ``1/3`` or ``all``."""
    return "all" if span is None else str(span)


def span_words(span: Span) -> str:
    """Say which frames a span holds."""
    if isinstance(span, Part):
        return f"part {span.number} of {span.of} of all frames so far"
    return "all frames so far" if span is None else f"the last {span} frames"


def span_bounds(span: Span, n_frames: int) -> tuple[int, int]:
    """Give the first frame of a span, counted from 0, and the one after its last."""
    if isinstance(span, Part):
        return span.bounds(n_frames)
    return (0 if span is None else max(0, n_frames - span)), n_frames


def span_order(span: Span) -> tuple[int, int, int]:
    """Give what spans are sorted by: windows, parts, all."""
    if isinstance(span, Part):
        return (1, span.of, span.number)
    return (2, 0, 0) if span is None else (0, span, 0)
