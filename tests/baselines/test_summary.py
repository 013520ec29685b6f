"""Classifiers of rows on summaries of sequences."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dpads.baselines import SummaryClassifier, SummaryFrameClassifier

from ..flat import ReadsRows


class FlatSummaryClassifier(ReadsRows, SummaryClassifier):
    pass


def expected_to_fail(estimator):
    return {
        "check_sample_weight_equivalence_on_dense_data": (
            "columns are scaled without weights, and the ridge goes with what they sum to"
        )
    }


@pytest.mark.filterwarnings("default")
@parametrize_with_checks(
    [FlatSummaryClassifier()],
    expected_failed_checks=expected_to_fail,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_the_columns_are_mean_deviation_first_and_last():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 2)) for n in (4, 7, 1, 9) * 5]
    y = ["a" if x[-1, 0] > 0 else "b" for x in X]
    clf = SummaryClassifier(LogisticRegression()).fit(X, y)
    table = np.array([np.r_[x.mean(0), x.std(0), x[0], x[-1]] for x in X])
    reference = LogisticRegression().fit(table, y)
    assert_allclose(clf.predict_proba(X), reference.predict_proba(table))
    assert_array_equal(clf.predict(X), reference.predict(table))
    padded = np.full((20, 9, 2), np.nan)
    for row, x in zip(padded, X, strict=True):
        row[: len(x)] = x
    assert_allclose(clf.predict_proba(padded), clf.predict_proba(X))


def test_frames_know_what_came_before_and_nothing_else():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 12, 2)).cumsum(axis=1)
    y = np.where(X[..., 0] > X[..., 0].cumsum(1) / np.arange(1, 13), "above", "below")
    clf = SummaryFrameClassifier(HistGradientBoostingClassifier(random_state=0)).fit(X, y)
    assert clf.score(X, y) > 0.9
    assert_array_equal(clf.predict(X[:, :5]), clf.predict(X)[:, :5])
    ragged = [x[:n] for x, n in zip(X, [3, 12] * 20, strict=True)]
    assert np.isnan(clf.predict_proba(ragged)[0, 3:]).all()
    weights = np.where(y == "above", 2.0, 0.0)
    with pytest.raises(ValueError, match="class"):
        clone(clf).fit(X, y, weights)


def test_weights_reach_the_inner_classifier():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5, 1))
    y = (X[:, -1, 0] + rng.normal(size=60) > 0).astype(int)
    heavy = SummaryClassifier().fit(X, y, np.where(y == 1, 20.0, 1.0))
    assert heavy.predict(X).mean() > SummaryClassifier().fit(X, y).predict(X).mean()
