"""Partial programs: holes, expansions, costs and completions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sklearn_dpads.engine import Schedule, initialize, to_expression
from sklearn_dpads.grammar import Kind
from sklearn_dpads.graph import (
    describe,
    discrete_graph,
    lowest_cost,
    split_all,
)
from sklearn_dpads.search.derivations import (
    empty_program,
    expansions,
    path_cost,
    shallowest_completion,
    top_left_hole,
)

from ..graph.build import WITH_CHOICE, same_graph, space
from .problem import GRAMMAR, make_problem
from .spaces import three_classes


def expand_all(graph, max_depth):
    """Every partial program that a partial program leads to, itself included."""
    pending, found = [graph], {}
    while pending:
        part = pending.pop()
        if describe(part) not in found:
            found[describe(part)] = part
            pending.extend(expansions(part, max_depth))
    return found


def test_the_hole_filled_is_the_first_in_depth_and_then_left_to_right_order():
    graph = empty_program(make_problem(max_depth=4))
    course = ["?"]
    for label in ("ITE", "SlideWindowAvg[5]", "Fold", "Fold", "Multiply", "Affine[a]"):
        (graph,) = (
            child
            for child in expansions(graph, 4)
            if child.slots[top_left_hole(graph)].candidates[0].label == label
        )
        course.append(describe(graph))
    assert course == [
        "?",
        "ITE(?, ?, ?)",
        "ITE(SlideWindowAvg[5](?), ?, ?)",
        "ITE(SlideWindowAvg[5](?), Fold(?), ?)",
        "ITE(SlideWindowAvg[5](?), Fold(?), Fold(?))",
        "ITE(SlideWindowAvg[5](Multiply(?, ?)), Fold(?), Fold(?))",
        "ITE(SlideWindowAvg[5](Multiply(?, ?)), Fold(Affine[a]), Fold(?))",
    ]


@pytest.mark.parametrize(("per_frame", "grammar"), [(False, WITH_CHOICE), (True, GRAMMAR)])
def test_expansions_lead_to_every_program_and_to_nothing_else(per_frame, grammar):
    problem = make_problem(per_frame=per_frame, max_depth=3, n_samples=20)
    found = expand_all(empty_program(replace(problem, grammar=grammar)), 3)
    whole = {name for name, graph in found.items() if graph.is_discrete}
    everything = space(grammar, problem.signature, max_depth=3, n_features=3)
    assert whole == {describe(graph) for graph in split_all(everything)}
    for graph in found.values():
        assert graph.is_discrete == (top_left_hole(graph) is None)
        assert not graph.compound_edges()


def test_no_expansion_is_left_without_an_end_and_each_costs_more():
    problem = make_problem(per_frame=True, max_depth=4, n_samples=20)
    graph = empty_program(problem)
    while top_left_hole(graph) is not None:
        children = expansions(graph, 4)
        assert children
        assert all(path_cost(child) > path_cost(graph) for child in children)
        graph = max(children, key=path_cost)
    assert graph.depth <= 4
    assert path_cost(graph) == lowest_cost(graph)


def test_a_condition_has_width_1_whatever_the_output():
    problem = three_classes(make_problem(max_depth=3, n_samples=20))
    (choice,) = (g for g in expansions(empty_program(problem), 3) if "ITE" in describe(g))
    holes = [slot.key for slot in choice.slots.values() if slot.is_neural]
    assert [hole.width for hole in holes] == [1, 3, 3]
    assert path_cost(choice) == 3


@pytest.mark.parametrize("per_frame", [False, True])
def test_the_shallowest_completion_is_a_program_of_the_grammar(per_frame):
    problem = make_problem(per_frame=per_frame, max_depth=4, n_samples=20)
    empty = empty_program(problem)
    shallowest = shallowest_completion(empty)
    assert shallowest.is_discrete
    assert shallowest.depth == 2
    for graph in expansions(empty, 4):
        completed = shallowest_completion(graph)
        assert completed.is_discrete
        assert completed.depth <= 4
        kept = {key: slot for key, slot in graph.slots.items() if slot.candidates}
        assert kept.items() <= completed.slots.items()
    assert shallowest_completion(shallowest) is shallowest


def test_a_whole_program_is_the_same_graph_as_that_of_its_expression():
    problem = make_problem(max_depth=3, n_samples=20)
    graph = shallowest_completion(expansions(empty_program(problem), 3)[-1])
    expression = to_expression(graph, initialize(graph, 0))
    assert same_graph(graph, discrete_graph(expression, GRAMMAR, 3))


@pytest.mark.parametrize("per_frame", [False, True])
def test_holes_on_several_levels_are_evaluated_as_each_program_alone(per_frame):
    problem = make_problem(per_frame=per_frame, max_depth=4, n_samples=12)
    graphs = [empty_program(problem)]
    for _ in range(4):
        graphs += [child for graph in graphs[-6:] for child in expansions(graph, 4)][-9:]
    levels = [{s.key.level for s in graph.slots.values() if s.is_neural} for graph in graphs]
    assert any(len(of_graph) > 1 for of_graph in levels)
    kinds = {s.key.signature.input for g in graphs for s in g.slots.values() if s.is_neural}
    assert kinds == {Kind.ATOM, Kind.LIST}
    parameters = [initialize(graph, seed) for seed, graph in enumerate(graphs)]

    def outputs(graphs, parameters):
        schedule = Schedule(graphs)
        batch = problem.data.bind(schedule).take(None, need_frames=schedule.plan.needs_frames)[0]
        return schedule.forward(schedule.pack(parameters), batch)

    together = outputs(graphs, parameters)
    alone = [outputs([g], [p])[0] for g, p in zip(graphs, parameters, strict=True)]
    torch.testing.assert_close(together, torch.stack(alone), atol=1e-5, rtol=1e-4)


def test_a_depth_too_small_is_refused():
    with pytest.raises(ValueError, match="can't derive a program list->list .* max_depth=1"):
        empty_program(make_problem(per_frame=True, max_depth=1, n_samples=20))
