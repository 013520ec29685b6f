"""scikit-learn's own checks, on subclasses that read a 2D array as sequences of one frame."""

from __future__ import annotations

import pytest
from sklearn.utils import column_or_1d
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_dpads.baselines import (
    CNNClassifier,
    CNNFrameClassifier,
    RNNClassifier,
    RNNFrameClassifier,
)


class FlatMixin:
    """Reads each row of a 2D array as a sequence of a single frame."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(validate_data(self, X)[:, None, :], y, sample_weight)

    def _read(self, X):
        check_is_fitted(self)
        return super()._read(validate_data(self, X, reset=False)[:, None, :])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = True, False
        return tags


class FlatFramesMixin(FlatMixin):
    """Reads and gives the label of each single frame as that of its row."""

    def fit(self, X, y, sample_weight=None):
        labels = None if y is None else column_or_1d(y, warn=True)[:, None]
        return super().fit(X, labels, sample_weight)

    def predict(self, X):
        return super().predict(X)[:, 0]

    def predict_proba(self, X):
        return super().predict_proba(X)[:, 0]

    def decision_function(self, X):
        return super().decision_function(X)[:, 0]


class FlatRNNClassifier(FlatMixin, RNNClassifier):
    pass


class FlatCNNClassifier(FlatMixin, CNNClassifier):
    pass


class FlatRNNFrameClassifier(FlatFramesMixin, RNNFrameClassifier):
    pass


class FlatCNNFrameClassifier(FlatFramesMixin, CNNFrameClassifier):
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
        FlatRNNFrameClassifier(**TRAINING, **RECURRENT),
        FlatCNNClassifier(**TRAINING, **CONVOLUTIONAL),
        FlatCNNFrameClassifier(**TRAINING, **CONVOLUTIONAL),
    ],
    expected_failed_checks=expected_to_fail,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)
