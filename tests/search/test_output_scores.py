"""What sequences add to a program's loss, and how well that tells its error."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sklearn_dpads.search import Judging
from sklearn_dpads.search.output_scores import calibrated, loss_parts
from sklearn_dpads.training import IGNORED, losses, make_targets

JUDGING = Judging()


def case(seed, n_classes, *, n=60, n_frames=None, signal=2.0):
    """Outputs that tell something of the labels, of three programs."""
    rng = np.random.default_rng(seed)
    shape = (n,) if n_frames is None else (n, n_frames)
    codes = rng.integers(0, n_classes, shape)
    told = codes.T.ravel()
    outputs = rng.standard_normal((3, 1 if n_classes == 2 else n_classes, codes.size))
    if n_classes == 2:
        outputs[:, 0] += signal * (told - 0.5)
    else:
        outputs += signal * (told == np.arange(n_classes)[:, None])
    if n_frames is not None:
        codes[rng.random(shape) < 0.2] = IGNORED
    targets = make_targets(codes, n_classes, rng.uniform(0.5, 2, shape), torch.float64, "cpu")
    return torch.as_tensor(outputs), targets


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n_frames", [None, 5])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_parts_sum_to_the_loss_of_training(n_classes, n_frames, share):
    outputs, targets = case(0, n_classes, n_frames=n_frames)
    parts = loss_parts(outputs, targets, JUDGING, share)
    expected = losses(calibrated(outputs, targets, JUDGING), targets, share)
    assert parts.shape == (3, 60)
    assert_allclose(parts.sum(1), expected.numpy(), rtol=1e-9)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_their_spread_is_the_error_of_the_loss(n_classes):
    outputs, targets = case(1, n_classes, n=4000)
    parts = loss_parts(outputs[:1], targets, JUDGING, 1.0)[0]
    error = np.sqrt(np.square(parts - parts.mean()).sum())
    rng = np.random.default_rng(2)
    found = []
    for _ in range(400):
        index = torch.as_tensor(rng.integers(0, 4000, 4000))
        outputs_drawn, targets_drawn = outputs[:1, :, index], targets.take(index)
        found.append(float(losses(outputs_drawn, targets_drawn, 1.0)[0]))
    assert error == pytest.approx(np.std(found), rel=0.15)


def test_a_program_that_never_predicts_a_rare_class_has_a_greater_loss():
    codes = np.repeat([0, 1, 2], [50, 45, 5])
    targets = make_targets(codes, 3, np.ones(100), torch.float64, "cpu")
    finds = 2.0 * np.eye(3)[codes].T
    never = finds.copy()
    never[:, 95:] = finds[:, :5]
    outputs = torch.as_tensor(np.stack([finds, never]))
    by_likelihood, with_f1 = (
        np.subtract(*loss_parts(outputs, targets, JUDGING, share).sum(1)[::-1])
        for share in (0.0, 1.0)
    )
    # Five labels of a hundred are all that likelihood sees; to F1 they are a class of three.
    assert 0 < by_likelihood < with_f1


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_what_is_not_finite_has_an_infinite_loss_and_leaves_others_alone(value):
    outputs, targets = case(3, 3)
    expected = loss_parts(outputs, targets, JUDGING, 0.3)
    outputs[1, 0, 7] = value
    found = loss_parts(outputs, targets, JUDGING, 0.3)
    assert np.isinf(found[1].sum())
    assert_allclose(found[[0, 2]], expected[[0, 2]])


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_many_sequences_are_taken_together(share):
    outputs, targets = case(4, 3, n=4500)
    parts = loss_parts(outputs, targets, JUDGING, share)
    assert parts.shape == (3, 1500)
    expected = losses(calibrated(outputs, targets, JUDGING), targets, share)
    assert_allclose(parts.sum(1), expected.numpy(), rtol=1e-9)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_sequences_without_labels_add_nothing(share):
    outputs, targets = case(5, 3, n_frames=4)
    targets.weights[:, 20:] = 0
    parts = loss_parts(outputs, targets, JUDGING, share)
    assert not parts[:, 20:].any()
    assert parts[:, :20].all()


def test_the_error_of_groups_is_told_by_groups():
    rng = np.random.default_rng(6)
    n_groups, n_each = 40, 25
    codes, draws = rng.integers(0, 2, n_groups * n_each), np.repeat(np.arange(n_groups), n_each)
    # What a program gives lies higher for some persons than for others.
    outputs = np.where(codes == 1, 1.0, -1.0) + 1.5 * rng.normal(size=n_groups)[draws]
    targets = make_targets(codes, 2, np.ones(len(codes)), torch.float64, "cpu")
    outputs = torch.as_tensor(outputs)[None, None]
    # In any order of the sequences.
    order = rng.permutation(len(codes))
    parts = loss_parts(
        outputs[..., order], targets.take(torch.as_tensor(order)), JUDGING, 0.3, draws[order]
    )[0]
    assert len(parts) == n_groups
    error = np.sqrt(np.square(parts - parts.mean()).sum())
    alone = loss_parts(outputs, targets, JUDGING, 0.3)[0]
    assert_allclose(parts.sum(), alone.sum())
    outputs, found = calibrated(outputs, targets, JUDGING), []
    for _ in range(400):
        drawn = rng.integers(0, n_groups, n_groups)
        index = torch.as_tensor(np.concatenate([np.flatnonzero(draws == d) for d in drawn]))
        found.append(float(losses(outputs[:, :, index], targets.take(index), 0.3)[0]))
    assert error == pytest.approx(np.std(found), rel=0.15)
    assert error > 2 * np.sqrt(np.square(alone - alone.mean()).sum())
