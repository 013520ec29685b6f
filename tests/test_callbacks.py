"""The callback for MLflow, against a module that keeps what it is told as MLflow would."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_dpads import DPadsClassifier, Program
from sklearn_dpads.callbacks import MLflowCallback
from sklearn_dpads.search import SumsOfReaders

# Steps of all kinds, and next to none.
SETTINGS = {"max_depth": 2, "max_iter": 2, "max_refinements": 0, "random_state": 0}
FEW_STEPS = {"max_depth": 2, "search": SumsOfReaders(), "random_state": 0}


class FakeMLflow(SimpleNamespace):
    """Keeps runs; as MLflow it refuses to start a second one, and to log values that are none."""

    def __init__(self):
        super().__init__(runs=[], active=None)

    def active_run(self):
        return self.active

    def start_run(self, run_name=None):
        assert self.active is None
        self.active = SimpleNamespace(
            name=run_name, params={}, tags={}, metrics=[], files={}, status="RUNNING"
        )
        self.runs.append(self.active)

    def end_run(self, status="FINISHED"):
        self.active.status, self.active = status, None

    def log_params(self, params):
        assert all(len(value) <= 500 for value in params.values())
        self.active.params.update(params)

    def set_tag(self, name, value):
        self.active.tags[name] = value

    def log_metrics(self, metrics, step=None):
        assert all(isinstance(value, float) and np.isfinite(value) for value in metrics.values())
        self.active.metrics += [(name, value, step) for name, value in metrics.items()]

    def log_text(self, text, artifact_file):
        self.active.files[artifact_file] = text


@pytest.fixture
def mlflow(monkeypatch):
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    fake = FakeMLflow()
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    return fake


def some():
    y = np.repeat(["rest", "walk"], 8)
    X = np.random.default_rng(0).normal(size=(16, 5, 1)) + (y == "walk")[:, None, None]
    return X, y


def classifier(callback, settings=FEW_STEPS):
    return DPadsClassifier(**settings).set_callbacks(callback)


def test_a_fit_is_a_run_with_parameters_steps_and_program(mlflow):
    clf = classifier(MLflowCallback("gaits")).fit(*some())
    (run,) = mlflow.runs
    assert (run.name, run.status) == ("gaits", "FINISHED")
    assert run.params["max_depth"] == "2"
    assert run.tags["phase"] == clf.search_history_[-1]["phase"]
    assert Program.from_json(run.files["program.json"]).to_text() == run.files["program.txt"]
    assert json.loads(run.files["program.json"])
    assert run.files["program.txt"] == str(clf.program_)
    steps = [step for name, _, step in run.metrics if name == "seconds"]
    assert steps == list(range(len(clf.search_history_)))


def test_the_best_score_never_falls_and_is_by_cross_fitting(mlflow):
    clf = classifier(MLflowCallback(), SETTINGS).fit(*some())
    best = [value for name, value, _ in mlflow.runs[0].metrics if name == "best_score"]
    assert best == sorted(best)
    assert best[-1] == pytest.approx(max(record.score for record in clf.programs_))
    last = {name: value for name, value, _ in mlflow.runs[0].metrics}
    assert last["score"] == clf.programs_[0].score
    assert last["n_parameters"] == clf.programs_[0].n_parameters


def test_an_active_run_is_logged_to_and_left_open(mlflow):
    mlflow.start_run("mine")
    classifier(MLflowCallback("other")).fit(*some())
    assert [run.name for run in mlflow.runs] == ["mine"]
    assert mlflow.runs[0].status == "RUNNING"
    assert "program.txt" in mlflow.runs[0].files


def test_a_fit_that_fails_is_a_failed_run(mlflow):
    def fails(*args, **kwargs):
        raise RuntimeError("no score")

    class Breaks:
        setup = teardown = on_fit_task_begin = lambda *args, **kwargs: None
        on_fit_task_end = fails

    clf = DPadsClassifier(**FEW_STEPS).set_callbacks(MLflowCallback(), Breaks())
    with pytest.raises(RuntimeError, match="no score"):
        clf.fit(*some())
    assert mlflow.runs[0].status == "FAILED"
    assert mlflow.active is None


def test_without_mlflow_it_says_how_to_install_it(mlflow, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ImportError, match="pip install mlflow"):
        classifier(MLflowCallback()).fit(*some())


def test_scores_on_the_validation_part_are_not_the_best(mlflow):
    callback = MLflowCallback()
    callback.setup(DPadsClassifier(), None)
    for phase, score in (("dequeue", 1.0), ("choose", 0.5), ("refine", np.inf), ("refine", 0.4)):
        event = {"phase": phase, "time": 0.0, "score": score}
        callback.on_fit_task_end(None, SimpleNamespace(event=event))
    best = [value for name, value, _ in mlflow.runs[0].metrics if name == "best_score"]
    assert best == [0.5, 0.5, 0.5]
