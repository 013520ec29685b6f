"""Adam for forests against Adam for each graph, written out in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads.training.optimizer import BestValues, ForestAdam

OPTIONS = {"learning_rate": 0.05, "weight_decay": 0.1, "clip": 1.0}
OWNERS = {"leaf": torch.tensor([0, 2, 1, 0]), "initial": torch.tensor([1, 2])}


def tensors(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {
        "leaf": torch.randn(4, 2, 3, generator=generator, dtype=torch.float64),
        "initial": torch.randn(2, 3, generator=generator, dtype=torch.float64),
    }


def forest_adam(values=None, **options):
    return ForestAdam(values or tensors(), OWNERS, 3, **{**OPTIONS, **options})


def gradients(n_steps, size, seed=1):
    rng = np.random.default_rng(seed)
    # Some are far above the norm that is clipped, some below.
    return [10.0 ** rng.uniform(-2, 2) * rng.standard_normal(size) for _ in range(n_steps)]


def adam_by_hand(values, steps, *, learning_rate, weight_decay, clip):
    """Adam with decoupled decay (Loshchilov and Hutter, 2019) of one graph."""
    values = values.copy()
    first, second = np.zeros_like(values), np.zeros_like(values)
    for t, gradient in enumerate(steps, 1):
        gradient = gradient * min(1.0, clip / np.linalg.norm(gradient))
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        mean, spread = first / (1 - 0.9**t), second / (1 - 0.999**t)
        move = mean / (np.sqrt(spread) + 1e-8)
        values = values - learning_rate * (move + weight_decay * values)
    return values


def test_what_does_not_decay_stays_where_there_is_no_slope():
    adam = forest_adam(undecayed={"initial"})
    before = adam.tensors()["leaf"].clone(), adam.tensors()["initial"].clone()
    adam.step(torch.zeros_like(adam.flat), torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(adam.tensors()["leaf"], before[0] * (1 - 0.05 * 0.1))
    assert torch.equal(adam.tensors()["initial"], before[1])


def test_every_graph_moves_as_it_would_alone():
    adam = forest_adam()
    start, owner = adam.flat.numpy().copy(), adam.owner.numpy()
    steps = gradients(50, len(start))
    for gradient in steps:
        adam.step(torch.as_tensor(gradient), torch.ones(3, dtype=torch.float64))
    clipped = [np.linalg.norm(g[owner == 0]) > OPTIONS["clip"] for g in steps]
    assert 5 < sum(clipped) < 45
    for g in range(3):
        own = owner == g
        expected = adam_by_hand(start[own], [s[own] for s in steps], **OPTIONS)
        np.testing.assert_allclose(adam.flat.numpy()[own], expected, rtol=1e-6, atol=1e-8)


def test_it_is_the_adam_of_torch_without_clip_and_decay():
    adam = forest_adam(clip=1e12, weight_decay=0.0)
    leaf = torch.nn.Parameter(adam.flat.clone())
    other = torch.optim.Adam([leaf], lr=OPTIONS["learning_rate"])
    for gradient in gradients(30, len(leaf)):
        adam.step(torch.as_tensor(gradient), torch.ones(3, dtype=torch.float64))
        leaf.grad = torch.as_tensor(gradient)
        other.step()
    torch.testing.assert_close(adam.flat, leaf.detach(), rtol=1e-9, atol=1e-10)


def test_a_graph_that_has_stopped_keeps_its_values():
    adam = forest_adam()
    for gradient in gradients(3, len(adam.flat)):
        adam.step(torch.as_tensor(gradient), torch.ones(3, dtype=torch.float64))
    before = adam.flat.clone()
    stopped = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
    for gradient in gradients(3, len(adam.flat), seed=5):
        adam.step(torch.as_tensor(gradient), stopped)
    moved = adam.flat != before
    assert moved[adam.owner != 1].all()
    assert not moved[adam.owner == 1].any()


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_stops_its_graph_for_a_step_and_no_other(broken):
    steps = gradients(6, len(forest_adam().flat))
    whole, spoilt = forest_adam(), forest_adam()
    active = torch.ones(3, dtype=torch.float64)
    for i, gradient in enumerate(steps):
        whole.step(torch.as_tensor(gradient), active)
        before = spoilt.flat.clone()
        mine = spoilt.owner == 2
        if i == 3:
            gradient = gradient.copy()
            gradient[np.flatnonzero(mine.numpy())[1]] = broken
        spoilt.step(torch.as_tensor(gradient), active)
        moved = spoilt.flat != before
        assert moved[mine].any() == (i != 3)
        assert spoilt.flat.isfinite().all()
        assert torch.equal(spoilt.flat[~mine], whole.flat[~mine])


def test_tensors_are_given_back_under_their_names_and_shapes():
    values = tensors()
    adam = forest_adam(values)
    for name, tensor in adam.tensors().items():
        assert torch.equal(tensor, values[name])
    adam.step(torch.ones_like(adam.flat), torch.ones(3, dtype=torch.float64))
    for name, tensor in adam.tensors().items():
        assert tensor.shape == values[name].shape
        assert (tensor != values[name]).all()
    assert adam.owner.tolist() == [0] * 6 + [2] * 6 + [1] * 6 + [0] * 6 + [1] * 3 + [2] * 3


def test_the_values_given_are_not_written_to():
    values = tensors()
    adam = forest_adam(values)
    adam.step(torch.ones_like(adam.flat), torch.ones(3, dtype=torch.float64))
    for name, tensor in tensors().items():
        assert torch.equal(values[name], tensor)


def test_best_values_are_kept_for_each_graph():
    owner = torch.tensor([0, 1, 1])
    best = BestValues(torch.zeros(3), owner, 2)
    first = best.offer(torch.tensor([1.0, 1.0, 1.0]), torch.tensor([0.5, 0.2]), 0.1)
    assert first.tolist() == [True, True]
    second = best.offer(torch.tensor([2.0, 2.0, 2.0]), torch.tensor([0.4, 0.25]), 0.1)
    # A rise within the tolerance is kept, but does not count as one.
    assert second.tolist() == [False, False]
    assert best.values.tolist() == [1.0, 2.0, 2.0]
    third = best.offer(torch.tensor([3.0, 3.0, 3.0]), torch.tensor([0.7, 0.25]), 0.1)
    assert third.tolist() == [True, False]
    assert best.values.tolist() == [3.0, 2.0, 2.0]
    assert best.scores.tolist() == pytest.approx([0.7, 0.25])


def test_scores_that_are_no_numbers_are_never_the_best():
    best = BestValues(torch.tensor([1.0, 1.0]), torch.tensor([0, 1]), 2)
    improved = best.offer(torch.tensor([2.0, 2.0]), torch.tensor([torch.nan, 0.1]), 0.0)
    assert improved.tolist() == [False, True]
    assert best.values.tolist() == [1.0, 2.0]
    assert best.scores.tolist() == pytest.approx([-torch.inf, 0.1])


def test_best_values_are_a_copy():
    flat = torch.zeros(2)
    best = BestValues(flat, torch.tensor([0, 1]), 2)
    best.offer(flat, torch.tensor([1.0, 1.0]), 0.0)
    flat += 5.0
    assert best.values.tolist() == [0.0, 0.0]
