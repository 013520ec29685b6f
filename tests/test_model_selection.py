"""Every frame is predicted by a model that hasn't seen its sequence."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline

from sklearn_dpads.baselines import SummaryFrameClassifier
from sklearn_dpads.model_selection import cross_val_predict_frames
from sklearn_dpads.preprocessing import FrameTransformer

METHODS = ("predict", "predict_proba", "predict_log_proba")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(length, 2)) for length in rng.integers(8, 20, size=12)]
    return X, [np.where(x[:, 0] > 0.3, "run", "rest") for x in X]


def pad(rows, fill):
    padded = np.full((len(rows), 25, *rows[0].shape[1:]), fill, dtype=rows[0].dtype)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded


@pytest.mark.parametrize("method", METHODS)
def test_sequences_of_unequal_length(data, method):
    X, y = data
    model = SummaryFrameClassifier()
    predicted = cross_val_predict_frames(model, X, y, cv=KFold(3), method=method)
    assert not hasattr(model, "classes_")
    for train, test in KFold(3).split(X):
        fitted = SummaryFrameClassifier().fit([X[i] for i in train], [y[i] for i in train])
        values = getattr(fitted, method)([X[i] for i in test])
        for i, value in zip(test, values, strict=True):
            assert_array_equal(predicted[i], value[: len(X[i])])
    padded = cross_val_predict_frames(model, pad(X, np.nan), pad(y, ""), cv=3, method=method)
    for one, other in zip(predicted, padded, strict=True):
        assert_array_equal(one, other)


def test_groups_stay_together(data):
    X, y = data
    groups = np.arange(12) % 4
    predicted = cross_val_predict_frames(
        SummaryFrameClassifier(), X, y, cv=GroupKFold(4), groups=groups
    )
    apart = [i for i in range(12) if groups[i] != 1]
    fitted = SummaryFrameClassifier().fit([X[i] for i in apart], [y[i] for i in apart])
    assert_array_equal(predicted[1], fitted.predict(X[1:2])[0])


@pytest.mark.parametrize("n_groups", [2, 3])
def test_estimators_are_told_of_groups_that_they_can_divide(data, n_groups, monkeypatch):
    X, y = data
    told = []
    fit = SummaryFrameClassifier.fit

    def with_groups(self, X, y, groups=None):
        told.append(groups)
        return fit(self, X, y)

    groups = [f"animal {k % n_groups}" for k in range(12)]
    splits = GroupKFold(n_groups)
    cross_val_predict_frames(SummaryFrameClassifier(), X, y, groups=groups, cv=splits)
    monkeypatch.setattr(SummaryFrameClassifier, "fit", with_groups)
    cross_val_predict_frames(SummaryFrameClassifier(), X, y, groups=groups, cv=splits)
    cross_val_predict_frames(SummaryFrameClassifier(), X, y, cv=2)
    if n_groups == 2:
        # Of a single one nothing can be held out.
        assert told == [None] * 4
    else:
        trained_on = [[groups[i] for i in train] for train, _ in splits.split(X, groups=groups)]
        assert told == [*trained_on, None, None]


def test_folds_may_be_lists_and_masks(data):
    X, y = data
    splits = list(KFold(3).split(X))
    wanted = cross_val_predict_frames(SummaryFrameClassifier(), X, y, cv=splits)
    lists = [(train.tolist(), test.tolist()) for train, test in splits]
    masks = [tuple(np.isin(np.arange(len(X)), part) for part in parts) for parts in splits]
    for cv in (lists, masks, iter(lists)):
        found = cross_val_predict_frames(SummaryFrameClassifier(), X, y, cv=cv)
        for labels, same in zip(found, wanted, strict=True):
            assert_array_equal(labels, same)


def test_folds_that_are_refused(data):
    X, y = data
    with pytest.raises(ValueError, match="must be held out once, but sequence . is"):
        cross_val_predict_frames(SummaryFrameClassifier(), X, y, cv=ShuffleSplit(3))
    other = [np.where(x[:, 1] > 0, "hop", labels) for x, labels in zip(X, y, strict=True)]
    mixed = [*other[:4], *y[4:]]
    with pytest.raises(ValueError, match="The folds know different classes"):
        cross_val_predict_frames(
            SummaryFrameClassifier(), X, mixed, cv=KFold(3), method="predict_proba"
        )
    predicted = cross_val_predict_frames(SummaryFrameClassifier(), X, mixed, cv=KFold(3))
    assert [len(labels) for labels in predicted] == [len(x) for x in X]


def test_masked_labels_and_gaps(data):
    X = pad(data[0], np.nan)[:, :8].copy()
    y = np.ma.masked_array(pad(data[1], "")[:, :8], np.zeros((12, 8), dtype=bool))
    y[:, 3] = np.ma.masked
    X[2, 4, 1] = np.nan
    model = make_pipeline(FrameTransformer(SimpleImputer()), SummaryFrameClassifier())
    predicted = cross_val_predict_frames(model, X, y, cv=3)
    assert np.mean(np.array(predicted)[~y.mask] == y.compressed()) > 0.8
