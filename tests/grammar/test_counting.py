"""Counts against enumeration."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import (
    ATOM_TO_ATOM,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    SIGNATURES,
    Add,
    Affine,
    Constant,
    Input,
    count_programs_by_depth,
)

from .. import strategies
from ..strategies import QUICK
from ..user_functions import BLEND


def enumerate_skeletons(grammar, signature, depth, width):
    """Build every program up to a depth, as text in which commutative twins are the same."""
    if depth == 0:
        return set()
    found = set()
    for production in grammar.productions:
        if production.signature != signature:
            continue
        if production.symbol == "Input" and width != grammar.min_features:
            continue
        choices = [
            enumerate_skeletons(grammar, a.signature, depth - 1, 1 if a.condition else width)
            for a in production.arguments
        ]
        for args in product(*choices):
            ordered = sorted(args) if production.symbol in ("Add", "Multiply") else args
            found.add(f"{production.label}<{';'.join(ordered)}>")
    return found


@QUICK
@given(
    strategies.grammars(n_features=2),
    st.sampled_from(SIGNATURES),
    st.integers(1, 2),
    st.integers(1, 2),
)
def test_counts_agree_with_enumeration(grammar, signature, max_depth, n_outputs):
    expected = len(enumerate_skeletons(grammar, signature, max_depth, n_outputs))
    assert grammar.count_programs(signature, max_depth=max_depth, n_outputs=n_outputs) == expected


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize(
    ("signature", "max_depth"), [(ATOM_TO_ATOM, 3), (LIST_TO_ATOM, 4), (LIST_TO_LIST, 4)]
)
def test_deeper_counts_agree_with_enumeration(signature, max_depth, n_outputs):
    grammar = Grammar.paper({"all": [0, 1]}, windows=(5,)).without("Multiply", "Constant")
    counts = count_programs_by_depth(grammar, signature, max_depth=max_depth, n_outputs=n_outputs)
    sizes = [
        len(enumerate_skeletons(grammar, signature, depth, n_outputs))
        for depth in range(max_depth + 1)
    ]
    assert sum(counts) == sizes[-1]
    assert list(counts) == [b - a for a, b in pairwise(sizes)]


def test_the_width_matters_for_input_alone():
    grammar = Grammar((Affine("xy", (0, 1)), Constant(), Input(), Add()))
    # 2 leaves and 3 sums of them, or 3 leaves and 6 sums.
    assert grammar.count_programs("atom->atom", max_depth=2, n_outputs=1) == 5
    assert grammar.count_programs("atom->atom", max_depth=2, n_outputs=2) == 9
    assert grammar.count_programs("atom->atom", max_depth=2, n_outputs=3) == 5


def test_user_productions_are_not_commutative():
    grammar = Grammar((Constant(), Affine("x", (0,)), BLEND))
    assert count_programs_by_depth(grammar, "atom->atom", max_depth=2) == (2, 4)


def test_counts_are_exact_beyond_floating_point():
    grammar = Grammar((Constant(), Affine("x", (0,)), BLEND))
    count = 0
    for _ in range(8):
        count = 2 + count**2
    assert count > 2**64
    assert grammar.count_programs("atom->atom", max_depth=8) == count


def test_a_signature_may_be_text_or_not():
    grammar = Grammar.paper(3)
    assert grammar.count_programs("list -> atom", max_depth=3) == grammar.count_programs(
        LIST_TO_ATOM, max_depth=3
    )


@pytest.mark.parametrize("name", ["max_depth", "n_outputs"])
@pytest.mark.parametrize("value", [0, 1.5, True])
def test_sizes_must_be_positive_integers(name, value):
    sizes = {"max_depth": 1, "n_outputs": 1, name: value}
    with pytest.raises(ValueError, match=f"^{name} must be a positive integer; got {value}"):
        Grammar.paper(1).count_programs("list->atom", **sizes)


def test_an_unknown_signature_is_refused():
    with pytest.raises(ValueError, match="^'atom->list' is not a signature; allowed are "):
        Grammar.paper(1).count_programs("atom->list", max_depth=1)
