"""Texts and costs of graphs, and discrete graphs as expressions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dpads.engine import from_expression, initialize, to_expression
from sklearn_dpads.grammar import (
    Add,
    Affine,
    Constant,
    SlideWindowAvg,
)
from sklearn_dpads.graph import describe, discrete_graph, lowest_cost
from sklearn_dpads.program import Expression

from .. import strategies
from ..program.compare import assert_same_expression
from .build import (
    RICH,
    SIGNATURES_OF_PROGRAMS,
    programs_of,
    random_part,
    random_program,
    space,
)

SOME = settings(deadline=None, derandomize=True, max_examples=30)


def leaf(name, column):
    return Expression(Affine(name, (column,)), 1, 0, (), {"weight": [[1.0]], "bias": [0.0]})


def window_of(*args):
    return Expression(SlideWindowAvg(5), 1, 0, (Expression(Add(), 1, 0, args),))


def test_twins_have_one_text():
    constant = Expression(Constant(), 1, 0, (), {"value": [0.0]})
    one, other = window_of(leaf("a", 0), constant), window_of(constant, leaf("a", 0))
    texts = {describe(discrete_graph(e, RICH, 3)) for e in (one, other)}
    assert texts == {"SlideWindowAvg[5](Add(Affine[a], Constant))"}
    assert {one.skeleton(), other.skeleton()} == texts


def test_different_programs_have_different_texts():
    graph = space(RICH, max_depth=3)
    rng = np.random.default_rng(0)
    programs = [random_program(graph, rng) for _ in range(40)]
    texts = {describe(program) for program in programs}
    assert len(texts) > 20
    assert texts <= {text for text, *_ in programs_of(graph)}
    for program in programs:
        assert describe(program) == to_expression(program, initialize(program, 0)).skeleton()


def test_text_of_a_compound_graph_names_all_candidates():
    graph = space(RICH, max_depth=3)
    edges = list(graph.edges)
    kept = {edges[0]: ("SlideWindowAvg[5]",)}
    part = graph.restrict(kept)
    body = list(part.edges.values())[1]
    part = part.restrict({body.key: ("Affine[a]", "Constant")})
    assert describe(part) == "SlideWindowAvg[5](Affine[a]|Constant)"


@pytest.mark.parametrize("node_sharing", [True, False])
def test_lowest_cost_is_that_of_the_cheapest_program(node_sharing):
    rng = np.random.default_rng(1)
    graph = space(RICH, max_depth=4, n_outputs=3, node_sharing=node_sharing)
    costs = set()
    for _ in range(12):
        part = random_part(graph, rng)
        cheapest = min(cost for _, cost, *_ in programs_of(part))
        assert lowest_cost(part) == cheapest
        costs.add(cheapest)
    assert len(costs) > 3


def test_lowest_cost_counts_a_neural_completion_as_one_production():
    graph = space(RICH, depth=1, max_depth=4)
    assert lowest_cost(graph) == 2


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@SOME
@given(data=st.data())
def test_expressions_survive_the_way_through_a_discrete_graph(signature, data):
    grammar = data.draw(strategies.grammars())
    width = data.draw(st.integers(1, 3))
    expression = data.draw(strategies.expressions(grammar, signature, width, max_depth=5))
    graph = discrete_graph(expression, grammar, grammar.min_features)
    assert graph.is_discrete
    assert graph.depth == 1 + max(len(path) for path, _ in expression.walk())
    assert lowest_cost(graph) == expression.cost
    assert describe(graph) == expression.skeleton()
    assert_same_expression(to_expression(graph, from_expression(graph, expression)), expression)


def test_a_discrete_graph_names_its_parts_as_the_whole_graph_does():
    graph = space(RICH, max_depth=4, n_outputs=3)
    rng = np.random.default_rng(2)
    for _ in range(20):
        program = random_program(graph, rng)
        expression = to_expression(program, initialize(program, 0))
        alone = discrete_graph(expression, RICH, 3)
        assert set(alone.slots) == set(program.slots)
        assert set(alone.edges) == set(program.edges)
        assert set(alone.edges) <= set(graph.edges)


def test_a_compound_graph_is_no_expression():
    graph = space(RICH)
    with pytest.raises(ValueError, match="one candidate per edge"):
        to_expression(graph, initialize(graph, 0))


def test_a_graph_with_a_frontier_is_no_expression():
    graph = space(RICH, depth=1, max_depth=3)
    root = next(iter(graph.edges))
    part = graph.restrict({root: ("SlideWindowAvg[5]",)})
    assert not part.compound_edges()
    with pytest.raises(ValueError, match="one candidate per edge"):
        to_expression(part, initialize(part, 0))
