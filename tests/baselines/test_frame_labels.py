"""Networks with one label per frame learn, see what they may see, and leave padding out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads.baselines import CNNFrameClassifier, RNNFrameClassifier
from sklearn_dpads.metrics import frame_accuracy_score, frame_accuracy_scorer

from .net_cases import (
    FRAME_CLASSIFIERS,
    make_phases,
    pad,
    pad_codes,
    small,
)


@pytest.fixture(scope="module", params=FRAME_CLASSIFIERS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def phases():
    return make_phases(40, 3)


@pytest.fixture(scope="module")
def fitted(kind, phases):
    return small(kind).fit(*phases)


@pytest.mark.parametrize(("num_layers", "n_classes"), [(1, 2), (2, 3)])
def test_generalizes_on_sequences_of_unequal_length(kind, num_layers, n_classes):
    clf = small(kind, num_layers=num_layers, max_iter=60).fit(*make_phases(60, n_classes))
    assert clf.score(*make_phases(60, n_classes, seed=1)) >= 0.9


def test_lstm_remembers_what_lies_far_back():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 9, 1), scale=0.2)
    X[np.arange(60), rng.integers(0, 9, 60), 0] = 3.0
    y = (X[:, :, 0] > 2).cumsum(axis=1)  # 1 from the peak on
    assert small(RNNFrameClassifier, max_iter=60).fit(X, y).score(X, y) > 0.97


def test_lstm_looks_ahead_only_if_bidirectional():
    X = np.random.default_rng(0).normal(size=(60, 9, 1))
    y = (np.roll(X[:, :, 0], -1, axis=1) > 0).astype(int)
    y[:, -1] = -1  # each label tells of the next frame
    one_way, both_ways = (
        small(RNNFrameClassifier, max_iter=60, bidirectional=looks, unlabelled=-1).fit(X, y)
        for looks in (False, True)
    )
    assert one_way.score(X, y) < 0.7
    assert both_ways.score(X, y) > 0.95


def influence(clf, X, frame):
    """Tell at which frames an output depends on what a frame holds."""
    changed = X.copy()
    changed[:, frame] += 1.0
    before, after = clf.decision_function(X), clf.decision_function(changed)
    return np.flatnonzero(np.abs(after - before).reshape(len(X), X.shape[1], -1).max(axis=(0, 2)))


def test_which_frames_an_output_depends_on():
    X = np.random.default_rng(0).normal(size=(12, 11, 2))
    y = X.argmax(axis=2)
    lstm = small(RNNFrameClassifier, max_iter=2).fit(X, y)
    assert_array_equal(influence(lstm, X, 5), np.arange(5, 11))
    lstm = small(RNNFrameClassifier, max_iter=2, bidirectional=True).fit(X, y)
    assert_array_equal(influence(lstm, X, 5), np.arange(11))
    convolutions = small(CNNFrameClassifier, max_iter=2, n_filters=16).fit(X, y)
    assert_array_equal(influence(convolutions, X, 5), np.arange(3, 8))


def test_outputs_agree(fitted, phases):
    X, y = phases
    mask = pad_codes(y) >= 0
    proba = fitted.predict_proba(X)
    assert proba.shape == (40, 9, 3)
    assert_allclose(proba[mask].sum(axis=1), 1.0)
    scores = fitted.decision_function(X)
    odds = np.exp(scores[mask])
    assert_allclose(odds / odds.sum(axis=1, keepdims=True), proba[mask])
    assert_array_equal(fitted.predict(X)[mask], proba[mask].argmax(axis=1))
    for values in (proba, scores):
        assert np.isnan(values[~mask]).all()
    assert (fitted.predict(X)[~mask] == -1).all()


def test_binary_decision_is_the_log_odds(kind):
    X, y = make_phases(20, 2)
    clf = small(kind, max_iter=3).fit(X, y)
    scores, proba = clf.decision_function(X), clf.predict_proba(X)
    mask = pad_codes(y) >= 0
    assert scores.shape == mask.shape
    assert_allclose(scores[mask], np.log(proba[mask][:, 1] / proba[mask][:, 0]))
    assert_array_equal(clf.predict(X)[mask], scores[mask] > 0)
    assert np.isnan(scores[~mask]).all()


def test_layouts_give_the_same_model(kind, fitted, phases):
    X, y = phases
    expected = fitted.decision_function(X)
    masked = np.ma.masked_less(pad_codes(y, extra=2), 0)
    for X_given, y_given in (
        (X, pad_codes(y)),
        (pad(X, extra=2), pad_codes(y, extra=2, fill=7)),
        (pad(X, extra=2), masked),
        (pad(X), y),
    ):
        clf = small(kind).fit(X_given, y_given)
        assert_allclose(clf.decision_function(X), expected, atol=1e-5)


@pytest.mark.parametrize(
    "clf",
    [
        small(RNNFrameClassifier, max_iter=5),
        small(RNNFrameClassifier, max_iter=5, bidirectional=True, num_layers=2),
        small(CNNFrameClassifier, max_iter=5),
    ],
)
def test_prediction_does_not_depend_on_padding_or_company(clf, phases):
    X, y = phases
    clf.fit(X, y)
    expected = clf.decision_function(X)
    padded = clf.decision_function(pad(X, extra=5))
    assert padded.shape == (40, 14, 3)
    assert_allclose(padded[:, :9], expected, atol=1e-10)
    for sequence, scores in zip(X, expected, strict=True):
        alone = clf.decision_function([sequence])[0]
        assert_allclose(alone, scores[: len(sequence)], atol=1e-10)


def test_frames_without_a_label_do_not_count(kind, phases):
    X, y = phases
    hidden = pad_codes(y)
    hidden[:, 2] = -1
    expected = small(kind, max_iter=5, unlabelled=-1).fit(X, hidden)
    assert_array_equal(expected.classes_, [0, 1, 2])
    wrong = np.ma.masked_array(pad_codes(y), mask=hidden < 0)
    wrong[:, 2] = 0
    wrong[:, 2] = np.ma.masked
    clf = small(kind, max_iter=5).fit(X, wrong)
    assert_array_equal(clf.decision_function(X), expected.decision_function(X))


def test_sequences_without_a_label_are_left_out(kind, phases):
    X, y = phases
    unlabelled = [np.full(7, -1), *y]
    expected = small(kind, max_iter=3).fit(X, y).decision_function(X)
    frames = [np.full((7, 3), 50.0), *X]
    clf = small(kind, max_iter=3, unlabelled=-1).fit(frames, unlabelled)
    assert_array_equal(clf.decision_function(X), expected)


@pytest.mark.parametrize(
    ("labels", "padding"),
    [
        (["a", "b", "c"], ""),
        ([3, 5, 10], -1),
        ([0.0, 1.0, 2.0], np.nan),
        (np.array(["a", "b", "c"], dtype=object), None),
    ],
)
def test_any_label_type(kind, labels, padding, fitted, phases):
    X, y = phases
    labels = np.asarray(labels)
    clf = small(kind).fit(X, [labels[codes] for codes in y])
    assert_array_equal(clf.classes_, labels)
    codes = fitted.predict(X)
    expected = np.where(codes < 0, padding, labels[codes])
    assert_array_equal(clf.predict(X), expected.astype(labels.dtype))


def test_labels_minus_one_and_one(kind):
    X, y = make_phases(30, 2)
    signs = [2 * codes - 1 for codes in y]
    clf = small(kind, max_iter=40).fit(X, signs)
    assert_array_equal(clf.classes_, [-1, 1])
    assert clf.score(X, signs) > 0.9
    ones = [np.ones_like(row) for row in signs]
    assert clf.score(X, ones) == pytest.approx(np.mean(clf.predict(X)[pad_codes(y) >= 0] == 1))


def test_score_is_the_accuracy_over_frames_with_a_label(fitted, phases):
    X, y = phases
    codes = pad_codes(y)
    mask = codes >= 0
    correct = fitted.predict(X) == codes
    assert fitted.score(X, y) == correct[mask].mean()
    assert fitted.score(X, pad_codes(y, fill=0)) == correct[mask].mean()
    assert fitted.score(pad(X, extra=3), y) == correct[mask].mean()
    assert frame_accuracy_scorer(fitted, X, y) == fitted.score(X, y)
    assert frame_accuracy_score(y, fitted.predict(X)) == fitted.score(X, y)
    codes[:, 0] = -1
    assert fitted.score(X, codes) == correct[codes >= 0].mean()


def test_score_with_weights(fitted, phases):
    X, y = phases
    codes = pad_codes(y)
    mask = codes >= 0
    correct = fitted.predict(X) == codes
    per_sequence = np.arange(40.0)
    per_frame = np.where(mask, per_sequence[:, None], np.nan)
    expected = np.average(correct[mask], weights=per_frame[mask])
    assert fitted.score(X, y, sample_weight=per_sequence) == pytest.approx(expected)
    assert fitted.score(X, y, sample_weight=per_frame) == pytest.approx(expected)


def test_class_weight_moves_the_decision(kind):
    rng = np.random.default_rng(0)
    y = (rng.random((60, 6)) < 0.1).astype(int)
    X = rng.normal(size=(60, 6, 1)) + 0.5 * y[:, :, None]
    rate = {
        name: np.mean(small(kind, class_weight=weight).fit(X, y).predict(X))
        for name, weight in {
            "none": None,
            "balanced": "balanced",
            "extreme": {0: 1e-3, 1: 1.0},
        }.items()
    }
    assert rate["none"] < rate["balanced"] < rate["extreme"]


def test_labels_that_are_refused(kind, phases):
    X, y = phases
    name = kind.__name__
    with pytest.raises(ValueError, match=f"{name} takes one label per frame.*y is 1D"):
        small(kind).fit(X, np.arange(40) % 2)
    with pytest.raises(ValueError, match="one class only"):
        small(kind).fit(X, [np.zeros(len(codes), dtype=int) for codes in y])
    with pytest.raises(ValueError, match="40 sequences, y the labels of 39"):
        small(kind).fit(X, y[:-1])
    with pytest.raises(ValueError, match="two sequences"):
        small(kind).fit(X[:1], y[:1])
