"""Sequences whose labels are masked have none, wherever labels are read."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads import ProgramClassifier
from sklearn_dpads.baselines import RNNClassifier, SummaryClassifier
from sklearn_dpads.display import PartsDisplay
from sklearn_dpads.inspection import stability
from sklearn_dpads.search import SumsOfReaders

from ..classifier.cases import make_means

N = 24


@pytest.fixture(scope="module")
def data():
    X, y = make_means(N)
    unlabelled = np.arange(N) % 4 == 0
    return X, y, np.ma.masked_array(np.where(unlabelled, "garbage", y), unlabelled)


@pytest.fixture(scope="module")
def fitted(data):
    return make().fit(data[0], data[2])


def make():
    return ProgramClassifier(search=SumsOfReaders(), max_depth=2, random_state=0)


def test_masked_sequences_are_left_out_of_a_fit(fitted, data):
    X, y, masked = data
    given = ~masked.mask
    assert fitted.classes_.tolist() == ["a", "b"]
    assert fitted.program_.to_json() == make().fit(X[given], y[given]).program_.to_json()


@pytest.mark.parametrize("make_other", [SummaryClassifier, lambda: RNNClassifier(max_iter=2)])
def test_masked_sequences_are_left_out_of_other_fits(data, make_other):
    X, y, masked = data
    clf = make_other()
    if hasattr(clf, "random_state"):
        clf.set_params(random_state=0)
    given = ~masked.mask
    found = clf.fit(X, masked).predict_proba(X)
    assert clf.classes_.tolist() == ["a", "b"]
    assert_array_equal(found, clf.fit(X[given], y[given]).predict_proba(X))


def test_masked_sequences_do_not_count_in_scores(fitted, data):
    X, y, masked = data
    given = ~masked.mask
    weights = 1.0 + np.arange(N)
    assert fitted.score(X, masked) == fitted.score(X[given], y[given])
    found = fitted.score(X, masked, sample_weight=weights)
    assert found == fitted.score(X[given], y[given], sample_weight=weights[given])
    found = fitted.program_.knock_out(X, masked)
    assert found == fitted.program_.knock_out(X[given], y[given])


def test_weights_and_groups_beside_a_mask(data):
    X, y, masked = data
    given = ~masked.mask
    weights, groups = 1.0 + np.arange(N) % 3, np.arange(N) // 4
    found = make().fit(X, masked, sample_weight=weights, groups=groups)
    alone = make().fit(X[given], y[given], sample_weight=weights[given], groups=groups[given])
    assert found.program_.to_json() == alone.program_.to_json()


def test_masked_sequences_are_left_out_of_refits(fitted, data):
    X, y, masked = data
    given = ~masked.mask
    alone = fitted.refit(X[given], y[given])
    assert fitted.refit(X, masked).program_.to_json() == alone.program_.to_json()
    found = stability(fitted, X, masked, n_bootstraps=0, n_refits=3, random_state=0)
    assert len(found.numbers)


def test_masked_sequences_have_no_class_in_pictures(fitted, data, tmp_path):
    X, y, masked = data
    display = PartsDisplay.from_estimator(fitted, X, masked)
    assert (display.codes[masked.mask] == -1).all()
    whole = PartsDisplay.from_estimator(fitted, X, y)
    assert_array_equal(display.codes[~masked.mask], whole.codes[~masked.mask])
    page = fitted.program_.to_html(tmp_path / "page.html", X, masked).read_text()
    assert "garbage" not in page


@pytest.mark.parametrize("method", ["fit", "refit", "score"])
def test_labels_that_are_masked_throughout(fitted, data, method):
    with pytest.raises(ValueError, match="y has no label: every sequence is masked"):
        getattr(fitted, method)(data[0], np.ma.masked_all(N))


@pytest.mark.parametrize("name", ["groups", "sample_weight"])
def test_what_may_not_be_masked_beside_the_labels(data, name):
    X, y, _ = data
    values = np.ma.masked_array(np.arange(N) // 2 + 1.0, np.arange(N) == 5)
    with pytest.raises(ValueError, match=rf"{name} .* sequence 5[:;] "):
        make().fit(X, y, **{name: values})
    values.mask = False
    make().fit(X, y, **{name: values})
