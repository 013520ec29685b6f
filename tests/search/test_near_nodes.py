"""Training and judgement of NEAR's partial programs, and the frontier they wait in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_dpads.engine import Parameters, to_expression
from sklearn_dpads.graph import NEURAL
from sklearn_dpads.program import evaluate
from sklearn_dpads.search import NEAR
from sklearn_dpads.search.derivations import empty_program, expansions
from sklearn_dpads.search.near import Frontier
from sklearn_dpads.search.near_expansion import Expander
from sklearn_dpads.search.problem import ValuedGraph
from sklearn_dpads.training import LabelledStreams, make_targets

from ..program.compare import assert_same_expression
from .problem import make_log, make_problem, make_sequences

HASTY = {"max_iter": 1, "fit_steps": 10}


def some_children(problem, **options) -> Iterator[tuple[ValuedGraph, list[ValuedGraph]]]:
    """Parents with their trained children, down one path of the search."""
    expander = Expander(problem, make_log(), NEAR(**options))
    node = expander.root()
    while not node.is_complete:
        children = expander.train(node, expansions(node.graph, problem.max_depth))
        yield node, children
        # The largest child, so that many kinds are met, as long as the end is in sight.
        small = [child for child in children if len(child.graph.slots) < 7]
        node = max(small or children, key=lambda child: len(child.graph.slots))


@pytest.mark.parametrize("per_frame", [False, True])
def test_the_score_of_a_whole_program_is_that_of_its_hard_conditions_on_the_validation_part(
    per_frame,
):
    problem = make_problem(per_frame=per_frame, max_depth=3, n_samples=40)
    sequences = make_sequences(40)
    codes = problem.data.targets.codes.numpy().T
    validation = problem.split.validation
    seen = 0
    for _, children in some_children(problem, **HASTY):
        for child in children:
            if child.is_complete:
                values = evaluate(to_expression(child.graph, child.parameters), sequences)
                found = (values[..., 0] > 0)[validation]
                true = codes[validation]
                hits = (found & (true == 1)).sum()
                expected = 2 * hits / max(1, found[true >= 0].sum() + (true == 1).sum())
                assert child.score == pytest.approx(expected)
                seen += 1
    assert seen > 3


def test_whole_programs_never_see_the_labels_of_the_validation_part():
    problem = make_problem(max_depth=3, n_samples=40)
    codes = problem.data.targets.codes.numpy().copy()
    codes[problem.split.validation] = 1 - codes[problem.split.validation]
    targets = make_targets(codes, 2, np.ones(40), torch.float32, "cpu")
    flipped = replace(problem, data=LabelledStreams(problem.data.streams, targets))
    window = expansions(empty_program(problem), 2)[1]
    found = []
    for version in (problem, flipped):
        expander = Expander(version, make_log(), NEAR(**HASTY))
        parent = ValuedGraph(window, Parameters(), 1.0, 0.0)
        found.append(expander.train(parent, expansions(window, 2)))
    scores = [[node.score for node in nodes] for nodes in found]
    assert scores[0] != scores[1]
    for one, other in zip(*found, strict=True):
        assert_same_expression(
            to_expression(one.graph, one.parameters), to_expression(other.graph, other.parameters)
        )


def test_children_begin_with_what_their_parent_knows_and_with_new_completions():
    problem = make_problem(max_depth=4, n_samples=40)
    problem = replace(problem, training=replace(problem.training, learning_rate_init=1e-12))
    carried = 0
    for parent, children in some_children(problem, max_iter=1, fit_steps=0):
        for child in children:
            assert all(label != NEURAL for _, label in child.parameters.theta)
            for place, values in parent.parameters.theta.items():
                for name, value in values.items():
                    carried += 1
                    np.testing.assert_allclose(
                        child.parameters.theta[place][name], value, atol=1e-6
                    )
    assert carried > 10


def node(value):
    return ValuedGraph(empty_program(make_problem(n_samples=8)), Parameters(), 1.0 - value, value)


def test_equal_values_leave_the_frontier_in_the_order_of_their_arrival():
    nodes = [node(value) for value in (0.5, 0.2, 0.5, 0.2, 0.5)]
    frontier = Frontier()
    for one in nodes:
        frontier.push(one)
    out = [frontier.pop() for _ in range(5)]
    assert [nodes.index(one) for one in out] == [1, 3, 0, 2, 4]
    assert len(frontier) == 0


def test_a_full_frontier_forgets_the_worst():
    nodes = [node(value) for value in (0.5, 0.4, 0.9, 0.1)]
    frontier = Frontier(capacity=2)
    for one in nodes:
        frontier.push(one)
        assert len(frontier) <= 2
    assert [nodes.index(frontier.pop()) for _ in range(2)] == [3, 1]
