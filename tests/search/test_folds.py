"""Folds: who trains on what, and who predicts whom."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from sklearn_dpads.search._folds import Folds
from sklearn_dpads.training import make_targets


@pytest.mark.parametrize("per_frame", [False, True])
def test_folds_take_every_sequence_once(per_frame):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (22, 5) if per_frame else 22)
    targets = make_targets(codes, 3, rng.uniform(1, 2, codes.shape), torch.float32, "cpu")
    folds = Folds(targets, 4, seed=1)
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
    folds = Folds(targets, 4, seed=0)
    for k, size in ((0, 5), (1, 2), (2, 1)):
        assert Counter(folds.fold_of[targets.codes == k].tolist()) == dict.fromkeys(range(4), size)


def test_joined_outputs_are_those_of_the_copy_that_left_the_sequence_out():
    targets = make_targets(np.zeros((6, 3), int), 2, np.ones((6, 3)), torch.float32, "cpu")
    folds = Folds(targets, 3, seed=0)
    weights = folds.all_weights(2)
    assert weights.shape == (6, 3, 6)
    copies = torch.arange(6.0).view(6, 1, 1).expand(6, 1, 18)
    joined = folds.join(copies).view(2, 3, 6)
    for program in range(2):
        for sequence in range(6):
            (copy,) = set(joined[program, :, sequence].tolist())
            assert copy // 3 == program
            assert not weights[int(copy), :, sequence].any()


@pytest.mark.parametrize("per_frame", [False, True])
def test_weights_are_zero_on_the_fold_alone(per_frame):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (11, 4) if per_frame else 11)
    targets = make_targets(codes, 2, rng.uniform(1, 2, codes.shape), torch.float32, "cpu")
    folds = Folds(targets, 3, seed=0)
    for fold in range(3):
        weights, mine = folds.weights(fold), folds.fold_of == fold
        assert weights.shape == targets.codes.shape
        assert not weights[..., mine].any()
        assert torch.equal(weights[..., ~mine], targets.weights[..., ~mine])


def test_joined_outputs_of_sequences_have_as_many_values_as_classes():
    targets = make_targets(np.arange(9) % 3, 3, np.ones(9), torch.float32, "cpu")
    folds = Folds(targets, 3, seed=2)
    outputs = torch.randn(2 * 3, 3, 9, generator=torch.Generator().manual_seed(0))
    joined = folds.join(outputs)
    assert joined.shape == (2, 3, 9)
    for program in range(2):
        for sequence, fold in enumerate(folds.fold_of.tolist()):
            expected = outputs[3 * program + fold, :, sequence]
            assert torch.equal(joined[program, :, sequence], expected)


def test_there_are_no_more_folds_than_sequences():
    folds = Folds(make_targets(np.array([0, 1, 0]), 2, np.ones(3), torch.float32, "cpu"), 4, 0)
    assert folds.n_folds == 3
    assert sorted(folds.fold_of.tolist()) == [0, 1, 2]
    assert folds.all_weights(5).shape == (15, 3)


def test_the_seed_decides_the_division():
    targets = make_targets(np.arange(40) % 2, 2, np.ones(40), torch.float32, "cpu")
    one, again, other = (Folds(targets, 4, seed).fold_of for seed in (0, 0, 1))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
