from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.estimator.scaling import FrameScaling
from sklearn_dpads.inputs.sequences import check_sequences
from sklearn_dpads.program import Sequences, evaluate

PROGRAMS = [
    "SlideWindowAvg[5](Affine[x0](2*x0 - 1))",
    "Fold(Affine[all](0.5*x0 - x1 + 0.3*previous + 0.1), initial=0.7)",
    "SlideWindowAvg[all](Multiply(Affine[x0](x0 + 1), Add(Affine[x1](x1), Constant(2))))",
    """if Fold(Affine[x1](x1 + 0.5*previous - 0.1)) >= 0: SlideWindowAvg[5](Affine[x0](x0))
    else: Fold((if Affine[x0](x0 + previous) >= 0: Affine[x1](x1) else: Constant(-1)))""",
]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    frames = [
        rng.normal(size=(length, 2)) * [50.0, 0.01] + [1e3, -4.0] for length in (3, 7, 5, 1, 6)
    ]
    return check_sequences(frames, estimator_name="test")


def test_scaled_frames(data):
    scaling = FrameScaling.fit(data)
    scaled = scaling.sequences(data)
    valid = scaled.frames[data.mask()]
    assert_allclose(valid.mean(axis=0), 0.0, atol=1e-10)
    assert_allclose(valid.std(axis=0), 1.0)
    assert_array_equal(scaled.frames[~data.mask()], 0.0)


def test_padding_does_not_matter(data):
    padded = np.full((5, 20, 2), np.nan)
    padded[:, :7] = np.where(data.mask()[:, :, None], data.frames, np.nan)
    scaling = FrameScaling.fit(check_sequences(padded, estimator_name="test"))
    assert_allclose(scaling.mean, FrameScaling.fit(data).mean)
    assert_allclose(scaling.scale, FrameScaling.fit(data).scale)


def test_constant_feature_has_scale_one():
    frames = np.random.default_rng(0).normal(size=(4, 5, 2))
    frames[:, :, 1] = 1e6 / 3
    scaling = FrameScaling.fit(check_sequences(frames, estimator_name="test"))
    assert scaling.scale[1] == 1.0


def test_rounding_is_no_spread_between_quartiles():
    frames = np.random.default_rng(0).normal(size=(50, 10, 2))
    frames[:, :, 1] = np.where(frames[:, :, 0] < 0, 0.3, 0.1 + 0.2)
    assert np.ptp(frames[:, :, 1]) > 0
    scaling = FrameScaling.fit(check_sequences(frames, estimator_name="test"), "robust")
    assert scaling.scale[1] == 1.0


@pytest.mark.parametrize("text", PROGRAMS)
def test_scaling_is_folded_back_exactly(data, text):
    expression = Program.parse(text, Grammar.paper(2)).expression
    scaling = FrameScaling.fit(data)
    scaled = evaluate(expression, scaling.sequences(data))
    raw = evaluate(scaling.to_raw(expression), Sequences(data.frames, data.lengths))
    assert_allclose(raw, scaled, rtol=1e-9, atol=1e-9)
    there_and_back = scaling.to_scaled(scaling.to_raw(expression))
    assert_allclose(evaluate(there_and_back, scaling.sequences(data)), scaled, rtol=1e-9, atol=1e-9)


def test_identity_changes_nothing(data):
    expression = Program.parse(PROGRAMS[1], Grammar.paper(2)).expression
    scaling = FrameScaling.identity(2)
    assert_array_equal(scaling.sequences(data).frames, data.frames)
    same = scaling.to_raw(expression)
    for (_, a), (_, b) in zip(same.walk(), expression.walk(), strict=True):
        for name, value in a.params.items():
            assert_array_equal(value, b.params[name])


def test_values_without_a_variance_are_refused_by_name():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 6, 2)), np.arange(20) % 2
    X[y == 1, :, 0] += 3.0
    quick = {"max_depth": 2, "max_iter": 2, "max_refinements": 0, "random_state": 0}
    clf = DPadsClassifier(feature_names=["u", "v"], **quick).fit(1e140 * X, y)
    assert clf.score(1e140 * X, y) > 0.9
    X[3, 4, 1] = 1e200
    message = "X holds 1e[+]200 at sample 3, frame 4, feature 'v'; values beyond 1e[+]150"
    with pytest.raises(ValueError, match=message):
        DPadsClassifier(feature_names=["u", "v"], **quick).fit(X, y)
    with pytest.raises(ValueError, match=message):
        clf.refit(X, y)
    with pytest.raises(ValueError, match="frame 4, feature 1; values"):
        DPadsClassifier(**quick).fit(X, y)


def test_what_single_precision_cannot_hold_is_refused_unscaled():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 6, 2)), np.arange(20) % 2
    quick = {"max_depth": 2, "max_iter": 2, "max_refinements": 0, "random_state": 0}
    with pytest.raises(ValueError, match="beyond 1e[+]18 can't be trained on unscaled"):
        DPadsClassifier(standardize=False, **quick).fit(1e40 * X, y)
    assert DPadsClassifier(standardize=True, **quick).fit(1e40 * X, y).program_
