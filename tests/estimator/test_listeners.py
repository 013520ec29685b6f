"""scikit-learn's callbacks: what they are told, and what they can end."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dpads.estimator import restarts as _restarts
from sklearn_dpads.metrics import frame_accuracy_scorer
from sklearn_dpads.preprocessing import FrameTransformer

from ..classifier.contract import (
    FORMS,
    FRAMES,
    SEQUENCES,
    same_fit,
)

callback = pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")


@pytest.fixture(scope="module", params=FORMS, ids=str)
def form(request):
    return request.param


class Recorder:
    """Keeps what it is told, and ends or breaks what it is asked to.

    Parameters
    ----------
    stop : callable
        Whether to end, by the context of a task that has ended.
    """

    def __init__(self, stop=lambda context: False):
        self.stop = stop
        self.begun, self.ended, self.calls, self.given = [], [], [], []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.calls.append("begin")
        self.begun.append(context)
        self.given.append((X, y, metadata))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.calls.append("end")
        self.ended.append((context, fitted_estimator))
        return self.stop(context)

    def names(self):
        return [context.task_name for context, _ in self.ended]

    def fits_of(self, estimator):
        """Give the contexts of whole fits of an estimator."""
        contexts = [context for context, _ in self.ended if not hasattr(context, "event")]
        named = [c for c in contexts if c.estimator_name == estimator.__name__]
        return [context for context in named if context.task_name == "fit"]

    def events(self):
        return [context.event for context, _ in self.ended if hasattr(context, "event")]


class Propagated(Recorder):
    """The same, handed on to the estimators inside of others."""

    max_propagation_depth = None


def fit_with(form, *callbacks, **changes):
    X, y = form.data()
    return form.small(**changes).set_callbacks(*callbacks).fit(X, y)


def test_every_step_is_told(form):
    recorder = Recorder()
    clf = fit_with(form, recorder)
    assert same_fit(clf, form.small().fit(*form.data()))
    told = [{**event, "restart": 0} for event in recorder.events()]
    assert told == clf.search_history_
    phases = [event["phase"] for event in clf.search_history_]
    assert recorder.names() == [*phases, "search", "fit"]
    assert {"train", "split", "choose", "fit"} <= set(phases)
    assert recorder.calls[0] == "setup"
    assert recorder.calls[-1] == "teardown"
    assert recorder.calls.count("begin") == recorder.calls.count("end") == len(phases) + 2


def test_tasks_form_a_tree(form):
    recorder = Recorder()
    fit_with(form, recorder, n_restarts=2)
    fit, *rest = recorder.begun
    assert fit.parent is None
    assert fit.estimator_name == form.estimator.__name__
    searches = [context for context in rest if context.task_name == "search"]
    assert [search.task_id for search in searches] == [0, 1]
    assert all(search.parent is fit for search in searches)
    steps = [context for context in rest if hasattr(context, "event")]
    assert {context.parent for context in steps} == set(searches)
    assert all(context.max_subtasks == 0 for context in steps)


def test_data_are_handed_on_as_given(form):
    X, y = form.cut(*form.data())
    recorder, weights = Recorder(), np.linspace(1.0, 2.0, len(X))
    form.small().set_callbacks(recorder).fit(X, y, weights)
    assert all(given[0] is X and given[1] is y for given in recorder.given)
    assert all(given[2] == {"sample_weight": weights} for given in recorder.given)
    recorder = Recorder()
    form.small().set_callbacks(recorder).fit(X, y)
    assert all(given[2] is None for given in recorder.given)


def test_fitted_estimator_comes_with_the_end_of_the_fit(form):
    X, _ = form.data()
    recorder = Recorder()
    clf = fit_with(form, recorder)
    *during, last = [estimator for _, estimator in recorder.ended]
    assert during == [None] * len(during)
    assert last is not clf
    assert_array_equal(last.predict_proba(X), clf.predict_proba(X))


@pytest.mark.parametrize("phase", ["train", "split", "dequeue", "choose"])
def test_a_step_can_end_the_search(form, phase):
    X, y = form.data()
    recorder = Recorder(lambda context: context.task_name == phase)
    clf = form.small(max_refinements=3).set_callbacks(recorder)
    with pytest.warns(ConvergenceWarning, match="The search was ended by a callback") as caught:
        clf.fit(X, y)
    assert [warning.filename for warning in caught] == [__file__]
    phases = [event["phase"] for event in clf.search_history_]
    left = phases[phases.index(phase) + 1 :]
    assert set(left) <= {"dequeue", "choose", "expired", "fit"}
    assert left[-1] == "fit"
    assert "expired" in left
    assert clf.predict(X).shape == y.shape
    assert clf.programs_[0].program is clf.program_


def test_a_search_ended_by_a_step_is_followed_by_the_next():
    seen = []

    def first_step(context):
        seen.append(context.task_name)
        return len(seen) == 1

    with pytest.warns(ConvergenceWarning, match="ended by a callback"):
        clf = fit_with(SEQUENCES, Recorder(first_step), n_restarts=2)
    lengths = [sum(e["restart"] == i for e in clf.search_history_) for i in (0, 1)]
    assert lengths[0] < lengths[1]


def test_a_search_can_be_the_last(form):
    recorder = Recorder(lambda context: context.task_name == "search")
    with pytest.warns(ConvergenceWarning, match="ended by a callback"):
        clf = fit_with(form, recorder, n_restarts=3)
    assert {event["restart"] for event in clf.search_history_} == {0}
    assert same_fit(clf, form.small().fit(*form.data()))
    assert recorder.names().count("search") == 1


def test_nothing_is_cut_short_by_the_end_of_the_only_search(form):
    """And so nothing is to be warned of."""
    clf = fit_with(form, Recorder(lambda context: context.task_name in ("search", "fit")))
    assert same_fit(clf, form.small().fit(*form.data()))


def test_one_of_several_callbacks_suffices_to_end():
    other = Recorder()
    with pytest.warns(ConvergenceWarning, match="ended by a callback"):
        fit_with(SEQUENCES, Recorder(lambda context: context.task_name == "train"), other)
    assert "expired" in other.names()


def test_max_time_is_not_blamed_on_a_callback():
    X, y = SEQUENCES.data()
    clf = SEQUENCES.small(max_time=1e-9).set_callbacks(Recorder())
    with pytest.warns(ConvergenceWarning, match="The search was ended by max_time"):
        clf.fit(X, y)


def test_the_search_in_reserve_is_told(form):
    """A search that comes out with nothing sound is followed by one more."""
    X, y = form.data()
    recorder = Recorder()
    clf = form.small().set_callbacks(recorder, callback.ProgressBar())
    with pytest.warns(ConvergenceWarning, match=r"found in 2 search.* one class only"):
        clf.fit(np.zeros_like(X), y)
    assert recorder.names().count("search") == 2


def test_no_search_in_reserve_after_the_end():
    X, y = SEQUENCES.data()
    recorder = Recorder(lambda context: context.task_name == "search")
    clf = SEQUENCES.small().set_callbacks(recorder)
    with pytest.warns(ConvergenceWarning, match=r"found in 1 search.* one class only"):
        clf.fit(np.zeros_like(X), y)


def test_searches_side_by_side_are_told(monkeypatch):
    joblib = importlib.import_module("joblib")
    recorder = Recorder()
    with joblib.parallel_config(backend="threading"):
        clf = fit_with(SEQUENCES, recorder, n_restarts=2, n_jobs=2)
    assert recorder.names() == ["search", "search", "fit"]
    assert same_fit(clf, SEQUENCES.small(n_restarts=2).fit(*SEQUENCES.data()))


@pytest.mark.parametrize("hook", ["on_fit_task_begin", "on_fit_task_end"])
def test_teardown_after_an_error_of_a_callback(form, hook, monkeypatch):
    recorder, other = Recorder(), Recorder()

    def fail(estimator, context):
        if context.task_name == "train":
            raise OSError("disk full")

    monkeypatch.setattr(other, hook, fail)
    with pytest.raises(OSError, match="disk full"):
        fit_with(form, recorder, other)
    assert recorder.calls[-1] == other.calls[-1] == "teardown"
    assert recorder.calls.count("teardown") == 1


def test_teardown_after_an_error_of_the_search(form, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(_restarts.Task, "run", fail)
    recorder = Recorder()
    with pytest.raises(RuntimeError, match="out of memory"):
        fit_with(form, recorder)
    assert recorder.calls == ["setup", "begin", "begin", "teardown"]


def test_bad_input_is_found_before_any_callback_is_set_up(form):
    recorder = Recorder()
    with pytest.raises(ValueError, match="max_depth == 0"):
        fit_with(form, recorder, max_depth=0)
    assert recorder.calls == []


def test_nothing_of_a_callback_stays(form):
    clf = fit_with(form, Recorder())
    plain = form.small().fit(*form.data())
    assert vars(clf).keys() - vars(plain).keys() == {"_skl_callbacks"}
    assert clf.set_callbacks() is clf
    assert vars(clf).keys() == vars(plain).keys()


def test_callbacks_are_cloned_by_reference_and_can_be_used_again(form):
    recorder = Recorder()
    clf = fit_with(form, recorder)
    n_calls = len(recorder.calls)
    clone(clf).fit(*form.data())
    assert recorder.calls == recorder.calls[:n_calls] * 2


def test_callbacks_must_be_instances():
    with pytest.raises(TypeError, match="must be instances"):
        SEQUENCES.small().set_callbacks(Recorder)
    with pytest.raises(TypeError, match="must be instances"):
        SEQUENCES.small().set_callbacks(print)


def test_progress_bars_are_nested(form, capsys):
    pytest.importorskip("rich")
    fit_with(form, callback.ProgressBar(), n_restarts=2)
    lines = capsys.readouterr().out.splitlines()
    name = form.estimator.__name__
    shown = [line.split("━")[0].rstrip() for line in lines if name in line]
    assert shown == [f"{name} - fit", f"  {name} - search #0", f"  {name} - search #1"]
    assert all("100%" in line for line in lines if name in line)


def test_progress_bars_of_a_search_over_parameters(form, capsys):
    pytest.importorskip("rich")
    X, y = form.data()
    search = GridSearchCV(form.small(max_iter=1), {"search__N": [1, 2]}, cv=2)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X, y)
    shown = capsys.readouterr().out
    assert shown.count("candidate-split-evaluation") == 4
    assert shown.count(f"{form.estimator.__name__} - search #0") == 5
    assert not hasattr(search.best_estimator_, "_skl_callbacks")


def test_callbacks_of_a_search_over_parameters(form):
    X, y = form.data()
    recorder = Propagated()
    search = (
        GridSearchCV(form.small(), {"search__N": [1, 2]}, cv=2).set_callbacks(recorder).fit(X, y)
    )
    assert recorder.calls.count("setup") == recorder.calls.count("teardown") == 1
    assert len(recorder.fits_of(form.estimator)) == 5
    history = search.best_estimator_.search_history_
    assert [{**e, "restart": 0} for e in recorder.events()][-len(history) :] == history


def test_a_callback_can_end_the_searches_inside_of_a_search(form):
    X, y = form.data()
    recorder = Propagated(lambda context: hasattr(context, "event"))
    search = GridSearchCV(form.small(), {"search__N": [1, 2]}, cv=2).set_callbacks(recorder)
    with pytest.warns(ConvergenceWarning, match="ended by a callback") as caught:
        search.fit(X, y)
    assert len(caught) == 5
    assert search.best_score_ > 0.5


def test_callbacks_of_a_pipeline(form):
    X, y = form.data()
    recorder = Propagated()
    pipeline = make_pipeline(FrameTransformer(StandardScaler()), form.small())
    with pytest.warns(UserWarning, match="FrameTransformer does not support callbacks"):
        pipeline.set_callbacks(recorder).fit(X, y)
    history = pipeline[-1].search_history_
    assert [{**event, "restart": 0} for event in recorder.events()] == history
    (fit,) = recorder.fits_of(form.estimator)
    assert fit.source_estimator_name == "Pipeline"


def test_scoring_monitor(form):
    X, y = form.data()
    weights = np.linspace(1.0, 2.0, len(X))
    scorer = frame_accuracy_scorer if form.per_frame else "accuracy"
    monitor = callback.ScoringMonitor(scoring={"share": scorer} if form.per_frame else scorer)
    clf = form.small().set_callbacks(monitor)
    clf.fit(X, y, weights)
    name = "share" if form.per_frame else "accuracy"
    (row,) = monitor.get_logs(select="most_recent").data
    assert row["task_name"] == "fit"
    assert row[name] == clf.score(X, y, weights)
    clf.fit(X, y)
    assert monitor.get_logs(select="most_recent").data[0][name] == clf.score(X, y)


@pytest.fixture
def without_callbacks(monkeypatch):
    """The module of the classifiers as it is where scikit-learn has no callbacks."""
    affected = [
        name
        for name in sys.modules
        if name.startswith("sklearn_dpads.estimator.") or name == "sklearn_dpads.classifier"
    ]
    for name in affected:
        monkeypatch.delitem(sys.modules, name)
        parent, _, leaf = name.rpartition(".")
        package = importlib.import_module(parent)
        monkeypatch.setattr(package, leaf, getattr(package, leaf))
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    module = importlib.import_module("sklearn_dpads.classifier")
    return module


@pytest.mark.parametrize("name", ["DPadsClassifier", "DPadsFrameClassifier"])
def test_older_scikit_learn(without_callbacks, name):
    form = FRAMES if "Frame" in name else SEQUENCES
    X, y = form.data()
    estimator = getattr(without_callbacks, name)
    assert estimator is not form.estimator
    assert not hasattr(estimator, "set_callbacks")
    clf = estimator(**form.small().get_params(deep=False)).fit(X, y)
    assert clf.score(X, y) > 0.8
    assert not hasattr(clf, "_skl_callbacks")
    assert clone(clf).fit(X, y, np.ones(len(X))).program_.to_json() == clf.program_.to_json()
    with pytest.warns(ConvergenceWarning, match="ended by max_time") as caught:
        clf.set_params(max_time=1e-9).fit(X, y)
    assert caught[0].filename == __file__
