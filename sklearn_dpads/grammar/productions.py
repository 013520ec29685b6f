"""The productions of the language, as data: what each is called, reads and costs.

What a production computes stands in :mod:`sklearn_dpads.program` (numpy) and
:mod:`sklearn_dpads.engine` (torch); nothing here evaluates anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple


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


class StreamKey(NamedTuple):
    """What a function of frames is applied to: frames, or means of the frames around each.

    Parameters
    ----------
    kind : {"raw", "causal", "centered"}
        The frames themselves; means of the last ones; means of those before and after.
    window : int or None
        Number of frames; None takes all frames so far.
    """

    kind: Literal["raw", "causal", "centered"]
    window: int | None

    @property
    def frames(self) -> str:
        """Say which frames a causal window holds."""
        return "all frames so far" if self.window is None else f"the last {self.window} frames"


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
    """

    signature: Signature
    condition: bool = False
    role: str = ""


@dataclass(frozen=True)
class Production:
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
    def meaning(self) -> str:
        """Name of the method of every ``Meaning`` that says what the production computes."""
        raise NotImplementedError

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

    def accumulator_shown(self, width: int, accumulator: int) -> int:
        """Length of the accumulator that the arguments see, in a place of a width and another."""
        return width if self.recurrent else accumulator

    def parameter_shapes(self, width: int, accumulator: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name, in a place of a width and an accumulator."""
        return {}

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

    @property
    def meaning(self) -> str:
        return "over_stream"

    @property
    def stream(self) -> StreamKey:
        return RAW

    @property
    def gloss(self) -> str:
        return "of each frame"


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

    @property
    def meaning(self) -> str:
        return "prefixes"

    @property
    def gloss(self) -> str:
        return "of all frames so far, for each frame"


@dataclass(frozen=True)
class Fold(Production):
    """``Fold(f)``: a_0 = c (learned); a_t = f([x_t, a_{t-1}]); the value is a_T."""

    symbol: ClassVar[str] = "Fold"
    recurrent: ClassVar[bool] = True

    @property
    def signature(self) -> Signature:
        return LIST_TO_ATOM

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM),)

    @property
    def meaning(self) -> str:
        return "fold"

    @property
    def stream(self) -> StreamKey:
        return RAW

    @property
    def gloss(self) -> str:
        return "frame by frame"

    def parameter_shapes(self, width: int, accumulator: int) -> dict[str, tuple[int, ...]]:
        return {"initial": (width,)}


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

    @property
    def meaning(self) -> str:
        return "over_stream" if self.average == "frames" else "mean_of_values"

    @property
    def stream(self) -> StreamKey:
        return RAW if self.walks_frames else StreamKey("causal", self.window)

    @property
    def walks_frames(self) -> bool:
        return self.average == "values"

    @property
    def gloss(self) -> str:
        frames = StreamKey("causal", self.window).frames
        start = "mean of the value over" if self.walks_frames else "of the mean of"
        return f"{start} {frames}"


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
        return f"of the mean of the {self.window} frames around each frame"


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
        return (
            Argument(self.on, condition=True, role="if ≥ 0"),
            Argument(self.on, role="then"),
            Argument(self.on, role="else"),
        )

    @property
    def meaning(self) -> str:
        return "choice"

    @property
    def gloss(self) -> str:
        return "one branch is taken"


@dataclass(frozen=True)
class Add(Production):
    """``Add(a, b)``: the elementwise sum."""

    symbol: ClassVar[str] = "Add"
    commutative: ClassVar[bool] = True
    neutral: ClassVar[float | None] = 0.0
    affine: ClassVar[bool] = True

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM), Argument(ATOM_TO_ATOM))

    @property
    def meaning(self) -> str:
        return "add"

    @property
    def gloss(self) -> str:
        return "sum"


@dataclass(frozen=True)
class Multiply(Production):
    """``Multiply(a, b)``: the elementwise product."""

    symbol: ClassVar[str] = "Multiply"
    commutative: ClassVar[bool] = True
    neutral: ClassVar[float | None] = 1.0

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (Argument(ATOM_TO_ATOM), Argument(ATOM_TO_ATOM))

    @property
    def meaning(self) -> str:
        return "multiply"

    @property
    def gloss(self) -> str:
        return "product"


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
    affine: ClassVar[bool] = True

    @property
    def label(self) -> str:
        return f"{self.symbol}[{self.group}]"

    @property
    def meaning(self) -> str:
        return "affine_map"

    def parameter_shapes(self, width: int, accumulator: int) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {
            "weight": (width, len(self.features)),
            "bias": (width,),
        }
        return {**shapes, "recurrent": (width, accumulator)} if accumulator else shapes


@dataclass(frozen=True)
class Constant(Production):
    """``Constant``: a learned vector."""

    symbol: ClassVar[str] = "Constant"
    affine: ClassVar[bool] = True

    @property
    def meaning(self) -> str:
        return "constant"

    def parameter_shapes(self, width: int, accumulator: int) -> dict[str, tuple[int, ...]]:
        return {"value": (width,)}


@dataclass(frozen=True)
class Input(Production):
    """``Input``: the frame itself, where it is as wide as the output asked for."""

    symbol: ClassVar[str] = "Input"
    affine: ClassVar[bool] = True

    @property
    def meaning(self) -> str:
        return "frame"


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
