"""Training of discrete programs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_dpads import Program
from sklearn_dpads.engine import Schedule, from_expression, initialize, to_expression
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.program import evaluate
from sklearn_dpads.training import (
    IGNORED,
    DiscreteFit,
    Training,
    hard_outputs,
    losses,
)

from ..engine.run import assert_same_parameters, by_sequence
from ..graph.build import random_program
from .problems import GRAMMAR, labelled, sequences, whole_graph
from .test_relaxed import assert_close_parameters

OPTIONS = Training(f1_weight=0.3, fit_rate=0.05, fit_decay=0.0)


def outputs_of(graphs, data, parameters, index=None, settings=OPTIONS):
    schedule = Schedule(graphs)
    index = np.arange(data.streams.n_samples) if index is None else index
    state = schedule.pack(parameters)
    return hard_outputs(schedule, data.bind(schedule), state, settings, index).flatten(2)


def programs(n, n_classes=2, *, per_frame=False, seed=0):
    rng = np.random.default_rng(seed)
    whole = whole_graph(n_classes, per_frame=per_frame, max_depth=4)
    return [random_program(whole, rng) for _ in range(n)]


def fit(graphs, data, starts=None, *, options=OPTIONS, weights=None, seed=0, n_steps=40):
    starts = starts or [initialize(g, i) for i, g in enumerate(graphs)]
    rng = np.random.default_rng(seed)
    fitting = DiscreteFit(Schedule(graphs), data, options, rng, weights)
    return fitting.run(starts, n_steps=n_steps)


@pytest.mark.parametrize(("n_classes", "per_frame"), [(2, False), (2, True), (3, False), (3, True)])
def test_fitting_lowers_the_loss_of_every_program(n_classes, per_frame):
    graphs = programs(20, n_classes, per_frame=per_frame)
    data = labelled(n_classes, per_frame=per_frame)
    before, after = (fit(graphs, data, n_steps=n).losses for n in (0, 60))
    assert (after <= before + 1e-6).all()
    assert (after < 0.95 * before).float().mean() > 0.5


@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize("per_frame", [False, True])
def test_outputs_and_losses_are_those_of_the_programs_with_hard_conditions(per_frame, padding):
    graphs = programs(20, 3, per_frame=per_frame)
    assert any("ITE" in slot.labels for g in graphs for slot in g.slots.values())
    data = labelled(3, per_frame=per_frame, padding=padding)
    raw = sequences(padding=padding)
    fitted = fit(graphs, data)
    whole = outputs_of(graphs, data, fitted.parameters)
    assert fitted.losses.tolist() == pytest.approx(
        losses(whole, data.targets, OPTIONS.f1_weight).tolist()
    )
    found = zip(graphs, fitted.parameters, whole.numpy(), strict=True)
    n_frames = n_far = 0
    for graph, parameters, outputs in found:
        values = evaluate(to_expression(graph, parameters), raw)
        for i, value in enumerate(by_sequence(outputs, raw.lengths, per_frame)):
            wanted = values[i, : raw.lengths[i]] if per_frame else values[i]
            far = ~np.isclose(value, wanted, rtol=1e-3, atol=1e-3)
            n_far += int(far.any(axis=-1).sum())
            n_frames += len(value) if per_frame else 1
    # Conditions within rounding of 0 may fall to either side in single precision.
    assert n_far <= 0.01 * n_frames


def test_programs_fit_in_a_forest_as_they_do_alone():
    data = labelled()
    graphs = programs(60)
    has_condition = [any("ITE" in s.labels for s in g.slots.values()) for g in graphs]
    assert 5 < sum(has_condition) < 55
    with_one, without = (
        [g for g, has in zip(graphs, has_condition, strict=True) if has is wanted][:5]
        for wanted in (True, False)
    )
    graphs = with_one + without
    together = fit(graphs, data, [initialize(g, 1) for g in graphs])
    for i, graph in enumerate(graphs):
        alone = fit([graph], data, [initialize(graph, 1)])
        assert float(together.losses[i]) == pytest.approx(float(alone.losses[0]), abs=1e-5)
        assert_close_parameters(together.parameters[i], alone.parameters[0], 1e-4)


def test_the_state_kept_is_that_of_least_loss():
    """Steps so large that they overshoot: what comes out is no worse than the start."""
    graphs = programs(20)
    data = labelled()
    before = fit(graphs, data, n_steps=0).losses
    for n_steps in (1, 7, 45):
        options = replace(OPTIONS, fit_rate=30.0, clip=1e6)
        assert (fit(graphs, data, options=options, n_steps=n_steps).losses <= before).all()


def test_no_steps_give_the_start_back():
    graphs = programs(5)
    starts = [initialize(g, 4) for g in graphs]
    data = labelled(dtype=torch.float32)
    fitted = fit(graphs, data, starts, n_steps=0)
    for start, parameters in zip(starts, fitted.parameters, strict=True):
        assert_close_parameters(start, parameters, 1e-6)


@pytest.mark.parametrize("per_frame", [False, True])
def test_what_has_weight_zero_for_a_program_has_no_part_in_its_fit(per_frame):
    graphs = programs(6, per_frame=per_frame)
    data = labelled(per_frame=per_frame)
    own = data.targets.weights.repeat(len(graphs), *[1] * data.targets.codes.ndim)
    unseen = np.arange(0, 40, 3)
    own[..., unseen] = 0.0
    raw = data.targets.codes.numpy().T.copy()
    flipped = raw.copy()
    flipped[unseen] = np.where(raw[unseen] >= 0, 1 - raw[unseen], raw[unseen])
    one = fit(graphs, data, weights=own)
    two = fit(graphs, labelled(per_frame=per_frame, codes=flipped), weights=own)
    for a, b in zip(one.parameters, two.parameters, strict=True):
        assert_same_parameters(a, b)
    assert torch.equal(one.losses, two.losses)
    three = fit(graphs, labelled(per_frame=per_frame, codes=flipped))
    assert not torch.allclose(one.losses, three.losses)


def test_large_data_are_taken_in_batches_and_judged_as_a_whole():
    graphs = programs(6)
    data = labelled()
    options = replace(OPTIONS, fit_batch_size=8)
    one, same, other = (fit(graphs, data, options=options, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.losses, same.losses)
    assert not torch.equal(one.losses, other.losses)
    before = fit(graphs, data, n_steps=0).losses
    assert (one.losses <= before).all()


def test_full_batches_need_no_generator():
    graphs = programs(4)
    data = labelled()
    one, other = (fit(graphs, data, seed=seed) for seed in (0, 1))
    assert torch.equal(one.losses, other.losses)


def test_decay_draws_the_parameters_towards_zero():
    graphs = programs(8)
    data = labelled()
    norms = []
    for decay in (0.0, 200.0):
        fitted = fit(graphs, data, options=replace(OPTIONS, fit_decay=decay), n_steps=60)
        arrays = [v for p in fitted.parameters for of in p.theta.values() for v in of.values()]
        norms.append(sum(float((v**2).sum()) for v in arrays))
    assert norms[1] < norms[0]


@pytest.mark.parametrize("most", [10**6, 30])
@pytest.mark.parametrize("per_frame", [False, True])
def test_outputs_of_some_sequences_are_theirs_among_all(per_frame, most):
    settings = replace(OPTIONS, most_positions=most)
    graphs = programs(8, 3, per_frame=per_frame)
    data = labelled(3, per_frame=per_frame)
    starts = [initialize(graph, 0) for graph in graphs]
    index = np.array([31, 2, 17, 5])
    some = outputs_of(graphs, data, starts, index, settings)
    whole = outputs_of(graphs, data, starts, settings=settings).unflatten(2, (-1, 40))
    for i, n in zip(index, data.streams.lengths[index].tolist(), strict=True):
        mine = some.unflatten(2, (-1, 4))[..., list(index).index(i)]
        n_frames = n if per_frame else 1
        torch.testing.assert_close(mine[:, :, :n_frames], whole[:, :, :n_frames, i])


def test_products_that_tell_all_apart_stay_within_the_bound():
    """Their loss falls for ever as their values grow, and beyond the bound they are of no use."""
    frames = sequences().frames
    codes = np.where(frames.any(-1), frames[..., 0] * frames[..., 1] > 0, IGNORED).astype(np.int64)
    data = labelled(per_frame=True, codes=codes)
    text = "Map(Multiply(Affine[a](x0), Affine[b](x1)))"
    expression = Program.parse(text, GRAMMAR, n_features=3).expression
    graph = discrete_graph(expression, GRAMMAR, 3)
    settings = replace(OPTIONS, fit_rate=0.1, bound=100.0)
    start = [from_expression(graph, expression)]
    fitted = fit([graph], data, start, options=settings, n_steps=800)
    assert float(fitted.losses[0]) < 0.1
    values = outputs_of([graph], data, fitted.parameters, settings=replace(settings, bound=1e9))
    assert 40 < float(values.abs().max()) < 60
