"""Rivals of other packages: what they are given, and that they are fitted as others are."""

from __future__ import annotations

import numpy as np
import pytest
from comparison.data_sets import open_set
from comparison.measure import measure
from comparison.rivals import (
    EBMClassifier,
    EBMFrameClassifier,
    MiniRocketClassifier,
    to_equal_series,
)
from numpy.testing import assert_array_equal

from .fakes import make_arrays, write_set

SMALL_EBM = {"outer_bags": 1, "max_rounds": 20}
WITHOUT = "isn't installed: `make rivals` makes an environment with it"


def cut(X, lengths):
    return [sequence[:length] for sequence, length in zip(X, lengths, strict=True)]


def padded(X, lengths):
    X = X.copy()
    for sequence, length in zip(X, lengths, strict=True):
        sequence[length:] = np.nan
    return X


def test_series_have_channels_before_time():
    X, _ = make_arrays(5, 12, 3)
    series = to_equal_series(X, 12)
    assert series.shape == (5, 3, 12)
    assert_array_equal(series[2, 1], X[2, :, 1])


@pytest.mark.parametrize("form", [cut, padded])
def test_series_end_with_the_last_frame_repeated(form):
    X, _ = make_arrays(3, 6, 2)
    series = to_equal_series(form(X, [6, 2, 1]), 8)
    assert series.shape == (3, 2, 8)
    assert_array_equal(series[0], X[0, [0, 1, 2, 3, 4, 5, 5, 5]].T)
    assert_array_equal(series[1], X[1, [0, 1, 1, 1, 1, 1, 1, 1]].T)
    assert_array_equal(series[2], X[2, [0] * 8].T)


def test_of_longer_sequences_the_end_is_left_out():
    X, _ = make_arrays(2, 6, 2)
    series = to_equal_series(cut(X, [6, 3]), 4)
    assert_array_equal(series[0], X[0, :4].T)
    assert_array_equal(series[1], X[1, [0, 1, 2, 2]].T)


@pytest.mark.filterwarnings("default")
def test_minirocket_is_that_of_aeon():
    aeon = pytest.importorskip("aeon.classification.convolution_based", reason=f"aeon {WITHOUT}")
    X, y = make_arrays(20, 12, 2)
    labels = np.array(["no", "yes"])[y]
    ours = MiniRocketClassifier(n_kernels=84, random_state=3).fit(X, labels)
    theirs = aeon.MiniRocketClassifier(n_kernels=84, random_state=3)
    theirs.fit(X.transpose(0, 2, 1), labels)
    assert_array_equal(ours.predict(X), theirs.predict(X.transpose(0, 2, 1)))
    assert ours.classes_.tolist() == ["no", "yes"]


@pytest.mark.filterwarnings("default")
def test_minirocket_takes_lengths_it_was_not_fitted_with():
    pytest.importorskip("aeon", reason=f"aeon {WITHOUT}")
    X, y = make_arrays(20, 14, 2)
    short = MiniRocketClassifier(n_kernels=84, random_state=0).fit(X[:, :4], y)
    assert short.n_timesteps_ == 9
    short.warm_up()
    assert_array_equal(short.predict(X), short.predict(X[:, :9]))
    alone = [short.predict([sequence])[0] for sequence in X[:, :3]]
    assert_array_equal(short.predict(X[:, :3]), alone)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("per_frame", [False, True])
def test_ebm_is_measured_as_others_are(tmp_path, per_frame):
    pytest.importorskip("interpret", reason=f"interpret-core {WITHOUT}")
    write_set(tmp_path / "some.npz", per_frame=per_frame)
    kind = EBMFrameClassifier if per_frame else EBMClassifier
    estimator = kind(**SMALL_EBM, random_state=0)
    measured = measure(estimator, open_set("some", tmp_path))
    assert 0 <= measured["f1"] <= 1
    machine = estimator.summaries_.estimator_
    assert (machine.random_state, machine.max_rounds, machine.n_jobs) == (0, 20, 1)
