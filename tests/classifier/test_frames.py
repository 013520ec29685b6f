"""One label per frame: what is given, what is predicted, and what doesn't count."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax
from sklearn.metrics import accuracy_score

from sklearn_dpads import (
    DPadsClassifier,
    DPadsFrameClassifier,
    Grammar,
    Program,
)
from sklearn_dpads.grammar import LIST_TO_LIST, CenteredWindowAvg
from sklearn_dpads.search import DPads, LocalSearch
from sklearn_dpads.search import problem as _problem
from sklearn_dpads.search.problem import Folds

from .contract import (
    FRAMES,
    pad,
    same_fit,
)


@pytest.fixture(scope="module")
def data():
    return FRAMES.data()


@pytest.fixture(scope="module")
def fitted(data):
    return FRAMES.small().fit(*data)


@pytest.fixture(scope="module")
def ragged(data):
    return FRAMES.cut(*data)


@pytest.fixture(scope="module")
def of_ragged(ragged):
    return FRAMES.small().fit(*ragged)


def past_the_end(X):
    lengths = np.array([len(sequence) for sequence in X])
    return np.arange(lengths.max()) >= lengths[:, None]


def test_two_classes(fitted):
    X, y = FRAMES.data(seed=1)
    assert fitted.score(X, y) > 0.85
    values, proba = fitted.decision_function(X), fitted.predict_proba(X)
    assert values.shape == y.shape
    assert proba.shape == (*y.shape, 2)
    assert_array_equal(fitted.predict(X), np.where(values > 0, 1, 0))
    assert_allclose(proba[..., 1], expit(values))
    assert_allclose(proba.sum(axis=2), 1.0)


def test_three_classes():
    X, y = FRAMES.data(30)
    y = y + (X[:, :, 1] > 100.0)
    clf = FRAMES.small().fit(X, y)
    values = clf.decision_function(X)
    assert values.shape == (*y.shape, 3)
    assert clf.n_outputs_ == 3
    assert clf.score(X, y) > 0.6
    assert_array_equal(clf.predict(X), values.argmax(axis=2))
    assert_allclose(clf.predict_proba(X), softmax(values, axis=2))


def test_program_maps_sequences_to_sequences(data, fitted):
    X, _ = data
    assert fitted.program_.expression.signature == LIST_TO_LIST
    assert_array_equal(fitted.program_(X)[..., 0], fitted.decision_function(X))
    assert_array_equal(Program.from_json(fitted.program_.to_json())(X), fitted.program_(X))
    assert_array_equal(fitted.predict(X, program=0), fitted.predict(X))
    other = fitted.programs_[1].program
    assert_array_equal(fitted.decision_function(X, program=1), other(X)[..., 0])


def test_program_of_sequences_is_refused(data, fitted):
    of_sequences = Program.parse("SlideWindowAvg[all](Affine[x0](x0))", Grammar.paper(2))
    with pytest.raises(ValueError, match="program is list->atom; needed is list->list"):
        fitted.predict(data[0], program=of_sequences)


LABELS = {
    "int": ([3, 7], -1),
    "-1 and 1": ([-1, 1], -1),
    "int8": (np.array([2, 9], dtype=np.int8), -1),
    "uint8": (np.array([2, 9], dtype=np.uint8), -1),
    "str": (["rest", "walk"], ""),
    "object": (np.array(["rest", "walk"], dtype=object), None),
    "bool": ([False, True], False),
    "float": ([1.0, 2.0], np.nan),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_any_type(ragged, of_ragged, name):
    X, codes = ragged
    labels, filler = LABELS[name]
    classes = np.asarray(labels)
    clf = FRAMES.small().fit(X, [classes[row] for row in codes])
    assert_array_equal(clf.classes_, classes)
    assert clf.program_.expression.skeleton() == of_ragged.program_.expression.skeleton()
    predicted, outside = clf.predict(X), past_the_end(X)
    assert predicted.dtype == (np.int64 if name == "uint8" else classes.dtype)
    assert_array_equal(predicted[outside], np.full(outside.sum(), filler, dtype=predicted.dtype))
    assert_array_equal(predicted[~outside], classes[of_ragged.predict(X)[~outside]])
    flat = np.concatenate([classes[row] for row in codes])
    assert clf.score(X, [classes[row] for row in codes]) == accuracy_score(
        flat.astype(str), predicted[~outside].astype(str)
    )


def test_values_past_the_end(ragged, of_ragged):
    X, _ = ragged
    outside = past_the_end(X)
    values, proba = of_ragged.decision_function(X), of_ragged.predict_proba(X)
    assert np.isnan(values[outside]).all()
    assert np.isnan(proba[outside]).all()
    assert np.isfinite(values[~outside]).all()
    assert_allclose(proba[~outside].sum(axis=1), 1.0)
    assert_array_equal(of_ragged.predict_log_proba(X), np.log(proba))


def padded_labels(y, n_timesteps, filler):
    padded = np.full((len(y), n_timesteps), filler)
    for row, labels in zip(padded, y, strict=True):
        row[: len(labels)] = labels
    return padded


@pytest.mark.parametrize("n_timesteps", [6, 11])
@pytest.mark.parametrize("filler", [0, 1, -1, 99])
def test_labels_past_the_end_do_not_count(ragged, of_ragged, n_timesteps, filler):
    X, y = ragged
    padded = pad(X, n_timesteps)
    clf = FRAMES.small().fit(padded, padded_labels(y, n_timesteps, filler))
    assert same_fit(clf, of_ragged)
    assert clf.score(padded, padded_labels(y, n_timesteps, filler)) == of_ragged.score(X, y)


def test_frames_without_a_label(data):
    X, y = data
    missing = np.random.default_rng(2).random(y.shape) < 0.3
    wanted = FRAMES.small(unlabelled=-1).fit(X, np.where(missing, -1, y))
    masked = np.ma.masked_array(np.where(missing, 77, y), missing)
    assert wanted.classes_.tolist() == [0, 1]
    assert same_fit(FRAMES.small().fit(X, masked), wanted)
    assert same_fit(FRAMES.small().fit(X, list(masked)), wanted)
    predicted = wanted.predict(X)
    share = (predicted == y)[~missing].mean()
    assert wanted.score(X, masked) == wanted.score(X, np.where(missing, -1, y)) == share
    assert set(predicted[missing]) <= {0, 1}


@pytest.mark.parametrize(
    ("none", "kind"), [("", str), (np.nan, float), (np.nan, object), (None, object)]
)
def test_what_is_missing_may_be_the_label_of_none(data, none, kind):
    X, y = data
    missing = np.random.default_rng(2).random(y.shape) < 0.3
    given = y.astype(kind)
    wanted = FRAMES.small().fit(X, np.ma.masked_array(given, missing))
    given[missing] = none
    clf = FRAMES.small(unlabelled=none).fit(X, given)
    assert str(clf.program_) == str(wanted.program_)
    assert clf.score(X, given) == (clf.predict(X) == y.astype(kind))[~missing].mean()


def test_sequences_without_any_label_are_left_out(data):
    X, y = data
    labelled = np.arange(len(X)) % 5 != 2
    masked = np.ma.masked_array(y, np.broadcast_to(~labelled[:, None], y.shape))
    wanted = FRAMES.small().fit(X[labelled], y[labelled])
    assert same_fit(FRAMES.small().fit(X, masked), wanted)
    minus = np.where(labelled[:, None], y, -1)
    assert same_fit(FRAMES.small(unlabelled=-1).fit(X, minus), wanted)


@pytest.mark.parametrize(
    "as_given",
    [
        lambda y: y.tolist(),
        list,
        lambda y: tuple(row.tolist() for row in y),
        pd.DataFrame,
        np.asfortranarray,
        lambda y: np.ma.masked_array(y, False),
        lambda y: y.astype(np.uint8),
    ],
    ids=["lists", "list", "tuple", "data frame", "fortran", "no mask", "uint8"],
)
def test_containers_of_labels(data, fitted, as_given):
    X, y = data
    assert same_fit(FRAMES.small().fit(X, as_given(y)), fitted)
    assert fitted.score(X, as_given(y)) == fitted.score(X, y)


def searched(max_iter):
    """A short search that judges all edits it screens, whatever they are worth."""
    local_search = LocalSearch(
        max_refinements=1, max_neighbours=300, n_screened=24, race_errors=1e6
    )
    return DPads(max_iter=max_iter, local_search=local_search)


DEFAULT = {"grammar": None, "max_depth": 4, "random_state": 1}


@pytest.fixture(scope="module")
def found():
    """Sequences long enough for windows, and what the default grammar made of them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(16, 12, 2)).cumsum(axis=1)
    y = (np.diff(X[:, :, 0], axis=1, prepend=0.0) + 0.3 * X[:, :, 1] > 0).astype(int)
    return X, DPadsFrameClassifier(search=searched(2), **DEFAULT).fit(X, y)


