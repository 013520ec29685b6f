"""The productions of the language; those that read windows of frames stand in ``readers``.

One that weighs them stands in ``filters``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import (
    ATOM_TO_ATOM,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    OF_CHOICES,
    OF_FRAMES,
    OF_LISTS,
    OF_TWO,
    RAW,
    Argument,
    Production,
    Signature,
    StreamKey,
)
from .filters import TemporalFilter
from .readers import READERS


@dataclass(frozen=True)
class Map(Production):
    """``Map(f)``: y_t = f(x_t)."""

    symbol: ClassVar[str] = "Map"

    @property
    def signature(self) -> Signature:
        return LIST_TO_LIST

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return OF_FRAMES

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
        return OF_LISTS

    @property
    def meaning(self) -> str:
        return "prefixes"

    @property
    def gloss(self) -> str:
        return "of all frames so far, for each frame"


@dataclass(frozen=True)
class Fold(Production):
    """``Fold(f)``: a_0 = c (learned); a_t = f([x_t, a_{t-1}]); the value is a_T.

    Parameters
    ----------
    mixed : bool, default=False
        Whether each of several outputs is fitted to see the accumulators of all of them,
        ``Fold[mixed]``, and not its own alone. A condition inside sees all of them either way.

    Raises
    ------
    ValueError
        If `mixed` is neither True nor False.
    """

    mixed: bool = False

    symbol: ClassVar[str] = "Fold"
    recurrent: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not isinstance(self.mixed, bool):
            raise ValueError(f"Fold: mixed must be True or False; got {self.mixed!r}.")

    @property
    def label(self) -> str:
        return f"{self.symbol}[mixed]" if self.mixed else self.symbol

    @property
    def signature(self) -> Signature:
        return LIST_TO_ATOM

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return OF_FRAMES

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
        return OF_CHOICES[self.on]

    @property
    def meaning(self) -> str:
        return "choice"

    @property
    def gloss(self) -> str:
        return "one branch is taken"


@dataclass(frozen=True)
class Add(Production):
    """``Add(a, b)``: the elementwise sum of two expressions of one signature.

    Parameters
    ----------
    on : Signature, default=atom->atom
        Signature of the production and of its arguments. On list->list it is taken frame by
        frame.
    """

    on: Signature = ATOM_TO_ATOM

    symbol: ClassVar[str] = "Add"
    commutative: ClassVar[bool] = True
    neutral: ClassVar[float | None] = 0.0
    affine: ClassVar[bool] = True

    @property
    def signature(self) -> Signature:
        return self.on

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return OF_TWO[self.on]

    @property
    def meaning(self) -> str:
        return "add"

    @property
    def gloss(self) -> str:
        return "sum"


@dataclass(frozen=True)
class Multiply(Production):
    """``Multiply(a, b)``: the elementwise product of two expressions of one signature.

    Parameters
    ----------
    on : Signature, default=atom->atom
        Signature of the production and of its arguments. On list->list it is taken frame by
        frame.
    """

    on: Signature = ATOM_TO_ATOM

    symbol: ClassVar[str] = "Multiply"
    commutative: ClassVar[bool] = True
    neutral: ClassVar[float | None] = 1.0

    @property
    def signature(self) -> Signature:
        return self.on

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return OF_TWO[self.on]

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


_PRODUCTIONS: tuple[type[Production], ...] = (
    Map,
    MapPrefix,
    Fold,
    *READERS.values(),
    TemporalFilter,
    ITE,
    Add,
    Multiply,
    Affine,
    Constant,
    Input,
)
BUILTIN_PRODUCTIONS: dict[str, type[Production]] = {kind.symbol: kind for kind in _PRODUCTIONS}
