"""A program for each class: how it is found, what it is made of, and what cuts it short."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklearn_dpads import DPadsFrameClassifier, Program, ProgramFrameClassifier
from sklearn_dpads.estimator import restarts
from sklearn_dpads.search import Log, SumsOfReaders
from sklearn_dpads.training import Training

from ..brief import with_search
from ..classifier.cases import SHORT, make_means, small

CLASSES = ["a", "b", "c"]


def make_corners(n_samples=36, seed=0):
    """Sequences of 6 frames of three classes, each of which a sum tells from the rest."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n_samples) % 3
    corners = np.array([[2.0, 0.0], [0.0, 2.0], [-1.5, -1.5]])
    return rng.normal(size=(n_samples, 6, 2)) + corners[codes][:, None], np.array(CLASSES)[codes]


@pytest.fixture(scope="module")
def data():
    return make_corners()


@pytest.fixture(scope="module")
def fitted(data):
    return small(decomposition="ovr").fit(*data)


def texts(clf):
    own = [str(record) for table in clf.class_programs_.values() for record in table]
    return [str(record) for record in clf.programs_] + own


def test_each_class_has_a_program_and_they_stand_side_by_side(fitted, data):
    X, y = data
    (record,) = fitted.programs_
    assert record.program is fitted.program_
    assert fitted.program_.expression.production.symbol == "OneVsRest"
    assert fitted.program_.classes == tuple(CLASSES)
    assert list(fitted.class_programs_) == CLASSES
    for label, part in zip(CLASSES, fitted.program_.expression.args, strict=True):
        own = fitted.class_programs_[label][0].program
        assert own.classes == (f"not {label}", label)
        assert own.expression.skeleton() == part.skeleton()
        # What is calibrated together is a factor and an offset.
        given, changed = own(X)[:, 0], Program(part, 2)(X)[:, 0]
        slope, offset = np.polyfit(given, changed, 1)
        assert 0 < slope <= 1 + 1e-6
        assert_allclose(slope * given + offset, changed, atol=1e-6)
    assert record.cost == sum(part.cost for part in fitted.program_.expression.args)
    assert fitted.score(X, y) > 0.9


def test_probabilities_are_the_softmax_of_the_values(fitted, data):
    values = fitted.decision_function(data[0])
    assert values.shape == (36, 3)
    assert_allclose(fitted.predict_proba(data[0]), softmax(values, axis=1))
    assert_array_equal(fitted.predict(data[0], program=0), fitted.predict(data[0]))


def test_the_score_is_that_of_all_classes_by_cross_fitting(fitted):
    (record,) = fitted.programs_
    assert 0.8 < record.score <= 1
    assert list(record.recalls) == CLASSES
    assert record.scoring == "weighted F1"
    assert fitted.class_programs_["b"][0].scoring == "F1 of b"
    assert 0 < record.loss < 0.5


def test_the_history_tells_classes_apart(fitted):
    found = [(event["class"], event["restart"]) for event in fitted.search_history_]
    assert list(dict.fromkeys(found)) == [("a", 0), ("b", 1), ("c", 2)]


def test_a_class_without_a_sound_program_is_searched_once_more():
    X, y = make_means(36, n_classes=3)
    clf = small(decomposition="ovr").fit(X, y)
    found = {(event["class"], event["restart"]) for event in clf.search_history_}
    # No sum tells the class in the middle from both others.
    assert found == {("a", 0), ("b", 1), ("c", 2), ("b", 3)}
    assert clf.score(X, y) > 0.6


def test_the_result_does_not_depend_on_n_jobs(fitted, data):
    assert texts(clone(fitted).set_params(n_jobs=2).fit(*data)) == texts(fitted)


def test_two_classes_are_told_apart_by_one_program():
    X, y = make_means(24)
    clf = small(decomposition="ovr").fit(X, y)
    assert [str(r) for r in clf.programs_] == [str(r) for r in small().fit(X, y).programs_]
    assert not hasattr(clf, "class_programs_")


def test_joint_is_the_default_and_leaves_nothing_behind(fitted, data):
    clf = pickle.loads(pickle.dumps(fitted)).set_params(decomposition="joint").fit(*data)
    assert not hasattr(clf, "class_programs_")
    assert str(clf.program_) == str(small().fit(*data).program_)
    with pytest.raises(ValueError, match="decomposition='ovo' is not allowed; give 'ovr'"):
        small(decomposition="ovo").fit(*data)


def test_it_is_saved_and_read_back(fitted, data):
    X = data[0]
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.predict(X), fitted.predict(X))
    read = Program.from_json(fitted.program_.to_json())
    assert_array_equal(fitted.predict(X, program=read), fitted.predict(X))
    parsed = Program.parse(str(fitted.program_), fitted.grammar_, classes=read.classes)
    assert_array_equal(fitted.predict(X, program=parsed), fitted.predict(X))


