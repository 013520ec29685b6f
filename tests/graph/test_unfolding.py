"""Unfolding in rounds, frontiers, and candidates that can't finish in the depth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar
from sklearn_dpads.engine import initialize, to_expression
from sklearn_dpads.grammar import (
    ATOM_TO_ATOM,
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Affine,
    Fold,
    Input,
    MapPrefix,
    SlideWindowAvg,
)
from sklearn_dpads.graph import (
    NEURAL,
    derivation_graph,
    keep_top,
    unfold,
)

from .. import strategies
from ..strategies import QUICK
from .build import (
    RICH,
    SIGNATURES_OF_PROGRAMS,
    programs_of,
    random_part,
    random_program,
    random_scores,
    same_graph,
    space,
)


@pytest.mark.parametrize("node_sharing", [True, False])
@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@pytest.mark.parametrize("rounds", [(1, 1, 1), (2, 1), (1, 2), (2, 7)])
def test_unfolding_in_rounds_gives_what_is_built_at_once(signature, rounds, node_sharing):
    options = {"n_outputs": 3, "max_depth": 4, "node_sharing": node_sharing}
    graph = space(RICH, signature, depth=1, **options)
    for levels in rounds:
        graph = unfold(graph, levels)
    assert same_graph(graph, space(RICH, signature, depth=1 + min(3, sum(rounds)), **options))


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_neural_completions_stand_one_level_below_the_productions(signature, depth):
    graph = space(RICH, signature, depth=depth)
    assert graph.depth == depth
    assert graph.has_frontier
    assert not graph.is_discrete
    for slot in graph.slots.values():
        assert slot.is_neural == (slot.key.level == depth + 1)
        assert (slot.labels == (NEURAL,)) == slot.is_neural
    assert not unfold(graph, 4 - depth).has_frontier


def test_unfolding_keeps_the_keys_and_the_pruned_candidates():
    rng = np.random.default_rng(0)
    graph = space(RICH, depth=2)
    pruned = keep_top(graph, random_scores(graph, rng), 3)
    deeper = unfold(pruned, 1)
    for key, slot in pruned.slots.items():
        if not slot.is_neural:
            assert deeper.slots[key] == slot
    for key, edge in pruned.edges.items():
        if edge.labels != (NEURAL,):
            assert deeper.edges[key] == edge
    fresh = [key for key in deeper.edges if key not in pruned.edges]
    assert {key.parent.level for key in fresh} == {3}


def test_a_graph_without_frontier_unfolds_to_itself():
    graph = space(RICH, max_depth=3)
    assert same_graph(unfold(graph, 2), graph)


@QUICK
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), node_sharing=st.booleans())
def test_every_choice_from_a_graph_ends_in_a_program_within_the_depth(data, seed, node_sharing):
    grammar = data.draw(strategies.grammars(user=False))
    signature = data.draw(st.sampled_from(SIGNATURES_OF_PROGRAMS))
    n_outputs = data.draw(st.integers(1, 3))
    shallowest = grammar.min_depth(signature, width=n_outputs, n_features=grammar.min_features)
    max_depth = shallowest + data.draw(st.integers(0, 2 if node_sharing else 1))
    depth = data.draw(st.integers(1, max_depth))
    graph = space(
        grammar,
        signature,
        n_outputs=n_outputs,
        depth=depth,
        max_depth=max_depth,
        node_sharing=node_sharing,
    )
    rng = np.random.default_rng(seed)
    graph = unfold(random_part(graph, rng), max_depth)
    program = random_program(graph, rng)
    expression = to_expression(program, initialize(program, 0))
    assert expression.depth <= max_depth
    assert expression.signature == signature
    assert expression.width == n_outputs


def test_input_is_a_candidate_only_where_the_widths_agree():
    for n_outputs in (1, 3):
        graph = space(n_outputs=n_outputs)
        of_width = {
            width: {
                any(isinstance(p, Input) for p in slot.candidates)
                for key, slot in graph.slots.items()
                if key.width == width and key.signature == ATOM_TO_ATOM
            }
            for width in {key.width for key in graph.slots}
        }
        assert of_width == ({1: {False}} if n_outputs == 1 else {1: {False}, 3: {True}})


def test_last_level_holds_terminals_only():
    graph = space(RICH, LIST_TO_LIST)
    last = [slot for key, slot in graph.slots.items() if key.level == 4]
    assert last
    assert all(p.is_terminal for slot in last for p in slot.candidates)


def test_candidates_that_need_more_depth_are_left_out():
    grammar = Grammar((MapPrefix(), Fold(), ITE(LIST_TO_ATOM), Affine("a", (0,))))
    graph = space(grammar, LIST_TO_LIST, max_depth=3)
    assert [text for text, *_ in programs_of(graph)] == ["MapPrefix(Fold(Affine[a]))"]
    graph = space(grammar, LIST_TO_LIST, max_depth=4)
    assert {slot.labels for key, slot in graph.slots.items() if key.level == 2} == {("Fold", "ITE")}


@pytest.mark.parametrize(
    ("grammar", "n_outputs", "message"),
    [
        (Grammar((MapPrefix(), SlideWindowAvg(), Affine("a", (0,)))), 1, "shallower than depth 3"),
        (Grammar((MapPrefix(), Affine("a", (0,)))), 1, "no program of any depth"),
        (Grammar((MapPrefix(), SlideWindowAvg(), Input())), 2, "no program of any depth"),
    ],
)
def test_a_grammar_that_derives_no_program_is_refused(grammar, n_outputs, message):
    with pytest.raises(ValueError, match=message) as caught:
        derivation_graph(
            grammar, LIST_TO_LIST, n_features=3, n_outputs=n_outputs, depth=2, max_depth=2
        )
    for part in ("list->list", f"{n_outputs} output", "max_depth=2", "Add productions or raise"):
        assert part in str(caught.value)
