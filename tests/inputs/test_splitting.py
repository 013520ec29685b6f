"""Whole sequences are set aside, by their most frequent label, and no class is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_dpads.inputs.splitting import split_by_majority, split_groups


def split(codes, fraction, seed=0):
    return split_by_majority(np.asarray(codes), fraction, np.random.RandomState(seed))


@st.composite
def labelled(draw):
    n_samples, n_timesteps = draw(st.integers(2, 12)), draw(st.integers(1, 5))
    flat = draw(
        st.lists(
            st.integers(-1, 3),
            min_size=n_samples * n_timesteps,
            max_size=n_samples * n_timesteps,
        )
    )
    codes = np.array(flat).reshape(n_samples, n_timesteps)
    codes[:, 0] = np.abs(codes[:, 0])  # each sequence has a label
    return codes


@given(labelled(), st.floats(0.01, 0.99), st.integers(0, 5))
def test_parts_are_disjoint_complete_and_not_empty(codes, fraction, seed):
    train, valid = split(codes, fraction, seed)
    assert_array_equal(np.sort(np.concatenate([train, valid])), np.arange(len(codes)))
    assert train.size
    assert valid.size


@given(labelled(), st.floats(0.01, 0.99), st.integers(0, 5))
def test_every_class_can_be_trained_where_that_is_possible(codes, fraction, seed):
    train, _ = split(codes, fraction, seed)
    classes = [set(row[row >= 0]) for row in codes]
    all_classes = set().union(*classes)
    possible = any(
        set().union(*(held for other, held in enumerate(classes) if other != index)) == all_classes
        for index in range(len(classes))
    )
    assert not possible or set(codes[train][codes[train] >= 0]) == all_classes


@pytest.mark.parametrize("fraction", [0.2, 0.25, 0.5])
def test_parts_have_the_wanted_size_within_each_majority(fraction):
    codes = np.repeat([[0, 0, 1], [1, 1, 0]], [40, 20], axis=0)
    train, valid = split(codes, fraction)
    assert (valid < 40).sum() == 40 * fraction
    assert (valid >= 40).sum() == 20 * fraction
    assert train.size == 60 * (1 - fraction)


def test_a_rare_majority_gives_up_the_stratification():
    codes = np.zeros((20, 3), dtype=int)
    codes[7] = 1
    for seed in range(5):
        train, valid = split(codes, 0.25, seed)
        assert len(valid) == 5
        assert 7 in train


def test_two_sequences_without_a_common_class():
    train, valid = split([[0, 0], [1, 1]], 0.5)
    assert len(train) == len(valid) == 1


def test_random_state_decides():
    codes = np.random.default_rng(0).integers(0, 2, size=(40, 3))
    assert_array_equal(split(codes, 0.3, 1)[1], split(codes, 0.3, 1)[1])
    assert not np.array_equal(split(codes, 0.3, 1)[1], split(codes, 0.3, 2)[1])


@pytest.mark.parametrize(
    ("sizes", "set_aside"),
    [
        # Either small group has fewer than 40 %, and both together as well.
        ([180, 10, 10], [20]),
        # All have more: the smallest goes.
        ([50, 60, 70], [50]),
        ([90, 30, 30, 30, 20], [50, 80]),
    ],
)
def test_groups_set_aside_hold_the_fraction_at_most(sizes, set_aside):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    codes = np.arange(len(groups)) % 2
    fraction = 0.25 if sizes[0] == 50 else 0.4
    found = {
        len(split_groups(codes, groups, fraction, np.random.RandomState(seed))[1])
        for seed in range(20)
    }
    assert found <= set(range(min(set_aside), max(set_aside) + 1))


def test_the_smallest_group_that_leaves_every_class_is_set_aside():
    groups = np.repeat([0, 1, 2], [20, 30, 40])
    codes = np.where(groups == 0, 2, np.arange(90) % 2)
    train, valid = split_groups(codes, groups, 0.1, np.random.RandomState(0))
    assert set(groups[valid]) == {1}
    assert set(codes[train]) == {0, 1, 2}
