"""Programs fitted again without a search."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import log_loss

from sklearn_dpads import (
    DPadsClassifier,
    DPadsFrameClassifier,
    Grammar,
    Program,
    ProgramClassifier,
)
from sklearn_dpads.search import Enumerate
from sklearn_dpads.search import ending as _outcome

from ..classifier.cases import make_means, small


@pytest.fixture(scope="module")
def data():
    return make_means(24)


@pytest.fixture(scope="module")
def fitted(data):
    return small(grammar=Grammar.paper(2), max_iter=2).fit(*data)


def skeletons(clf):
    return [record.program.expression.skeleton() for record in clf.programs_]


def test_a_new_estimator_with_the_program_fitted_to_all_the_data(fitted, data):
    X, y = data
    before = [str(record) for record in fitted.programs_]
    again = fitted.refit(X, y, program=1)
    assert skeletons(again) == [skeletons(fitted)[1]]
    assert again.program_ is again.programs_[0].program
    assert again.get_params() == fitted.get_params()
    assert [event["phase"] for event in again.search_history_] == ["choose", "fit"]
    # Up to the ridge, which each of the two fits has chosen for itself.
    losses = [
        log_loss(y, proba) for proba in (again.predict_proba(X), fitted.predict_proba(X, program=1))
    ]
    assert losses[0] < 1.5 * losses[1] < 0.1
    assert 0 < again.programs_[0].score <= 1
    assert [str(record) for record in fitted.programs_] == before
    assert fitted.program_ is fitted.programs_[0].program


def test_the_chosen_program_is_the_default(fitted, data):
    assert skeletons(fitted.refit(*data)) == skeletons(fitted)[:1]


def test_other_units_other_labels(fitted, data):
    X, y = data
    again = fitted.refit(1000.0 * X, np.char.upper(y), program=1)
    assert again.classes_.tolist() == ["A", "B"]
    assert again.program_.classes == ("A", "B")
    proba = fitted.refit(X, y, program=1).predict_proba(X)
    assert_allclose(again.predict_proba(1000.0 * X), proba, atol=1e-4)


def test_weights(fitted, data):
    X, y = data
    weight = np.ones(len(X))
    weight[:6] = 0.0
    left_out = fitted.refit(X, y, program=1, sample_weight=weight)
    assert left_out.program_.to_json() == fitted.refit(X[6:], y[6:], program=1).program_.to_json()
    weight[y == "a"] *= 20.0
    heavy = fitted.refit(X, y, program=1, sample_weight=weight)
    assert heavy.predict_proba(X)[:, 0].mean() > left_out.predict_proba(X)[:, 0].mean() + 0.02


@pytest.mark.parametrize("standardize", [True, False])
def test_a_program_of_another_grammar(standardize):
    X, y = make_means(24)
    X = (X[:, :, :1] - 100.0) / 20.0
    clf = small(grammar=None, standardize=standardize, max_iter=1).fit(X, y)
    grammar = Grammar.parse("list->atom ::= SlideWindowAvg[3](atom->atom)\natom->atom ::= Input")
    program = Program.parse("SlideWindowAvg[3](Input)", grammar, n_features=1)
    again = clf.refit(X, y, program)
    assert str(again.program_) == "SlideWindowAvg[3](Input)"
    assert_allclose(again.decision_function(X), X[:, -3:, 0].mean(axis=1))


def test_labels_of_frames():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 8, 2))
    y = np.where(X[:, :, 0] > 0.3, "move", "rest")
    clf = DPadsFrameClassifier(max_depth=2, max_iter=2, max_refinements=0, random_state=0)
    clf = clf.fit(X, y)
    program = Program.parse("Map(Affine[x0](0))", Grammar.paper(2), classes=clf.classes_.tolist())
    again = clf.refit(X, y, program)
    assert again.predict(X).shape == (30, 8)
    assert again.score(X, y) > 0.8
    assert isinstance(again, DPadsFrameClassifier)


def test_what_can_not_be_fitted(fitted, data):
    X, y = data
    with pytest.raises(NotFittedError):
        DPadsClassifier().refit(X, y)
    three = np.resize(["a", "b", "c"], len(X))
    with pytest.raises(ValueError, match=r"3 classes.*gives 3 value.*gives 1.*Use fit"):
        fitted.refit(X, three)
    with pytest.raises(ValueError, match="program=99 is no index"):
        fitted.refit(X, y, program=99)
    with pytest.raises(ValueError, match="features"):
        fitted.refit(X[:, :, :1], y)
    with pytest.raises(ValueError, match="one class only"):
        fitted.refit(X, np.full(len(X), "a"))


def test_one_class_only_is_told(fitted, data):
    program = Program.parse("SlideWindowAvg[all](Constant(1))", Grammar.paper(2))
    with pytest.warns(ConvergenceWarning, match="fitted to these data, predicts one class only"):
        again = fitted.refit(*data, program)
    assert len(np.unique(again.predict(data[0]))) == 1
    assert {event["restart"] for event in again.search_history_} == {0, 1}


def test_a_program_that_loses_its_defect_with_all_the_data_is_as_sound_as_any():
    """Without a fold there may be too few sequences to tell the classes apart."""
    rng = np.random.default_rng(18)
    y = np.repeat([0, 1], [9, 3])
    X = rng.normal(size=(12, 4, 1)) + 0.8 * y[:, None, None]
    search = Enumerate(fit_steps=20)
    clf = ProgramClassifier(search=search, max_depth=2, random_state=0).fit(X, y)
    again = clf.refit(X, y, program=1)
    # That without the first fold is passed over.
    assert [event["defect"] for event in again.search_history_ if "defect" in event]
    assert len(np.unique(again.predict(X))) == 2
    assert again.programs_[0].on_front


@pytest.mark.parametrize("name", ["cross_fit", "final_fit"])
def test_interrupt(fitted, data, monkeypatch, name):
    from sklearn_dpads.search import census as _refit

    module = _refit if name == "cross_fit" else _outcome
    function, calls = getattr(module, name), []

    def interrupted(*args, **kwargs):
        calls.append(name)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return function(*args, **kwargs)

    monkeypatch.setattr(module, name, interrupted)
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        again = fitted.refit(*data, program=1)
    assert skeletons(again) == [skeletons(fitted)[1]]
    assert_array_equal(again.predict(data[0]).shape, data[1].shape)
