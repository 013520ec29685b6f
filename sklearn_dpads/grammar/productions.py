"""The productions of the language, as data: what each is called, reads and costs.

What a production computes stands in :mod:`sklearn_dpads.program` (numpy) and
:mod:`sklearn_dpads.engine` (torch); nothing here evaluates anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal


class Kind(StrEnum):
    """What an expression reads or gives: a sequence of frames, or one vector."""

    LIST = "list"
    ATOM = "atom"


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
    """

    signature: Signature
    condition: bool = False


@dataclass(frozen=True)
class Production:
    """A rule of the grammar.

    Subclasses are frozen dataclasses, so that productions compare by value and can be
    dictionary keys.
    """

    symbol: ClassVar[str] = ""
    commutative: ClassVar[bool] = False

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
    def cost(self) -> int:
        """Structural cost: the number of arguments, at least 1 (Shah et al. 2020)."""
        return max(1, len(self.arguments))

    @property
    def is_terminal(self) -> bool:
        """Whether the production has no arguments."""
        return not self.arguments

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Map(Production):
    """``Map(f)``: y_t = f(x_t)."""

    symbol: ClassVar[str] = "Map"

    @property
    def signature(self) -> Signature:
        return LIST_TO_LIST

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM),)


@dataclass(frozen=True)
class MapPrefix(Production):
    """``MapPrefix(g)``: y_t = g(x_1 … x_t), computed from frames 1…t alone."""

    symbol: ClassVar[str] = "MapPrefix"

    @property
    def signature(self) -> Signature:
        return LIST_TO_LIST

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(LIST_TO_ATOM),)


@dataclass(frozen=True)
class Fold(Production):
    """``Fold(f)``: a_0 = c (learned); a_t = f([x_t, a_{t-1}]); the value is a_T."""

    symbol: ClassVar[str] = "Fold"

    @property
    def signature(self) -> Signature:
        return LIST_TO_ATOM

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM),)


@dataclass(frozen=True)
class SlideWindowAvg(Production):
    """``SlideWindowAvg(f)``: f and the average over the last ``window`` frames.

    Parameters
    ----------
    window : int or None, default=5
        Number of frames; None takes all frames so far.
    average : {"frames", "values"}, default="frames"
        ``"frames"`` applies f to the mean frame, ``"values"`` averages f over the
        frames. The two agree where f is affine.
    """

    window: int | None = 5
    average: Literal["frames", "values"] = "frames"

    symbol: ClassVar[str] = "SlideWindowAvg"

    def __post_init__(self) -> None:
        _check_window(self.symbol, self.window, allow_none=True)
        if self.average not in ("frames", "values"):
            raise ValueError(
                f"average={self.average!r} is not allowed; give 'frames' (f of the mean "
                "frame) or 'values' (mean of f over the frames)."
            )

    @property
    def signature(self) -> Signature:
        return LIST_TO_ATOM

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM),)

    @property
    def label(self) -> str:
        window = "all" if self.window is None else str(self.window)
        suffix = "" if self.average == "frames" else f",{self.average}"
        return f"{self.symbol}[{window}{suffix}]"


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


@dataclass(frozen=True)
class ITE(Production):
    """``ITE(c, a, b)``: a where c >= 0, else b; all three of the same signature.

    Parameters
    ----------
    on : Signature, default=atom->atom
        Signature of the production and of its three arguments. On list->list the
        choice is made frame by frame.
    """

    on: Signature = ATOM_TO_ATOM

    symbol: ClassVar[str] = "ITE"

    @property
    def signature(self) -> Signature:
        return self.on

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(self.on, condition=True), Argument(self.on), Argument(self.on))


@dataclass(frozen=True)
class Add(Production):
    """``Add(a, b)``: the elementwise sum."""

    symbol: ClassVar[str] = "Add"
    commutative: ClassVar[bool] = True

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM), Argument(ATOM_TO_ATOM))


@dataclass(frozen=True)
class Multiply(Production):
    """``Multiply(a, b)``: the elementwise product."""

    symbol: ClassVar[str] = "Multiply"
    commutative: ClassVar[bool] = True

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM), Argument(ATOM_TO_ATOM))


@dataclass(frozen=True)
class Affine(Production):
    """``Affine[S]``: W x_S + v on the features S; inside ``Fold`` also + U a_{t-1}.

    Parameters
    ----------
    group : str
        Name of the feature group.
    features : tuple of int
        Column indices of the group, as positions in a frame.
    """

    group: str = ""
    features: tuple[int, ...] = ()

    symbol: ClassVar[str] = "Affine"

    @property
    def label(self) -> str:
        return f"{self.symbol}[{self.group}]"


@dataclass(frozen=True)
class Constant(Production):
    """``Constant``: a learned vector."""

    symbol: ClassVar[str] = "Constant"


@dataclass(frozen=True)
class Input(Production):
    """``Input``: the frame itself, where it is as wide as the output asked for."""

    symbol: ClassVar[str] = "Input"


BUILTIN_PRODUCTIONS: dict[str, type[Production]] = {
    kind.symbol: kind
    for kind in (
        Map,
        MapPrefix,
        Fold,
        SlideWindowAvg,
        CenteredWindowAvg,
        ITE,
        Add,
        Multiply,
        Affine,
        Constant,
        Input,
    )
}


def _check_window(symbol: str, window: object, *, allow_none: bool) -> None:
    if window is None and allow_none:
        return
    if isinstance(window, bool) or not isinstance(window, int) or window < 1:
        extra = ", or None for all frames so far" if allow_none else ""
        raise ValueError(f"{symbol} needs a window of at least 1 frame{extra}; got {window!r}.")
