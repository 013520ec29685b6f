"""Scorers of frames in scikit-learn's model selection."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn import clone, config_context, metrics
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_dpads.estimator.scoring import make_forest_scorer
from sklearn_dpads.inputs.labels import check_frame_labels
from sklearn_dpads.inputs.outputs import pad_labels
from sklearn_dpads.inputs.sequences import check_sequences
from sklearn_dpads.metrics import (
    frame_accuracy_score,
    frame_accuracy_scorer,
    frame_f1_score,
    frame_f1_scorer,
)
from sklearn_dpads.training import make_targets

SCORERS = [frame_f1_scorer, frame_accuracy_scorer]
LENGTHS = np.array([6, 4, 5, 6, 3, 5, 4, 6])


class Threshold(ClassifierMixin, BaseEstimator):
    """Gives the larger class where the first feature exceeds a threshold."""

    def __init__(self, threshold=0.0, unlabelled="auto"):
        self.threshold = threshold
        self.unlabelled = unlabelled

    def fit(self, X, y, sample_weight=None):
        data = check_sequences(X, estimator_name="Threshold")
        self.classes_, _ = check_frame_labels(
            y,
            lengths=data.lengths,
            n_timesteps=data.n_timesteps,
            estimator_name="Threshold",
            unlabelled=self.unlabelled,
        )
        self.weighted_ = sample_weight is not None
        return self

    def predict(self, X):
        data = check_sequences(X, estimator_name="Threshold")
        codes = np.where(data.frames[:, :, 0] > self.threshold, -1, 0)
        return pad_labels(self.classes_[codes], data.mask())


@pytest.fixture(scope="module")
def frames():
    """Sequences padded with NaN, and codes that the first feature tells with some errors."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(8, 6, 2))
    codes = (X[:, :, 0] + rng.normal(scale=0.7, size=(8, 6)) > 0).astype(int)
    X[np.arange(6) >= LENGTHS[:, None]] = np.nan
    return X, codes


def as_list(table):
    return [row[:length] for row, length in zip(table, LENGTHS, strict=True)]


def fold_scores(X, codes, plain, weights=None):
    """Scores of three folds, frame by frame."""
    scores = []
    for _, test in KFold(3).split(X):
        inside = np.arange(6) < LENGTHS[test, None]
        of_frames = None if weights is None else weights[test][inside]
        predicted = (X[test][inside][:, 0] > 0).astype(int)
        scores.append(plain(codes[test][inside], predicted, sample_weight=of_frames))
    return scores


def plain_score(scorer):
    return metrics.f1_score if scorer is frame_f1_scorer else metrics.accuracy_score


NAMES = np.array(["calm", "fight"])
LABELS = {
    "0 and 1": lambda codes: codes,
    "-1 and 1": lambda codes: 2 * codes - 1,
    "text": lambda codes: NAMES[codes],
    "objects": lambda codes: NAMES.astype(object)[codes],
    "bool": lambda codes: codes == 1,
    "floats": lambda codes: codes.astype(float),
}


@pytest.mark.parametrize("layout", ["padded", "list", "list of y alone"])
@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("scorer", SCORERS)
def test_cross_validation(scorer, kind, layout, frames):
    X, codes = frames
    y = LABELS[kind](codes)
    scores = cross_val_score(
        Threshold(),
        as_list(X) if layout == "list" else X,
        y if layout == "padded" else as_list(y),
        cv=KFold(3),
        scoring=scorer,
        error_score="raise",
    )
    assert_allclose(scores, fold_scores(X, codes, plain_score(scorer)))


@pytest.mark.parametrize("scorer", SCORERS)
def test_masked_frames_do_not_count(scorer, frames):
    X, codes = frames
    masked = np.random.default_rng(1).random(codes.shape) < 0.3
    y = np.ma.masked_array(NAMES[codes], mask=masked)
    scores = cross_val_score(Threshold(), X, y, cv=3, scoring=scorer, error_score="raise")
    expected = fold_scores(X, codes, plain_score(scorer), weights=1.0 - masked)
    assert_allclose(scores, expected)
    minus = np.where(masked, -1, codes)
    model = Threshold(unlabelled=-1)
    again = cross_val_score(model, as_list(X), minus, cv=KFold(3), scoring=scorer)
    assert_allclose(again, expected)


