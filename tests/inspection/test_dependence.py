from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from sklearn_dpads import Grammar, Program
from sklearn_dpads.baselines import RNNFrameClassifier, SummaryClassifier
from sklearn_dpads.inspection import partial_dependence

from .cases import NAMES, fitted_frames, fitted_sums, frames, walks

GRAMMAR = Grammar.default(2, feature_names=["speed", "turn"])


@pytest.fixture(scope="module")
def once():
    """A fitted classifier for tests that change nothing."""
    return fitted_sums()


class OfProgram(BaseEstimator):
    """A program as a fitted classifier of two classes."""

    classes_ = np.array(["rest", "walk"])
    feature_names_in_ = np.array(["speed", "turn"])
    n_features_in_ = 2

    def __init__(self, text):
        self.program = Program.parse(text, GRAMMAR, feature_names=["speed", "turn"])

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y):
        return self

    def decision_function(self, X):
        return self.program(X)[:, 0]


def some(n_samples=12):
    return np.random.default_rng(0).normal(size=(n_samples, 9, 2))


def test_of_a_linear_program_it_is_a_line_with_its_weight_as_slope():
    model = OfProgram("SlideWindowAvg[all](Affine[all](3*speed - 2*turn + 1))")
    found = partial_dependence(model, some(), ["turn", "speed"])
    assert found.names == ["turn", "speed"]
    assert found.outputs == ["walk"]
    for grid, average, slope in zip(found.grids, found.average, (-2.0, 3.0), strict=True):
        assert_allclose(np.diff(average[:, 0]) / np.diff(grid), slope)


def test_a_program_of_the_deviation_sees_shifts_as_nothing_and_a_set_value_as_no_deviation():
    model = OfProgram("SlideWindowStd[all](Affine[all](speed))")
    X = some()
    shifted = partial_dependence(model, X, [0], how="shift")
    assert_allclose(shifted.individual[0][..., 0], np.repeat(model.program(X), 20, axis=1))
    assert_allclose(partial_dependence(model, X, [0]).average[0], 0.0, atol=1e-6)


def test_only_the_span_is_changed():
    model = OfProgram("SlideWindowAvg[1/3](Affine[all](speed))")
    X = some()
    first, last = (partial_dependence(model, X, [0], span=span) for span in ("1/3", 6))
    assert_allclose(first.average[0][:, 0], first.grids[0])
    assert np.ptp(last.average[0]) == 0.0
    inside = X[:, :3, 0]
    assert_allclose(first.grids[0][[0, -1]], np.quantile(inside, [0.05, 0.95]))
    assert (first.span, last.span) == ("1/3", "6")


def test_shifts_are_around_the_mean():
    model = OfProgram("SlideWindowAvg[all](Affine[all](speed))")
    X = some() + 100.0
    found = partial_dependence(model, X, [0], how="shift", grid_resolution=5)
    assert found.grids[0][0] < 0 < found.grids[0][-1]
    assert_allclose(found.individual[0][..., 0], model.program(X) + found.grids[0])


def test_few_values_are_taken_as_they_are():
    X = some()
    X[..., 1] = np.arange(9) % 3
    model = OfProgram("SlideWindowAvg[all](Affine[all](turn))")
    assert_array_equal(partial_dependence(model, X, ["turn"]).grids[0], [0, 1, 2])


def test_probabilities_are_those_of_the_classifier_and_its_positive_class():
    clf, X, _ = fitted_sums(pos_label="rest")
    found = partial_dependence(clf, X, ["speed"], grid_resolution=4)
    assert found.response == "predict_proba"
    assert found.outputs[found.positive] == "rest"
    assert_allclose(found.average[0].sum(axis=1), 1.0)
    X[..., NAMES.index("speed")] = found.grids[0][2]
    assert_allclose(found.individual[0][:, 2], clf.predict_proba(X))


def test_frames_have_their_mean_over_the_span():
    clf, X, _ = fitted_frames()
    found = partial_dependence(clf, X, [0], span="2/2", grid_resolution=3)
    assert found.individual[0].shape == (len(X), 3, 3)
    changed = [x.copy() for x in X]
    for x in changed:
        x[len(x) // 2 :, 0] = found.grids[0][1]
    proba = clf.predict_proba(changed)
    means = [p[len(x) // 2 : len(x)].mean(axis=0) for p, x in zip(proba, X, strict=True)]
    assert_allclose(found.individual[0][:, 1], means)


def test_networks_and_summaries_are_asked_as_programs_are():
    X, y = frames()
    net = RNNFrameClassifier(max_iter=2, random_state=0).fit(X, y)
    assert partial_dependence(net, X, [0], grid_resolution=2).average[0].shape == (2, 3)
    X, y = walks()
    summary = SummaryClassifier().fit(X, y)
    found = partial_dependence(summary, X, [0], how="shift")
    assert (np.diff(found.average[0][:, found.positive]) > 0).all()


def test_it_becomes_a_table(once):
    clf, X, _ = once
    table = partial_dependence(clf, X, ["turn", "speed"], grid_resolution=3).to_frame()
    assert list(table.columns) == ["name", "value", "output", "average"]
    assert len(table) == 12


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"features": "speed"}, TypeError, "features must be"),
        ({"features": []}, TypeError, "at least one"),
        ({"features": ["colour"]}, ValueError, "colour"),
        ({"how": "add"}, ValueError, "'set' or 'shift'"),
        ({"span": "half"}, ValueError, "half"),
        ({"grid_resolution": 1}, ValueError, "at least 2"),
        ({"grid_resolution": 2.0}, TypeError, "integer"),
        ({"percentiles": (0.9, 0.1)}, ValueError, "the first is less"),
        ({"percentiles": 0.1}, ValueError, "two shares"),
        ({"response": "predict"}, ValueError, "predict_proba"),
    ],
)
def test_what_is_not_allowed_is_refused(changes, error, text, once):
    clf, X, _ = once
    with pytest.raises(error, match=text):
        partial_dependence(clf, X, **{"features": ["speed"]} | changes)


def test_a_model_without_the_response_is_refused():
    model = OfProgram("SlideWindowAvg[all](Affine[all](speed))")
    with pytest.raises(TypeError, match="no predict_proba"):
        partial_dependence(model, some(), [0], response="predict_proba")
