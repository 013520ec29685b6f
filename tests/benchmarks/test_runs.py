"""Runs: made once, made anew when something changed, and never half."""

from __future__ import annotations

import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
from comparison import runs as runs_module
from comparison.data_sets import open_set
from comparison.measure import held_out_scores, judgement, measure
from comparison.results import ResultsFile
from comparison.runs import Run, make_runs
from sklearn.metrics import accuracy_score, f1_score

import sklearn_dpads
from sklearn_dpads import DPadsClassifier
from sklearn_dpads.baselines import RNNClassifier

from .fakes import (
    FakeClassifier,
    fake_program,
    fake_system,
    make_arrays,
    write_set,
)


@pytest.fixture
def data(tmp_path):
    write_set(tmp_path / "some.npz")
    return open_set("some", tmp_path)


@pytest.fixture
def results(tmp_path):
    return ResultsFile(tmp_path / "results.jsonl")


@pytest.fixture(autouse=True)
def no_fits():
    FakeClassifier.n_fits = 0


def plan(data, *, seeds=(0, 1, 2), system=None, max_time=None, **settings):
    system = system or fake_system()
    return [Run(data, system, seed, settings, max_time) for seed in seeds]


def test_a_row_tells_what_was_run_and_what_came_out(data, results):
    reported = []
    assert make_runs(plan(data, seeds=[4], size=9), results, report=reported.append)
    (row,) = results.rows()
    assert (row["data_set"], row["system"], row["seed"]) == ("some", "fake", 4)
    assert (row["settings"], row["n_train"], row["n_test"]) == ({"size": 9}, 12, 8)
    assert row["version"] == sklearn_dpads.__version__
    assert row["grammar"].startswith("groups a (1), b (2), all (3); readers")
    # All are said to be of class 1, as half of them are.
    assert row["f1"] == pytest.approx(2 / 3)
    assert row["accuracy"] == 0.5
    assert row["status"] == "ok"
    assert row["fit_seconds"] >= 0
    assert row["program"] is None
    environment = row["environment"]
    assert environment["torch"] == torch.__version__
    assert environment["numpy"] == np.__version__
    assert {"python", "scikit-learn", "sklearn_dpads", "n_threads", "n_cpus"} <= set(environment)
    assert [row["seed"] for row in reported] == [4]


def test_what_is_done_is_not_done_again(data, results):
    make_runs(plan(data, seeds=[0, 1]), results)
    make_runs(plan(data, seeds=[0, 1, 2]), results)
    assert FakeClassifier.n_fits == 3
    assert [row["seed"] for row in results.rows()] == [0, 1, 2]
    make_runs(plan(data, seeds=[1]), results, redo=True)
    assert FakeClassifier.n_fits == 4
    assert len(results.rows()) == 4


def test_a_torn_row_is_made_again(data, results):
    make_runs(plan(data, seeds=[0, 1]), results)
    results.path.write_bytes(results.path.read_bytes()[:-40])
    make_runs(plan(data, seeds=[0, 1]), results)
    assert FakeClassifier.n_fits == 3
    assert [row["seed"] for row in results.rows()] == [0, 1]


def test_whatever_changes_the_outcome_makes_another_run(data, results, tmp_path, monkeypatch):
    make_runs(plan(data), results)
    others = [
        plan(data, size=2),
        plan(data, max_time=3.0),
        plan(data, system=fake_system(size=5)),
        plan(data, system=fake_system("other")),
        plan(data.with_train_size(8)),
        plan(open_set("some@defaults", tmp_path)),
    ]
    for n, other in enumerate(others, start=2):
        make_runs(other, results)
        assert FakeClassifier.n_fits == 3 * n
    monkeypatch.setattr(sklearn_dpads, "__version__", "99")
    make_runs(plan(data), results)
    assert FakeClassifier.n_fits == 3 * (len(others) + 2)
    make_runs(plan(data), results)
    assert FakeClassifier.n_fits == 3 * (len(others) + 2)


def test_settings_that_are_the_default_anyway_make_no_other_run(data, results):
    make_runs(plan(data), results)
    make_runs(plan(data, size=1), results)
    assert FakeClassifier.n_fits == 3


def test_another_process_may_do_some_of_the_work(data, results):
    def meanwhile(row):
        if row["seed"] == 0:
            ResultsFile(results.path).append({**row, "seed": 1})

    make_runs(plan(data, seeds=[0, 1, 2]), results, report=meanwhile)
    assert FakeClassifier.n_fits == 2
    assert [row["seed"] for row in results.rows()] == [0, 1, 2]


def test_a_failure_is_recorded_and_tried_again(data, results):
    failing = plan(data, seeds=[0, 1], fails=True)
    assert make_runs([failing[0], *plan(data, seeds=[5]), failing[1]], results)
    rows = results.rows()
    assert [row["status"] for row in rows] == ["error", "ok", "error"]
    assert rows[0]["error"] == "RuntimeError: seed 0 is too hard"
    assert "fakes.py" in rows[0]["traceback"]
    make_runs(failing, results)
    assert FakeClassifier.n_fits == 5


