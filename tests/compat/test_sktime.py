"""The adapter to sktime: sktime's own checks, and that it does what DPadsClassifier does."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("sktime", reason="sktime isn't installed: `make test-compat` tests with it")

from sktime.datatypes import convert_to
from sktime.transformations.series.exponent import ExponentTransformer
from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks

from sklearn_dpads import DPadsClassifier
from sklearn_dpads.compat import DPadsSktimeClassifier
from sklearn_dpads.datasets import to_channels_first

from .cases import cut, make_walks, small_settings

COLUMNS = ["speed", "turn"]


def as_frames(sequences):
    return [pd.DataFrame(sequence, columns=COLUMNS) for sequence in sequences]


def as_panel(sequences):
    """Give a data frame whose index has the sequence and the time."""
    return pd.concat(as_frames(sequences), keys=range(len(sequences)), names=["walk", "time"])


@pytest.fixture(scope="module")
def walks():
    return make_walks()


@pytest.fixture(scope="module")
def plain(walks):
    X, y = walks
    return DPadsClassifier(**small_settings()).fit(X, y)


@pytest.fixture(scope="module")
def fitted(walks):
    X, y = walks
    return DPadsSktimeClassifier(**small_settings()).fit(as_panel(X), y)


@pytest.mark.filterwarnings("default")
@parametrize_with_checks(DPadsSktimeClassifier, check_varname="check")
def test_sktime_checks(obj, check):
    results = check_estimator(obj, tests_to_run=check, raise_exceptions=True, verbose=False)
    assert set(results.values()) <= {"PASSED"}


def test_same_as_the_classifier(walks, plain, fitted):
    X, y = walks
    panel = as_panel(X)
    assert fitted.score(panel, y) > 0.9
    assert fitted.program_ is fitted.programs_[0].program
    assert str(fitted.program_) == str(plain.program_).replace("x0", "speed").replace("x1", "turn")
    assert_array_equal(fitted.classes_, plain.classes_)
    assert_array_equal(fitted.predict(panel), plain.predict(X))
    assert_array_equal(fitted.predict_proba(panel), plain.predict_proba(X))


def test_kinds_of_panels(walks, plain, fitted):
    X, y = walks
    channels_first = to_channels_first(X)
    nested = convert_to(as_panel(X), "nested_univ")
    expected = plain.predict_proba(X)
    assert_array_equal(fitted.predict_proba(channels_first), expected)
    assert_array_equal(fitted.predict_proba(as_frames(X)), expected)
    assert_array_equal(fitted.predict_proba(nested), expected)
    adapter = DPadsSktimeClassifier(**small_settings()).fit(channels_first, y)
    assert str(adapter.program_) == str(plain.program_)
    assert_array_equal(adapter.predict_proba(as_panel(X)), expected)


def test_unequal_lengths(walks):
    X, y = walks
    X = cut(X)
    adapter = DPadsSktimeClassifier(**small_settings()).fit(as_panel(X), y)
    classifier = DPadsClassifier(**small_settings()).fit(X, y)
    assert_array_equal(adapter.predict_proba(as_panel(X)), classifier.predict_proba(X))


def test_names(walks, fitted):
    X, y = walks
    assert "speed" in str(fitted.program_)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(as_panel(X).rename(columns={"speed": "pace"}))
    named = fitted.clone().set_params(feature_names=["u", "v"]).fit(as_panel(X), y)
    assert named.classifier_.feature_names_in_.tolist() == ["u", "v"]
    assert_array_equal(named.predict(as_panel(X)), fitted.predict(as_panel(X)))


def test_parameters_reach_the_classifier(walks, fitted):
    X, y = walks
    assert fitted.classifier_.get_params() == fitted.get_params() | {"warm_start": False}
    with pytest.raises(ValueError, match="max_depth"):
        fitted.clone().set_params(max_depth=0).fit(as_panel(X), y)


def test_missing_values_are_refused(walks, fitted):
    X, y = walks
    gap = as_panel(X)
    gap.iloc[7, 1] = np.nan
    with pytest.raises(ValueError, match="missing"):
        fitted.clone().fit(gap, y)


def test_pipeline(walks):
    X, y = walks
    pipeline = ExponentTransformer(1) * DPadsSktimeClassifier(**small_settings())
    assert pipeline.fit(as_panel(X), y).score(as_panel(X), y) > 0.9


def test_fitted_parameters_and_pickle(walks, fitted):
    X, _ = walks
    assert fitted.get_fitted_params()["program"] is fitted.program_
    again = pickle.loads(pickle.dumps(fitted))
    assert_allclose(again.predict_proba(as_panel(X)), fitted.predict_proba(as_panel(X)))
