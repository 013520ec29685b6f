"""Recordings with more labelled frames than training needs, of which pieces are kept."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_dpads import DPadsFrameClassifier
from sklearn_dpads.inspection import stability
from sklearn_dpads.training import thinned

from .contract import FRAMES, same_fit

KEPT = {"kept_frames": 600, "piece_frames": 20}


def recordings(n_classes=2, n_frames=300):
    rng = np.random.default_rng(0)
    y = rng.integers(0, n_classes, (8, n_frames // 15)).repeat(15, axis=1)
    X = rng.normal(size=(8, n_frames, 2)) + np.stack([3.0 * y, -2.0 * (y == 0)], axis=-1)
    return X, y


@pytest.fixture(scope="module")
def data():
    return recordings()


@pytest.fixture(scope="module")
def fitted(data):
    return FRAMES.small(**KEPT).fit(*data)


def test_frames_that_are_not_kept_teach_nothing(data, fitted):
    X, y = data
    kept = thinned(y, 20, 600)
    other = 1 - y
    for row, times in zip(kept.rows, kept.times, strict=True):
        other[row, times] = y[row, times]
    assert (other != y).mean() > 0.7
    assert same_fit(fitted, FRAMES.small(**KEPT).fit(X, other))
    assert not same_fit(fitted, FRAMES.small(piece_frames=20).fit(X, y))


def test_programs_are_as_good_on_the_other_frames(data, fitted):
    assert fitted.score(*data) > 0.9


def test_weights_of_frames_that_are_kept_count(data, fitted):
    X, y = data
    kept = thinned(y, 20, 600)
    unkept, inside = np.full(y.shape, 3.0), np.ones(y.shape)
    for row, times in zip(kept.rows, kept.times, strict=True):
        unkept[row, times] = 1.0
        inside[row, times] += y[row, times]
    assert same_fit(fitted, FRAMES.small(**KEPT).fit(X, y, sample_weight=unkept))
    assert not same_fit(fitted, FRAMES.small(**KEPT).fit(X, y, sample_weight=inside))


def test_of_very_many_sequences_some_are_trained_on():
    X, y = recordings(n_frames=60)
    X, y = np.tile(X, (20, 1, 1)), np.tile(y, (20, 1))
    clf = FRAMES.small(kept_frames=800, piece_frames=20).fit(X, y)
    assert clf.score(X, y) > 0.9
    found = stability(clf, X, y, n_bootstraps=4, random_state=0)
    assert len(found.numbers) == clf.program_.n_parameters


def test_a_program_for_each_class():
    X, y = recordings(n_classes=3)
    clf = FRAMES.small(**KEPT, decomposition="ovr").fit(X, y)
    assert clf.program_.expression.production.symbol == "OneVsRest"
    assert clf.score(X, y) > 0.6


def test_a_search_of_pieces_resumes(data, tmp_path):
    first = FRAMES.small(**KEPT, checkpoint_dir=tmp_path).fit(*data)
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    times = [path.stat().st_mtime_ns for path in files]
    again = FRAMES.small(**KEPT, checkpoint_dir=tmp_path).fit(*data)
    assert same_fit(first, again)
    assert [path.stat().st_mtime_ns for path in files] == times


def test_the_setting_is_one_of_training():
    from sklearn_dpads.search import DPads
    from sklearn_dpads.training import Training

    clf = DPadsFrameClassifier(search=DPads(training=Training()))
    clf.set_params(search__training__kept_frames=5_000)
    assert clf.search.training.kept_frames == 5_000
