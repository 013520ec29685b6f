"""Turn classifiers of sequences into classifiers of rows, for scikit-learn's own checks."""

from __future__ import annotations

from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data


class ReadsRows:
    """Takes the rows of a 2D array for sequences of a single frame."""

    def fit(self, X, y, sample_weight=None):
        super().fit(validate_data(self, X)[:, None, :], y, sample_weight)
        validate_data(self, X, skip_check_array=True)
        return self

    def _read(self, X):
        check_is_fitted(self)
        return super()._read(validate_data(self, X, reset=False)[:, None, :])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = True, False
        return tags


class ReadsFrames(ReadsRows):
    """Takes each label for that of the one frame of its row."""

    def fit(self, X, y, sample_weight=None):
        labels = y if y is None else column_or_1d(y, warn=True)[:, None]
        return super().fit(X, labels, sample_weight)

    def predict(self, X):
        return super().predict(X)[:, 0]

    def predict_proba(self, X):
        return super().predict_proba(X)[:, 0]

    def predict_log_proba(self, X):
        return super().predict_log_proba(X)[:, 0]

    def decision_function(self, X):
        return super().decision_function(X)[:, 0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output, tags.target_tags.single_output = False, True
        return tags
