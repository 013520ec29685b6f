"""Labels of any type are numbered in sorted order; what can't be learned is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads._labels import check_class_labels


def check(y, n_samples=None):
    return check_class_labels(
        y, n_samples=len(y) if n_samples is None else n_samples, estimator_name="SomeClassifier"
    )


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "a", "b"],
        np.array(["b", "a", "a", "b"], dtype=object),
        pd.Series(["b", "a", "a", "b"]),
        [1, -1, -1, 1],
        [2.0, 0.0, 0.0, 2.0],
        [True, False, False, True],
    ],
)
def test_codes_index_the_sorted_classes(y):
    classes, codes = check(y)
    assert_array_equal(codes, [1, 0, 0, 1])
    assert_array_equal(classes[codes], np.asarray(y))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0.5, 1.2, 0.3], "Unknown label type: continuous"),
        ([0.0, np.nan, 1.0], "contains NaN"),
        ([1, 1, 1], "at least two classes.*one class only: .*1"),
        (["a", "b", "b"], r"at least two samples of every class.*\['a'\]"),
        ([[0, 1], [1, 0]], "1d array"),
    ],
)
def test_labels_that_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        check(y)


def test_length_must_match():
    with pytest.raises(ValueError, match="X holds 5 sequences, y 4 labels"):
        check([0, 1, 0, 1], n_samples=5)


def test_missing_labels():
    with pytest.raises(ValueError, match="requires y to be passed"):
        check(None, n_samples=3)
