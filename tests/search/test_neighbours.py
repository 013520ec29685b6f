"""Programs one edit away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dpads import Program
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST
from sklearn_dpads.graph import derivation_graph, describe, discrete_graph
from sklearn_dpads.program import evaluate
from sklearn_dpads.search._neighbours import Neighbourhood

from .. import strategies
from ..graph.build import programs_of
from .problem import GRAMMAR, make_sequences

SOME = settings(deadline=None, derandomize=True, max_examples=25)
SIGNATURES = [LIST_TO_ATOM, LIST_TO_LIST]


def neighbours(expression, grammar, n_features, max_depth, seed=0):
    rng = np.random.default_rng(seed)
    return Neighbourhood(grammar, n_features, max_depth, rng).of(expression)


@pytest.mark.parametrize("signature", SIGNATURES, ids=str)
@SOME
@given(data=st.data())
def test_neighbours_are_programs_of_the_grammar_within_the_depth(signature, data):
    grammar = data.draw(strategies.grammars())
    width = data.draw(st.integers(1, 3))
    expression = data.draw(strategies.expressions(grammar, signature, width, max_depth=4))
    max_depth = expression.depth + data.draw(st.integers(0, 1))
    found = neighbours(expression, grammar, grammar.min_features, max_depth)
    skeletons = [neighbour.skeleton() for neighbour in found]
    assert len(skeletons) == len(set(skeletons))
    assert expression.skeleton() not in skeletons
    for neighbour in found:
        # Widths, accumulators and shapes are checked where an expression is built.
        assert neighbour.signature == signature
        assert neighbour.width == width
        assert neighbour.depth <= max_depth
        assert {node.production for _, node in neighbour.walk()} <= set(grammar.productions)
        graph = discrete_graph(neighbour, grammar, grammar.min_features)
        assert describe(graph) == neighbour.skeleton()
        assert_input_fits(neighbour, grammar.min_features)


def test_small_programs_reach_all_others_by_edits():
    """Every program of depth 3 over windows is some edits away from the simplest one."""
    grammar = GRAMMAR.without("Fold", "Multiply", "ITE", "Affine[c]")
    graph = derivation_graph(grammar, LIST_TO_ATOM, n_features=3, n_outputs=1, depth=3, max_depth=3)
    every = {text for text, *_ in programs_of(graph)}
    start = parse("SlideWindowAvg[5](Constant(1))")
    met, pending = {start.skeleton()}, [start]
    while pending:
        for neighbour in neighbours(pending.pop(), grammar, 3, 3):
            if neighbour.skeleton() not in met:
                met.add(neighbour.skeleton())
                pending.append(neighbour)
    assert met == every


@pytest.mark.parametrize(
    "text",
    [
        "SlideWindowAvg[5](Affine[a](2*x0 - 1))",
        "SlideWindowAvg[all](Add(Affine[a](2*x0 - 1), Affine[b](0.5*x1)))",
        "MapPrefix(SlideWindowAvg[5](Affine[a](2*x0 - 1)))",
        "Map(Affine[c](2*x1 - x2))",
    ],
)
def test_grown_neighbours_begin_close_to_the_function_they_come_from(text):
    """An added summand is near zero, an added factor near one, a branch repeats the other."""
    expression = parse(text)
    frames = make_sequences(40)
    before = evaluate(expression, frames)
    grown = [
        n
        for n in neighbours(expression, GRAMMAR, 3, 5)
        if n.n_productions >= expression.n_productions + 2
    ]
    branched = [n for n in grown if count(n, "ITE") > count(expression, "ITE")]
    for neighbour in branched:
        np.testing.assert_array_equal(evaluate(neighbour, frames), before)
    extended = [n for n in grown if count(n, "ITE") == count(expression, "ITE")]
    for symbol in ("Add", "Multiply"):
        assert any(count(n, symbol) > count(expression, symbol) for n in extended)
    for neighbour in extended:
        distance = np.abs(evaluate(neighbour, frames) - before)
        assert np.mean(distance) < 0.25 * np.mean(np.abs(before))
    assert branched


def count(expression, symbol):
    return sum(node.production.symbol == symbol for _, node in expression.walk())


def parse(text):
    return Program.parse(text, GRAMMAR, n_features=3).expression


def assert_input_fits(expression, n_features):
    for _, node in expression.walk():
        assert node.production.symbol != "Input" or node.width == n_features
