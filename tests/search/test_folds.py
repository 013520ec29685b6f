"""Folds: who trains on what, and who predicts whom."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from sklearn_dpads.search.problem import Folds
from sklearn_dpads.training import make_targets


@pytest.mark.parametrize("per_frame", [False, True])
def test_folds_take_every_sequence_once(per_frame):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (22, 5) if per_frame else 22)
    targets = make_targets(codes, 3, rng.uniform(1, 2, codes.shape), torch.float32, "cpu")
    folds = Folds(targets, 4, np.random.default_rng(1))
    sizes = Counter(folds.fold_of.tolist())
    assert set(sizes) == {0, 1, 2, 3}
    assert max(sizes.values()) - min(sizes.values()) <= 1
    unseen = torch.stack([folds.weights(fold) == 0 for fold in range(4)])
    assert (unseen.sum(0) == 1).all()
    assert torch.equal(unseen.int().argmax(0), folds.fold_of.expand(targets.codes.shape))
    kept = torch.stack([folds.weights(fold) for fold in range(4)]).sum(0) / 3
    torch.testing.assert_close(kept, targets.weights)


def test_folds_hold_the_classes_in_equal_shares():
    codes = np.repeat([0, 1, 2], [20, 8, 4])
    targets = make_targets(codes, 3, np.ones(32), torch.float32, "cpu")
    folds = Folds(targets, 4, np.random.default_rng(0))
    for k, size in ((0, 5), (1, 2), (2, 1)):
        assert Counter(folds.fold_of[targets.codes == k].tolist()) == dict.fromkeys(range(4), size)


def test_members_are_the_sequences_that_a_fold_leaves_out():
    targets = make_targets(np.arange(11) % 2, 2, np.ones(11), torch.float32, "cpu")
    folds = Folds(targets, 3, np.random.default_rng(0))
    members = [folds.members(fold) for fold in range(3)]
    assert sorted(np.concatenate(members)) == list(range(11))
    for fold in range(3):
        assert members[fold].tolist() == np.flatnonzero(folds.weights(fold) == 0).tolist()


@pytest.mark.parametrize("per_frame", [False, True])
def test_weights_are_zero_on_the_fold_alone(per_frame):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (11, 4) if per_frame else 11)
    targets = make_targets(codes, 2, rng.uniform(1, 2, codes.shape), torch.float32, "cpu")
    folds = Folds(targets, 3, np.random.default_rng(0))
    for fold in range(3):
        weights, mine = folds.weights(fold), folds.fold_of == fold
        assert weights.shape == targets.codes.shape
        assert not weights[..., mine].any()
        assert torch.equal(weights[..., ~mine], targets.weights[..., ~mine])


@pytest.mark.parametrize("n_folds", [1, 3, 4])
def test_joined_values_stand_in_the_order_of_the_sequences(n_folds):
    targets = make_targets(np.arange(9) % 3, 3, np.ones(9), torch.float32, "cpu")
    folds = Folds(targets, n_folds, np.random.default_rng(2))
    values = torch.randn(2, 3, 5, 9, generator=torch.Generator().manual_seed(0))
    joined = folds.join([values[..., folds.members(fold)] for fold in range(folds.n_folds)])
    assert torch.equal(joined, values)


def test_there_are_no_more_folds_than_sequences():
    folds = Folds(
        make_targets(np.array([0, 1, 0]), 2, np.ones(3), torch.float32, "cpu"),
        4,
        np.random.default_rng(0),
    )
    assert folds.n_folds == 3
    assert sorted(folds.fold_of.tolist()) == [0, 1, 2]


def test_the_seed_decides_the_division():
    targets = make_targets(np.arange(40) % 2, 2, np.ones(40), torch.float32, "cpu")
    one, again, other = (
        Folds(targets, 4, np.random.default_rng(seed)).fold_of for seed in (0, 0, 1)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("per_frame", [False, True])
@pytest.mark.parametrize(("n_groups", "n_folds"), [(2, 2), (3, 3), (9, 4)])
def test_no_two_folds_share_a_group(n_groups, n_folds, per_frame):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, n_groups, 40)
    codes = rng.integers(0, 3, (40, 5) if per_frame else 40)
    targets = make_targets(codes, 3, np.ones(codes.shape), torch.float32, "cpu")
    folds = Folds(targets, 4, np.random.default_rng(1), groups)
    assert folds.n_folds == n_folds
    assert set(folds.fold_of.tolist()) == set(range(n_folds))
    for group in range(n_groups):
        assert len(set(folds.fold_of[groups == group].tolist())) == 1


def test_folds_of_groups_hold_the_classes_in_like_shares():
    groups = np.repeat(np.arange(12), 5)
    codes = np.repeat(np.arange(12) % 3, 5)
    targets = make_targets(codes, 3, np.ones(60), torch.float32, "cpu")
    folds = Folds(targets, 4, np.random.default_rng(0), groups)
    for fold in range(4):
        assert Counter(codes[folds.members(fold)].tolist()) == {0: 5, 1: 5, 2: 5}


def test_groups_of_few_sequences_of_every_class_are_divided():
    codes, groups = np.array([0, 0, 1, 1, 2, 2]), np.arange(6)
    targets = make_targets(codes, 3, np.ones(6), torch.float32, "cpu")
    assert Folds(targets, 4, np.random.default_rng(0), groups).n_folds == 2


def test_a_group_that_is_nearly_everything_leaves_no_fold_empty():
    codes = np.arange(20) % 2
    groups = np.where(np.arange(20) < 18, 0, 1)
    targets = make_targets(codes, 2, np.ones(20), torch.float32, "cpu")
    folds = Folds(targets, 4, np.random.default_rng(0), groups)
    assert sorted(len(folds.members(fold)) for fold in range(folds.n_folds)) == [2, 18]


def test_very_many_groups_are_divided_as_well():
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat(np.arange(1500), 2))
    codes = rng.integers(0, 3, 3000)
    targets = make_targets(codes, 3, np.ones(3000), torch.float32, "cpu")
    folds = Folds(targets, 4, np.random.default_rng(1), groups)
    fold_of = folds.fold_of.numpy()
    assert all(len(set(fold_of[groups == group])) == 1 for group in range(0, 1500, 50))
    for fold in range(4):
        shares = np.bincount(codes[folds.members(fold)]) / 250
        assert np.abs(shares - 1).max() < 0.2


def test_two_recordings_that_are_mostly_of_a_class_each_are_two_folds():
    codes = np.array([[0, 0, 1], [1, 1, 0]])
    targets = make_targets(codes, 2, np.ones(codes.shape), torch.float32, "cpu")
    folds = Folds(targets, 4, np.random.default_rng(0), np.array([5, 9]))
    assert sorted(folds.fold_of.tolist()) == [0, 1]


def test_sequences_of_a_group_are_one_draw():
    codes = np.arange(12) % 2
    targets = make_targets(codes, 2, np.ones(12), torch.float32, "cpu")
    groups = np.repeat([7, 3, 5, 9], 3)
    rng = np.random.default_rng(0)
    assert Folds(targets, 2, rng, groups).draws.tolist() == np.repeat([2, 0, 1, 3], 3).tolist()
    assert Folds(targets, 2, rng).draws.tolist() == list(range(12))
