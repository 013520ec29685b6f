"""Outliers are clipped to bounds around the median, and what is not far off stays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dpads.preprocessing import ClipOutliers, FrameTransformer


@parametrize_with_checks([ClipOutliers(n_iqr=1.0)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_clip_bounds():
    X = np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4000.0, 77.0]])
    clip = ClipOutliers(n_iqr=3).fit(X)
    assert_allclose(clip.lower_, [2.0 - 3 * 2.0, -np.inf])
    assert_allclose(clip.upper_, [2.0 + 3 * 2.0, np.inf])
    assert_array_equal(clip.transform(X)[:, 0], [0.0, 1.0, 2.0, 3.0, 8.0])
    assert_array_equal(clip.transform(X)[:, 1], X[:, 1])


def test_clip_with_other_quantiles():
    X = np.arange(11.0)[:, None]
    clip = ClipOutliers(n_iqr=0.25, quantile_range=(10, 90)).fit(X)
    assert_allclose([clip.lower_[0], clip.upper_[0]], [5.0 - 0.25 * 8.0, 5.0 + 0.25 * 8.0])


def test_clip_keeps_float32_and_names():
    frame = pd.DataFrame({"speed": [0.0, 1.0, 2.0, 900.0]}, dtype=np.float32)
    clip = ClipOutliers(n_iqr=0.5).set_output(transform="pandas").fit(frame)
    assert clip.transform(frame)["speed"].dtype == np.float32
    assert_array_equal(clip.get_feature_names_out(), ["speed"])


def test_one_outlier_hardly_moves_the_other_frames():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4, 50, 2))
    clean = FrameTransformer(make_pipeline(ClipOutliers(), StandardScaler())).fit(X)
    broken = X.copy()
    broken[1, 7, 0] = 4164.0
    robust = clone(clean).fit(broken)
    plain = FrameTransformer(StandardScaler()).fit(broken)
    rest = np.delete(np.arange(50), 7)
    difference = np.abs(robust.transform(broken) - clean.transform(X))[:, rest]
    assert difference.max() < 1.0
    assert np.abs(plain.transform(broken) - clean.transform(X))[:, rest].max() > 2.0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_iqr": 0}, "n_iqr must be a positive, finite number; got 0"),
        ({"n_iqr": "3"}, "n_iqr must be"),
        ({"n_iqr": np.inf}, "n_iqr must be"),
        ({"quantile_range": (75, 25)}, "quantile_range must be a pair"),
        ({"quantile_range": (25, 175)}, "quantile_range must be a pair"),
        ({"quantile_range": 25}, "quantile_range must be a pair"),
    ],
)
def test_clip_parameters_that_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        ClipOutliers(**parameters).fit(np.ones((3, 1)))
    with pytest.raises(ValueError, match="NaN"):
        ClipOutliers().fit([[np.nan], [1.0]])


@pytest.mark.parametrize(
    "make", [np.asarray, list, lambda X: [X[0], X[1][:2]], lambda X: X.tolist()]
)
def test_sequences_are_for_frame_transformers(make):
    X = make(np.arange(24.0).reshape(2, 4, 3))
    message = r"X holds sequences. Wrap it: FrameTransformer\(ClipOutliers\(n_iqr=2\)\) takes them"
    with pytest.raises(ValueError, match=message):
        ClipOutliers(n_iqr=2).fit(X)
    with pytest.raises(ValueError, match=message):
        ClipOutliers(n_iqr=2).fit(np.ones((4, 3))).transform(X)
    FrameTransformer(ClipOutliers(n_iqr=2)).fit(X)
