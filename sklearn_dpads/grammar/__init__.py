"""The language: types, productions, and the grammars built of them."""

from .base import (
    ATOM_TO_ATOM,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    RAW,
    SIGNATURES,
    Argument,
    Kind,
    Production,
    Signature,
    StreamKey,
)
from .counting import count_programs, count_programs_by_depth
from .depths import UNREACHABLE
from .filters import TemporalFilter
from .grammar import Grammar
from .one_vs_rest import OneVsRest
from .productions import (
    BUILTIN_PRODUCTIONS,
    ITE,
    Add,
    Affine,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
)
from .readers import (
    READERS,
    CenteredWindow,
    CenteredWindowAvg,
    SlideWindow,
    SlideWindowAvg,
    centered_reader,
    reader,
)
from .spans import Part, Span
from .statistics import STATISTICS, Statistic
from .user import UserProduction, make_production
from .user_statistics import make_statistic

__all__ = [
    "ATOM_TO_ATOM",
    "BUILTIN_PRODUCTIONS",
    "ITE",
    "LIST_TO_ATOM",
    "LIST_TO_LIST",
    "RAW",
    "READERS",
    "SIGNATURES",
    "STATISTICS",
    "UNREACHABLE",
    "Add",
    "Affine",
    "Argument",
    "CenteredWindow",
    "CenteredWindowAvg",
    "Constant",
    "Fold",
    "Grammar",
    "Input",
    "Kind",
    "Map",
    "MapPrefix",
    "Multiply",
    "OneVsRest",
    "Part",
    "Production",
    "Signature",
    "SlideWindow",
    "SlideWindowAvg",
    "Span",
    "Statistic",
    "StreamKey",
    "TemporalFilter",
    "UserProduction",
    "centered_reader",
    "count_programs",
    "count_programs_by_depth",
    "make_production",
    "make_statistic",
    "reader",
]

# The readers of all statistics, which are made and not written.
globals().update(READERS)

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
