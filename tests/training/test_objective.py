"""Losses, scores and targets against plain numpy and scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, log_loss

from sklearn_dpads.training import (
    IGNORED,
    Targets,
    f1_scores,
    losses,
    make_targets,
    negative_losses,
    predicted_codes,
)

SOME = settings(deadline=None, derandomize=True, max_examples=40)


def case(seed, n_classes, *, per_frame=False, ignored=False, n_graphs=3):
    """Outputs, targets, and the same as flat arrays in the order of the positions."""
    rng = np.random.default_rng(seed)
    shape = (7, 4) if per_frame else (20,)
    codes = rng.integers(0, n_classes, shape)
    if ignored:
        codes[rng.random(shape) < 0.3] = IGNORED
    weights = rng.uniform(0.1, 3.0, shape)
    targets = make_targets(codes, n_classes, weights, torch.float64, "cpu")
    outputs = 2 * rng.standard_normal((n_graphs, 1 if n_classes == 2 else n_classes, codes.size))
    # Frames stand outermost, as in what a schedule gives.
    flat = codes.T.ravel()
    return (
        torch.as_tensor(outputs),
        targets,
        outputs,
        flat,
        np.where(flat < 0, 0, weights.T.ravel()),
    )


def probabilities(outputs):
    if len(outputs) == 1:
        positive = 1 / (1 + np.exp(-outputs[0]))
        return np.stack([1 - positive, positive], axis=1)
    exponentials = np.exp(outputs)
    return (exponentials / exponentials.sum(0)).T


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@SOME
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_cross_entropy_is_the_weighted_log_loss(n_classes, seed, per_frame, ignored):
    outputs, targets, arrays, codes, weights = case(
        seed, n_classes, per_frame=per_frame, ignored=ignored
    )
    valid = codes >= 0
    assume(valid.any())
    for loss, array in zip(losses(outputs, targets, 0.0), arrays, strict=True):
        expected = log_loss(
            codes[valid],
            probabilities(array)[valid],
            sample_weight=weights[valid],
            labels=np.arange(n_classes),
        )
        assert float(loss) == pytest.approx(expected, rel=1e-9)
    assert torch.equal(negative_losses(outputs, targets), -losses(outputs, targets, 0.0))


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@SOME
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0.25, 0.5, 1.0]))
def test_soft_f1_is_the_mean_over_all_classes(n_classes, seed, per_frame, share):
    outputs, targets, arrays, codes, weights = case(
        seed, n_classes, per_frame=per_frame, ignored=True
    )
    assume((codes >= 0).any())
    cross = losses(outputs, targets, 0.0)
    for loss, entropy, array in zip(losses(outputs, targets, share), cross, arrays, strict=True):
        terms = []
        for k in range(n_classes):
            found, true = probabilities(array)[:, k], codes == k
            hits = (found * true * weights).sum()
            terms.append(2 * hits / ((found * weights).sum() + (true * weights).sum()))
        expected = (1 - share) * float(entropy) + share * (1 - np.mean(terms))
        assert float(loss) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("by_graph", [False, True])
@pytest.mark.parametrize("per_frame", [False, True])
def test_the_gradient_of_many_classes_is_that_of_the_loss(per_frame, by_graph):
    outputs, targets, *_ = case(3, 4, per_frame=per_frame, ignored=True)
    if by_graph:
        factors = torch.rand(
            (3, *targets.weights.shape), generator=torch.Generator().manual_seed(0)
        )
        targets = replace(targets, weights=factors * targets.weights)
    outputs.requires_grad_()
    assert torch.autograd.gradcheck(lambda values: losses(values, targets, 0.4), outputs)


def test_logits_of_any_size_have_a_loss_and_a_gradient():
    outputs = torch.tensor([[[1e4, -1e4], [-1e4, 0.0], [0.0, 1e4]]], requires_grad=True)
    targets = make_targets(np.array([1, 2]), 3, np.ones(2), torch.float32, "cpu")
    loss = losses(outputs, targets, 0.5)
    # The first label has a logit 20,000 below the largest; class 0 has no label, class 1 no hit.
    assert loss.item() == pytest.approx(0.5 * 1e4 + 0.5 * (1 - 1 / 3))
    (slope,) = torch.autograd.grad(loss.sum(), outputs)
    assert torch.isfinite(slope).all()


def test_soft_f1_does_not_reward_the_prediction_of_one_class_everywhere():
    codes = np.array([0, 0, 1, 1, 1, 1])
    targets = make_targets(codes, 2, np.ones(6), torch.float64, "cpu")
    sure = 20.0
    positive = torch.full((1, 1, 6), sure, dtype=torch.float64)
    undecided = torch.zeros((1, 1, 6), dtype=torch.float64)
    right = torch.as_tensor(np.where(codes == 1, sure, -sure))[None, None]
    of = {
        name: float(losses(outputs, targets, 1.0))
        for name, outputs in {"all": positive, "half": undecided, "right": right}.items()
    }
    assert of["right"] == pytest.approx(0.0, abs=1e-6)
    assert of["half"] < of["all"]


def test_a_rare_class_is_predicted_where_likelihood_alone_never_does():
    codes = np.repeat([0, 1, 2], [60, 37, 3])
    # Where the rare class may be, three labels of eight are of it.
    seen = np.repeat([2, 0, 1, 2], [5, 55, 37, 3])
    targets = make_targets(codes, 3, np.ones(100), torch.float64, "cpu")
    likeliest = []
    for share in (0.0, 0.3):
        logits = torch.zeros((3, 3), dtype=torch.float64, requires_grad=True)
        adam = torch.optim.Adam([logits], lr=0.1)
        for _ in range(300):
            adam.zero_grad()
            losses(logits[:, seen][None], targets, share).sum().backward()
            adam.step()
        likeliest.append(int(logits[:, 2].argmax()))
    assert likeliest == [0, 2]


@pytest.mark.parametrize("per_frame", [False, True])
@pytest.mark.parametrize(("n_classes", "share"), [(2, 0.0), (2, 0.5), (3, 0.0), (3, 0.5)])
def test_every_graph_can_weigh_the_labels_in_its_own_way(n_classes, share, per_frame):
    outputs, targets, *_ = case(1, n_classes, per_frame=per_frame)
    generator = torch.Generator().manual_seed(0)
    own = torch.rand((3, *targets.weights.shape), generator=generator, dtype=torch.float64)
    together = losses(outputs, Targets(targets.codes, own, n_classes), share)
    for g in range(3):
        alone = Targets(targets.codes, own[g], n_classes)
        assert float(together[g]) == pytest.approx(float(losses(outputs[g : g + 1], alone, share)))


def test_what_is_ignored_has_no_gradient():
    outputs, targets, *_ = case(2, 3, per_frame=True, ignored=True)
    outputs.requires_grad_()
    losses(outputs, targets, 0.0).sum().backward()
    ignored = targets.flatten()[0] == IGNORED
    assert ignored.any()
    assert not outputs.grad[:, :, ignored].any()
    assert outputs.grad[:, :, ~ignored].all()


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@SOME
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_f1_is_that_of_scikit_learn(n_classes, seed, per_frame):
    outputs, targets, _, codes, _ = case(seed, n_classes, per_frame=per_frame, ignored=True)
    valid = codes >= 0
    assume(valid.any())
    average = {"average": "binary"} if n_classes == 2 else {"average": "weighted"}
    found = predicted_codes(outputs).numpy()
    for score, predicted in zip(f1_scores(outputs, targets), found, strict=True):
        expected = f1_score(codes[valid], predicted[valid], zero_division=0.0, **average)
        assert float(score) == pytest.approx(expected, rel=1e-9)


def test_f1_of_classes_never_predicted_or_never_seen_is_zero():
    targets = make_targets(np.array([0, 0, 0]), 2, np.ones(3), torch.float64, "cpu")
    outputs = torch.tensor([[[-1.0, -1.0, -1.0]], [[1.0, 1.0, 1.0]]], dtype=torch.float64)
    assert f1_scores(outputs, targets).tolist() == [0.0, 0.0]


def test_predicted_codes_are_those_of_the_largest_output():
    logits = torch.tensor([[[0.1, 2.0], [0.5, 1.0], [-1.0, 3.0]]])
    assert predicted_codes(logits).tolist() == [[1, 2]]
    assert predicted_codes(torch.tensor([[[-0.5, 0.5]]])).tolist() == [[0, 1]]


def test_targets_stand_in_the_order_of_the_outputs():
    codes = np.array([[0, 1, IGNORED], [1, 1, 0]])
    weights = np.array([[1.0, 2.0, 9.0], [3.0, 4.0, 5.0]])
    targets = make_targets(codes, 2, weights, torch.float32, "cpu")
    flat_codes, flat_weights = targets.flatten()
    assert flat_codes.tolist() == [0, 1, 1, 1, -1, 0]
    assert flat_weights.tolist() == [1.0, 3.0, 2.0, 4.0, 0.0, 5.0]
    assert targets.n_outputs == 1
    some = targets.take(torch.tensor([1])).until(2)
    assert some.codes.tolist() == [[1], [1]]
    assert some.weights.tolist() == [[3.0], [4.0]]


def test_targets_of_whole_sequences_have_no_frames_to_cut():
    targets = make_targets(np.array([0, 2, 1]), 3, np.ones(3), torch.float32, "cpu")
    assert targets.n_outputs == 3
    assert targets.until(1).codes.tolist() == [0, 2, 1]
    assert targets.take(torch.tensor([2, 0])).codes.tolist() == [1, 0]


def test_weights_that_all_graphs_share_are_taken_once():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (6, 4))
    own = make_targets(codes, 2, rng.uniform(0.5, 2, codes.shape), torch.float32, "cpu")
    shared = replace(own, weights=own.weights.expand(3, 4, 6))
    copied = replace(own, weights=shared.weights.clone())
    index = torch.tensor([5, 0, 3])
    for found, expected in (
        (shared.take(index), copied.take(index)),
        (shared.positions(index), copied.positions(index)),
    ):
        assert torch.equal(found.weights, expected.weights)
        assert found.weights.stride(0) == 0
