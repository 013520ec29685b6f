"""How deep a program must be at least, and which productions can finish within a depth."""

from __future__ import annotations

from typing import Protocol

from .base import Production, Signature
from .productions import Input

# Greater than every depth, and no float: depths are compared and added up as integers.
UNREACHABLE = 10**9

# Places that are being derived: what is asked there, and of which width.
_Pending = frozenset[tuple[Signature, int]]


class Language(Protocol):
    """What is asked of a grammar to tell what can be derived from it."""

    @property
    def min_features(self) -> int: ...
    @property
    def productions(self) -> tuple[Production, ...]: ...
    def of(self, signature: Signature) -> tuple[Production, ...]: ...


def fits(production: Production, width: int, n_features: int) -> bool:
    """Whether a production can give an output of a width."""
    return not isinstance(production, Input) or width == n_features


def least_depth(
    grammar: Language,
    signature: Signature,
    width: int,
    n_features: int,
    pending: _Pending = frozenset(),
) -> int:
    """Depth of the shallowest expression of a signature; ``UNREACHABLE`` if none exists.

    Parameters
    ----------
    grammar : Grammar
        The productions.
    signature : Signature
        Signature asked for.
    width : int
        Output width asked for.
    n_features : int
        Length of a frame.
    pending : frozenset of (Signature, int), default=frozenset()
        What is asked for on the path that leads here.
    """
    # A shallowest derivation never meets the same place twice on one path.
    if (signature, width) in pending:
        return UNREACHABLE
    # Of what may be a thousand terminals one is enough.
    if any(
        p.signature == signature and p.is_terminal and fits(p, width, n_features)
        for p in grammar.productions
    ):
        return 1
    pending = pending | {(signature, width)}
    depths = (
        finishing_depth(grammar, p, width, n_features, pending)
        for p in grammar.of(signature)
        if fits(p, width, n_features)
    )
    return min(depths, default=UNREACHABLE)


def finishing_depth(
    grammar: Language,
    production: Production,
    width: int,
    n_features: int,
    pending: _Pending = frozenset(),
) -> int:
    """Depth of the shallowest expression that begins with a production; see `least_depth`."""
    deepest = 0
    for argument in production.arguments:
        asked = 1 if argument.condition else width
        deepest = max(deepest, least_depth(grammar, argument.signature, asked, n_features, pending))
    return min(UNREACHABLE, deepest + 1)
