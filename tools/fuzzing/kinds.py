"""The kinds of files, each with valid ones to begin with and what must hold of any.

A file is refused with an error that its reader promises, or else it can be used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import BUILTIN_PRODUCTIONS

from . import commands, stored, texts
from .mutations import Change, change_archive, change_array, change_json, change_table, change_text


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    suffix : str
        End of a file's name.
    seeds : callable
        Gives valid files.
    check : callable
        Reads and uses a file; raises :class:`.outcomes.Refused` where it is refused as promised,
        and any other error where something is wrong with the reader.
    changes : sequence of callable, default=()
        Changes that know the format.
    words : sequence of bytes, default=()
        Words of the language.
    """

    suffix: str
    seeds: Callable[[], list[bytes]]
    check: Callable[[Path], None]
    changes: Sequence[Change] = ()
    words: Sequence[bytes] = ()


def _encoded(texts: Sequence[str]) -> list[bytes]:
    return [text.encode() for text in texts]


_GRAMMARS = [str(texts.GRAMMAR), str(Grammar.paper(3)), str(Grammar.preset("crim13"))]
_GROUPS = ['{"a": [0, 1], "b": ["turn"]}', '{"all": ["speed"]}', '{"a b": [1], "x0": [0, "turn"]}']
_SYMBOLS = _encoded(
    [
        *BUILTIN_PRODUCTIONS,
        "OneVsRest",
        "mixed",
        "list",
        "atom",
        "->",
        "::=",
        "if",
        "else",
        "previous",
    ]
)
_OF_PROGRAMS = _encoded(["x0", "x1", "[all]", "[1/3]", "(", ")", ">= 0:", "inf", "nan"])
_OF_GRAMMARS = _encoded(["|", "?", "{0}", "{0, 2}", "[all,values]", "[2/5]", '["a b"]'])

KINDS = {
    "program-json": Kind(
        ".json",
        lambda: _encoded([program.to_json() for program in texts.programs()]),
        texts.check_program_json,
        [change_json],
        _SYMBOLS,
    ),
    "program-text": Kind(
        ".txt",
        lambda: _encoded(texts.PROGRAMS),
        texts.check_program_text,
        [change_text],
        [*_SYMBOLS, *_OF_PROGRAMS],
    ),
    "grammar-text": Kind(
        ".txt",
        lambda: _encoded(_GRAMMARS),
        texts.check_grammar,
        [change_text],
        [*_SYMBOLS, *_OF_GRAMMARS],
    ),
    "data-npz": Kind(".npz", commands.npz_files, commands.check_data, [change_archive]),
    "data-npy": Kind(".npy", stored.npy_files, stored.check_npy, [change_array]),
    "data-csv": Kind(
        ".csv", commands.csv_files, commands.check_csv, [change_table], [b",", b"\n", b'"', b"\r"]
    ),
    "checkpoint": Kind(".pickle", stored.checkpoints, stored.check_checkpoint, words=[b"\n"]),
    "groups": Kind(".json", lambda: _encoded(_GROUPS), commands.check_groups, [change_json]),
}
