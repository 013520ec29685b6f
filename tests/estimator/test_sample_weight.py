"""Weights of sequences and frames: of ones, of zeros, of whole numbers, and of nonsense."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_dpads.estimator import restarts as _restarts
from sklearn_dpads.metrics import frame_f1_scorer
from sklearn_dpads.preprocessing import FrameTransformer

from ..classifier.contract import (
    FORMS,
    FRAMES,
    SEQUENCES,
    same_fit,
)


@pytest.fixture(scope="module", params=FORMS, ids=str)
def form(request):
    return request.param


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def noisy(form, n_samples=30):
    """Sequences whose classes overlap, so that weights matter."""
    X, y = form.data(n_samples)
    X[:, :, 0] -= 60.0 * y.reshape(n_samples, -1)
    X[:, :, 0] += (20.0 if form.per_frame else 10.0) * y.reshape(n_samples, -1)
    return X, y


@pytest.mark.parametrize("value", [1, 0.25, 3.0])
def test_equal_weights_are_none(form, value):
    X, y = form.data()
    unweighted = form.small().fit(X, y)
    assert same_fit(form.small().fit(X, y, np.full(len(X), value)), unweighted)
    assert same_fit(form.small().fit(X, y, sample_weight=[value] * len(X)), unweighted)
    if form.per_frame:
        assert same_fit(form.small().fit(X, y, np.full(y.shape, value)), unweighted)


@pytest.mark.parametrize("value", [1.0, 2.5])
def test_zero_weights_leave_sequences_out(form, value):
    X, y = form.data(24)
    kept = np.arange(24) % 4 != 1
    left = form.small().fit(X[kept], y[kept])
    assert same_fit(form.small().fit(X, y, np.where(kept, value, 0.0)), left)


def test_sequences_left_out_may_be_the_longest(form):
    X, y = form.data(24)
    X, y = form.cut(X, y)
    kept = [i for i, sequence in enumerate(X) if len(sequence) < 6]
    left = form.small().fit([X[i] for i in kept], [y[i] for i in kept])
    weighted = form.small().fit(X, y, [float(i in kept) for i in range(24)])
    assert same_fit(weighted, left)


def test_sequences_left_out_keep_their_weights_otherwise(form):
    X, y = noisy(form)
    weights = np.arange(30) % 4 / 2
    kept = weights > 0
    left = form.small().fit(X[kept], y[kept], weights[kept])
    assert same_fit(form.small().fit(X, y, weights), left)


def test_a_class_left_out_is_no_class():
    X, y = SEQUENCES.data(24)
    y = np.array(["a", "b", "c"])[np.arange(24) % 3]
    clf = SEQUENCES.small().fit(X, y, (y != "b").astype(float))
    assert clf.classes_.tolist() == ["a", "c"]
    with pytest.raises(ValueError, match="one class only: .*'a'"):
        SEQUENCES.small().fit(X, y, (y == "a").astype(float))


def test_zero_weights_of_frames_are_masks():
    X, y = FRAMES.data()
    masked = np.random.default_rng(0).random(y.shape) < 0.3
    masked[2] = True
    wanted = FRAMES.small().fit(X, np.ma.masked_array(y, masked))
    assert same_fit(FRAMES.small().fit(X, y, (~masked).astype(float)), wanted)


def test_weight_nowhere_a_label_is():
    X, y = FRAMES.data()
    y = np.where(np.arange(6) < 3, y, -1)
    with pytest.raises(ValueError, match="sample_weight is 0 wherever y has a label"):
        FRAMES.small(unlabelled=-1).fit(
            X, y, np.broadcast_to(np.arange(6) >= 3, y.shape).astype(float)
        )


def test_weights_of_sequences_are_those_of_their_frames():
    X, y = noisy(FRAMES)
    weights = np.arange(30) % 3 + 1.0
    of_frames = np.broadcast_to(weights[:, None], y.shape)
    assert same_fit(FRAMES.small().fit(X, y, of_frames), FRAMES.small().fit(X, y, weights))


def test_weights_past_the_end_do_not_count():
    X, y = FRAMES.data()
    X, y = FRAMES.cut(X, y)
    rng = np.random.default_rng(0)
    weights = [rng.random(len(row)) + 0.5 for row in y]
    padded = np.full((len(X), 6), np.nan)
    for row, values in zip(padded, weights, strict=True):
        row[: len(values)] = values
    wanted = FRAMES.small().fit(X, y, weights)
    for past in (np.nan, -7.0, 1e9):
        filled = np.where(np.isnan(padded), past, padded)
        assert same_fit(FRAMES.small().fit(X, y, filled), wanted)


# Where one class has five sixths of the weight, to predict it always is best on so few sequences.
@pytest.mark.filterwarnings("ignore:Every program found:sklearn.exceptions.ConvergenceWarning")
def test_the_heavier_class_is_predicted_more_often(form):
    X, y = noisy(form, 40)
    shares = [
        form.small().fit(X, y, np.where(y == 1, weight, 1.0)).predict(X).mean()
        for weight in (0.2, 1.0, 5.0)
    ]
    assert shares[0] < shares[1] < shares[2]


def test_whole_numbers_repeat_sequences_in_the_final_fit(form, monkeypatch):
    """Up to the decay of the parameters, which goes with the number of sequences.

    The strength of the ridge is chosen on folds, among which copies of a sequence are spread.
    """
    monkeypatch.setattr("sklearn_dpads.search.designs._PRIOR_SEQUENCES", (1.0,))
    X, y = noisy(form)
    weights = np.random.default_rng(3).integers(1, 5, len(X))
    grammar = form.grammar.without("Affine[both]")
    if not form.per_frame:
        grammar = grammar.without("SlideWindowAvg[2]")
    weighted, repeated, plain = (
        form.small(grammar=grammar, final_steps=600, fit_decay=0.0)
        .fit(*arguments)
        .decision_function(X)
        for arguments in (
            (X, y, weights),
            (X.repeat(weights, axis=0), y.repeat(weights, axis=0)),
            (X, y),
        )
    )
    assert_allclose(weighted, repeated, atol=0.01)
    assert np.abs(weighted - plain).max() > 0.1


def test_class_weights_and_sample_weights_multiply(form):
    X, y = noisy(form)
    rising = np.linspace(0.5, 1.5, len(X))
    by_hand = rising.reshape(len(X), *[1] * (y.ndim - 1)) * np.where(y == 1, 4.0, 1.0)
    tasks = []
    for clf, weights in (
        (form.small(class_weight={1: 4.0}), rising),
        (form.small(), by_hand),
    ):
        tasks.append(task_of(clf, X, y, weights).weights)
    assert_allclose(tasks[0], tasks[1])


def task_of(clf, X, y, weights):
    """The task that a fit would hand to the search."""
    tasks = []

    def record(self, *args, **kwargs):
        tasks.append(self)
        raise InterruptedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_restarts.Task, "run", record)
        with pytest.raises(InterruptedError):
            clf.fit(X, y, weights)
    return tasks[0]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda w: -w, "Negative values in data passed to `sample_weight`"),
        (lambda w: np.where(np.arange(len(w)) == 3, np.nan, w), "sample_weight contains NaN"),
        (lambda w: np.where(np.arange(len(w)) == 3, np.inf, w), "sample_weight contains infinity"),
        (lambda w: w * 0, "at least one non-zero"),
        (lambda w: w[:-1], r"sample_weight.shape == \(19,\), expected \(20,\)"),
    ],
    ids=["negative", "NaN", "infinite", "zero", "too few"],
)
def test_weights_that_are_refused(form, change, match, monkeypatch):
    monkeypatch.delattr(_restarts.Task, "run")
    X, y = form.data()
    weights = np.ones(len(X))
    with pytest.raises(ValueError, match=match):
        form.small().fit(X, y, change(weights))


def test_weights_of_frames_for_sequences(monkeypatch):
    monkeypatch.delattr(_restarts.Task, "run")
    X, y = SEQUENCES.data()
    with pytest.raises(ValueError, match="Sample weights must be 1D"):
        SEQUENCES.small().fit(X, y, np.ones((20, 6)))


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        (np.ones((20, 5)), r"one per frame, shape \(20, 6\).*got 20 rows of shapes \[\(5,\)\]"),
        (np.ones((19, 6)), "got 19 rows"),
        ([np.ones(6)] * 19 + [np.ones(5)], r"shapes \[\(5,\), \(6,\)\]"),
        (np.where(np.arange(6) == 2, -1.0, np.ones((20, 6))), "Negative values"),
        (np.where(np.arange(6) == 2, np.nan, np.ones((20, 6))), "NaN"),
    ],
    ids=["too short", "too few", "one too short", "negative", "NaN"],
)
def test_weights_of_frames_that_are_refused(weights, match, monkeypatch):
    monkeypatch.delattr(_restarts.Task, "run")
    X, y = FRAMES.data()
    with pytest.raises(ValueError, match=match):
        FRAMES.small().fit(X, y, weights)


def test_score_is_the_weighted_accuracy(form):
    X, y = noisy(form)
    clf = form.small().fit(X, y)
    predicted, weights = clf.predict(X), np.linspace(0.0, 2.0, len(X))
    assert 0.5 < clf.score(X, y) < 1.0
    assert clf.score(X, y) == accuracy_score(y.ravel(), predicted.ravel())
    per_label = np.broadcast_to(weights.reshape(len(X), *[1] * (y.ndim - 1)), y.shape)
    wanted = accuracy_score(y.ravel(), predicted.ravel(), sample_weight=per_label.ravel())
    assert clf.score(X, y, weights) == pytest.approx(wanted)
    assert clf.score(X, y, sample_weight=weights) != clf.score(X, y)
    if form.per_frame:
        assert clf.score(X, y, per_label) == pytest.approx(wanted)


def test_weights_reach_the_score_that_steers_the_search(form):
    X, y = noisy(form)
    weights = np.where(np.arange(len(X)) % 5 == 0, 4.0, 0.5)
    counted = task_of(form.small(), X, y, weights).counts
    assert_allclose(counted.reshape(len(X), -1)[:, 0], weights)
    assert task_of(form.small(), X, y, np.ones(len(X))).counts is None


def scorer_of(form):
    if form.per_frame:
        return frame_f1_scorer
    return sklearn.metrics.make_scorer(f1_score)


def test_weights_in_a_search_over_parameters(form):
    X, y = noisy(form)
    weights = np.arange(len(X)) % 3 + 0.5
    search = GridSearchCV(form.small(), {"search__N": [1, 2]}, cv=2).fit(
        X, y, sample_weight=weights
    )
    assert same_fit(
        search.best_estimator_, form.small(N=search.best_params_["search__N"]).fit(X, y, weights)
    )


def test_routing_through_a_pipeline(form, routing):
    X, y = noisy(form)
    weights = np.arange(len(X)) % 3 + 0.5
    clf = form.small().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    scale = FrameTransformer(StandardScaler()).set_fit_request(sample_weight=False)
    model = make_pipeline(scale, clf).fit(X, y, sample_weight=weights)
    scaled = FrameTransformer(StandardScaler()).fit_transform(X)
    alone = form.small().fit(scaled, y, weights)
    assert same_fit(model[-1], alone)
    assert model.score(X, y, sample_weight=weights) == alone.score(scaled, y, weights)


def test_routing_through_a_search(form, routing):
    X, y = noisy(form)
    weights = np.arange(len(X)) % 3 + 0.5
    clf = form.small().set_fit_request(sample_weight=True)
    scorer = scorer_of(form).set_score_request(sample_weight=True)
    search = GridSearchCV(clf, {"search__N": [1, 2]}, cv=2, scoring=scorer)
    search.fit(X, y, sample_weight=weights)
    assert same_fit(
        search.best_estimator_, form.small(N=search.best_params_["search__N"]).fit(X, y, weights)
    )
    of_search = cross_validate(
        form.small(N=search.best_params_["search__N"]).set_fit_request(sample_weight=True),
        X,
        y,
        cv=2,
        scoring=scorer,
        params={"sample_weight": weights},
    )
    assert search.best_score_ == pytest.approx(of_search["test_score"].mean())


def test_weights_that_nobody_asked_for(form, routing):
    X, y = form.data()
    model = make_pipeline(FunctionTransformer(), form.small())
    with pytest.raises(UnsetMetadataPassedError, match="set_fit_request"):
        model.fit(X, y, sample_weight=np.ones(len(X)))


def test_no_weights_asked_for(form, routing):
    X, y = noisy(form)
    clf = form.small().set_fit_request(sample_weight=False)
    scale = FrameTransformer(StandardScaler()).set_fit_request(sample_weight=True)
    weights = np.arange(len(X)) + 1.0
    model = make_pipeline(scale, clf).fit(X, y, sample_weight=weights)
    scaled = FrameTransformer(StandardScaler()).fit(X, sample_weight=weights).transform(X)
    assert same_fit(model[-1], form.small().fit(scaled, y))
