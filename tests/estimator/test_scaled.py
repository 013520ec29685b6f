"""Sequences that are scaled part by part."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from sklearn_dpads.estimator import scaling as _scaling
from sklearn_dpads.estimator.scaled import ScaledSequences
from sklearn_dpads.estimator.scaling import FrameScaling
from sklearn_dpads.inputs.sequences import check_sequences

from ..classifier.contract import FORMS, same_fit


def given(form):
    rng = np.random.default_rng(0)
    X = 100.0 + 5.0 * rng.normal(size=(40, 12, 3))
    if form == "ragged":
        return [x[:n] for x, n in zip(X, rng.integers(1, 13, 40), strict=True)]
    if form == "padded":
        X[np.arange(12) >= rng.integers(1, 10, 40)[:, None]] = np.nan
    return X.astype(np.float32) if form == "single" else X


@pytest.mark.parametrize("form", ["array", "single", "padded", "ragged"])
def test_they_are_those_that_are_scaled_at_once(form):
    data = check_sequences(given(form), estimator_name="X")
    scaling = FrameScaling.fit(data)
    whole = scaling.sequences(data)
    scaled = ScaledSequences(data, scaling.mean, scaling.scale)
    assert not isinstance(whole, ScaledSequences)
    assert scaled.n_timesteps == whole.n_timesteps == data.lengths.max()
    assert scaled.n_features == 3
    np.testing.assert_array_equal(scaled.frames, whole.frames)
    np.testing.assert_array_equal(scaled.flat(), whole.flat())
    rows = np.array([3, 1, 20])
    some = scaled.take(rows)
    longest = some.n_timesteps
    np.testing.assert_array_equal(some.frames, whole.take(rows).frames[:, :longest])
    for rows, part in scaled.parts(most_values=100):
        np.testing.assert_array_equal(part.frames, whole.frames[rows, : part.n_timesteps])


@pytest.mark.parametrize("form", FORMS)
def test_fits_are_the_same(form, monkeypatch):
    X, y = form.data()
    held = form.small().fit(X, y)
    monkeypatch.setattr(_scaling, "_MOST_SCALED", 0)
    clf = form.small().fit(X, y)
    assert same_fit(held, clf)
    assert clf.program_.to_json() == held.program_.to_json()


def test_searches_in_other_processes_and_resumed_ones_are_the_same(monkeypatch, tmp_path):
    X, y = FORMS[0].data()
    monkeypatch.setattr(_scaling, "_MOST_SCALED", 0)
    clf = FORMS[0].small(n_restarts=2).fit(X, y)
    assert same_fit(clf, FORMS[0].small(n_restarts=2, n_jobs=2).fit(X, y))
    first = FORMS[0].small(checkpoint_dir=tmp_path).fit(X, y)
    assert same_fit(first, FORMS[0].small(checkpoint_dir=tmp_path).fit(X, y))


def test_no_scaled_copy_is_held():
    data = check_sequences(np.ones((100_000, 10, 10), dtype=np.float32), estimator_name="X")
    tracemalloc.start()
    scaled = FrameScaling(np.zeros(10), np.ones(10)).sequences(data)
    total = sum(part.frames.sum() for _, part in scaled.parts())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 1e7
    assert most < 20e6
