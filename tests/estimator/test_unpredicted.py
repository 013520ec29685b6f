"""A class that the program never predicts is told of, with what to try."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from sklearn_dpads import DPadsClassifier, DPadsFrameClassifier

QUICK = {"max_depth": 2, "max_iter": 3, "max_refinements": 0, "random_state": 0}


def three_classes(per_frame=False):
    """The third class is rare, and nothing tells it from the first."""
    rng = np.random.default_rng(0)
    y = rng.choice(["none", "mount", "aggression"], p=[0.5, 0.45, 0.05], size=(60, 8))
    if not per_frame:
        y = np.repeat(["none", "mount", "aggression"], [30, 28, 2])
    X = rng.normal(size=(60, 8, 2))
    X[..., 0] += 4.0 * (y == "mount") if per_frame else 4.0 * (y == "mount")[:, None]
    return X, y


@pytest.mark.parametrize("kind", [DPadsClassifier, DPadsFrameClassifier])
def test_a_class_that_is_never_predicted_is_named(kind):
    X, y = three_classes(kind is DPadsFrameClassifier)
    n = int((y == "aggression").sum())
    unit = "sequences" if y.ndim == 1 else "frames"
    with pytest.warns(
        UserWarning, match=rf"never predicts 'aggression' \(0 of {n} {unit}\)"
    ) as told:
        clf = kind(**QUICK).fit(X, y)
    assert "aggression" not in clf.predict(X)
    # The line of the user is named.
    assert told[0].filename == __file__


def test_nothing_is_said_where_every_class_is_predicted():
    X, y = three_classes()
    X[..., 1] += 6.0 * (y == "aggression")[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf = DPadsClassifier(**QUICK).fit(X, y)
    assert set(clf.predict(X)) == set(y)
