from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads.inspection.bootstraps import draw_bootstraps


def draw(codes, groups=None, n_bootstraps=30, seed=0):
    groups = None if groups is None else np.array(groups)
    return draw_bootstraps(np.array(codes), groups, n_bootstraps, np.random.RandomState(seed))


def test_each_class_has_as_many_sequences_as_in_the_data():
    codes = np.array([0, 1, 0, 2, 2, 0, 1, 2, 2, 0])
    counts = draw(codes)
    for k in range(3):
        assert_array_equal(counts[:, codes == k].sum(axis=1), (codes == k).sum())


def test_a_sample_with_a_single_sequence_of_a_class_is_drawn_anew():
    counts = draw([0, 0, 0, 0, 1, 1])
    assert_array_equal(counts[:, 4:], 1)
    assert len(np.unique(counts[:, :4], axis=0)) > 1


def test_sequences_of_a_group_are_drawn_together():
    counts = draw([0, 1, 0, 1, 0, 1, 0, 1], groups=["a", "a", "b", "b", "c", "c", "d", "d"])
    assert_array_equal(counts[:, ::2], counts[:, 1::2])
    assert_array_equal(counts.sum(axis=1), 8)


def test_of_frames_whole_sequences_are_drawn_and_none_without_labels():
    codes = [[0, 1, -1], [0, 0, 1], [-1, -1, -1], [1, 1, 0]]
    counts = draw(codes)
    assert_array_equal(counts[:, 2], 0)
    assert_array_equal(counts.sum(axis=1), 3)


def test_what_has_no_sample_with_every_class_is_refused():
    with pytest.raises(ValueError, match="none has two sequences of every class"):
        draw([0, 0, 1])


def test_a_seed_gives_the_same_samples():
    codes = [0, 0, 0, 1, 1, 1]
    assert_array_equal(draw(codes, seed=3), draw(codes, seed=3))
    assert not np.array_equal(draw(codes, seed=3), draw(codes, seed=4))
