"""What holds for every classifier made of a network, whatever is labelled."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.utils.validation import check_is_fitted

from sklearn_dpads.metrics import frame_f1_scorer

from .net_cases import (
    ALL_CLASSIFIERS,
    FRAME_CLASSIFIERS,
    make_data,
    make_phases,
    pad,
    pad_codes,
    small,
)


@pytest.fixture(scope="module", params=ALL_CLASSIFIERS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def data(kind):
    return make_data(kind, 40, 3)


@pytest.fixture(scope="module")
def fitted(kind, data):
    return small(kind).fit(*data)


def test_fitted_attributes(kind, fitted):
    assert_array_equal(fitted.classes_, [0, 1, 2])
    assert fitted.n_features_in_ == 3
    assert fitted.n_iter_ == len(fitted.loss_curve_) == len(fitted.validation_loss_curve_) <= 15
    assert all(np.isfinite(fitted.loss_curve_ + fitted.validation_loss_curve_))
    assert next(fitted.module_.parameters()).dtype == torch.float64


def test_training_stops_without_improvement(kind, data):
    clf = small(kind, max_iter=100, n_iter_no_change=2, tol=0.05).fit(*data)
    assert clf.n_iter_ < 100
    best = int(np.argmin(clf.validation_loss_curve_))
    assert clf.n_iter_ - best <= 3


def test_random_state_repeats_the_fit(kind, fitted, data):
    X, y = data
    torch.rand(3)
    expected = fitted.decision_function(X)
    assert_array_equal(small(kind).fit(X, y).decision_function(X), expected)
    generator = small(kind, random_state=np.random.RandomState(0)).fit(X, y)
    assert_array_equal(generator.decision_function(X), expected)
    other = small(kind, random_state=1).fit(X, y).decision_function(X)
    assert not np.allclose(np.nan_to_num(other), np.nan_to_num(expected))


def test_global_generators_are_left_alone(kind, data):
    torch_state = torch.get_rng_state()
    numpy_state = np.random.get_state()  # noqa: NPY002
    small(kind, max_iter=2).fit(*data)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert_array_equal(np.random.get_state()[1], numpy_state[1])  # noqa: NPY002


def test_refitting_forgets_the_first_fit(kind, fitted, data):
    clf = small(kind).fit(*make_data(kind, 20, 2, seed=5))
    clf.fit(*data)
    assert_array_equal(clf.decision_function(data[0]), fitted.decision_function(data[0]))


def test_pickle_copy_and_clone(fitted, data):
    X, _ = data
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert_array_equal(other.decision_function(X), fitted.decision_function(X))
    unfitted = clone(fitted)
    assert unfitted.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(unfitted)


def test_model_trained_on_a_gpu_predicts_where_there_is_none(fitted, data, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    moved = copy.deepcopy(fitted).set_params(device="cuda")
    with pytest.warns(UserWarning, match="predicting on the CPU"):
        scores = moved.decision_function(data[0])
    assert_array_equal(scores, fitted.decision_function(data[0]))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_training_on_a_gpu(kind, data):
    X, y = data
    cpu_state, gpu_state = torch.get_rng_state(), torch.cuda.get_rng_state()
    clf = small(kind, device="cuda", max_iter=60).fit(X, y)
    assert torch.equal(torch.get_rng_state(), cpu_state)
    assert torch.equal(torch.cuda.get_rng_state(), gpu_state)
    assert clf.score(X, y) > 0.9
    assert all(not parameter.is_cuda for parameter in clf.module_.parameters())
    weights = np.linspace(0.5, 1.5, len(X))
    assert clf.set_params(class_weight="balanced").fit(X, y, weights).score(X, y) > 0.9


def test_auto_device_is_the_cpu_where_there_is_no_gpu(kind, fitted, data, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    clf = small(kind, device="auto").fit(*data)
    assert_array_equal(clf.decision_function(data[0]), fitted.decision_function(data[0]))


def test_verbose_prints_losses(kind, data, capsys):
    small(kind, max_iter=2).fit(*data)
    assert capsys.readouterr().out == ""
    small(kind, max_iter=2, verbose=True).fit(*data)
    assert "valid_loss" in capsys.readouterr().out


def test_model_selection(kind, data):
    X, y = data
    X, y = pad(X), pad_codes(y) if kind in FRAME_CLASSIFIERS else y
    assert cross_val_score(small(kind, max_iter=40), X, y, cv=2).min() > 0.5
    search = GridSearchCV(small(kind), {"max_iter": [1, 20]}, cv=2).fit(X, y)
    assert search.best_params_ == {"max_iter": 20}


@pytest.mark.parametrize("kind", FRAME_CLASSIFIERS)
def test_model_selection_with_lists_and_a_frame_score(kind):
    X, y = make_phases(30, 2)
    scores = cross_val_score(small(kind), X, y, cv=KFold(2), scoring=frame_f1_scorer)
    assert scores.shape == (2,)
    assert scores.min() > 0.5


def test_bad_input_is_refused(kind, fitted):
    X, y = make_data(kind, 20, 2)
    name = kind.__name__
    with pytest.raises(ValueError, match=f"{name} takes sequences, but X is a 2D array"):
        small(kind).fit(np.ones((4, 3)), [0, 1, 0, 1])
    with pytest.raises(ValueError, match="20 sequences, y"):
        small(kind).fit(X, y[:-1])
    with pytest.raises(ValueError, match="requires y to be passed"):
        small(kind).fit(X, None)
    with pytest.raises(ValueError, match=f"X has 2 features, but {name} is expecting 3"):
        fitted.predict(X)
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(small(kind), method)(X)
    with pytest.raises(NotFittedError):
        small(kind).score(X, y)
