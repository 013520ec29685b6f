"""NEAR's two searches, on a space whose best program is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from sklearn_dpads.graph import describe
from sklearn_dpads.search import (
    NEAR,
    Enumerate,
)
from sklearn_dpads.search.derivations import empty_program, expansions
from sklearn_dpads.search.near_expansion import Expander
from sklearn_dpads.search.problem import ValuedGraph

from ..program.compare import assert_same_expression
from .problem import TINY, make_log, make_problem
from .spaces import ANSWER, product_problem, three_classes
from .test_partial import expand_all

THOROUGH = {"max_iter": 40}
TINY_FITS = {"fit_steps": 10, "final_steps": 10}
HASTY = {"max_iter": 1, "fit_steps": 10}
SEARCHES = {"A*": "astar", "IDS-BB": "ids-bb"}
both = pytest.mark.parametrize("name", SEARCHES)


@dataclass
class Case:
    problem: object
    log: object
    result: object

    def events(self, phase):
        return [event for event in self.log.events if event["phase"] == phase]


@pytest.fixture(scope="module")
def cases():
    found = {}
    for name, order in SEARCHES.items():
        problem, log = product_problem(), make_log()
        found[name] = Case(problem, log, NEAR(order=order, **THOROUGH).run(problem, log))
    return found


@pytest.fixture(scope="module")
def everything():
    """Every partial program of the space, each trained from its parent."""
    problem = product_problem()
    expander = Expander(problem, make_log(), NEAR(**THOROUGH))
    found: dict[str, ValuedGraph] = {}
    pending = [expander.root()]
    while pending:
        node = pending.pop()
        graphs = [g for g in expansions(node.graph, 3) if describe(g) not in found]
        children = expander.train(node, graphs) if graphs else []
        found.update({describe(child.graph): child for child in children})
        pending += children
    return found


@both
def test_it_finds_the_program_that_enumeration_knows_to_be_the_best(name, cases):
    oracle = Enumerate().run(product_problem(), make_log())
    assert oracle.programs[0].expression.skeleton() == ANSWER
    result = cases[name].result
    assert result.programs[0].expression.skeleton() == ANSWER
    assert result.defect is None


@both
def test_its_choice_has_the_least_value_of_all_whole_programs(name, cases, everything):
    (chosen,) = cases[name].events("dequeue")
    whole = {text: node.priority for text, node in everything.items() if node.is_complete}
    assert chosen["program"] == min(whole, key=whole.get)
    assert chosen["f"] == pytest.approx(min(whole.values()), abs=0.02)


def test_no_neural_completion_is_much_worse_than_the_best_program_it_stands_for(everything):
    best = everything[ANSWER]
    for body in ("?", "Multiply(?, ?)", "Multiply(?, Affine[a])"):
        assert everything[f"SlideWindowAvg[5]({body})"].priority < best.priority + 0.1


def test_astar_always_expands_the_program_of_least_value(cases):
    waiting = [0.0]
    events = [e for e in cases["A*"].log.events if e["phase"] in ("expand", "dequeue")]
    for event in events:
        assert event["f"] == min(waiting)
        waiting.remove(event["f"])
        waiting += event.get("part_values", [])
        assert event["n_queued"] == len(waiting)
    assert [event["phase"] for event in events].count("dequeue") == 1
    assert events[-1]["phase"] == "dequeue"
    assert len(events) < 40


def test_a_value_is_the_path_cost_plus_the_missing_score(cases):
    case = cases["A*"]
    for event in case.events("expand"):
        for value, score in zip(event["part_values"], event["part_scores"], strict=True):
            steps = (value - (1 - score)) / case.problem.penalty
            assert steps == pytest.approx(round(steps))
            assert steps > event["path_cost"]


def test_branch_and_bound_cuts_what_cannot_be_better(cases):
    passes = cases["IDS-BB"].events("deepen")
    assert [event["depth"] for event in passes] == [2, 3]
    assert passes[-1]["n_cut"] > 0
    assert passes[1]["bound"] <= passes[0]["bound"]
    partial = [
        graph
        for graph in expand_all(empty_program(product_problem()), 3).values()
        if not graph.is_discrete
    ]
    assert passes[-1]["n_expansions"] < len(partial)


def test_branch_and_bound_cuts_nothing_that_is_below_its_bound(cases):
    """What was trained and is below the final bound was expanded, or is whole."""
    case = cases["IDS-BB"]
    expanded = {event["f"] for event in case.events("expand")}
    bound = case.events("deepen")[-1]["bound"]
    below = [
        value for event in case.events("expand") for value in event["part_values"] if value < bound
    ]
    assert below
    assert set(below) <= expanded


def test_programs_are_trained_once_however_many_passes_meet_them(monkeypatch):
    trained = []
    train = Expander.train

    def counting(self, parent, graphs):
        trained.extend(describe(graph) for graph in graphs)
        return train(self, parent, graphs)

    monkeypatch.setattr(Expander, "train", counting)
    for name in SEARCHES:
        trained.clear()
        NEAR(order=SEARCHES[name], **HASTY, max_expansions=12).run(
            product_problem(**TINY_FITS), make_log()
        )
        assert len(trained) == len(set(trained)) > 12


@both
def test_the_choice_comes_first_and_the_others_in_the_order_of_their_value(name, cases, everything):
    programs = cases[name].result.programs
    skeletons = [p.expression.skeleton() for p in programs]
    assert len(skeletons) == len(set(skeletons)) > 5
    values = [everything[text].priority for text in skeletons]
    # Values of another run differ a little, by the order of the batches.
    assert np.mean(np.diff(values) > -0.05) == 1.0
    (fit,) = cases[name].events("fit")
    assert fit["program"] == skeletons[0]


@both
@pytest.mark.parametrize("per_frame", [False, True])
def test_it_searches_both_signatures_and_several_classes(name, per_frame):
    problem = three_classes(make_problem(per_frame=per_frame, **{**TINY, "max_depth": 4}))
    # With larger steps A* goes deep before it meets a second whole program.
    problem = replace(problem, training=replace(problem.training, learning_rate_init=0.02))
    result = NEAR(order=SEARCHES[name], **HASTY, max_expansions=6, n_scored=4).run(
        problem, make_log()
    )
    assert 1 < len(result.programs) <= 5
    for program in result.programs:
        assert program.expression.signature == problem.signature
        assert program.expression.width == 3
        assert program.expression.depth <= 4
        for _, node in program.expression.walk():
            for place, arg in zip(node.production.arguments, node.args, strict=True):
                assert arg.width == (1 if place.condition else node.width)


@both
def test_the_same_seed_gives_the_same_programs(name):
    states = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    results = [
        NEAR(order=SEARCHES[name], **HASTY, max_expansions=5).run(
            product_problem(**TINY_FITS), make_log()
        )
        for _ in range(2)
    ]
    for one, other in zip(*(result.programs for result in results), strict=True):
        assert one.score == other.score
        assert_same_expression(one.expression, other.expression)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002


@both
def test_no_time_at_all_still_gives_a_program(name):
    log = make_log(max_time=0.0)
    result = NEAR(order=SEARCHES[name]).run(make_problem(**TINY), log)
    assert len(result.programs) == 1
    phases = [event["phase"] for event in log.events]
    assert "expired" in phases
    assert "expand" not in phases


@both
def test_the_number_of_expansions_can_end_the_search(name):
    log = make_log()
    result = NEAR(order=SEARCHES[name], **HASTY, max_expansions=2).run(
        product_problem(**TINY_FITS), log
    )
    phases = [event["phase"] for event in log.events]
    assert phases.count("expand") == 2
    assert phases.count("limit") == 1
    assert not {"dequeue", "expired"} & set(phases)
    # The second expansion is of a window, so that there are whole programs to choose from.
    assert len(result.programs) > 1
    assert result.programs[0].expression.depth == 2


@both
def test_an_interrupt_ends_the_search_with_the_best_program_met(name):
    log = make_log()

    def interrupt(event):
        if event["phase"] == "expand" and event["number"] == 2:
            raise KeyboardInterrupt

    log.listeners.append(interrupt)
    result = NEAR(order=SEARCHES[name], **HASTY).run(product_problem(**TINY_FITS), log)
    phases = [event["phase"] for event in log.events]
    assert phases[:3] == ["expand", "expand", "interrupt"]
    assert phases.count("expand") == 2
    assert result.programs[0].expression.depth == 2


@both
@pytest.mark.parametrize("phase", ["choose", "fit"])
def test_a_second_interrupt_is_passed_on(name, phase):
    log = make_log()

    def interrupt(event):
        if event["phase"] in ("expand", phase):
            raise KeyboardInterrupt

    log.listeners.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        NEAR(order=SEARCHES[name], **HASTY).run(product_problem(**TINY_FITS), log)


def test_with_a_frontier_of_one_the_search_is_greedy():
    log = make_log()
    NEAR(**HASTY, frontier_capacity=1).run(product_problem(**TINY_FITS), log)
    events = [event for event in log.events if event["phase"] == "expand"]
    for event, following in pairwise(events):
        assert event["n_queued"] == 1
        assert following["f"] == min(event["part_values"])