def test_programs_of_the_default_grammar_do_not_look_ahead(found):
    X, clf = found
    used = {
        node.production.symbol
        for record in clf.programs_
        for _, node in record.program.expression.walk()
    }
    assert used >= {"Map", "MapPrefix", "SlideWindowAvg", "Fold", "ITE"}
    for t in (1, 4, 11):
        changed = X.copy()
        changed[:, t:] = X[::-1, t:]
        for i in range(len(clf.programs_)):
            values = clf.decision_function(X, program=i)
            assert_array_equal(clf.decision_function(changed, program=i)[:, :t], values[:, :t])
            assert_allclose(clf.decision_function(X[:, :t], program=i), values[:, :t], rtol=1e-9)


def test_predictions_do_depend_on_earlier_frames(found):
    X, clf = found
    changed = X.copy()
    changed[:, 0] += 3.0
    moved = [
        (clf.decision_function(changed, program=i) != clf.decision_function(X, program=i))[:, -1]
        for i in range(len(clf.programs_))
    ]
    assert np.any(moved)


def test_centred_windows_look_ahead():
    X, y = FRAMES.data()
    grammar = FRAMES.grammar.without("Map").with_production(CenteredWindowAvg(3))
    clf = FRAMES.small(grammar=grammar).fit(X, y)
    assert clf.program_.expression.production == CenteredWindowAvg(3)
    changed = X.copy()
    changed[:, 4:] += 50.0
    difference = clf.decision_function(changed) != clf.decision_function(X)
    assert not difference[:, :3].any()
    assert difference[:, 3].all()


