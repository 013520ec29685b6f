"""Graphs of a whole program beside a relaxed summand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads.engine import beside_relaxed, initialize, to_expression
from sklearn_dpads.grammar import LIST_TO_ATOM, Add
from sklearn_dpads.graph import describe, discrete_graph, split_all, with_relaxed_summand

from ..program.compare import assert_same_expression
from ..strategies import QUICK
from .build import (
    DEFAULT,
    PAPER,
    RICH_SUMS,
    SIGNATURES_OF_PROGRAMS,
    WITH_CHOICE,
    random_program,
    space,
)

CHOICES = WITH_CHOICE.with_production(Add(LIST_TO_ATOM))


def a_program(grammar, signature, seed=0):
    graph = space(grammar, signature, n_outputs=2, max_depth=3, n_features=3)
    graph = random_program(graph, np.random.default_rng(seed))
    return to_expression(graph, initialize(graph, seed))


@pytest.mark.parametrize(("grammar", "depth"), [(RICH_SUMS, 2), (CHOICES, 3)])
def test_the_summand_may_be_any_program_of_the_depth(grammar, depth):
    whole = a_program(grammar, LIST_TO_ATOM)
    graph = with_relaxed_summand(whole, grammar, 3, depth)
    sums = [to_expression(one, initialize(one, 0)) for one in split_all(graph)]
    assert {s.args[0].skeleton() for s in sums} == {whole.skeleton()}
    summands = {describe(discrete_graph(s.args[1], grammar, 3)) for s in sums}
    alone = space(grammar, n_outputs=2, max_depth=depth, n_features=3)
    assert summands == {describe(one) for one in split_all(alone)}


@given(
    signature=st.sampled_from(SIGNATURES_OF_PROGRAMS),
    seed=st.integers(0, 100),
    depth=st.integers(2, 4),
)
@QUICK
def test_what_stands_keeps_its_values_and_the_rest_is_as_deep_as_asked(signature, seed, depth):
    whole = a_program(RICH_SUMS, signature, seed)
    graph = with_relaxed_summand(whole, RICH_SUMS, 3, depth)
    assert graph is not None
    assert not graph.has_frontier
    values = beside_relaxed(graph, whole, seed)
    first = random_program(graph, np.random.default_rng(seed))
    found = to_expression(first, initialize(first, seed, values))
    assert_same_expression(found.args[0], whole)
    assert found.args[1].depth <= depth


def test_grammars_without_sums_or_summands_have_no_graph():
    without = DEFAULT.without("Add")
    assert with_relaxed_summand(a_program(without, LIST_TO_ATOM), without, 3, 2) is None
    assert with_relaxed_summand(a_program(PAPER, LIST_TO_ATOM), PAPER, 3, 1) is None


def test_conditions_of_the_summand_have_one_output():
    whole = a_program(PAPER, LIST_TO_ATOM)
    graph = with_relaxed_summand(whole, PAPER, 3, 3)
    conditions = {
        target.width
        for slot in graph.slots.values()
        for production in slot.candidates
        if production.label == "ITE"
        for edge, target in graph.arguments(slot.key, production)
        if edge.argument == 0
    }
    assert conditions == {1}
