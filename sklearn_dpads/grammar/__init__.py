"""The language: types, productions, and the grammars built of them."""

from ._types import (
    ATOM_TO_ATOM,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    SIGNATURES,
    Kind,
    Signature,
)
from .counting import count_programs, count_programs_by_depth
from .grammar import UNREACHABLE, Grammar
from .productions import (
    BUILTIN_PRODUCTIONS,
    ITE,
    Add,
    Affine,
    Argument,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
    Production,
    SlideWindowAvg,
)
from .user import UserProduction, make_production

__all__ = [
    "ATOM_TO_ATOM",
    "BUILTIN_PRODUCTIONS",
    "ITE",
    "LIST_TO_ATOM",
    "LIST_TO_LIST",
    "SIGNATURES",
    "UNREACHABLE",
    "Add",
    "Affine",
    "Argument",
    "CenteredWindowAvg",
    "Constant",
    "Fold",
    "Grammar",
    "Input",
    "Kind",
    "Map",
    "MapPrefix",
    "Multiply",
    "Production",
    "Signature",
    "SlideWindowAvg",
    "UserProduction",
    "count_programs",
    "count_programs_by_depth",
    "make_production",
]
