"""What holds for every baseline whose model is a program."""

from __future__ import annotations

import inspect
import pickle
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

from sklearn_dpads import Program
from sklearn_dpads.metrics import frame_f1_scorer
from sklearn_dpads.search import Log

from .program_cases import (
    GRAMMAR,
    KINDS,
    fit_of,
)

ENDLESS = GRAMMAR.without("Map").without("SlideWindowAvg[all]").without("SlideWindowAvg[2]")


@pytest.fixture(scope="module", params=KINDS, ids=str)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def data(kind):
    return kind.data()


@pytest.fixture(scope="module")
def fitted(kind, data):
    return kind.small().fit(*data)


def test_it_tells_the_classes_apart(kind, fitted):
    X, y = kind.data(seed=1)
    assert fitted.score(X, y) > 0.9
    assert_array_equal(fitted.classes_, ["a", "b"])
    values = fitted.decision_function(X)
    assert values.shape == y.shape
    assert_array_equal(fitted.predict(X), np.where(values > 0, "b", "a"))
    assert_allclose(fitted.predict_proba(X)[..., 1], 1 / (1 + np.exp(-values)))


def test_three_classes(kind):
    X, y = kind.data(30, n_classes=3)
    clf = kind.small(n_fit_steps=30).fit(X, y)
    assert clf.predict_proba(X).shape == (*y.shape, 3)
    assert clf.n_outputs_ == 3
    assert clf.score(X, y) > 0.7


def test_programs(fitted, data):
    X, _ = data
    assert isinstance(fitted.program_, Program)
    assert fitted.programs_[0].program is fitted.program_
    shapes = [record.program.expression.skeleton() for record in fitted.programs_]
    assert len(shapes) == len(set(shapes)) > 1
    assert all(record.depth <= 2 for record in fitted.programs_)
    assert any(record.on_front for record in fitted.programs_)
    # A program gives the log-odds of the positive class, the last of its own.
    sign = 1 if fitted.program_.classes == tuple(fitted.classes_) else -1
    assert set(fitted.program_.classes) == set(fitted.classes_)
    assert_array_equal(sign * fitted.program_(X)[..., 0], fitted.decision_function(X))
    assert_array_equal(
        fitted.predict(X, program=1), fitted.predict(X, program=fitted.programs_[1].program)
    )


def test_random_state_repeats_the_fit(kind, fitted, data):
    assert fit_of(clone(fitted).fit(*data)) == fit_of(fitted)
    generator = kind.small(random_state=np.random.RandomState(3)).fit(*data)
    assert fit_of(generator) == fit_of(kind.small(random_state=np.random.RandomState(3)).fit(*data))
    assert fit_of(generator) != fit_of(fitted)


def test_pickle(fitted, data):
    X, _ = data
    content = pickle.dumps(fitted)
    assert b"torch" not in content
    again = pickle.loads(content)
    assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert fit_of(again) == fit_of(fitted)


def test_the_search_can_be_sent_to_another_process(kind):
    search = kind.small()._make_search()
    assert pickle.loads(pickle.dumps(search)) == search


def test_unfitted(kind, data):
    with pytest.raises(NotFittedError):
        kind.small().predict(data[0])


def test_grid_search(kind, data):
    X, y = data
    grid = {"grammar": [GRAMMAR, GRAMMAR.without("Affine[first]")], "n_fit_steps": [4]}
    found = GridSearchCV(kind.small(), grid, cv=2).fit(X, y)
    assert found.best_params_["grammar"] in grid["grammar"]
    assert found.best_score_ > 0.7
    assert found.predict(X).shape == y.shape


def test_cross_validation(kind, data):
    scoring = frame_f1_scorer if kind.per_frame else "f1_macro"
    assert cross_val_score(kind.small(), *data, cv=2, scoring=scoring).min() > 0.7


def test_weight_zero_is_as_good_as_left_out(kind, data):
    X, y = data
    weights = np.ones(len(X))
    weights[3:9] = 0.0
    weighted = kind.small().fit(X, y, weights)
    assert fit_of(weighted) == fit_of(kind.small().fit(X[weights > 0], y[weights > 0]))


def test_weights_move_the_decision(kind):
    X, y = kind.data(40)
    X[:, :, 0] = (
        100.0
        + 0.3 * (X[:, :, 0] - 100.0)
        + np.random.default_rng(2).normal(scale=20.0, size=X.shape[:2])
    )
    shares = [
        (kind.small().fit(X, y, np.where(y == "b", w, 1.0)).predict(X) == "b").mean()
        for w in (0.5, 2.0)
    ]
    assert shares[0] < shares[1]


def test_layouts_and_padding_do_not_matter(kind, fitted, data):
    X, y = data
    lengths = 3 + np.arange(len(X)) % 3
    ragged = [x[:n] for x, n in zip(X, lengths, strict=True)]
    labels = [row[:n] for row, n in zip(y, lengths, strict=True)] if kind.per_frame else y
    padded = np.full((len(X), 8, 2), np.nan)
    padded_labels = np.full((len(X), 8), "") if kind.per_frame else y
    for i, sequence in enumerate(ragged):
        padded[i, : len(sequence)] = sequence
        if kind.per_frame:
            padded_labels[i, : len(sequence)] = labels[i]
    from_list = kind.small().fit(ragged, labels)
    assert fit_of(from_list) == fit_of(kind.small().fit(padded, padded_labels))
    predicted = from_list.predict(padded)
    if kind.per_frame:
        assert (predicted[np.arange(8) >= lengths[:, None]] == "").all()
        assert_array_equal(predicted[:, :5], from_list.predict(ragged))
    else:
        assert_array_equal(predicted, from_list.predict(ragged))


