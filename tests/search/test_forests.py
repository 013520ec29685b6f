"""Cutting programs into forests, and choosing those that a budget pays for."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_dpads import Program
from sklearn_dpads.grammar import LIST_TO_ATOM, SlideWindowAvg
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.search import Judging
from sklearn_dpads.search.problem import (
    affordable,
    forests,
    recurrences,
)

from ..graph.build import random_program, space
from .problem import GRAMMAR, make_problem


def some_programs(n, signature=LIST_TO_ATOM, seed=0):
    rng = np.random.default_rng(seed)
    whole = space(GRAMMAR, signature, max_depth=3)
    return [random_program(whole, rng) for _ in range(n)]


def n_walks(graph):
    labels = [label for slot in graph.slots.values() for label in slot.labels]
    return sum(label == "Fold" or label.endswith(",values]") for label in labels)


@pytest.mark.parametrize("copies", [1, 4])
@pytest.mark.parametrize("n", [0, 1, 150])
def test_every_item_is_in_exactly_one_forest(n, copies):
    items = list(enumerate(some_programs(n)))
    cut = list(forests(items, lambda item: item[1], Judging(), lambda item: copies))
    assert sorted(number for forest in cut for number, _ in forest) == list(range(n))
    assert all(cut)
    for forest in cut:
        walks = [n_walks(graph) for _, graph in forest]
        assert len(forest) * copies <= Judging.largest_forest
        assert sum(walks) * copies <= Judging.largest_recurrent_forest or len(forest) == 1
        # What walks over single frames stays apart from what does not.
        assert len({walk > 0 for walk in walks}) == 1


def test_an_item_larger_than_a_forest_has_one_of_its_own():
    folds = [g for g in some_programs(40) if n_walks(g)][:3]
    cut = list(
        forests(
            folds,
            lambda graph: graph,
            Judging(),
            lambda graph: Judging.largest_recurrent_forest + 1,
        )
    )
    assert [len(forest) for forest in cut] == [1, 1, 1]


def test_a_budget_pays_for_the_first_items_and_at_least_one():
    items = some_programs(40)
    kept = affordable(items, lambda g: g, walk_price=20, most=30, budget=15.0)
    assert 1 <= len(kept) < 30
    assert [g for g in items[:30] if g in kept] == kept
    assert affordable(items, lambda g: g, walk_price=10**6, most=30, budget=0.0) == items[:1]
    assert affordable(items, lambda g: g, walk_price=1, most=30, budget=1e9) == items[:30]
    assert affordable([], lambda g: g, walk_price=1, most=30, budget=1.0) == []


def graph_of(text):
    grammar = GRAMMAR.with_production(SlideWindowAvg(4, "values"))
    return discrete_graph(Program.parse(text, grammar, n_features=3).expression, grammar, 3)


WINDOW = "SlideWindowAvg[5](Affine[a](x0))"
FOLD = "Fold(Affine[a](x0 + 0.5*previous), initial=0)"
VALUES = "SlideWindowAvg[4,values](Affine[a](x0))"
BOTH = f"if {FOLD} >= 0: {VALUES} else: {WINDOW}"


def test_what_walks_over_single_frames_is_a_recurrence():
    assert [recurrences(graph_of(text)) for text in (WINDOW, FOLD, VALUES, BOTH)] == [0, 1, 1, 2]


@pytest.mark.parametrize(("text", "n"), [(WINDOW, 0), (FOLD, 1), (VALUES, 1), (BOTH, 2)])
def test_every_recurrence_has_its_price(text, n):
    price = 1 + n * 10

    def n_kept(budget):
        graphs = [graph_of(text)] * 5
        return len(affordable(graphs, lambda g: g, walk_price=10, most=5, budget=budget))

    assert n_kept(3 * price) == 3
    assert n_kept(3 * price - 0.5) == 2
    assert n_kept(0) == 1


def test_what_is_too_dear_is_passed_over_for_what_is_not():
    graphs = [graph_of(text) for text in (WINDOW, BOTH, WINDOW, FOLD, WINDOW)]
    kept = affordable(graphs, lambda g: g, walk_price=10, most=5, budget=14)
    assert [graphs.index(g) for g in kept] == [0, 2, 3, 4]


def test_a_problem_pays_for_its_work_per_program():
    graphs = [graph_of(text) for text in (WINDOW, FOLD, FOLD, WINDOW)]

    def n_kept(work, most=4):
        problem = make_problem(n_samples=20, work_per_program=work / most)
        return len(problem.affordable(graphs, lambda g: g, most))

    price = 1 + make_problem(n_samples=20).walk_price
    assert price > 1
    assert n_kept(2 + 2.01 * price) == 4
    assert n_kept(2 + 1.01 * price) == 3
    assert n_kept(2.01) == 2
    assert n_kept(1000.0, most=2) == 2
    assert n_kept(0.0) == 1


@pytest.mark.parametrize("per_frame", [False, True])
def test_walking_costs_more_the_more_values_it_computes_beside_a_plain_program(per_frame):
    few, many = (make_problem(n_samples=n, per_frame=per_frame).walk_price for n in (20, 400))
    if per_frame:
        # All frames are computed either way, as long as a batch holds them all.
        assert few == 0
        assert many > 0
    else:
        # 14 frames for one, with 1000 values of overhead.
        assert few == pytest.approx(20 * 13 / 1020)
        assert many == pytest.approx(400 * 13 / 1400)
