"""Groups of sequences: how they are read, and that no split divides one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dpads.inputs.groups import read_groups
from sklearn_dpads.inputs.splitting import split_sequences


def test_any_names_are_numbered_in_their_order():
    assert read_groups(np.array(["rex", "bella", "rex"]), 3).tolist() == [1, 0, 1]
    assert read_groups([7, 7, -3, 100], 4).tolist() == [1, 1, 0, 2]
    assert read_groups(np.array(["b", "a"], dtype=object), 2).tolist() == [1, 0]


def test_a_column_of_a_table_is_read():
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(["b", "a", "b"], index=[5, 6, 7])
    assert read_groups(column, 3).tolist() == [1, 0, 1]
    assert read_groups(column.astype("category"), 3).tolist() == [1, 0, 1]
    for absent in (pandas.Series(["b", None, "b"], dtype="string"), ["b", pandas.NA, "b"]):
        with pytest.raises(ValueError, match="no group for sequence 1"):
            read_groups(absent, 3)


@pytest.mark.parametrize(
    ("groups", "error", "text"),
    [
        ([1, 2], ValueError, r"shape \(3,\); got shape \(2,\)"),
        ([[1], [2], [3]], ValueError, r"got shape \(3, 1\)"),
        ("abc", ValueError, r"got shape \(\)"),
        ([1.0, np.nan, 2.0], ValueError, "no group for sequence 1"),
        (np.array(["a", "b", None], dtype=object), ValueError, "no group for sequence 2"),
        (["a", np.nan, "b"], ValueError, "no group for sequence 1"),
        (np.ma.masked_array([1, 2, 3], [0, 0, 1]), ValueError, "no group for sequence 2"),
        (np.array(["a", 1, "b"], dtype=object), TypeError, "of the types int, str"),
        (("a", 1, "b"), TypeError, "of the types int, str"),
        (["a", "a", "a"], ValueError, r"one group alone, \['a'\]"),
    ],
)
def test_what_is_no_group_is_refused(groups, error, text):
    with pytest.raises(error, match=text):
        read_groups(groups, 3)


@st.composite
def divisions(draw):
    n_groups = draw(st.integers(2, 6))
    sizes = draw(st.lists(st.integers(1, 5), min_size=n_groups, max_size=n_groups))
    groups = np.repeat(np.arange(n_groups), sizes)
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    shape = (len(groups), 3) if draw(st.booleans()) else (len(groups),)
    codes = rng.integers(0, 2, shape)
    if codes.ndim == 2:
        codes[:, 2][rng.random(len(codes)) < 0.5] = -1
    return codes, rng.permutation(groups), draw(st.sampled_from([0.1, 0.3, 0.5])), seed


@settings(deadline=None, derandomize=True, max_examples=60)
@given(divisions())
def test_no_group_is_on_both_sides(division):
    codes, groups, fraction, seed = division
    train, valid = split_sequences(codes, fraction, np.random.RandomState(seed), groups)
    assert sorted([*train, *valid]) == list(range(len(codes)))
    assert len(train)
    assert len(valid)
    assert not set(groups[train]) & set(groups[valid])
    # No more than what was asked for, unless a single group is more.
    assert len(valid) <= fraction * len(codes) or len(set(groups[valid])) == 1


def test_every_class_stays_in_training_where_it_can():
    codes = np.array([0, 1, 0, 1, 0, 0, 2, 1])
    groups = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    for seed in range(20):
        train, valid = split_sequences(codes, 0.25, np.random.RandomState(seed), groups)
        assert set(codes[train]) == {0, 1, 2}
        assert set(groups[valid]) < {0, 1, 2}


def test_a_group_is_set_aside_though_a_class_goes_with_it():
    codes, groups = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1])
    train, valid = split_sequences(codes, 0.5, np.random.RandomState(0), groups)
    assert train.tolist() == [0, 1, 2]
    assert valid.tolist() == [3, 4]


def test_a_class_that_no_sequence_has_keeps_none_from_being_set_aside():
    codes, groups = np.array([0, 2, 0, 2, 0, 2]), np.array([0, 0, 1, 1, 2, 2])
    _, valid = split_sequences(codes, 0.7, np.random.RandomState(0), groups)
    assert len(valid) == 4
