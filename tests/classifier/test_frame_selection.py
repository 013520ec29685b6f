"""Cross-validation, pipelines and searches over parameters, with one label per frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import f1_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_predict,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dpads.metrics import frame_f1_scorer
from sklearn_dpads.preprocessing import FrameTransformer

from .contract import (
    FORMS,
    FRAMES,
    pad,
    same_fit,
)


@pytest.fixture(scope="module")
def ragged():
    return FRAMES.cut(*FRAMES.data())


@pytest.fixture(scope="module")
def scores(ragged):
    """F1 in two folds, by hand."""
    X, y = ragged
    scores = []
    for train, test in KFold(2).split(X):
        clf = FRAMES.small().fit([X[i] for i in train], [y[i] for i in train])
        predicted = clf.predict([X[i] for i in test])
        flat = [predicted[k, : len(y[i])] for k, i in enumerate(test)]
        scores.append(f1_score(np.concatenate([y[i] for i in test]), np.concatenate(flat)))
    return scores


def test_cross_validation_by_hand(ragged, scores):
    X, y = ragged
    assert min(scores) > 0.7
    assert_allclose(cross_val_score(FRAMES.small(), X, y, cv=2, scoring=frame_f1_scorer), scores)


def with_classes(*classes):
    return lambda y: [np.array(classes)[row] for row in y]


def as_masked(y):
    """One array, in which the frames past the ends are masked."""
    labels = pad([row[:, None].astype(float) for row in y], 6)[:, :, 0]
    return np.ma.masked_array(np.nan_to_num(labels).astype(int), np.isnan(labels))


@pytest.mark.parametrize(
    "labels",
    [
        with_classes("rest", "walk"),
        with_classes(False, True),
        with_classes(-1, 1),
        with_classes(3.0, 4.0),
        as_masked,
        lambda y: as_masked(y).filled(-1),
    ],
    ids=["str", "bool", "-1 and 1", "float", "masked", "padded with -1"],
)
def test_cross_validation_of_any_labels(ragged, scores, labels):
    X, y = ragged
    found = cross_val_score(FRAMES.small(), X, labels(y), cv=2, scoring=frame_f1_scorer)
    assert_allclose(found, scores)


def test_cross_validation_of_a_padded_array(ragged, scores):
    X, y = ragged
    found = cross_val_score(
        FRAMES.small(), pad(X, 6), as_masked(y).filled(1), cv=2, scoring=frame_f1_scorer
    )
    assert_allclose(found, scores)


def test_cross_validation_needs_no_scorer(ragged):
    X, y = ragged
    found = cross_val_score(FRAMES.small(), X, y, cv=2)
    half = FRAMES.small().fit(X[10:], y[10:])
    assert found[0] == half.score(X[:10], y[:10])


def test_predictions_of_cross_validation(ragged):
    X, y = ragged
    predicted = cross_val_predict(FRAMES.small(), X, y, cv=KFold(2))
    assert predicted.shape == (20, 6)
    half = FRAMES.small().fit(X[10:], y[10:])
    assert_array_equal(predicted[:10], half.predict(X)[:10])


def test_split_of_lists(ragged):
    X, y = ragged
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    assert FRAMES.small().fit(X_train, y_train).score(X_test, y_test) > 0.7


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_search_over_a_pipeline(form):
    X, y = form.cut(*form.data())
    scoring = frame_f1_scorer if form.per_frame else "f1"
    pipeline = make_pipeline(FrameTransformer(StandardScaler()), form.small())
    step = form.estimator.__name__.lower()
    grid = {
        f"{step}__grammar": [form.grammar, form.grammar.without("Affine[both]")],
        f"{step}__search__N": [1, 2],
        "frametransformer__transformer__with_mean": [True],
    }
    search = GridSearchCV(pipeline, grid, cv=2, scoring=scoring).fit(X, y)
    assert search.best_score_ > 0.8
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    scaled = FrameTransformer(StandardScaler()).fit_transform(X)
    best = form.small(
        N=search.best_params_[f"{step}__search__N"], grammar=search.best_params_[f"{step}__grammar"]
    ).fit(scaled, y)
    assert same_fit(search.best_estimator_[-1], best)
    assert_array_equal(search.predict(X), best.predict(scaled))
    assert search.classes_.tolist() == [0, 1]


def test_scores_of_a_search_are_those_of_cross_validation(ragged, scores):
    X, y = ragged
    search = GridSearchCV(FRAMES.small(), {"search__N": [2]}, cv=2, scoring=frame_f1_scorer).fit(
        X, y
    )
    assert_allclose(search.cv_results_["mean_test_score"], np.mean(scores))


def test_names_of_columns_survive_a_search(ragged):
    X, y = ragged
    frames = [pd.DataFrame(sequence, columns=["speed", "turn"]) for sequence in X]
    search = GridSearchCV(FRAMES.small(), {"search__N": [1, 2]}, cv=2).fit(frames, y)
    assert search.best_estimator_.feature_names_in_.tolist() == ["speed", "turn"]
    assert "speed" in str(search.best_estimator_.program_)
