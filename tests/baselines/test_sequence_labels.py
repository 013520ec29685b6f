"""Networks with one label per sequence learn, take every layout, and agree with themselves."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from .net_cases import (
    SEQUENCE_CLASSIFIERS,
    make_peaks,
    pad,
    small,
)


@pytest.fixture(scope="module", params=SEQUENCE_CLASSIFIERS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def peaks():
    return make_peaks(60, 3)


@pytest.fixture(scope="module")
def fitted(kind, peaks):
    return small(kind).fit(*peaks)


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_generalizes_on_sequences_of_unequal_length(kind, num_layers, n_classes):
    clf = small(kind, num_layers=num_layers, max_iter=60).fit(*make_peaks(90, n_classes))
    assert clf.score(*make_peaks(90, n_classes, seed=1)) >= 0.9


def test_order_of_frames_matters(kind):
    # Both classes hold the same frames, so that only their order tells.
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 40)
    X = np.sort(rng.normal(size=(80, 6, 1)), axis=1)
    X[y == 1] = X[y == 1, ::-1]
    assert small(kind, max_iter=60).fit(X, y).score(X, y) == 1.0


def test_outputs_agree(fitted, peaks):
    X, y = peaks
    proba = fitted.predict_proba(X)
    assert proba.shape == (60, 3)
    assert_allclose(proba.sum(axis=1), 1.0)
    assert_array_equal(fitted.predict(X), proba.argmax(axis=1))
    scores = fitted.decision_function(X)
    assert_allclose(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), proba)
    assert fitted.score(X, y) == np.mean(fitted.predict(X) == y)


def test_binary_decision_is_the_log_odds(kind):
    X, y = make_peaks(20, 2)
    clf = small(kind, max_iter=3).fit(X, y)
    scores, proba = clf.decision_function(X), clf.predict_proba(X)
    assert_allclose(scores, np.log(proba[:, 1] / proba[:, 0]))
    assert_array_equal(clf.predict(X), scores > 0)


def test_list_and_padded_array_give_the_same_model(kind, fitted, peaks):
    X, y = peaks
    from_padded = small(kind).fit(pad(X, extra=2), y)
    assert_allclose(from_padded.decision_function(X), fitted.decision_function(X), atol=1e-5)


def test_prediction_does_not_depend_on_padding_or_company(fitted, peaks):
    X, _ = peaks
    expected = fitted.decision_function(X)
    assert_allclose(fitted.decision_function(pad(X, extra=5)), expected, atol=1e-10)
    alone = np.concatenate([fitted.decision_function([sequence]) for sequence in X])
    assert_allclose(alone, expected, atol=1e-10)


@pytest.mark.parametrize("labels", [["a", "b", "c"], [10, -5, 3], [0.0, 1.0, 2.0]])
def test_any_label_type(kind, labels, fitted, peaks):
    X, y = peaks
    ranked = np.array(sorted(labels))
    clf = small(kind).fit(X, ranked[y])
    assert_array_equal(clf.classes_, ranked)
    assert_array_equal(clf.predict(X), ranked[fitted.predict(X)])


def test_object_labels_and_booleans(kind):
    X, y = make_peaks(20, 2)
    for labels in (np.array(["no", "yes"], dtype=object)[y], y.astype(bool)):
        clf = small(kind, max_iter=2).fit(X, labels)
        assert set(clf.predict(X)) <= set(labels)


def test_standardize_makes_units_irrelevant(kind, peaks, fitted):
    X, y = peaks
    units = np.array([1e4, 1.0, 1e-4])
    scaled = [sequence * units + 7.0 * units for sequence in X]
    assert_allclose(
        small(kind).fit(scaled, y).decision_function(scaled),
        fitted.decision_function(X),
        atol=0.05,
    )
    assert small(kind, standardize=False, max_iter=2).fit(X, y).scaler_ is None


def test_constant_feature_is_harmless(kind, peaks):
    X, y = peaks
    with_constant = [np.column_stack([sequence, np.full(len(sequence), 4.0)]) for sequence in X]
    assert small(kind, max_iter=40).fit(with_constant, y).score(with_constant, y) > 0.9


def test_class_weight_moves_the_decision(kind):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [90, 10])
    X = rng.normal(size=(100, 4, 1)) + 0.5 * y[:, None, None]
    rate = {
        name: np.mean(small(kind, class_weight=weight).fit(X, y).predict(X))
        for name, weight in {
            "none": None,
            "ones": {0: 1.0, 1: 1.0},
            "balanced": "balanced",
            "extreme": {0: 1e-3, 1: 1.0},
        }.items()
    }
    assert rate["none"] == rate["ones"]
    assert rate["none"] < rate["balanced"] < rate["extreme"]


def test_labels_that_are_refused(kind, peaks):
    X, y = peaks
    with pytest.raises(ValueError, match="one class only"):
        small(kind).fit(X, np.zeros(60))
    with pytest.raises(ValueError, match="two samples of every class"):
        small(kind).fit(X, np.where(np.arange(60) == 0, 7, y))