def test_refit_fits_the_program_of_each_class_whatever_the_search(fitted, data):
    X, y = data
    again = fitted.refit(10.0 * X, y)
    assert list(again.class_programs_) == CLASSES
    assert again.program_.expression.skeleton() == fitted.program_.expression.skeleton()
    assert again.get_params() == fitted.get_params()
    assert again.score(10.0 * X, y) > 0.9
    joint = small().fit(X, y)
    of_joint = joint.refit(X, y, fitted.program_)
    assert of_joint.program_.expression.production.symbol == "OneVsRest"
    assert of_joint.decomposition is None
    back = fitted.refit(X, y, joint.program_)
    assert back.program_.expression.skeleton() == joint.program_.expression.skeleton()


def test_a_warm_start_begins_with_the_program_of_each_class(fitted, data, monkeypatch):
    begun = []
    run = restarts.Task.run

    def record(self, *args):
        begun.append([initial.skeleton() for initial in self.initial])
        return run(self, *args)

    monkeypatch.setattr(restarts.Task, "run", record)
    warm = pickle.loads(pickle.dumps(fitted)).set_params(warm_start=True)
    warm.fit(*data)
    assert begun == [[part.skeleton()] for part in fitted.program_.expression.args]
    begun.clear()
    warm.set_params(decomposition=None).fit(*data)
    assert begun == [[]]


def test_weights_of_classes_and_samples(fitted, data):
    X, y = data
    twice = small(decomposition="ovr").fit(
        np.concatenate([X, X[:6]]), np.concatenate([y, y[:6]]), np.r_[np.ones(36), np.zeros(6)]
    )
    assert texts(twice) == texts(fitted)
    heavy = small(decomposition="ovr", class_weight={"a": 20.0, "b": 1.0, "c": 1.0}).fit(X, y)
    shares = [clf.predict_proba(X)[:, 0].mean() for clf in (heavy, fitted)]
    assert shares[0] > shares[1]


def test_an_interrupt_leaves_a_program_for_every_class(data, monkeypatch):
    X, y = data
    add = Log.add
    n_calls = []

    def interrupted(self, name, **values):
        add(self, name, **values)
        if name == "train" and not n_calls:
            n_calls.append(1)
            raise KeyboardInterrupt

    monkeypatch.setattr(Log, "add", interrupted)
    clf = small(decomposition="ovr")
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        clf.fit(X, y)
    assert list(clf.class_programs_) == CLASSES
    ends = [e["class"] for e in clf.search_history_ if e["phase"] == "interrupt"]
    assert ends == CLASSES
    assert clf.predict(X).shape == y.shape


def test_an_interrupt_of_a_refit_keeps_all_programs(fitted, data, monkeypatch):
    from sklearn_dpads.search import ending

    calls = []
    final_fit = ending.final_fit

    def interrupted(*args, **kwargs):
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return final_fit(*args, **kwargs)

    monkeypatch.setattr(ending, "final_fit", interrupted)
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        again = fitted.refit(*data)
    assert again.program_.expression.skeleton() == fitted.program_.expression.skeleton()


def test_time_is_shared_by_the_classes(data):
    with pytest.warns(ConvergenceWarning, match="ended by max_time"):
        clf = small(decomposition="ovr", max_time=1e-3).fit(*data)
    assert list(clf.class_programs_) == CLASSES


def test_labels_of_frames_some_without_one_in_sequences_of_unequal_length():
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 12, size=24)
    y = [rng.integers(0, 3, size=n) for n in lengths]
    X = [rng.normal(size=(len(row), 2)) + 3.0 * row[:, None] * [1, 0] for row in y]
    for row in y:
        row[0] = -1
    clf = with_search(
        DPadsFrameClassifier,
        SHORT,
        {"decomposition": "ovr", "unlabelled": -1, "max_depth": 2, "max_iter": 2}
        | {"max_refinements": 0, "random_state": 0, "feature_groups": {"a": [0], "b": [1]}},
    ).fit(X, y)
    assert list(clf.class_programs_) == [0, 1, 2]
    assert clf.program_.expression.signature.output == "list"
    values = clf.predict_proba(X)
    assert values.shape == (24, lengths.max(), 3)
    assert np.isnan(values[0, lengths[0] :]).all()
    # As above, frames of the class in the middle are told from no others by a sum.
    assert clf.score(X, [np.where(row < 0, 0, row) for row in y]) > 0.5


def test_groups_of_the_sequences_that_are_trained_on():
    """Of many recordings some are left out whole, and their groups with them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 12, 2))
    y = (X[:, :, 0] > 0.4).astype(int) + (X[:, :, 0] > -0.4)
    clf = ProgramFrameClassifier(
        search=SumsOfReaders(training=Training(kept_frames=200)),
        max_depth=3,
        decomposition="ovr",
        random_state=0,
    ).fit(X, y, groups=np.arange(40) // 4)
    assert clf.score(X, y) > 0.9
    assert clf.programs_[0].loss_error > 0
