"""Training with sample_weight: what weights of one, zero and more do, and how they arrive."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, KFold, cross_validate

from .net_cases import (
    ALL_CLASSIFIERS,
    FRAME_CLASSIFIERS,
    SEQUENCE_CLASSIFIERS,
    make_data,
    make_peaks,
    pad,
    pad_codes,
    small,
)


@pytest.fixture(params=ALL_CLASSIFIERS)
def kind(request):
    return request.param


def scores(clf, X):
    return np.nan_to_num(clf.decision_function(X))


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_equal_weights_change_nothing(kind, class_weight):
    X, y = make_data(kind, 30, 3)
    expected = scores(small(kind, max_iter=4, class_weight=class_weight).fit(X, y), X)
    for weights in (np.ones(30), 1, np.full(30, 0.1)):
        clf = small(kind, max_iter=4, class_weight=class_weight).fit(X, y, sample_weight=weights)
        assert_array_equal(scores(clf, X), expected)


def test_sequences_of_weight_zero_do_not_count(kind):
    X, y = make_data(kind, 40, 3)
    weights = np.random.default_rng(0).random(40)
    weights[[3, 8, 9, 20]] = 0.0
    X[3] = X[3] + 1000.0
    kept = np.flatnonzero(weights)
    expected = small(kind, max_iter=4).fit(
        [X[i] for i in kept], [y[i] for i in kept], sample_weight=weights[kept]
    )
    clf = small(kind, max_iter=4).fit(X, y, sample_weight=weights)
    assert_array_equal(scores(clf, X), scores(expected, X))


def test_the_unit_of_the_weights_does_not_matter(kind):
    X, y = make_data(kind, 30, 3)
    weights = np.random.default_rng(0).random(30)
    few, many = (
        small(kind, max_iter=4).fit(X, y, sample_weight=unit * weights) for unit in (1.0, 1e3)
    )
    assert_allclose(scores(many, X), scores(few, X), atol=1e-4)
    unweighted = small(kind, max_iter=4).fit(X, y)
    assert np.abs(scores(few, X) - scores(unweighted, X)).max() > 1e-3


@pytest.mark.parametrize("kind", SEQUENCE_CLASSIFIERS)
def test_heavy_sequences_win(kind):
    # The same sequences bear both labels: only the weights tell which one to prefer.
    X = np.random.default_rng(0).normal(size=(40, 4, 2))
    X, y = np.concatenate([X, X]), np.repeat(["a", "b"], 40)
    for heavy in ("a", "b"):
        weights = np.where(y == heavy, 5.0, 1.0)
        assert (small(kind).fit(X, y, sample_weight=weights).predict(X) == heavy).all()


@pytest.mark.parametrize("kind", FRAME_CLASSIFIERS)
@pytest.mark.parametrize("per_frame", [False, True])
def test_heavy_frames_win(kind, per_frame):
    X = np.random.default_rng(0).normal(size=(40, 4, 2))
    X, y = np.concatenate([X, X]), np.repeat(["a", "b"], 40)[:, None].repeat(4, axis=1)
    for heavy in ("a", "b"):
        weights = np.where(y == heavy, 5.0, 1.0)
        weights = weights if per_frame else weights[:, 0]
        assert (small(kind).fit(X, y, sample_weight=weights).predict(X) == heavy).all()


@pytest.mark.parametrize("kind", FRAME_CLASSIFIERS)
def test_frames_of_weight_zero_are_frames_without_a_label(kind):
    X, y = make_data(kind, 30, 3)
    codes = pad_codes(y)
    weights = np.random.default_rng(0).random(codes.shape)
    weights[:, 1] = 0.0
    hidden = codes.copy()
    hidden[:, 1] = -1
    clf = small(kind, max_iter=4).fit(X, codes, sample_weight=weights)
    weights[:, 1] = 7.0
    expected = small(kind, max_iter=4, unlabelled=-1).fit(X, hidden, sample_weight=weights)
    assert_array_equal(scores(clf, X), scores(expected, X))


@pytest.mark.parametrize("kind", SEQUENCE_CLASSIFIERS)
def test_score_of_sequences_with_weights(kind):
    X, y = make_peaks(30, 3)
    clf = small(kind, max_iter=3).fit(X, y)
    weights = np.random.default_rng(0).random(30)
    expected = accuracy_score(y, clf.predict(X), sample_weight=weights)
    assert clf.score(X, y, sample_weight=weights) == expected


def test_weights_are_checked_before_training(kind):
    X, y = make_data(kind, 20, 2)
    with pytest.raises(ValueError, match="sample_weight"):
        small(kind).fit(X, y, sample_weight=np.ones(19))
    with pytest.raises(ValueError, match="Negative"):
        small(kind).fit(X, y, sample_weight=-np.ones(20))
    with pytest.raises(ValueError, match="non-zero"):
        small(kind).fit(X, y, sample_weight=np.zeros(20))


def test_metadata_routing(kind):
    X, y = make_data(kind, 30, 2)
    X, y = pad(X), pad_codes(y) if kind in FRAME_CLASSIFIERS else y
    weights = np.random.default_rng(0).random(30)
    cv = KFold(3)
    with config_context(enable_metadata_routing=True):
        clf = small(kind, max_iter=3)
        clf.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        search = GridSearchCV(clf, {"batch_size": [8]}, cv=cv)
        search.fit(X, y, sample_weight=weights)
    by_hand = []
    for train, test in cv.split(X):
        fitted = small(kind, max_iter=3, batch_size=8)
        fitted.fit(X[train], y[train], sample_weight=weights[train])
        by_hand.append(fitted.score(X[test], y[test], sample_weight=weights[test]))
    assert search.best_score_ == pytest.approx(np.mean(by_hand))
    whole = small(kind, max_iter=3, batch_size=8).fit(X, y, sample_weight=weights)
    assert_array_equal(scores(search, X), scores(whole, X))


def test_weights_without_metadata_routing(kind):
    X, y = make_data(kind, 30, 2)
    X, y = pad(X), pad_codes(y) if kind in FRAME_CLASSIFIERS else y
    weights = np.random.default_rng(0).random(30)
    cv = KFold(2)
    result = cross_validate(
        small(kind, max_iter=3),
        X,
        y,
        cv=cv,
        params={"sample_weight": weights},
        return_estimator=True,
    )
    train, _ = next(cv.split(X))
    expected = small(kind, max_iter=3).fit(X[train], y[train], sample_weight=weights[train])
    assert_array_equal(scores(result["estimator"][0], X), scores(expected, X))