@pytest.mark.parametrize("scorer", SCORERS)
@pytest.mark.parametrize("wrapped", [lambda m: m, make_pipeline, lambda m: GridSearchCV(m, {})])
def test_scorers_ask_the_classifier_what_has_no_label(scorer, wrapped, frames):
    X, codes = frames
    hidden = np.random.default_rng(1).random(codes.shape) < 0.3
    y = np.where(hidden, "?", NAMES[codes])
    model = wrapped(Threshold(unlabelled="?"))
    if isinstance(model, GridSearchCV):
        model.set_params(cv=KFold(3), scoring=scorer)
    masked = np.ma.masked_array(NAMES[codes], mask=hidden)
    expected = scorer(Threshold().fit(X, masked), X, masked)
    assert scorer(model.fit(X, y), X, y) == expected


def test_more_classes_are_weighted(frames):
    X, codes = frames
    y = codes + 2 * (X[:, :, 1] > 0.5)
    model = Threshold().fit(X, y)
    inside = np.arange(6) < LENGTHS[:, None]
    expected = metrics.f1_score(y[inside], model.predict(X)[inside], average="weighted")
    assert_allclose(frame_f1_scorer(model, X, y), expected)
    assert_allclose(frame_f1_score(as_list(y), model.predict(X)), expected)


def test_classes_of_the_estimator_decide(frames):
    X, codes = frames
    model = Threshold().fit(X, codes)
    assert frame_f1_scorer(model, X, np.zeros_like(codes)) == 0
    assert frame_f1_scorer(model, X, np.ones_like(codes)) > 0
    signed = Threshold().fit(X, 2 * codes - 1)
    share = np.mean([x[:, 0] <= 0 for x in as_list(X)[:1]])
    assert_allclose(frame_accuracy_scorer(signed, X[:1], -np.ones((1, 6), dtype=int)), share)


def test_class_that_was_absent_in_training_counts_as_wrong(frames):
    X, codes = frames
    model = Threshold().fit(X, codes)
    y = np.where(X[:, :, 1] > 0, 2, codes)
    inside = np.arange(6) < LENGTHS[:, None]
    pair = y[inside], model.predict(X)[inside]
    assert_allclose(
        frame_f1_scorer(model, X, y),
        metrics.f1_score(*pair, average="weighted", zero_division=0),
    )
    assert_allclose(frame_accuracy_scorer(model, X, y), metrics.accuracy_score(*pair))


def test_steps_before_the_estimator_may_fill_nan(frames):
    X, codes = frames
    holes = X.copy()
    holes[0, 1, 0] = holes[2, 0] = np.nan

    def fill(X):
        return np.where(np.isnan(X) & (np.arange(6) < LENGTHS[:, None])[:, :, None], 0.0, X)

    model = make_pipeline(FunctionTransformer(fill), Threshold()).fit(holes, codes)
    score = frame_accuracy_scorer(model, holes, codes)
    inside = np.arange(6) < LENGTHS[:, None]
    assert_allclose(score, metrics.accuracy_score(codes[inside], model.predict(holes)[inside]))


def test_whole_numbers_and_objects_as_sequences(frames):
    X, codes = frames
    whole = np.nan_to_num(X * 10).astype(int)
    model = Threshold().fit(whole, codes)
    expected = metrics.accuracy_score(codes.ravel(), model.predict(whole).ravel())
    for same in (whole, whole.astype(object), list(whole)):
        assert_allclose(frame_accuracy_scorer(model, same, codes), expected)


@pytest.mark.parametrize("X_of", [np.asarray, np.ndarray.tolist])
@pytest.mark.parametrize("scorer", SCORERS)
def test_estimators_over_flat_frames(scorer, X_of, frames):
    X, codes = frames
    inside = np.arange(6) < LENGTHS[:, None]
    flat, y = X_of(X[inside]), 2 * codes[inside] - 1
    weights = np.random.default_rng(2).random(len(y))
    model = GaussianNB().fit(flat, y)
    expected = plain_score(scorer)(y, model.predict(flat), sample_weight=weights)
    assert_allclose(scorer(model, flat, y, sample_weight=weights), expected)


