"""Weights of sequences and frames are read and checked."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads.estimator.label_forms import (
    LabelPerFrame,
    LabelPerSequence,
    class_weights,
    read_samples,
)
from sklearn_dpads.inputs.sequences import check_sequences
from sklearn_dpads.inputs.weights import check_frame_weights, check_sequence_weights

DATA = check_sequences(
    [np.ones((3, 1)), np.ones((1, 1)), np.ones((2, 1))], estimator_name="SomeClassifier"
)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 2.0], r"sample_weight.shape == \(2,\), expected \(3,\)"),
        ([1.0, -2.0, 1.0], "Negative values"),
        ([1.0, np.nan, 1.0], "contains NaN"),
        ([1.0, np.inf, 1.0], "contains infinity"),
        ([0.0, 0.0, 0.0], "at least one non-zero"),
        (["a", "b", "c"], "could not convert"),
        (np.ma.masked_array([1.0, 2.0, 1.0], [0, 1, 0]), "masked for sequence 1; give it a weight"),
    ],
)
def test_weights_of_sequences_that_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        check_sequence_weights(weights, n_samples=3)
    with pytest.raises(ValueError, match=message):
        check_frame_weights(weights, DATA)


def test_two_dimensional_weights_need_frames():
    with pytest.raises(ValueError, match="must be 1D"):
        check_sequence_weights(np.ones((3, 3)), n_samples=3)


@pytest.mark.parametrize("weights", [2.0, [2, 2, 2], np.full(3, 2.0)])
def test_weights_of_sequences_hold_for_their_frames(weights):
    assert_array_equal(check_sequence_weights(weights, n_samples=3), [2.0, 2.0, 2.0])
    assert_array_equal(check_frame_weights(weights, DATA), np.where(DATA.mask(), 2.0, 0.0))


@pytest.mark.parametrize(
    "weights",
    [
        np.array([[1.0, 2.0, 3.0], [4.0, np.nan, -1.0], [5.0, 0.0, np.inf]]),
        [[1, 2, 3], [4], [5, 0]],
        [np.array([1, 2, 3]), np.array([4]), np.array([5, 0, 7])],
    ],
)
def test_weights_of_frames(weights):
    expected = [[1.0, 2.0, 3.0], [4.0, 0.0, 0.0], [5.0, 0.0, 0.0]]
    assert_array_equal(check_frame_weights(weights, DATA), expected)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones((3, 2)), r"shape \(3, 3\) or a list.*3 rows of shapes \[\(2,\)\]"),
        (np.ones((2, 3)), "2 rows"),
        ([[1, 2, 3], [4, 4], [5, 0]], "as long as the sequences"),
        (np.ones((3, 3, 1)), r"shapes \[\(3, 1\)\]"),
        (np.where(np.arange(3) == 2, -1.0, np.ones((3, 3))), "Negative values"),
        (np.where(np.arange(3) == 2, np.nan, np.ones((3, 3))), "contains NaN"),
        (np.zeros((3, 3)), "at least one non-zero"),
    ],
)
def test_weights_of_frames_that_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        check_frame_weights(weights, DATA)


def sequences(n_samples, n_timesteps=2):
    return check_sequences(np.zeros((n_samples, n_timesteps, 1)), estimator_name="SomeClassifier")


def test_sequences_of_weight_zero_are_left_out():
    y = ["c", "a", "a", "b", "b", "b"]
    weights = [0, 1, 2, 3, 0, 5]
    with pytest.raises(ValueError, match="two samples of every class"):
        read_samples(LabelPerSequence(), y, weights, sequences(6))
    targets = read_samples(LabelPerSequence(), ["c", *y], [0, *weights], sequences(7))
    assert_array_equal(targets.rows, [2, 3, 4, 6])
    assert_array_equal(targets.classes, ["a", "b"])
    assert_array_equal(targets.codes, [0, 0, 1, 1])
    assert_array_equal(targets.weights, [1, 2, 3, 5])


def test_frames_of_weight_zero_have_no_label():
    y = np.array([[0, 1], [2, 0], [1, 0], [2, 1]])
    weights = np.array([[1, 1], [0, 2], [1, 1], [0, 0]])
    targets = read_samples(LabelPerFrame(), y, weights, sequences(4))
    assert_array_equal(targets.rows, [0, 1, 2])
    assert_array_equal(targets.classes, [0, 1])
    assert_array_equal(targets.codes, [[0, 1], [-1, 0], [1, 0]])
    assert_array_equal(targets.weights, weights[:3])


def test_labels_left_by_the_weights_must_do():
    with pytest.raises(ValueError, match=r"sample_weight 0 left out.*one class only"):
        read_samples(LabelPerSequence(), [0, 0, 1, 1], [1, 1, 0, 0], sequences(4))
    y = [[0, 1], [1, 0], [1, 1]]
    with pytest.raises(ValueError, match=r"sample_weight 0 left out.*one class only"):
        read_samples(LabelPerFrame(), y, [0, 0, 1], sequences(3))
    with pytest.raises(ValueError, match=r"sample_weight 0 left out.*"):
        read_samples(LabelPerFrame(), [[0, 1, 0, 1]] * 2, [1, 0], sequences(2, 4))


def test_equal_weights_are_none():
    y = [0, 1, 0, 1]
    assert read_samples(LabelPerSequence(), y, [3] * 4, sequences(4)).weights is None
    assert read_samples(LabelPerSequence(), y, [3, 3, 3, 2], sequences(4)).weights is not None
    labels = np.ma.masked_equal([[0, 1], [1, -1], [0, 1]], -1)
    weights = [[0.5, 0.5], [0.5, 9.0], [0.5, 0.5]]
    assert read_samples(LabelPerFrame(), labels, weights, sequences(3)).weights is None


def test_balanced_class_weights_go_by_total_weight():
    y = [0, 0, 0, 1, 1]
    unweighted = read_samples(LabelPerSequence(), y, None, sequences(5))
    assert_allclose(class_weights("balanced", unweighted), [5 / 6, 5 / 4])
    weighted = read_samples(LabelPerSequence(), y, [1, 1, 2, 6, 6], sequences(5))
    assert_allclose(class_weights("balanced", weighted), [16 / 8, 16 / 24])
    assert_allclose(class_weights({0: 3.0, 1: 1.0}, weighted), [3.0, 1.0])
    assert class_weights(None, weighted) is None
    with pytest.raises(ValueError, match="class_weight"):
        class_weights("even", weighted)
