"""RNNClassifier learns what needs time, takes every layout, and is a scikit-learn classifier."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_dpads.baselines import RNNClassifier


def small(**changes) -> RNNClassifier:
    parameters = {
        "hidden_size": 8,
        "max_iter": 15,
        "learning_rate": 0.02,
        "random_state": 0,
    }
    return RNNClassifier(**(parameters | changes))


def make_peaks(n_samples: int, n_classes: int, seed: int = 0):
    """Draw sequences of unequal length that differ in which feature peaks, at any time."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % n_classes
    X = []
    for label in y:
        sequence = rng.normal(scale=0.2, size=(rng.integers(4, 9), n_classes))
        sequence[rng.integers(len(sequence)), label] += 3.0
        X.append(sequence)
    return X, y


def pad(X, extra: int = 0):
    padded = np.full((len(X), max(map(len, X)) + extra, X[0].shape[1]), np.nan)
    for row, sequence in zip(padded, X, strict=True):
        row[: len(sequence)] = sequence
    return padded


@pytest.fixture(scope="module")
def peaks():
    return make_peaks(60, 3)


@pytest.fixture(scope="module")
def fitted(peaks):
    return small().fit(*peaks)


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_generalizes_on_sequences_of_unequal_length(num_layers, n_classes):
    clf = small(num_layers=num_layers, max_iter=60).fit(*make_peaks(90, n_classes))
    assert clf.score(*make_peaks(90, n_classes, seed=1)) >= 0.9


def test_order_of_frames_matters():
    # Both classes hold the same frames, so that only their order tells.
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 40)
    X = np.sort(rng.normal(size=(80, 6, 1)), axis=1)
    X[y == 1] = X[y == 1, ::-1]
    assert small(max_iter=40).fit(X, y).score(X, y) == 1.0


def test_fitted_attributes(fitted, peaks):
    assert_array_equal(fitted.classes_, [0, 1, 2])
    assert fitted.n_features_in_ == 3
    assert fitted.n_iter_ == len(fitted.loss_curve_) == len(fitted.validation_loss_curve_) <= 15
    assert all(np.isfinite(fitted.loss_curve_ + fitted.validation_loss_curve_))
    assert next(fitted.module_.parameters()).dtype == torch.float64


def test_outputs_agree(fitted, peaks):
    X, _ = peaks
    proba = fitted.predict_proba(X)
    assert proba.shape == (60, 3)
    assert_allclose(proba.sum(axis=1), 1.0)
    assert_array_equal(fitted.predict(X), proba.argmax(axis=1))
    scores = fitted.decision_function(X)
    assert_allclose(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), proba)


def test_binary_decision_is_the_log_odds():
    X, y = make_peaks(20, 2)
    clf = small(max_iter=3).fit(X, y)
    scores, proba = clf.decision_function(X), clf.predict_proba(X)
    assert_allclose(scores, np.log(proba[:, 1] / proba[:, 0]))
    assert_array_equal(clf.predict(X), scores > 0)


def test_list_and_padded_array_give_the_same_model(fitted, peaks):
    X, y = peaks
    from_padded = small().fit(pad(X, extra=2), y)
    assert_allclose(from_padded.decision_function(X), fitted.decision_function(X), atol=1e-5)


def test_prediction_does_not_depend_on_padding_or_company(fitted, peaks):
    X, _ = peaks
    expected = fitted.decision_function(X)
    assert_allclose(fitted.decision_function(pad(X, extra=5)), expected, atol=1e-10)
    alone = np.concatenate([fitted.decision_function([sequence]) for sequence in X])
    assert_allclose(alone, expected, atol=1e-10)


@pytest.mark.parametrize("labels", [["a", "b", "c"], [10, -5, 3], [0.0, 1.0, 2.0]])
def test_any_label_type(labels, fitted, peaks):
    X, y = peaks
    ranked = np.array(sorted(labels))
    clf = small().fit(X, ranked[y])
    assert_array_equal(clf.classes_, ranked)
    assert_array_equal(clf.predict(X), ranked[fitted.predict(X)])


def test_object_labels_and_booleans():
    X, y = make_peaks(20, 2)
    for labels in (np.array(["no", "yes"], dtype=object)[y], y.astype(bool)):
        clf = small(max_iter=2).fit(X, labels)
        assert set(clf.predict(X)) <= set(labels)


def test_random_state_repeats_the_fit(fitted, peaks):
    X, y = peaks
    torch.rand(3)
    expected = fitted.decision_function(X)
    assert_array_equal(small().fit(X, y).decision_function(X), expected)
    generator = small(random_state=np.random.RandomState(0)).fit(X, y)
    assert_array_equal(generator.decision_function(X), expected)
    assert not np.array_equal(small(random_state=1).fit(X, y).decision_function(X), expected)


def test_global_generators_are_left_alone(peaks):
    torch_state = torch.get_rng_state()
    numpy_state = np.random.get_state()  # noqa: NPY002
    small(max_iter=2).fit(*peaks)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert_array_equal(np.random.get_state()[1], numpy_state[1])  # noqa: NPY002


