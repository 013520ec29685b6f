"""scikit-learn's own checks, on subclasses that read a 2D array as sequences of one frame.

Both networks have one ``fit``: one of them stands for each form of labels.
"""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dpads.baselines import (
    CNNFrameClassifier,
    RNNClassifier,
)

from ..flat import ReadsFrames, ReadsRows


class FlatRNNClassifier(ReadsRows, RNNClassifier):
    pass


class FlatCNNFrameClassifier(ReadsFrames, CNNFrameClassifier):
    pass


TRAINING = {"max_iter": 6, "learning_rate": 0.1, "batch_size": 64}
RECURRENT = {"hidden_size": 4}
CONVOLUTIONAL = {"n_filters": 8, "num_layers": 1, "kernel_size": 1, "dropout": 0.0}


def expected_to_fail(estimator):
    return {
        "check_sample_weight_equivalence_on_dense_data": (
            "copies of a sequence may be parted by the validation split, and batches are drawn "
            "at random, so that a weight is no repetition"
        )
    }


@pytest.mark.filterwarnings("default")
@parametrize_with_checks(
    [
        FlatRNNClassifier(**TRAINING, **RECURRENT),
        FlatCNNFrameClassifier(**TRAINING, **CONVOLUTIONAL),
    ],
    expected_failed_checks=expected_to_fail,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)
