"""The language: types, productions, and the grammars built of them."""

from .counting import count_programs, count_programs_by_depth
from .grammar import UNREACHABLE, Grammar
from .productions import (
    ATOM_TO_ATOM,
    BUILTIN_PRODUCTIONS,
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    RAW,
    SIGNATURES,
    Add,
    Affine,
    Argument,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Kind,
    Map,
    MapPrefix,
    Multiply,
    Production,
    Signature,
    SlideWindowAvg,
    StreamKey,
)
from .user import UserProduction, make_production

__all__ = [
    "ATOM_TO_ATOM",
    "BUILTIN_PRODUCTIONS",
    "ITE",
    "LIST_TO_ATOM",
    "LIST_TO_LIST",
    "RAW",
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
    "StreamKey",
    "UserProduction",
    "count_programs",
    "count_programs_by_depth",
    "make_production",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
