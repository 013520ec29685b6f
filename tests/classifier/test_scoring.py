from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.special import expit, softmax
from sklearn import metrics

from sklearn_dpads.estimator.scoring import make_forest_scorer
from sklearn_dpads.training import IGNORED, f1_scores, make_targets

from .cases import make_means, small

CLASSES = np.array(["left", "right"])


@pytest.fixture
def codes():
    return np.arange(30) % 2


@pytest.fixture
def outputs():
    """Outputs of 4 graphs, of shape (n_graphs, 1, n_samples)."""
    return torch.as_tensor(np.random.default_rng(0).normal(size=(4, 1, 30)))


def targets(codes, n_classes):
    return make_targets(codes, n_classes, np.ones(codes.shape), torch.float64, "cpu")


def test_default_is_f1_of_the_forest(codes):
    assert make_forest_scorer(None, CLASSES, codes) is f1_scores


def labels(values):
    return CLASSES[(values > 0).astype(int)]


def probabilities(values):
    return np.stack([expit(-values), expit(values)], axis=1)


def precision(y, values):
    return metrics.average_precision_score(y, expit(values), pos_label="right")


PRECISION = metrics.make_scorer(
    metrics.average_precision_score, response_method="predict_proba", pos_label="right"
)
F1_OF_LEFT = metrics.make_scorer(metrics.f1_score, pos_label="left")


def share_correct(estimator, X, y):
    return float((estimator.predict(X) == y).mean())


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ("accuracy", lambda y, v: metrics.accuracy_score(y, labels(v))),
        ("roc_auc", metrics.roc_auc_score),
        ("neg_log_loss", lambda y, v: -metrics.log_loss(y, probabilities(v))),
        ("f1_macro", lambda y, v: metrics.f1_score(y, labels(v), average="macro")),
        (PRECISION, precision),
        (F1_OF_LEFT, lambda y, v: metrics.f1_score(y, labels(v), pos_label="left")),
        (share_correct, lambda y, v: metrics.accuracy_score(y, labels(v))),
    ],
)
def test_scores_of_every_graph(scoring, expected, codes, outputs):
    scores = make_forest_scorer(scoring, CLASSES, codes)(outputs, targets(codes, 2))
    wanted = [expected(CLASSES[codes], values) for values in outputs[:, 0].numpy()]
    assert_allclose(scores.numpy(), wanted)


def test_more_classes():
    classes = np.array([1, 5, 9])
    codes = np.arange(30) % 3
    outputs = torch.as_tensor(np.random.default_rng(1).normal(size=(2, 3, 30)))
    scores = make_forest_scorer("roc_auc_ovr", classes, codes)(outputs, targets(codes, 3))
    wanted = [
        metrics.roc_auc_score(codes, softmax(values.T, axis=1), multi_class="ovr")
        for values in outputs.numpy()
    ]
    assert_allclose(scores.numpy(), wanted)


def test_labels_per_frame_leave_the_padding_out():
    codes = np.array([[0, 1, 1], [1, 0, IGNORED]])
    outputs = torch.zeros(1, 1, 6, dtype=torch.float64)
    # Frames outermost: frame 0 of both sequences, then frame 1, then frame 2.
    outputs[0, 0] = torch.tensor([-1.0, 1.0, 1.0, -1.0, -1.0, 1.0])
    scores = make_forest_scorer("accuracy", CLASSES, codes)(outputs, targets(codes, 2))
    assert_allclose(scores.numpy(), [4 / 5])


def test_scores_that_are_no_numbers_count_as_worst(codes, outputs):
    def nan_below_half(estimator, X, y):
        score = metrics.accuracy_score(y, estimator.predict(X))
        return score if score == 1.0 else np.nan

    scorer = make_forest_scorer(nan_below_half, CLASSES, codes)
    outputs[1, 0] = torch.as_tensor(codes * 2.0 - 1.0)
    assert scorer(outputs, targets(codes, 2)).tolist() == [-np.inf, 1.0, -np.inf, -np.inf]


def test_scorer_can_be_sent(codes, outputs):
    scorer = make_forest_scorer("balanced_accuracy", CLASSES, codes)
    again = pickle.loads(pickle.dumps(scorer))
    of = targets(codes, 2)
    assert torch.equal(again(outputs, of), scorer(outputs, of))


def test_metric_instead_of_scorer_is_refused(codes):
    with pytest.raises(ValueError, match="metric function rather than a scorer"):
        make_forest_scorer(metrics.accuracy_score, CLASSES, codes)


def test_scorer_that_fails_is_refused(codes):
    def broken(estimator, X, y):
        raise RuntimeError("out of order.")

    with pytest.raises(ValueError, match=r"can't score these labels \(2 classes.*out of order"):
        make_forest_scorer(broken, CLASSES, codes)


@pytest.mark.parametrize("scoring", ["roc_auc", "neg_log_loss"])
def test_search_by_another_score(scoring):
    X, y = make_means(24)
    clf = small(scoring=scoring).fit(X, y)
    assert clf.score(X, y) > 0.8
    sign = [record.score <= 0 for record in clf.programs_]
    assert all(sign) if scoring == "neg_log_loss" else not any(sign)