ROOTS = ("list->atom ::= SlideWindowAvg[all](atom->atom)\n", "list->list ::= Map(atom->atom)\n")
LEAVES = """
atom->atom ::= Affine[first] | Affine[both] | Constant | Add(atom->atom, atom->atom)
             | ITE(atom->atom?, atom->atom, atom->atom)
Affine[first] = {0}
Affine[both] = {0, 1}
"""


class FoldsInTurn(Folds):
    """Folds that no label has a say in; those of sequences are stratified otherwise."""

    def __init__(self, targets, n_folds, rng, groups=None):
        super().__init__(targets, n_folds, rng, groups)
        self.fold_of = torch.arange(len(self.fold_of)) // 2 % self.n_folds


def test_sequences_of_one_frame_are_searched_alike(monkeypatch):
    """Nothing else than the signature of the root tells the two estimators apart."""
    monkeypatch.setattr(_problem, "Folds", FoldsInTurn)
    X, y = FRAMES.data(40, n_timesteps=1)
    settings = {"max_depth": 3, "search": searched(3), "random_state": 0}
    grammars = [Grammar.parse(root + LEAVES) for root in ROOTS]
    one = DPadsClassifier(grammar=grammars[0], **settings).fit(X, y[:, 0])
    other = DPadsFrameClassifier(grammar=grammars[1], **settings).fit(X, y)
    bodies = [record.program.expression.args[0].skeleton() for record in one.programs_]
    assert len(bodies) > 4
    assert bodies == [record.program.expression.args[0].skeleton() for record in other.programs_]
    for of_sequences, of_frames in zip(one.programs_, other.programs_, strict=True):
        assert of_frames.score == pytest.approx(of_sequences.score, abs=1e-6)
        assert of_frames.loss == pytest.approx(of_sequences.loss, rel=1e-4)
    phases = [event["phase"] for event in one.search_history_]
    assert phases == [event["phase"] for event in other.search_history_]
    values = one.decision_function(X)
    assert_allclose(other.decision_function(X)[:, 0], values, atol=1e-3)
    assert one.score(X, y[:, 0]) == other.score(X, y) > 0.9


def test_docstring_states_the_defaults():
    documented = re.findall(
        r"^    (\w+) : .*default=([^\n]+)$",
        inspect.getdoc(DPadsFrameClassifier).replace("\n", "\n    "),
        re.M,
    )
    parameters = inspect.signature(DPadsFrameClassifier).parameters
    assert dict(documented).keys() == parameters.keys()
    for name, default in documented:
        assert eval(default) == parameters[name].default, name
