"""scikit-learn's own checks, on a subclass that reads a 2D array."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_dpads import DPadsClassifier

from .classifier_cases import short_training


class FlatDPadsClassifier(DPadsClassifier):
    """Reads a 2D array as sequences of a single frame."""

    def fit(self, X, y):
        super().fit(validate_data(self, X)[:, None, :], y)
        validate_data(self, X, skip_check_array=True)
        return self

    def _values(self, X, program):
        check_is_fitted(self)
        return super()._values(validate_data(self, X, reset=False)[:, None, :], program)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = True, False
        return tags


@pytest.fixture(autouse=True)
def short():
    with short_training():
        yield


@pytest.mark.filterwarnings("default")
@parametrize_with_checks([FlatDPadsClassifier(max_depth=2, max_iter=3, max_refinements=0)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)
