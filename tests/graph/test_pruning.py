"""Pruning to the best candidates, and restriction in general."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST
from sklearn_dpads.graph import (
    ROOT_EDGE,
    describe,
    discretize,
    keep_top,
)

from .build import (
    RICH,
    WITH_CHOICE,
    programs_of,
    random_part,
    random_scores,
    same_graph,
    space,
)


@pytest.mark.parametrize("node_sharing", [True, False])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_every_edge_keeps_its_best_candidates(n, node_sharing):
    graph = space(RICH, max_depth=3, n_outputs=3, node_sharing=node_sharing)
    scores = random_scores(graph, np.random.default_rng(n))
    pruned = keep_top(graph, scores, n)
    assert 1 < len(pruned.edges) < len(graph.edges)
    for key, edge in pruned.edges.items():
        score, before = scores[key], graph.edges[key].labels
        assert len(edge.labels) == min(n, len(before))
        assert set(edge.labels) <= set(before)
        dropped = [score[label] for label in before if label not in edge.labels]
        assert min(score[label] for label in edge.labels) > max(dropped, default=-np.inf)
        assert list(edge.labels) == [label for label in before if label in edge.labels]


def test_a_node_keeps_the_union_over_the_edges_that_stay():
    graph = space(RICH, max_depth=4, n_outputs=3)
    pruned = keep_top(graph, random_scores(graph, np.random.default_rng(3)), 2)
    entering = defaultdict(set)
    for edge in pruned.edges.values():
        entering[edge.target].update(edge.labels)
    assert max(len(labels) for labels in entering.values()) > 2
    assert {key: set(slot.labels) for key, slot in pruned.slots.items()} == entering


def test_ties_keep_the_order_of_the_grammar():
    graph = space(RICH, max_depth=3)
    equal = {key: dict.fromkeys(edge.labels, 0.5) for key, edge in graph.edges.items()}
    pruned = keep_top(graph, equal, 2)
    assert all(edge.labels == graph.edges[key].labels[:2] for key, edge in pruned.edges.items())


def test_keeping_more_than_there_are_changes_nothing():
    graph = space(RICH, LIST_TO_LIST, max_depth=3)
    assert same_graph(keep_top(graph, random_scores(graph, np.random.default_rng(0)), 99), graph)


@pytest.mark.parametrize("signature", [LIST_TO_ATOM, LIST_TO_LIST], ids=str)
def test_discretizing_takes_the_best_candidate_from_the_root_down(signature):
    graph = space(RICH, signature, max_depth=4, n_outputs=3)
    scores = random_scores(graph, np.random.default_rng(7))
    program = discretize(graph, scores)
    assert program.is_discrete
    (root,) = program.edges[ROOT_EDGE].labels
    assert root == max(scores[ROOT_EDGE], key=scores[ROOT_EDGE].get)
    for key, edge in program.edges.items():
        (label,) = edge.labels
        assert label == max(scores[key], key=scores[key].get)


def test_restriction_drops_what_is_out_of_reach():
    graph = space(RICH, max_depth=4, n_outputs=3)
    part = graph.restrict({ROOT_EDGE: ("SlideWindowAvg[5]",)})
    parents = {key.parent for key in part.edges}
    assert len(part.slots) < len(graph.slots)
    assert {edge.target for edge in part.edges.values()} == set(part.slots)
    assert parents - {None} <= set(part.slots)
    assert all(key.accumulator == 0 for key in part.slots)
    labels = {(key.parent, key.label) for key in part.edges if key.parent is not None}
    assert all(label in part.slots[parent].labels for parent, label in labels)


def test_restriction_leaves_the_rest_as_it_was():
    graph = space(RICH, max_depth=3, n_outputs=3)
    assert same_graph(graph.restrict({}), graph)
    edge = graph.compound_edges()[-1]
    part = graph.restrict({edge.key: edge.labels[1:]})
    changed = {key for key, kept in part.edges.items() if kept != graph.edges[key]}
    assert changed == {edge.key}


def test_restriction_keeps_just_the_programs_with_the_chosen_candidates():
    graph = space(WITH_CHOICE, max_depth=3, n_features=2)
    edge = graph.compound_edges()[0]
    for label in edge.labels:
        part = graph.restrict({edge.key: (label,)})
        beginning = f"SlideWindowAvg[all]({label}"
        expected = [t for t, *_ in programs_of(graph) if t.startswith(beginning)]
        assert expected
        assert sorted(t for t, *_ in programs_of(part)) == sorted(expected)


def test_an_operation_leaves_the_graph_itself_alone():
    graph = space(RICH, max_depth=3)
    before = (dict(graph.slots), dict(graph.edges), describe(graph))
    random_part(graph, np.random.default_rng(0))
    discretize(graph, random_scores(graph, np.random.default_rng(0)))
    assert (dict(graph.slots), dict(graph.edges), describe(graph)) == before
