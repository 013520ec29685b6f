"""Bi-level training of forests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_dpads.engine import Runtime, Schedule, initialize
from sklearn_dpads.graph import split
from sklearn_dpads.training import (
    ForestTrainer,
    Split,
    Training,
    losses,
    negative_losses,
)

from ..engine.run import assert_same_parameters, random_parameters
from ..graph.build import random_program
from .problems import labelled, whole_graph

SPLIT = Split(np.arange(0, 28), np.arange(28, 40))
OPTIONS = Training(
    learning_rate_init=0.05, architecture_rate=0.05, batch_size=10, f1_weight=0.2, clip=0.5
)


def trainer(graphs, data, options=OPTIONS, scorer=negative_losses):
    return ForestTrainer(Schedule(graphs), data, SPLIT, options, scorer)


def train(graphs, data, parameters=None, *, seed=0, options=OPTIONS, scorer=negative_losses, **how):
    parameters = parameters or [initialize(g, i) for i, g in enumerate(graphs)]
    how = {"max_epochs": 6, **how}
    rng = np.random.default_rng(seed)
    return trainer(graphs, data, options, scorer).train(parameters, rng=rng, **how)


def validation_loss(graph, parameters, data):
    """Mean loss of one graph on the validation part."""
    single = trainer([graph], data)
    packed = single.schedule.pack([parameters])
    return -float(single.score(packed, Runtime(bound=OPTIONS.bound)))


def assert_close_parameters(one, other, atol):
    assert one.theta.keys() == other.theta.keys()
    for key, values in one.theta.items():
        for name, value in values.items():
            np.testing.assert_allclose(value, other.theta[key][name], rtol=1e-5, atol=atol)
    for key, logits in one.logits.items():
        assert logits == pytest.approx(other.logits[key], rel=1e-5, abs=atol)


@pytest.mark.parametrize(("n_classes", "per_frame"), [(2, False), (3, True)])
def test_graphs_train_in_a_forest_as_they_do_alone(n_classes, per_frame):
    data = labelled(n_classes, per_frame=per_frame)
    whole = whole_graph(n_classes, per_frame=per_frame, depth=2, max_depth=3)
    graphs = [g for g in split(whole) if not g.is_discrete]
    assert len(graphs) > 1
    together = train(graphs, data, [initialize(g, 3) for g in graphs])
    for i, graph in enumerate(graphs):
        alone = train([graph], data, [initialize(graph, 3)])
        assert together.scores[i] == pytest.approx(alone.scores[0], abs=1e-5)
        assert_close_parameters(together.parameters[i], alone.parameters[0], 2e-5)


def test_graphs_stop_in_a_forest_as_they_do_alone():
    """Graphs stop at epochs of their own, and keep their values from then on."""
    data = labelled()
    graphs = [g for g in split(whole_graph(depth=2, max_depth=3)) if not g.is_discrete]
    options = replace(OPTIONS, n_iter_no_change=2, tol=0.005, learning_rate_init=0.02)
    how = {"options": options, "max_epochs": 12}
    together = train(graphs, data, [initialize(g, 0) for g in graphs], **how)
    lasted = []
    for i, graph in enumerate(graphs):
        alone = train([graph], data, [initialize(graph, 0)], **how)
        lasted.append(alone.n_epochs)
        assert_close_parameters(together.parameters[i], alone.parameters[0], 2e-5)
    assert len(set(lasted)) > 1
    assert together.n_epochs == max(lasted)


@pytest.mark.parametrize("per_frame", [False, True])
def test_training_lowers_the_validation_loss(per_frame):
    data = labelled(per_frame=per_frame)
    graph = whole_graph(per_frame=per_frame)
    start = initialize(graph, 0)
    trained = train([graph], data, [start], max_epochs=20)
    assert validation_loss(graph, trained.parameters[0], data) < 0.75 * validation_loss(
        graph, start, data
    )


def test_training_moves_logits_and_parameters():
    graph = whole_graph(depth=1)
    start = initialize(graph, 0)
    (parameters,) = train([graph], labelled(), [start]).parameters
    moved = {label for logits in parameters.logits.values() for label, v in logits.items() if v}
    assert {"Fold", "SlideWindowAvg[5]"} <= moved
    for key, values in start.theta.items():
        assert all(not np.allclose(v, parameters.theta[key][n]) for n, v in values.items())


def test_the_logits_are_trained_on_the_validation_part_alone():
    """Labels of the training part reach the logits only through the parameters."""
    graph = whole_graph()
    data = labelled()
    codes = data.targets.codes.numpy().copy()
    codes[SPLIT.train] = 1 - codes[SPLIT.train]
    other = labelled(codes=codes)
    options = replace(OPTIONS, learning_rate_init=0.0, weight_decay=0.0)
    one, two = (train([graph], d, options=options, max_epochs=2) for d in (data, other))
    assert any(v for logits in one.parameters[0].logits.values() for v in logits.values())
    assert_same_parameters(one.parameters[0], two.parameters[0])


def test_the_parameters_are_trained_on_the_training_part_alone():
    graph = random_program(whole_graph(), np.random.default_rng(0))
    data = labelled()
    codes = data.targets.codes.numpy().copy()
    codes[SPLIT.validation] = 1 - codes[SPLIT.validation]
    constant = {"scorer": lambda outputs, targets: torch.full((1,), next(rise)), "max_epochs": 3}
    results = []
    for d in (data, labelled(codes=codes)):
        rise = iter([0.1, 0.2, 0.3])
        results.append(train([graph], d, **constant).parameters[0])
    assert_same_parameters(*results)


def test_training_is_deterministic_and_leaves_global_generators_alone():
    graphs = [whole_graph(), whole_graph(depth=1)]
    data = labelled()
    # Tests may not depend on the state either, so it need not be restored.
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    one, same, other = (train(graphs, data, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert (np.random.get_state()[1] == numpy_state).all()  # noqa: NPY002
    np.testing.assert_array_equal(one.scores, same.scores)
    for a, b in zip(one.parameters, same.parameters, strict=True):
        assert_same_parameters(a, b)
    assert not np.array_equal(one.scores, other.scores)


def test_the_state_kept_is_the_one_of_the_best_score():
    """A step size so large that training soon makes things worse."""
    graphs = split(whole_graph())
    data = labelled()
    options = replace(OPTIONS, learning_rate_init=2.0, clip=1e6, n_iter_no_change=100)
    seen = []

    def scorer(outputs, targets):
        seen.append(negative_losses(outputs, targets))
        return seen[-1]

    trained = train(graphs, data, options=options, scorer=scorer, max_epochs=8)
    scores = torch.stack(seen)
    assert (scores[-1] < scores.max(0).values).any()
    np.testing.assert_allclose(trained.scores, scores.max(0).values.numpy())
    for graph, parameters, score in zip(graphs, trained.parameters, trained.scores, strict=True):
        assert validation_loss(graph, parameters, data) == pytest.approx(-score, rel=1e-4)


def test_training_ends_when_asked_to():
    asked = []
    trained = train(
        [whole_graph()], labelled(), max_epochs=9, stop=lambda: asked.append(1) or len(asked) == 3
    )
    assert trained.n_epochs == len(asked) == 3


def test_training_ends_when_no_graph_gets_better():
    options = replace(OPTIONS, n_iter_no_change=4)
    graphs = [whole_graph()] * 2
    trained = train(
        graphs, labelled(), options=options, max_epochs=50, scorer=lambda o, t: torch.zeros(2)
    )
    # The first epoch is the best one seen so far; four more bring nothing.
    assert trained.n_epochs == 5


def test_a_graph_that_explodes_does_not_spoil_the_others():
    """Accumulators of the second graph grow by a factor of a thousand per frame."""
    graph = whole_graph()
    data = labelled()
    start = [initialize(graph, 0), random_parameters(graph, 1)]
    for values in start[1].theta.values():
        for name, value in values.items():
            values[name] = value * 1e3
    single = trainer([graph], data)
    packed = single.schedule.pack(start[1:])
    batch, _ = single.data.take(None, need_frames=True)
    assert not single.schedule.forward(packed, batch).isfinite().all()
    together, alone = train([graph] * 2, data, start), train([graph], data, start[:1])
    assert together.scores[0] == pytest.approx(alone.scores[0], abs=1e-5)
    assert_close_parameters(together.parameters[0], alone.parameters[0], 2e-5)


def test_scores_are_taken_with_a_gate_of_their_own():
    graph = whole_graph()
    data = labelled()
    calls = []

    def gate(name):
        def marked(condition):
            calls.append((name, torch.is_grad_enabled()))
            return torch.sigmoid(condition)

        return marked

    train([graph], data, max_epochs=1, gate=gate("train"), scoring_gate=gate("score"))
    assert set(calls) == {("train", True), ("score", False)}


def test_a_loss_is_that_of_the_outputs():
    graph = whole_graph()
    data = labelled()
    single = trainer([graph], data)
    parameters = initialize(graph, 0)
    batch, targets = single.data.take(SPLIT.validation, need_frames=True)
    outputs = single.schedule.forward(single.schedule.pack([parameters]), batch)
    assert validation_loss(graph, parameters, data) == pytest.approx(
        float(losses(outputs, targets, 0.0)), rel=1e-6
    )


@pytest.mark.parametrize("per_frame", [False, True])
def test_scores_are_taken_on_some_of_very_many_with_every_class(per_frame):
    data = labelled(3, per_frame=per_frame)
    codes = data.targets.codes
    codes[..., SPLIT.validation] = codes[..., SPLIT.validation].clamp(max=1)
    rare = SPLIT.validation[-1]
    codes[..., rare] = 2
    options = replace(OPTIONS, scored_positions=1, least_batch=3)
    some = trainer([whole_graph(3, per_frame=per_frame)], data, options)._scored
    assert set(some) <= set(SPLIT.validation)
    assert 3 <= len(some) <= 5
    assert rare in some
    again = trainer([whole_graph(3, per_frame=per_frame)], data, options)._scored
    assert some.tolist() == again.tolist()
