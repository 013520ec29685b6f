"""Every class is on both sides of the split, in about the wanted proportion."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_dpads.inputs.splitting import stratified_split


@given(
    counts=st.lists(st.integers(2, 20), min_size=1, max_size=4),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 100),
)
def test_parts_cover_every_class(counts, fraction, seed):
    codes = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    train, valid = stratified_split(codes, fraction, np.random.RandomState(seed))
    assert_array_equal(np.sort(np.concatenate([train, valid])), np.arange(codes.size))
    for code, count in enumerate(counts):
        n_valid = int(np.sum(codes[valid] == code))
        assert 1 <= n_valid <= count - 1
        assert n_valid in (1, count - 1) or abs(n_valid - fraction * count) <= 0.5


def test_split_is_random_and_repeatable():
    codes = np.repeat([0, 1], 50)
    first, again, other = (
        stratified_split(codes, 0.3, np.random.RandomState(seed))[1] for seed in (0, 0, 1)
    )
    assert_array_equal(first, again)
    assert not np.array_equal(first, other)
