"""scikit-learn's own checks, on subclasses that read a 2D array as sequences of one frame.

All classifiers of programs have one ``fit``, and tests/classifier checks it for both forms of
labels. Here is what differs: one baseline of each kind of search, and of each form.
"""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dpads.baselines import (
    EnumerationFrameClassifier,
    NEARClassifier,
)
from sklearn_dpads.estimator import base as _estimator

from ..flat import ReadsFrames, ReadsRows
from .program_cases import Brief


@pytest.fixture(scope="module", autouse=True)
def brief():
    """Search the means of a few features alone, whatever number of them a check has."""
    choose = _estimator.choose_grammar

    def smaller(*given):
        return choose(*given).without("Fold", "MapPrefix", "ITE", "SlideWindowAvg[all,values]")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_estimator, "choose_grammar", smaller)
        yield


class FlatNEARClassifier(Brief, ReadsRows, NEARClassifier):
    pass


class FlatEnumerationFrameClassifier(Brief, ReadsFrames, EnumerationFrameClassifier):
    pass


def failures_expected(estimator):
    return {
        "check_sample_weight_equivalence_on_dense_data": (
            "repeated samples are drawn into the folds and the validation part one by one, so "
            "that a weight is no repetition; a weight of zero does leave a sample out"
        )
    }


NEAR = {"max_iter": 1, "max_depth": 2, "n_fit_steps": 15}
CENSUS = {"max_depth": 2, "n_fit_steps": 10}


@pytest.mark.filterwarnings("default")
@parametrize_with_checks(
    [FlatNEARClassifier(**NEAR), FlatEnumerationFrameClassifier(**CENSUS)],
    expected_failed_checks=failures_expected,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)
