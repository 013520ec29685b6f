"""Splitting into partitions: nothing is lost, and twins are met once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import (
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Map,
    MapPrefix,
    Multiply,
    SlideWindowAvg,
)
from sklearn_dpads.graph import describe, split, split_all

from ..strategies import QUICK
from .build import (
    RICH,
    SIGNATURES_OF_PROGRAMS,
    programs_by_splitting,
    programs_of,
    random_part,
    same_graph,
    space,
)

A, B = Affine("a", (0,)), Affine("b", (1,))
SUMS = Grammar((SlideWindowAvg(5), Fold(), Add(), Multiply(), A, B))
CHOICES = Grammar(
    (MapPrefix(), Map(), CenteredWindowAvg(3), Fold(), ITE(), ITE(LIST_TO_LIST), A, B)
)
# A terminal before and after the commutative productions, whose order matters to a split.
MIXED = Grammar((SlideWindowAvg(5), A, Add(), Constant(), Multiply()))

SMALL = [
    (SUMS, LIST_TO_ATOM, 3),
    (CHOICES, LIST_TO_LIST, 3),
    (CHOICES, LIST_TO_ATOM, 3),
    (MIXED, LIST_TO_ATOM, 3),
    (MIXED, LIST_TO_ATOM, 4),
]


@pytest.mark.parametrize("node_sharing", [True, False])
@pytest.mark.parametrize(("grammar", "signature", "max_depth"), SMALL)
def test_splitting_to_the_end_meets_every_program_of_the_grammar(
    grammar, signature, max_depth, node_sharing
):
    graph = space(grammar, signature, max_depth=max_depth, node_sharing=node_sharing)
    met = Counter(programs_by_splitting(graph))
    held = {text: pairs for text, _, _, pairs in programs_of(graph)}
    assert len(met) == grammar.count_programs(signature, max_depth=max_depth)
    assert met.keys() == held.keys()
    # Twins whose two arguments begin alike are the only programs met twice.
    assert all(met[text] <= 2**pairs for text, pairs in held.items())
    if max_depth == 3:
        assert set(met.values()) == {1}


@pytest.mark.parametrize(("grammar", "signature", "max_depth"), SMALL)
def test_listing_a_graph_gives_every_program_once(grammar, signature, max_depth):
    graph = space(grammar, signature, max_depth=max_depth)
    programs = list(split_all(graph))
    assert all(program.is_discrete for program in programs)
    texts = [describe(program) for program in programs]
    assert len(texts) == len(set(texts)) == grammar.count_programs(signature, max_depth=max_depth)
    assert texts == list(dict.fromkeys(programs_by_splitting(graph)))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("Affine[a]", "Affine[b]"), ("Affine[a]", "Constant")),
        (("Affine[a]", "Affine[b]"), ("Affine[a]",)),
        (("Affine[a]", "Constant"), ("Affine[b]", "Affine[a]", "Constant")),
    ],
)
def test_arguments_pruned_in_different_ways_lose_no_program(left, right):
    grammar = Grammar((SlideWindowAvg(5), Add(), A, B, Constant()))
    graph = space(grammar, max_depth=3)
    _, body, first, second = graph.edges
    part = graph.restrict({body: ("Add",), first: left, second: right})
    met = programs_by_splitting(part)
    pairs = {tuple(sorted((one, other))) for one in left for other in right}
    assert sorted(met) == sorted(f"SlideWindowAvg[5](Add({one}, {other}))" for one, other in pairs)


@QUICK
@given(seed=st.integers(0, 2**32 - 1), node_sharing=st.booleans())
def test_splitting_a_pruned_graph_loses_nothing_and_adds_nothing(seed, node_sharing):
    rng = np.random.default_rng(seed)
    grammar = MIXED if rng.random() < 0.5 else SUMS
    graph = space(grammar, max_depth=4, node_sharing=node_sharing)
    part = random_part(graph, rng, most=3)
    held = Counter(text for text, *_ in programs_of(part))
    if sum(held.values()) > 400:
        part = random_part(part, rng, most=1)
        held = Counter(text for text, *_ in programs_of(part))
    met = Counter(programs_by_splitting(part))
    assert met.keys() == held.keys()
    assert all(met[text] <= held[text] for text in met)


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_parts_have_one_candidate_each_on_the_first_compound_edge(signature):
    graph = space(RICH, signature, n_outputs=3)
    edge = graph.compound_edges()[0]
    parts = split(graph)
    assert [part.edges[edge.key].labels for part in parts] == [(label,) for label in edge.labels]
    for part in parts:
        first = next(iter(part.compound_edges()), None)
        assert first is None or first.target.level >= edge.target.level


def test_edges_are_split_in_depth_and_then_left_to_right():
    graph = space(RICH, n_outputs=3)
    places = [(e.target.level, e.target.path) for e in graph.edges.values()]
    assert places == sorted(places)
    while not graph.is_discrete:
        edge = graph.compound_edges()[0]
        above = [e for e in graph.edges.values() if e.target.level < edge.target.level]
        assert all(len(e.labels) == 1 for e in above)
        graph = split(graph)[0]


def test_a_discrete_graph_is_its_own_only_part():
    graph = space(SUMS, max_depth=3)
    while not graph.is_discrete:
        graph = split(graph)[-1]
    (part,) = split(graph)
    assert same_graph(part, graph)


def test_frontiers_stay_where_they_are_when_a_graph_is_split():
    graph = space(RICH, depth=2)
    parts = split(graph)
    assert all(part.has_frontier for part in parts if part.depth == 2)
    assert "?" in describe(parts[0])
