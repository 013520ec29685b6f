"""What the two ablations build: node sharing, and the number of parts it saves."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import (
    LIST_TO_ATOM,
    Add,
    Affine,
    Constant,
    Multiply,
    SlideWindowAvg,
)

from .build import (
    DEFAULT,
    RICH,
    SIGNATURES_OF_PROGRAMS,
    space,
)

SUMS = Grammar((SlideWindowAvg(5), Add(), Multiply(), Affine("a", (0,)), Constant()))


@pytest.mark.parametrize(("node_sharing", "n_slots"), [(True, 1 + 1 + 2), (False, 1 + 1 + 4)])
def test_small_graph_counted_by_hand(node_sharing, n_slots):
    graph = space(SUMS, max_depth=3, node_sharing=node_sharing, n_features=2)
    assert len(graph.slots) == n_slots
    # The root's, the window's, and two arguments for each of Add and Multiply.
    assert len(graph.edges) == 1 + 1 + 2 + 2
    assert [len(edge.labels) for edge in graph.edges.values()] == [1, 4, 2, 2, 2, 2]


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_without_sharing_no_two_edges_share_a_target(signature, n_outputs):
    graph = space(RICH, signature, n_outputs=n_outputs, max_depth=3, node_sharing=False)
    targets = Counter(edge.target for edge in graph.edges.values())
    assert len(graph.compound_edges()) > 20
    assert set(targets.values()) == {1}
    assert set(targets) == set(graph.slots)


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_with_sharing_the_ith_arguments_lead_to_one_node(signature, n_outputs):
    graph = space(RICH, signature, n_outputs=n_outputs)
    nodes = defaultdict(set)
    for key, edge in graph.edges.items():
        if key.parent is not None:
            nodes[key.parent.path, key.argument].add(edge.target.path)
    assert nodes
    assert all(len(paths) == 1 for paths in nodes.values())
    children = [path for paths in nodes.values() for path in paths]
    assert len(children) == len(set(children))


@pytest.mark.parametrize("node_sharing", [True, False])
@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_edges_lead_to_what_the_candidate_asks_for(signature, node_sharing):
    graph = space(RICH, signature, n_outputs=3, max_depth=3, node_sharing=node_sharing)
    for key, edge in graph.edges.items():
        if key.parent is None:
            continue
        (production,) = (p for p in graph.slots[key.parent].candidates if p.label == key.label)
        place = production.arguments[key.argument]
        inside = key.parent.width if key.label == "Fold" else key.parent.accumulator
        assert edge.target.signature == place.signature
        assert edge.target.width == (1 if place.condition else key.parent.width)
        assert edge.target.accumulator == inside
        assert edge.target.level == key.parent.level + 1


def test_sizes_are_those_of_an_independent_count():
    for node_sharing in (True, False):
        graph = space(DEFAULT, max_depth=4, node_sharing=node_sharing)
        n_slots, n_edges = count_by_recursion(DEFAULT, node_sharing, max_depth=4)
        assert (len(graph.slots), len(graph.edges)) == (n_slots, n_edges)


def test_sharing_saves_more_than_half_of_a_deep_graph():
    shared, unshared = (space(max_depth=4, node_sharing=sharing) for sharing in (True, False))
    assert 2 * len(shared.edges) < len(unshared.edges)


def count_by_recursion(grammar, node_sharing, max_depth):
    """Count places by what they are, a set with sharing and a bag without."""
    found = Counter()

    def visit(path, signature, width, accumulator, depth):
        place = (path, str(signature), width, accumulator)
        if node_sharing and place in found:
            return
        candidates = grammar.candidates(signature, width=width, n_features=3, depth=depth)
        found[place] += 1
        n_edges[place] = sum(len(p.arguments) for p in candidates)
        for production in candidates:
            inside = width if production.symbol == "Fold" else accumulator
            for i, argument in enumerate(production.arguments):
                step = i if node_sharing else (production.label, i)
                asked = 1 if argument.condition else width
                visit((*path, step), argument.signature, asked, inside, depth - 1)

    n_edges = {}
    visit((), LIST_TO_ATOM, 1, 0, max_depth)
    return sum(found.values()), 1 + sum(n_edges[place] for place in found)