@pytest.mark.parametrize("per_frame", [True, False])
@pytest.mark.parametrize("scorer", SCORERS)
def test_grid_search_passes_weights(scorer, per_frame, frames):
    X, codes = frames
    weights = np.random.default_rng(3).random((8, 6))
    if not per_frame:
        weights = np.repeat(weights[:, :1], 6, axis=1)
    sample_weight = weights if per_frame else weights[:, 0]
    expected = np.mean(fold_scores(X, codes, plain_score(scorer), weights))
    grid = {"threshold": [0.0, 5.0]}
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(
            Threshold().set_fit_request(sample_weight=True),
            grid,
            cv=KFold(3),
            scoring=scorer.set_score_request(sample_weight=True),
            error_score="raise",
        ).fit(X, codes, sample_weight=sample_weight)
        unweighted = clone(search).set_params(scoring=scorer.set_score_request(sample_weight=False))
        unweighted.fit(X, codes, sample_weight=sample_weight)
    assert search.best_params_ == {"threshold": 0.0}
    assert search.best_estimator_.weighted_
    assert_allclose(search.cv_results_["mean_test_score"][0], expected)
    plain = np.mean(fold_scores(X, codes, plain_score(scorer)))
    assert_allclose(unweighted.cv_results_["mean_test_score"][0], plain)


def test_weights_under_another_name(frames):
    X, codes = frames
    weights = np.random.default_rng(4).random(8)
    with config_context(enable_metadata_routing=True):
        found = cross_validate(
            Threshold().set_fit_request(sample_weight=False),
            X,
            codes,
            cv=KFold(3),
            scoring={
                "weighted": frame_f1_scorer.set_score_request(sample_weight="importance"),
                "accuracy": frame_accuracy_scorer,
            },
            params={"importance": weights},
        )
    of_frames = np.repeat(weights[:, None], 6, axis=1)
    assert_allclose(found["test_weighted"], fold_scores(X, codes, metrics.f1_score, of_frames))
    assert_allclose(found["test_accuracy"], fold_scores(X, codes, metrics.accuracy_score))


def test_weights_that_nobody_asked_for_are_refused(frames):
    X, codes = frames
    with (
        config_context(enable_metadata_routing=True),
        pytest.raises(ValueError, match="sample_weight.*explicitly set as requested"),
    ):
        cross_validate(
            Threshold().set_fit_request(sample_weight=True),
            X,
            codes,
            scoring=frame_f1_scorer,
            params={"sample_weight": np.ones(8)},
        )


def test_several_scores_with_weights_without_routing(frames):
    X, codes = frames
    weights = np.random.default_rng(5).random(8)
    search = GridSearchCV(
        Threshold(),
        {"threshold": [0.0]},
        cv=KFold(3),
        scoring={"f1": frame_f1_scorer, "accuracy": frame_accuracy_scorer},
        refit="f1",
    ).fit(X, codes, sample_weight=weights)
    assert search.best_estimator_.weighted_
    found = search.cv_results_["mean_test_accuracy"][0]
    # Before scikit-learn 1.9, searches kept weights from scorers unless they were routed.
    of_frames = np.repeat(weights[:, None], 6, axis=1)
    candidates = [
        np.mean(fold_scores(X, codes, metrics.accuracy_score, given)) for given in (None, of_frames)
    ]
    assert np.isclose(found, candidates).sum() == 1


def test_requests_leave_the_scorer_as_it_is():
    with config_context(enable_metadata_routing=True):
        asking = frame_f1_scorer.set_score_request(sample_weight=True)
        assert asking.get_metadata_routing().score.requests == {"sample_weight": True}
        assert frame_f1_scorer.get_metadata_routing().score.requests == {"sample_weight": None}
        with pytest.raises(ValueError, match="sample_weight.*given value is.*3"):
            frame_f1_scorer.set_score_request(sample_weight=3)
    with pytest.raises(RuntimeError, match="needs metadata routing; enable it first"):
        frame_f1_scorer.set_score_request(sample_weight=True)