def test_an_interruption_ends_all_and_leaves_no_row(data, results):
    planned = [
        *plan(data, seeds=[0]),
        *plan(data, seeds=[1], interrupted=True),
        *plan(data, seeds=[2]),
    ]
    before = signal.getsignal(signal.SIGINT)
    assert not make_runs(planned, results)
    assert [row["seed"] for row in results.rows()] == [0]
    assert FakeClassifier.n_fits == 2
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interruption_that_is_passed_on_does_the_same(data, results, monkeypatch):
    def interrupted(estimator, data):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs_module, "measure", interrupted)
    assert not make_runs(plan(data), results)
    assert results.rows() == []


def test_threads_are_set_for_the_fits_alone(data, results, monkeypatch):
    before = torch.get_num_threads()
    seen = []
    monkeypatch.setattr(
        FakeClassifier,
        "predict",
        lambda self, X: seen.append(torch.get_num_threads()) or X[:, 0, 0],
    )
    make_runs(plan(data, seeds=[0]), results, n_threads=before + 1)
    assert seen == [before + 1]
    assert torch.get_num_threads() == before
    assert results.rows()[0]["environment"]["n_threads"] == before + 1


def test_programs_are_described(data, monkeypatch):
    estimator = FakeClassifier()
    estimator.program_ = fake_program()
    record = fake_program()
    record.score, record.loss = 0.8, 0.4
    estimator.programs_ = [record]
    estimator.search_history_ = [{"phase": "train"}, {"phase": "expired"}]
    measured = measure(estimator, data)
    assert measured["program"] == "Map(Affine[a]) in 4 digits"
    assert measured["program_json"] == '"Map(Affine[a])"'
    assert measured["skeleton"] == "Map(Affine[a])"
    described = [measured[f] for f in ("cost", "depth", "n_productions", "n_programs")]
    assert described == [3, 2, 2, 1]
    assert (measured["score"], measured["loss"]) == (0.8, 0.4)
    assert measured["judged_by"] == "cross-fitting"
    assert measured["ended_early"]
    estimator.search_history_ = [{"phase": "train"}]
    assert not measure(estimator, data)["ended_early"]


def test_fits_are_told_of_groups_that_take_them(data, monkeypatch):
    told = []

    def fit(self, X, y, groups=None):
        told.append(groups)
        return plain(self, X, y)

    plain = FakeClassifier.fit
    grouped = replace(data, groups=np.arange(len(data.y_train)))
    measure(FakeClassifier(), grouped)
    monkeypatch.setattr(FakeClassifier, "fit", fit)
    measure(FakeClassifier(), data)
    measure(FakeClassifier(), grouped)
    assert told == [None, grouped.groups]


def test_real_estimators_have_what_is_asked_of_them(data):
    X, y = make_arrays(24)
    program = DPadsClassifier(max_depth=2, max_iter=1, max_refinements=0, random_state=0)
    described = measure(program, data)
    assert described["program"] == program.program_.to_text(precision=4, width=None)
    assert described["score"] == program.programs_[0].score
    assert described["ended_early"] is False
    network = RNNClassifier(hidden_size=2, max_iter=2, random_state=0).fit(X, y)
    assert judgement(network)["judged_by"] == "validation part"
    assert judgement(network)["loss"] == min(network.validation_loss_curve_)


@pytest.mark.parametrize("per_frame", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_are_those_of_scikit_learn(tmp_path, per_frame, n_classes):
    rng = np.random.default_rng(0)
    names = [f"class {i}" for i in range(n_classes)]
    write_set(
        tmp_path / "some.npz",
        y_of=lambda y: rng.integers(0, n_classes, y.shape),
        per_frame=per_frame,
        class_names=names,
    )
    data = open_set("some", tmp_path)
    predicted = rng.integers(0, n_classes, data.y_test.shape)
    true, said = data.y_test.ravel(), predicted.ravel()
    expected = f1_score(true, said, average="binary" if n_classes == 2 else "weighted")
    f1, accuracy = held_out_scores(data, np.arange(n_classes), predicted)
    assert f1 == pytest.approx(expected)
    assert accuracy == pytest.approx(accuracy_score(true, said))


def test_frames_without_label_do_not_count(tmp_path):
    def marked(y):
        y = y.copy()
        y[:, -2:] = -1
        return y

    write_set(tmp_path / "some.npz", y_of=marked, per_frame=True)
    data = open_set("some", tmp_path)
    predicted = np.where(data.y_test == -1, 1, data.y_test)
    assert held_out_scores(data, np.array([0, 1]), predicted) == (1.0, 1.0)
