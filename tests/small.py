"""A language small enough for tests that go through all of its programs."""

from __future__ import annotations

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST, Add, Multiply

_OVER_LISTS = [kind(on) for kind in (Add, Multiply) for on in (LIST_TO_ATOM, LIST_TO_LIST)]


def of_frames(grammar: Grammar) -> Grammar:
    """A grammar less its sums and products of what is read from lists."""
    return Grammar(tuple(p for p in grammar.productions if p not in _OVER_LISTS))
