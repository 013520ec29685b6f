"""Parameters under stable names: packing, carrying over, fresh values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads.engine import Parameters, Schedule, initialize
from sklearn_dpads.engine.parameters import hidden_units
from sklearn_dpads.grammar import TemporalFilter
from sklearn_dpads.graph import (
    NEURAL,
    keep_top,
    split,
    unfold,
)

from ..graph.build import (
    SIGNATURES_OF_PROGRAMS,
    WITH_FILTERS,
    random_part,
    random_program,
    random_scores,
    space,
)
from .run import assert_same_arrays, assert_same_parameters, random_parameters


def some_graphs(signature, n_outputs=3):
    rng = np.random.default_rng(0)
    graphs = [space(WITH_FILTERS, signature, n_outputs=n_outputs, depth=d) for d in (1, 2, 3, 4)]
    graphs += [random_part(graphs[3], rng), random_program(graphs[3], rng)]
    graphs += [space(WITH_FILTERS, signature, n_outputs=n_outputs, max_depth=3, node_sharing=False)]
    return graphs


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_packing_and_unpacking_is_exact(signature, n_outputs):
    graphs = some_graphs(signature, n_outputs)
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    schedule = Schedule(graphs)
    packed = schedule.pack(parameters, dtype=torch.float64)
    for before, after in zip(parameters, schedule.unpack(packed), strict=True):
        assert_same_parameters(before, after)
    again = schedule.pack(schedule.unpack(packed), dtype=torch.float64)
    for name, tensor in packed.tensors().items():
        assert torch.equal(tensor, again.tensors()[name])


def test_every_packed_row_has_the_graph_that_owns_it():
    graphs = some_graphs(SIGNATURES_OF_PROGRAMS[0])
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    schedule = Schedule(graphs)
    packed = schedule.pack(parameters, dtype=torch.float64)
    assert packed.owners.keys() == packed.tensors().keys()
    for g in range(len(graphs)):
        marked = {
            name: value.where((packed.owners[name] == g).view(-1, *[1] * (value.ndim - 1)), 0.0)
            for name, value in packed.tensors().items()
        }
        unpacked = schedule.unpack(packed.with_tensors(marked))
        for other, (before, after) in enumerate(zip(parameters, unpacked, strict=True)):
            if other == g:
                assert_same_parameters(before, after)
            else:
                assert all(not v.any() for of in after.theta.values() for v in of.values())
                assert all(not any(of.values()) for of in after.logits.values())


def test_values_are_named_for_exactly_the_parts_of_the_graph():
    for graph in some_graphs(SIGNATURES_OF_PROGRAMS[0]):
        parameters = initialize(graph, 0)
        assert parameters.logits.keys() == graph.edges.keys()
        for key, edge in graph.edges.items():
            assert tuple(parameters.logits[key]) == edge.labels
        named = {
            (key, label)
            for key, slot in graph.slots.items()
            for label in slot.labels
            if label.startswith(("Affine", "Constant", "Fold", "TemporalFilter", NEURAL))
        }
        assert parameters.theta.keys() == named


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_pruning_and_splitting_carry_all_values_over(signature):
    graph = space(WITH_FILTERS, signature, n_outputs=3, depth=2)
    before = random_parameters(graph, 1)
    parts = [keep_top(graph, random_scores(graph, np.random.default_rng(0)), 2), *split(graph)]
    for part in parts:
        after = initialize(part, 99, before)
        assert_carried(part, before, after)
        assert after.theta.keys() <= before.theta.keys()
        for key, edge in part.edges.items():
            assert after.logits[key] == {label: before.logits[key][label] for label in edge.labels}


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_unfolding_carries_over_all_but_the_completions(signature):
    graph = space(WITH_FILTERS, signature, n_outputs=3, depth=2)
    before = random_parameters(graph, 1)
    deeper = unfold(graph, 1)
    after = initialize(deeper, 7, before)
    fresh = initialize(deeper, 7)
    assert_carried(deeper, before, after)
    replaced = {key for key, slot in graph.slots.items() if slot.is_neural}
    assert {slot for slot, label in before.theta if label == NEURAL} == replaced
    assert not replaced & {slot for slot, label in after.theta if label == NEURAL}
    for key in after.theta.keys() - before.theta.keys():
        assert_same_arrays(after.theta[key], fresh.theta[key])
    for key in graph.edges:
        if graph.edges[key].labels != (NEURAL,):
            assert after.logits[key] == before.logits[key]
        else:
            assert set(after.logits[key].values()) == {0.0}


def test_carried_values_are_copies():
    graph = space(WITH_FILTERS, max_depth=2)
    before = random_parameters(graph, 0)
    after = initialize(graph, 0, before)
    for values in after.theta.values():
        for value in values.values():
            value += 1.0
    for key, values in before.theta.items():
        for name, value in values.items():
            np.testing.assert_array_equal(after.theta[key][name], value + 1.0)


def test_fresh_values_depend_on_the_seed_and_the_name_alone():
    rng = np.random.default_rng(0)
    whole = initialize(space(WITH_FILTERS, n_outputs=3), 5)
    for graph in (
        space(WITH_FILTERS.without("Add", "SlideWindowAvg[5]"), n_outputs=3),
        space(WITH_FILTERS, n_outputs=3, depth=3),
        random_part(space(WITH_FILTERS, n_outputs=3), rng),
        random_program(space(WITH_FILTERS, n_outputs=3), rng),
    ):
        alone = initialize(graph, 5)
        shared = {key for key in alone.theta if key in whole.theta}
        assert len(shared) >= len(alone.theta) - sum(s.is_neural for s in graph.slots.values())
        assert shared
        for key in shared:
            assert_same_arrays(alone.theta[key], whole.theta[key])


def test_fresh_filters_begin_inside_their_ranges():
    graph = space(WITH_FILTERS)
    for seed in range(20):
        theta = initialize(graph, seed).theta
        for window in (3, 5):
            production = TemporalFilter(window)
            found = [value for (_, label), value in theta.items() if label == production.label]
            assert found
            for name, (low, high) in production.parameter_ranges.items():
                assert all(low <= value[name].item() <= high for value in found)


def test_fresh_values_differ_between_seeds_and_between_places():
    graph = space(WITH_FILTERS, n_outputs=3)
    one, other = initialize(graph, 0), initialize(graph, 1)
    weights = [values["weight"].tobytes() for values in one.theta.values() if "weight" in values]
    assert len(set(weights)) == len(weights)
    for key, values in one.theta.items():
        if "weight" in values:
            assert not np.allclose(values["weight"], other.theta[key]["weight"])
    assert_same_parameters(one, initialize(graph, 0))


def test_fresh_logits_favour_no_candidate():
    graph = space(WITH_FILTERS, n_outputs=3)
    assert {v for of in initialize(graph, 3).logits.values() for v in of.values()} == {0.0}


def test_completions_shrink_with_the_depth():
    assert [hidden_units(level) for level in (1, 2, 3, 4, 5, 9)] == [16, 8, 4, 4, 4, 4]


def test_precisions_and_devices_of_packed_tensors():
    graph = space(WITH_FILTERS, max_depth=2)
    schedule = Schedule([graph])
    for dtype in (torch.float32, torch.float64):
        packed = schedule.pack([initialize(graph, 0)], dtype=dtype)
        assert {value.dtype for value in packed.tensors().values()} == {dtype}
    (unpacked,) = schedule.unpack(packed)
    assert {v.dtype for of in unpacked.theta.values() for v in of.values()} == {np.dtype(float)}


def assert_carried(graph, before: Parameters, after: Parameters):
    known = {key for key in after.theta if key in before.theta}
    assert known
    for key in known:
        assert_same_arrays(after.theta[key], before.theta[key])
