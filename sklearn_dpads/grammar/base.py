"""What a production is, as data: what it is called, what it reads, and what it costs.

What a production computes stands in :mod:`sklearn_dpads.program` (numpy) and
:mod:`sklearn_dpads.engine` (torch); nothing here evaluates anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple

from .spans import Span, span_words
from .statistics import MEAN, Statistic


class Kind(StrEnum):
    """What an expression reads or gives: a sequence of frames, or one vector."""

    LIST = "list"
    ATOM = "atom"

    # Places of a graph are found by their signatures very often, and an enum's own is slow.
    __hash__ = str.__hash__


@dataclass(frozen=True, order=True)
class Signature:
    """Input and output kind of an expression.

    Parameters
    ----------
    input, output : Kind
        Kind of the argument and of the value.

    Examples
    --------
    >>> from sklearn_dpads.grammar import Signature
    >>> str(Signature.parse("list->atom"))
    'list->atom'
    """

    input: Kind
    output: Kind

    def __str__(self) -> str:
        return f"{self.input}->{self.output}"

    def __setstate__(self, state: Mapping[str, str]) -> None:
        # Some files, as those of skops, hold text where an enum was.
        for name, kind in state.items():
            object.__setattr__(self, name, Kind(kind))

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Read a signature from text such as ``"list->atom"``."""
        for signature in SIGNATURES:
            if text.replace(" ", "").replace("→", "->") == str(signature):
                return signature
        allowed = ", ".join(f"{s!s}" for s in SIGNATURES)
        raise ValueError(f"{text!r} is not a signature; allowed are {allowed}.")


LIST_TO_LIST = Signature(Kind.LIST, Kind.LIST)
LIST_TO_ATOM = Signature(Kind.LIST, Kind.ATOM)
ATOM_TO_ATOM = Signature(Kind.ATOM, Kind.ATOM)
SIGNATURES = (LIST_TO_LIST, LIST_TO_ATOM, ATOM_TO_ATOM)


class StreamKey(NamedTuple):
    """What a function of frames is applied to: frames, or a statistic of the frames around each.

    Parameters
    ----------
    kind : {"raw", "causal", "centered", "before"}
        The frames themselves; a statistic of the last ones; one of those before and after; the
        frame some frames before each, of which filters are made.
    window : int, Part or None
        Number of frames; a part of all frames so far; None takes all of them.
    statistic : Statistic, default=MEAN
        The statistic, for the second and the third kind.
    """

    kind: Literal["raw", "causal", "centered", "before"]
    window: Span
    statistic: Statistic = MEAN

    @property
    def words(self) -> str:
        """Say what stands in for the frames; nothing where they stand themselves."""
        if self.kind == "raw":
            return ""
        if self.kind == "before":
            return f"the frame {self.window} before"
        if self.kind == "centered":
            return f"the {self.statistic.words} of the {self.window} frames around"
        return f"the {self.statistic.words} of {span_words(self.window)}"


RAW = StreamKey("raw", None)


@dataclass(frozen=True)
class Argument:
    """One argument place of a production.

    Parameters
    ----------
    signature : Signature
        Signature an expression must have to stand here.
    condition : bool, default=False
        Whether the place is a condition, whose output always has width 1; other
        arguments are as wide as the production itself.
    role : str, default=""
        What the place is called where arguments do different things, as in ``"else"``.
    single : bool, default=False
        Whether the output has width 1 though the place is no condition.
    """

    signature: Signature
    condition: bool = False
    role: str = ""
    single: bool = False

    def width_in(self, width: int) -> int:
        """Width of an expression here, where the production itself is so wide."""
        return 1 if self.condition or self.single else width


# Places of the productions, made once, since they are asked for very often.
OF_FRAMES = (Argument(ATOM_TO_ATOM),)
OF_LISTS = (Argument(LIST_TO_ATOM),)
OF_TWO = {on: (Argument(on), Argument(on)) for on in SIGNATURES}
OF_CHOICES = {
    on: (
        Argument(on, condition=True, role="if ≥ 0"),
        Argument(on, role="then"),
        Argument(on, role="else"),
    )
    for on in SIGNATURES
}


@dataclass(frozen=True)
class Production(ABC):
    """A rule of the grammar.

    Subclasses are frozen dataclasses, so that productions compare by value and can be
    dictionary keys. What others need to know of a production is told here as data; what it
    computes is the matter of the meanings, each of which has a method of the name ``meaning``.

    Attributes
    ----------
    symbol : str
        Name in programs and grammars.
    commutative : bool
        Whether the order of the arguments is without effect.
    neutral : float or None
        Value of one argument that leaves the other as it is.
    affine : bool
        Whether the value is affine in what is read, given that the arguments' values are.
    recurrent : bool
        Whether its argument sees an accumulator.
    """

    symbol: ClassVar[str] = ""
    commutative: ClassVar[bool] = False
    neutral: ClassVar[float | None] = None
    affine: ClassVar[bool] = False
    recurrent: ClassVar[bool] = False

    @property
    @abstractmethod
    def meaning(self) -> str:
        """Name of the method of every ``Meaning`` that says what the production computes."""

    @property
    def signature(self) -> Signature:
        """Signature of the expressions the production builds."""
        return ATOM_TO_ATOM

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The argument places, in order."""
        return ()

    @property
    def label(self) -> str:
        """Text that names the production, unique among those of one signature."""
        return self.symbol

    @property
    def stream(self) -> StreamKey | None:
        """What a production over lists has its argument applied to; None for all others."""
        return None

    @property
    def streams(self) -> tuple[StreamKey, ...]:
        """What the frames that the argument is applied to are made of, where it is streams."""
        return () if self.stream is None else (self.stream,)

    @property
    def reads(self) -> str:
        """What stands in for the frames in the argument; nothing where they stand themselves."""
        return "" if self.stream is None else self.stream.words

    @property
    def walks_frames(self) -> bool:
        """Whether the argument is evaluated on every single frame to get one value."""
        return self.recurrent

    @property
    def gloss(self) -> str:
        """A few words that say what the production does."""
        return ""

    @property
    def cost(self) -> int:
        """Structural cost: the number of arguments, at least 1 (Shah et al. 2020)."""
        return max(1, len(self.arguments))

    @property
    def is_terminal(self) -> bool:
        """Whether the production has no arguments."""
        return not self.arguments

    @property
    def branches(self) -> bool:
        """Whether one of the arguments is a condition, by which another is chosen."""
        return any(place.condition for place in self.arguments)

    @property
    def takes_lists(self) -> bool:
        """Whether the arguments are expressions over lists."""
        return any(place.signature.input is Kind.LIST for place in self.arguments)

    @property
    def fixed_width(self) -> int | None:
        """Width of the value, where the production leaves no other; None where any will do."""
        return None

    def accumulator_shown(self, width: int, accumulator: int) -> int:
        """Length of the accumulator that the arguments see, in a place of a width and another."""
        return width if self.recurrent else accumulator

    def parameter_shapes(self, width: int, accumulator: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name, in a place of a width and an accumulator."""
        return {}

    @property
    def parameter_ranges(self) -> dict[str, tuple[float, float]]:
        """Ranges to begin in, of parameters for which 0 is no place to begin, by name."""
        return {}

    def __str__(self) -> str:
        return self.label