def test_refitting_forgets_the_first_fit(fitted, peaks):
    clf = small().fit(*make_peaks(20, 2, seed=5))
    clf.fit(*peaks)
    assert_array_equal(clf.decision_function(peaks[0]), fitted.decision_function(peaks[0]))


def test_pickle_copy_and_clone(fitted, peaks):
    X, _ = peaks
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert_array_equal(other.decision_function(X), fitted.decision_function(X))
    unfitted = clone(fitted)
    assert unfitted.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(unfitted)


def test_model_trained_on_a_gpu_predicts_where_there_is_none(fitted, peaks, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    moved = copy.deepcopy(fitted).set_params(device="cuda")
    with pytest.warns(UserWarning, match="predicting on the CPU"):
        scores = moved.decision_function(peaks[0])
    assert_array_equal(scores, fitted.decision_function(peaks[0]))


def test_standardize_makes_units_irrelevant(peaks, fitted):
    X, y = peaks
    units = np.array([1e4, 1.0, 1e-4])
    scaled = [sequence * units + 7.0 * units for sequence in X]
    assert_allclose(
        small().fit(scaled, y).decision_function(scaled), fitted.decision_function(X), atol=0.05
    )
    assert small(standardize=False, max_iter=2).fit(X, y).scaler_ is None


def test_constant_feature_is_harmless(peaks):
    X, y = peaks
    with_constant = [np.column_stack([sequence, np.full(len(sequence), 4.0)]) for sequence in X]
    assert small(max_iter=40).fit(with_constant, y).score(with_constant, y) > 0.9


def test_class_weight_moves_the_decision():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [90, 10])
    X = rng.normal(size=(100, 4, 1)) + 0.5 * y[:, None, None]
    rate = {
        name: np.mean(small(class_weight=weight).fit(X, y).predict(X))
        for name, weight in {
            "none": None,
            "ones": {0: 1.0, 1: 1.0},
            "balanced": "balanced",
            "extreme": {0: 1e-3, 1: 1.0},
        }.items()
    }
    assert rate["none"] == rate["ones"]
    assert rate["none"] < rate["balanced"] < rate["extreme"]


def test_verbose_prints_losses(peaks, capsys):
    small(max_iter=2).fit(*peaks)
    assert capsys.readouterr().out == ""
    small(max_iter=2, verbose=True).fit(*peaks)
    assert "valid_loss" in capsys.readouterr().out


def test_model_selection(peaks):
    X, y = pad(peaks[0]), peaks[1]
    assert cross_val_score(small(max_iter=40), X, y, cv=2).min() > 0.5
    search = GridSearchCV(small(), {"max_iter": [1, 20]}, cv=2).fit(X, y)
    assert search.best_params_ == {"max_iter": 20}


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"hidden_size": 0}, ValueError),
        ({"num_layers": 1.5}, TypeError),
        ({"max_iter": 0}, ValueError),
        ({"batch_size": "auto"}, TypeError),
        ({"learning_rate": 0.0}, ValueError),
        ({"weight_decay": -1.0}, ValueError),
        ({"validation_fraction": 1.0}, ValueError),
        ({"n_iter_no_change": 0}, ValueError),
        ({"tol": -1e-3}, ValueError),
        ({"device": "tpu"}, ValueError),
    ],
)
def test_parameters_out_of_range(parameters, error, peaks):
    with pytest.raises(error, match=next(iter(parameters))):
        small(**parameters).fit(*peaks)


def test_unknown_class_in_class_weight(peaks):
    with pytest.raises(ValueError, match="class"):
        small(class_weight={0: 1.0, 7: 2.0, 1: 1.0}).fit(*peaks)


def test_bad_input_is_refused(fitted):
    X, y = make_peaks(20, 2)
    with pytest.raises(ValueError, match="RNNClassifier takes sequences, but X is a 2D array"):
        small().fit(np.ones((4, 3)), [0, 1, 0, 1])
    with pytest.raises(ValueError, match="one class only"):
        small().fit(X, np.zeros(20))
    with pytest.raises(ValueError, match="20 sequences, y 19 labels"):
        small().fit(X, y[:-1])
    with pytest.raises(ValueError, match="X has 2 features, but RNNClassifier is expecting 3"):
        fitted.predict(X)
    with pytest.raises(NotFittedError):
        small().predict(X)


def test_package_imports_without_torch():
    code = (
        "import sys, sklearn_dpads.baselines as b; dir(b)\n"
        "assert 'torch' not in sys.modules, 'torch was imported'\n"
        "b.RNNClassifier\n"
        "assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_name():
    import sklearn_dpads.baselines as baselines

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = baselines.Nothing


class FlatRNNClassifier(RNNClassifier):
    """Reads a 2D array as sequences of a single frame, to run scikit-learn's own checks."""

    def fit(self, X, y):
        return super().fit(validate_data(self, X)[:, None, :], y)

    def _logits(self, X):
        check_is_fitted(self)
        return super()._logits(validate_data(self, X, reset=False)[:, None, :])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = True, False
        return tags


@pytest.mark.filterwarnings("default")
@parametrize_with_checks(
    [FlatRNNClassifier(hidden_size=4, max_iter=12, learning_rate=0.05, batch_size=32)]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)
