"""The adapter to aeon: aeon's own checks, and that it does what DPadsClassifier does."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import cross_val_score

pytest.importorskip("aeon", reason="aeon isn't installed: `make test-compat` tests with it")

from aeon.pipeline import make_pipeline
from aeon.testing.estimator_checking import parametrize_with_checks
from aeon.transformations.collection import Normalizer

from sklearn_dpads import DPadsClassifier
from sklearn_dpads.compat import DPadsAeonClassifier
from sklearn_dpads.datasets import to_channels_first

from .cases import cut, make_walks, small_settings


@pytest.fixture(scope="module")
def walks():
    X, y = make_walks()
    return X, to_channels_first(X), y


@pytest.fixture(scope="module")
def fitted(walks):
    _, X, y = walks
    return DPadsAeonClassifier(**small_settings()).fit(X, y)


@pytest.mark.filterwarnings("default")
@parametrize_with_checks([DPadsAeonClassifier])
def test_aeon_checks(check):
    check()


def test_same_as_the_classifier(walks, fitted):
    X, channels_first, y = walks
    plain = DPadsClassifier(**small_settings()).fit(X, y)
    assert fitted.score(channels_first, y) > 0.9
    assert str(fitted.program_) == str(plain.program_)
    assert fitted.program_ is fitted.programs_[0].program
    assert_array_equal(fitted.classes_, plain.classes_)
    assert_array_equal(fitted.predict(channels_first), plain.predict(X))
    assert_array_equal(fitted.predict_proba(channels_first), plain.predict_proba(X))


def test_unequal_lengths(walks):
    X, _, y = walks
    X = cut(X)
    channels_first = to_channels_first(X)
    assert channels_first[0].shape == (2, 3)
    adapter = DPadsAeonClassifier(**small_settings()).fit(channels_first, y)
    plain = DPadsClassifier(**small_settings()).fit(X, y)
    assert str(adapter.program_) == str(plain.program_)
    assert_array_equal(adapter.predict_proba(channels_first), plain.predict_proba(X))


def test_one_channel_as_a_2d_array(walks):
    X, _, y = walks
    settings = small_settings() | {"grammar": None}
    adapter = DPadsAeonClassifier(**settings).fit(X[:, :, 0], y)
    plain = DPadsClassifier(**settings).fit(X[:, :, :1], y)
    assert str(adapter.program_) == str(plain.program_)
    assert_array_equal(adapter.predict(X[:, :, 0]), plain.predict(X[:, :, :1]))


def test_parameters_reach_the_classifier(walks, fitted):
    _, X, y = walks
    passed = fitted.classifier_.get_params()
    assert passed == fitted.get_params() | {"warm_start": False}
    named = fitted.clone().set_params(feature_names=["speed", "turn"], n_jobs=0).fit(X, y)
    assert "speed" in str(named.program_)
    assert named._n_jobs == named.classifier_.n_jobs == 1
    with pytest.raises(ValueError, match="max_depth"):
        fitted.clone().set_params(max_depth=0).fit(X, y)


def test_missing_values_and_other_channels_are_refused(walks, fitted):
    _, X, y = walks
    gap = X.copy()
    gap[3, 1, 2] = np.nan
    with pytest.raises(ValueError, match="missing values"):
        fitted.clone().fit(gap, y)
    with pytest.raises(ValueError, match="different number of channels"):
        fitted.predict(X[:, :1])


def test_works_with_aeon_and_scikit_learn(walks, fitted):
    X, channels_first, y = walks
    pipeline = make_pipeline(Normalizer(), DPadsAeonClassifier(**small_settings()))
    predicted = pipeline.fit(channels_first, y).predict(channels_first)
    assert_array_equal(np.unique(predicted), ["rest", "walk"])
    scores = cross_val_score(fitted.clone(), channels_first, y, cv=2)
    assert_array_equal(scores, cross_val_score(DPadsClassifier(**small_settings()), X, y, cv=2))


def test_pickle(walks, fitted):
    _, X, _ = walks
    again = pickle.loads(pickle.dumps(fitted))
    assert again.program_ is again.classifier_.program_
    assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
