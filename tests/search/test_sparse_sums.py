"""Sums of readers with few numbers, out of all that a grammar reads."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_dpads import Grammar, ProgramClassifier, ProgramFrameClassifier
from sklearn_dpads.search import Phase, SparseSums
from sklearn_dpads.search import sparse_sums as _sparse_sums
from sklearn_dpads.training import Pace

from .problem import make_log, make_problem


def gestures(n_classes=3, n=90, seed=0):
    """Class 1 by the mean of feature 0, class 2 by the deviation of feature 4, of six."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    X = rng.normal(size=(n, 12, 6))
    X[y == 1, :, 0] += 1.2
    X[y == 2, :, 4] *= 3.0
    return X, y


def fit(X, y, kind=ProgramClassifier, **settings):
    grammar = Grammar.default({"hand": [0, 1, 2], "foot": [3, 4, 5]})
    return kind(grammar=grammar, search=SparseSums(**settings), random_state=0).fit(X, y)


def read(program):
    return {
        int(node.production.features[j])
        for _, node in program.expression.walk()
        if "weight" in node.params
        for j in np.flatnonzero(node.params["weight"].any(axis=0))
    }


@pytest.mark.parametrize("n_classes", [2, 3])
def test_few_numbers_tell_the_classes_apart(n_classes):
    clf = fit(*gestures(n_classes), max_numbers=12)
    X, y = gestures(n_classes, seed=1)
    assert clf.score(X, y) > 0.9
    assert clf.program_.n_parameters <= 12
    assert {0, *([4] if n_classes > 2 else [])} <= read(clf.program_)
    assert len(read(clf.program_)) < 6
    assert all(clf.program_.n_parameters >= record.n_parameters for record in clf.programs_)


def test_errors_that_are_allowed_leave_fewer_numbers():
    X, y = gestures()
    few, many = (fit(X, y, sparse_errors=errors).program_ for errors in (2.0, 0.0))
    assert few.n_parameters < many.n_parameters


def test_readers_are_no_more_than_asked_for():
    X, y = gestures()
    found = fit(X, y, max_readers=1, max_numbers=100).program_
    keys = {n.production.stream for _, n in found.expression.walk() if n.production.stream}
    assert len(keys) == 1


def test_frames_have_sums_too():
    X, _ = gestures()
    y = (np.cumsum(X[:, :, 0], axis=1) > 0).astype(int)
    clf = fit(X, y, ProgramFrameClassifier, max_numbers=10)
    assert clf.score(X, y) > 0.8
    assert clf.program_.n_parameters <= 10


def test_the_columns_of_steepest_slope_are_looked_at(monkeypatch):
    X, y = gestures()
    monkeypatch.setattr(_sparse_sums, "_MOST_VALUES", 12 * len(X))
    clf = fit(X, y)
    assert {0, 4} <= read(clf.program_)


def test_a_grammar_without_readers_is_refused():
    X, y = gestures()
    whole = Grammar.paper(6)
    grammar = Grammar(tuple(p for p in whole.productions if p.stream is None or p.walks_frames))
    with pytest.raises(ValueError, match="no sum of readers"):
        ProgramClassifier(grammar=grammar, search=SparseSums()).fit(X, y)


def test_fewer_numbers_than_a_sum_has_are_refused():
    X, y = gestures(3)
    with pytest.raises(ValueError, match="gives 3 values has 4 numbers or more"):
        fit(X, y, max_numbers=3)
    with pytest.warns(UserWarning, match="never predicts"):
        assert fit(X, y, max_numbers=4).program_.n_parameters <= 4


def test_a_grammar_without_sums_has_programs_of_one_reader():
    found = SparseSums().run(problem(), make_log())
    assert found.programs[0].expression.skeleton().startswith("SlideWindowAvg[5](Affine")


def problem():
    return make_problem(n_samples=60)


@pytest.mark.parametrize("when", [0, 5, 50])
def test_whoever_interrupts_has_a_program(monkeypatch, when):
    left = [when]

    class Interrupts(Pace):
        def __call__(self):
            left[0] -= 1
            if left[0] == -1:
                raise KeyboardInterrupt
            return False

        has_stopped = False

    log = make_log()
    monkeypatch.setattr(log.stopwatch, "pace", Interrupts)
    found = SparseSums().run(problem(), log)
    assert log.has(Phase.INTERRUPT)
    assert found.programs[0].expression.n_parameters > 0


def test_without_time_there_is_a_program(monkeypatch):
    monkeypatch.setattr("sklearn_dpads.search.stopwatch._LEAST", 0.0)
    log = make_log(max_time=1e-3)
    found = SparseSums().run(problem(), log)
    assert found.programs[0].expression.n_parameters > 0
    assert log.has(Phase.EXPIRED)


@pytest.mark.filterwarnings("ignore:The search was ended by max_time", "ignore:The program never")
@pytest.mark.parametrize("max_time", [None, 1e-3])
def test_there_are_no_more_numbers_than_asked_for_whatever_the_time(max_time):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 8, 30)), np.arange(60) % 3
    search = SparseSums(max_numbers=20)
    clf = ProgramClassifier(search=search, max_time=max_time, random_state=0).fit(X, y)
    assert clf.program_.n_parameters <= 20


def test_one_program_per_class_is_judged_by_what_has_not_seen_the_labels():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 8, 20)), np.repeat(["a", "b", "c"], 20)
    clf = ProgramClassifier(search=SparseSums(), decomposition="ovr", random_state=0).fit(X, y)
    # There is nothing to be told; on its own labels the program has 1.0.
    assert clf.programs_[0].score < 0.6
    assert clf.score(X, y) > 0.8
