"""Forests: every graph as if it were alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads.engine import Runtime, Schedule
from sklearn_dpads.engine import recurrence as _recurrence
from sklearn_dpads.engine.recurrence import DenseRecurrence, SparseRecurrence
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST, RAW

from ..graph.build import (
    RICH_SUMS,
    SIGNATURES_OF_PROGRAMS,
    random_part,
    random_program,
    space,
)
from .run import (
    outputs,
    ragged,
    random_parameters,
    trainable,
)


def many_graphs(signature, n_outputs, node_sharing=True):
    """Graphs of all sizes, some with frontiers and some of them programs."""
    rng = np.random.default_rng(n_outputs)
    graphs = []
    for depth in (1, 2, 3):
        graph = space(
            RICH_SUMS, signature, n_outputs=n_outputs, depth=depth, node_sharing=node_sharing
        )
        graphs += [graph, *(random_part(graph, rng, most=3) for _ in range(4))]
    whole = space(RICH_SUMS, signature, n_outputs=n_outputs)
    graphs += [random_program(whole, rng) for _ in range(6)]
    return [graphs[i] for i in rng.permutation(len(graphs))]


@pytest.fixture(params=["compiled", "sparse", "dense"])
def recurrence(request, monkeypatch):
    monkeypatch.setattr(_recurrence, "MOST_DENSE_STATES", 10**6 if request.param == "dense" else 0)
    if request.param != "compiled":
        monkeypatch.setattr(_recurrence, "kernels", lambda: None)
    return DenseRecurrence if request.param == "dense" else SparseRecurrence


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_values_in_a_forest_are_those_alone(signature, n_outputs, recurrence):
    graphs = many_graphs(signature, n_outputs)
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    data = ragged()
    kinds = {type(r) for r in Schedule(graphs)._fold_source._recurrent.values()}
    assert kinds == {recurrence}
    together = outputs(graphs, parameters, data)
    for graph, p, values in zip(graphs, parameters, together, strict=True):
        for value, other in zip(values, outputs([graph], [p], data)[0], strict=True):
            np.testing.assert_allclose(value, other, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_gradients_in_a_forest_are_those_alone(signature, recurrence):
    graphs = many_graphs(signature, 3)
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    together = gradients(graphs, parameters)
    for graph, p, values in zip(graphs, parameters, together, strict=True):
        (alone,) = gradients([graph], [p])
        assert values.theta.keys() == alone.theta.keys()
        for key, of in alone.theta.items():
            for name, wanted in of.items():
                np.testing.assert_allclose(values.theta[key][name], wanted, rtol=1e-8, atol=1e-9)
        for key, logits in alone.logits.items():
            assert values.logits[key] == pytest.approx(logits, rel=1e-8, abs=1e-9)


def test_dense_and_sparse_recurrences_agree(monkeypatch):
    graphs = many_graphs(LIST_TO_ATOM, 3)
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    monkeypatch.setattr(_recurrence, "kernels", lambda: None)
    found = []
    for most in (0, 10**6):
        monkeypatch.setattr(_recurrence, "MOST_DENSE_STATES", most)
        found.append(outputs(graphs, parameters, ragged()))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-10, atol=1e-11)


def test_a_graph_can_stand_in_a_forest_more_than_once():
    graph = space(RICH_SUMS, n_outputs=3, max_depth=3)
    parameters = [random_parameters(graph, seed) for seed in range(3)]
    together = outputs([graph] * 3, parameters, ragged())
    for p, values in zip(parameters, together, strict=True):
        np.testing.assert_allclose(values, outputs([graph], [p], ragged())[0], rtol=1e-10)
    assert not np.allclose(together[0], together[1])


def test_batches_give_the_rows_of_the_whole():
    for signature in SIGNATURES_OF_PROGRAMS:
        graphs = many_graphs(signature, 3)
        schedule = Schedule(graphs)
        packed = schedule.pack([random_parameters(g, 0) for g in graphs], dtype=torch.float64)
        streams = schedule.streams(ragged(), dtype=torch.float64)
        whole = schedule.forward(packed, streams.batch())
        index = torch.tensor([2, 0, 1])
        some = schedule.forward(packed, streams.batch(index))
        if schedule.per_frame:
            n_samples, longest = 4, 5
            whole = whole.unflatten(2, (-1, n_samples))[:, :, :longest]
            some = some.unflatten(2, (-1, len(index)))
        picked = whole.index_select(-1, index)
        torch.testing.assert_close(some, picked, rtol=1e-10, atol=1e-11)


def test_a_schedule_reads_just_the_streams_it_needs():
    graph = space(RICH_SUMS, LIST_TO_LIST, max_depth=3)
    (root, *_) = graph.edges
    schedule = Schedule([graph.restrict({root: ("Map",)})])
    assert schedule.plan.streams == (RAW,)
    assert not schedule.plan.needs_frames
    batch = schedule.streams(ragged()).batch(need_frames=False)
    assert batch.frames is None
    packed = schedule.pack([random_parameters(schedule.graphs[0], 0)])
    assert schedule.forward(packed, batch).shape == (1, 1, 7 * 4)


def test_forests_of_unlike_graphs_are_refused():
    graph = space(RICH_SUMS)
    for other in (
        space(RICH_SUMS, LIST_TO_LIST),
        space(RICH_SUMS, n_outputs=3),
        space(n_features=4),
    ):
        with pytest.raises(ValueError, match="all of one signature, frame length and output"):
            Schedule([graph, other])
    with pytest.raises(ValueError, match="no graphs"):
        Schedule([])


def gradients(graphs, parameters):
    """Gradient of a random but fixed function of every graph's outputs, by name."""
    schedule = Schedule(graphs)
    packed = schedule.pack(parameters, dtype=torch.float64)
    tensors = trainable(packed)
    batch = schedule.streams(ragged(), dtype=torch.float64).batch()
    values = schedule.forward(packed.with_tensors(tensors), batch, Runtime())
    weights = torch.linspace(-1, 1, values[0].numel(), dtype=torch.float64).view_as(values[0])
    # Weights of an only candidate are not looked at.
    gradient = torch.autograd.grad(
        (values * weights).sum(), list(tensors.values()), materialize_grads=True
    )
    return schedule.unpack(packed.with_tensors(dict(zip(tensors, gradient, strict=True))))