def test_no_time_leaves_a_fitted_estimator(kind, data):
    X, y = data
    clf = kind.small(max_time=1e-6)
    with pytest.warns(ConvergenceWarning, match="ended by max_time"):
        clf.fit(X, y)
    assert clf.predict(X).shape == y.shape
    assert "expired" in [event["phase"] for event in clf.search_history_]


def test_keyboard_interrupt_leaves_a_fitted_estimator(kind, data, monkeypatch):
    X, y = data
    add = Log.add

    def interrupted(self, name, **values):
        add(self, name, **values)
        if name == kind.step and not any(e["phase"] == "interrupt" for e in self.events):
            raise KeyboardInterrupt

    monkeypatch.setattr(Log, "add", interrupted)
    clf = kind.small(max_depth=3)
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        clf.fit(X, y)
    phases = [event["phase"] for event in clf.search_history_]
    assert phases[phases.index(kind.step) + 1] == "interrupt"
    assert "fit" in phases
    assert clf.predict(X).shape == y.shape


class Recorder:
    """Keeps the events it is told of, and ends the search after the first of a phase."""

    def __init__(self, last=None):
        self.last, self.events = last, []

    def setup(self, estimator, context):
        self.events.clear()

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        event = getattr(context, "event", None)
        if event is None:
            return False
        self.events.append(event)
        return event["phase"] == self.last


def test_callbacks_are_told_of_every_step(kind, data):
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    recorder = Recorder()
    clf = kind.small().set_callbacks(recorder).fit(*data)
    told = [event["phase"] for event in recorder.events]
    assert told == [event["phase"] for event in clf.search_history_]
    assert {kind.step, "choose", "fit"} <= set(told)


def test_a_callback_can_end_the_search(kind, data):
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    clf = kind.small(max_depth=3).set_callbacks(Recorder(kind.step))
    with pytest.warns(ConvergenceWarning, match="ended by a callback"):
        clf.fit(*data)
    assert [event["phase"] for event in clf.search_history_].count(kind.step) == 1
    assert clf.score(*data) > 0.4


def test_restarts_are_pooled(kind, data):
    clf = kind.small(n_restarts=2).fit(*data)
    assert {event["restart"] for event in clf.search_history_} == {0, 1}
    shapes = [record.program.expression.skeleton() for record in clf.programs_]
    assert len(shapes) == len(set(shapes))


def test_a_program_can_be_fitted_again(kind, fitted, data):
    X, y = data
    again = fitted.refit(10 * X, y, program=1)
    wanted = fitted.programs_[1].program.expression.skeleton()
    assert [r.program.expression.skeleton() for r in again.programs_] == [wanted]
    assert again.score(10 * X, y) > 0.4


def test_verbose_prints_a_line_per_event(kind, data, capsys):
    clf = kind.small(verbose=True).fit(*data)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(clf.search_history_)
    assert all(line.startswith(f"[{kind.name}]") for line in lines)
    assert any(f"  {kind.step}  " in line for line in lines)
    assert clf.program_.expression.skeleton() in lines[-1]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"max_depth": 0}, ValueError, "max_depth == 0, must be >= 1"),
        ({"n_fit_steps": 2.5}, TypeError, "n_fit_steps must be an instance of int"),
        ({"structural_penalty": -1.0}, ValueError, "structural_penalty == -1.0, must be >= 0"),
        ({"max_time": 0}, ValueError, "max_time == 0, must be > 0"),
        ({"standardize": "yes"}, TypeError, "standardize must be"),
        ({"feature_groups": 2}, ValueError, "either a grammar, .* or feature_groups"),
        ({"grammar": ENDLESS}, ValueError, "derives no program"),
    ],
)
def test_parameters_that_are_refused(kind, data, change, error, message):
    clf = kind.small(**change)
    with pytest.raises(error, match=message):
        clf.fit(*data)
    assert not hasattr(clf, "program_")


def section(estimator, title, following):
    text = inspect.getdoc(estimator)
    return text[text.index(f"{title}\n---") : text.index(f"{following}\n---")]


def test_docstring_states_the_defaults(kind):
    text = section(kind.estimator, "Parameters", "Attributes")
    documented = re.findall(r"^(\w+) : .*default=([^\n]+)$", text, re.M)
    signature = inspect.signature(kind.estimator).parameters
    assert [name for name, _ in documented] == list(signature)
    for name, default in documented:
        assert eval(default) == signature[name].default, name


def test_docstring_lists_the_attributes(kind, fitted):
    text = section(kind.estimator, "Attributes", "See Also")
    documented = set(re.findall(r"^(\w+) : ", text, re.M)) - {"feature_names_in_"}
    assert {name for name in vars(fitted) if name.endswith("_")} == documented


def test_they_are_classifiers_of_3d_arrays(kind):
    clf = kind.estimator()
    assert is_classifier(clf)
    with pytest.raises(ValueError, match=r"\(n, t, 1\)|reshape"):
        clf.fit(np.ones((4, 3)), ["a", "a", "b", "b"])
