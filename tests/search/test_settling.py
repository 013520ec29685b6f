"""Programs are trained on as long as it brings something."""

from __future__ import annotations

import pytest

from sklearn_dpads import Program
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.search import cross_fit, fresh_trial
from sklearn_dpads.search import settling as _settling
from sklearn_dpads.search.settling import settle

from .problem import GRAMMAR, make_log, make_problem

PRODUCT = "SlideWindowAvg[5](Multiply(Affine[a](x0), Affine[c](x1 + x2)))"
SUM = "SlideWindowAvg[5](Affine[a](x0))"


def judged(*texts: str, fit_steps: int = 4):
    problem = make_problem(n_folds=2, fit_steps=fit_steps)
    graphs = [discrete_graph(Program.parse(t, GRAMMAR).expression, GRAMMAR, 3) for t in texts]
    return problem, cross_fit(problem, [fresh_trial(problem, g) for g in graphs], make_log())


def trainings(monkeypatch) -> list[tuple[int, int]]:
    """Programs and steps of every training, as they come."""
    found: list[tuple[int, int]] = []
    train = _settling._trained_on

    def counted(problem, programs, n_steps, log):
        found.append((len(programs), n_steps))
        return train(problem, programs, n_steps, log)

    monkeypatch.setattr(_settling, "_trained_on", counted)
    return found


def test_a_program_that_still_learns_is_trained_twice_as_long_each_time(monkeypatch):
    problem, programs = judged(PRODUCT)
    found = trainings(monkeypatch)
    (better,) = settle(problem, programs, 1e-4, make_log())
    first = 2 * problem.fit_steps
    assert found[:2] == [(1, first), (1, 2 * first)]
    assert better.loss < programs[0].loss
    assert better.expression.skeleton() == programs[0].expression.skeleton()


def test_a_program_that_has_settled_is_left_as_it_is(monkeypatch):
    problem, programs = judged(PRODUCT)
    found = trainings(monkeypatch)
    settle(problem, programs, 1.0, make_log())
    assert len(found) == 1


def test_linear_programs_have_settled(monkeypatch):
    problem, programs = judged(SUM, PRODUCT)
    found = trainings(monkeypatch)
    better = settle(problem, programs, 1e-4, make_log())
    assert found[0][0] == 1
    assert [p.expression.skeleton() for p in better] == [programs[1].expression.skeleton()]
    assert settle(problem, programs[:1], 1e-4, make_log()) == []


@pytest.mark.parametrize("max_time", [1e-9])
def test_nothing_is_trained_where_time_is_over(max_time, monkeypatch):
    problem, programs = judged(PRODUCT)
    found = trainings(monkeypatch)
    log = make_log()
    log.stopwatch = type(log.stopwatch)(max_time)
    assert settle(problem, programs, 1e-4, log) == []
    assert found == []
