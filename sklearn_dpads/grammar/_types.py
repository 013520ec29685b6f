"""Types of the language: sequences of frames, single frames, and what maps one to another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
