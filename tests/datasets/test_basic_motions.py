"""BasicMotions loads whole and by split, with the numbers of the archive."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads.datasets import load_basic_motions


def test_everything():
    motions = load_basic_motions()
    assert motions.data.shape == (80, 100, 6)
    assert motions.data.dtype == np.float64
    assert np.isfinite(motions.data).all()
    names, counts = np.unique(motions.target, return_counts=True)
    assert_array_equal(names, motions.target_names)
    assert_array_equal(names, ["Badminton", "Running", "Standing", "Walking"])
    assert_array_equal(counts, 20)
    assert sorted(i for group in motions.feature_groups.values() for i in group) == list(range(6))
    assert len(motions.feature_names) == 6
    assert "arXiv:1811.00075" in motions.DESCR


def test_values_are_those_of_the_text():
    # The start of the first line of the archive's training file.
    motions = load_basic_motions()
    assert motions.data[0, :3, 0].tolist() == [0.079106, 0.079106, -0.903497]
    assert motions.target[0] == "Standing"


def test_splits_are_the_parts_of_the_whole():
    whole, train, test = (load_basic_motions(split=split) for split in (None, "train", "test"))
    for part, name in ((train, "train"), (test, "test")):
        assert_array_equal(part.data, whole.data[whole.split == name])
        assert_array_equal(part.target, whole.target[whole.split == name])
        assert_array_equal(np.unique(part.target, return_counts=True)[1], 10)
    assert not (train.data == test.data).all()


@pytest.mark.parametrize("split", [None, "train", "test"])
def test_return_X_y(split):
    X, y = load_basic_motions(split=split, return_X_y=True)
    motions = load_basic_motions(split=split)
    assert_array_equal(X, motions.data)
    assert_array_equal(y, motions.target)


def test_a_caller_may_change_what_it_gets():
    first = load_basic_motions()
    first.data[:] = 0.0
    first.feature_groups["gyroscope"].clear()
    second = load_basic_motions()
    assert second.data.any()
    assert second.feature_groups["gyroscope"] == [3, 4, 5]


def test_unknown_split():
    with pytest.raises(ValueError, match="'train', 'test' or None for both, but is 'TRAIN'"):
        load_basic_motions(split="TRAIN")