@pytest.mark.parametrize("scorer", SCORERS)
def test_scorers_can_be_sent_and_copied(scorer):
    for copied in (pickle.loads(pickle.dumps(scorer)), copy.deepcopy(scorer)):
        assert copied == scorer
    search = GridSearchCV(Threshold(), {"threshold": [0.0]}, scoring=scorer)
    assert clone(search).scoring == scorer
    assert f"scoring={scorer!r}" in repr(search)
    assert repr(scorer) in ("frame_f1_scorer", "frame_accuracy_scorer")


@pytest.mark.parametrize("scorer", SCORERS)
def test_what_can_not_be_scored(scorer, frames):
    X, codes = frames
    model = Threshold().fit(X, codes)
    with pytest.raises(TypeError, match=rf"{scorer!r} needs a fitted classifier.*a Threshold"):
        scorer(Threshold(), X, codes)
    with pytest.raises(ValueError, match="one label per frame.*got sequences and 1D y"):
        scorer(model, X, codes[:, 0])
    with pytest.raises(ValueError, match="one label per frame.*got frames and 2D y"):
        scorer(model, X[:, 0], codes)
    with pytest.raises(ValueError, match=r"lengths\[0\] is 6 and y_true has 5 labels there"):
        scorer(model, X, codes[:, :5])
    with pytest.raises(TypeError, match="mixes text and numbers"):
        scorer(model, X, NAMES[codes])


def forest(codes, n_graphs, n_outputs):
    """Outputs of graphs for the codes, frames outermost, and the targets."""
    rng = np.random.default_rng(6)
    n_samples, n_timesteps = codes.shape
    values = rng.normal(size=(n_graphs, n_outputs, n_timesteps, n_samples))
    outputs = torch.as_tensor(values.reshape(n_graphs, n_outputs, -1))
    n_classes = max(2, n_outputs)
    targets = make_targets(codes, n_classes, np.ones(codes.shape), torch.float64, "cpu")
    return outputs, targets, values.transpose(0, 3, 2, 1)


@pytest.mark.parametrize(
    "classes", [np.array([-1, 1]), np.array([0, 1]), NAMES, np.array([False, True])]
)
@pytest.mark.parametrize(
    ("scoring", "plain"),
    [
        (frame_f1_scorer, metrics.f1_score),
        (frame_accuracy_scorer, metrics.accuracy_score),
        ("balanced_accuracy", metrics.balanced_accuracy_score),
        ("f1_macro", lambda y, codes: metrics.f1_score(y, codes, average="macro")),
    ],
)
def test_scores_of_a_forest_with_labels_per_frame(scoring, plain, classes):
    codes = np.array([[0, 1, 1, -1], [1, 0, -1, 0], [-1, 1, 0, 1]])
    outputs, targets, values = forest(codes, n_graphs=3, n_outputs=1)
    counted = codes >= 0
    expected = [plain(codes[counted], (of[counted][:, 0] > 0).astype(int)) for of in values]
    scores = make_forest_scorer(scoring, classes, codes)(outputs, targets)
    assert_allclose(scores.numpy(), expected)


@pytest.mark.parametrize("scoring", SCORERS)
def test_scores_of_a_forest_with_more_classes(scoring):
    codes = np.array([[0, 1, 2, -1], [1, 0, -1, 2], [-1, 1, 0, 1]])
    outputs, targets, values = forest(codes, n_graphs=3, n_outputs=3)
    counted = codes >= 0
    found = [of[counted].argmax(axis=1) for of in values]
    expected = [
        frame_accuracy_score(codes[counted], predicted)
        if scoring is frame_accuracy_scorer
        else metrics.f1_score(codes[counted], predicted, average="weighted")
        for predicted in found
    ]
    scores = make_forest_scorer(scoring, np.array(["a", "b", "c"]), codes)(outputs, targets)
    assert_allclose(scores.numpy(), expected)


def test_scores_import_without_torch():
    code = "import sys, sklearn_dpads.metrics; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
