"""The benchmark of what a second core brings."""

from __future__ import annotations

from types import SimpleNamespace

import cores
import pytest

from sklearn_dpads.training import DiscreteFit

from .fakes import fake_program, write_set


class FakeSearches:
    """Finds as many programs as there are searches, at once."""

    def __init__(self, n_restarts=1, n_jobs=1, max_iter=20, max_refinements=15):
        self.n_restarts, self.n_jobs = n_restarts, n_jobs

    def fit(self, X, y):
        self.programs_ = [self.found()] * self.n_restarts

    def found(self):
        return SimpleNamespace(program=fake_program(), score=0.5, loss=0.1)


class UnequalSearches(FakeSearches):
    """The same, but what is found depends on the number of processes."""

    def found(self):
        return SimpleNamespace(program=fake_program(), score=0.5, loss=0.1 * self.n_jobs)


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Options for a data set; no process is ended that other tests use."""
    write_set(tmp_path / "some.npz")
    monkeypatch.setattr(cores, "let_end", lambda: None)
    return ["--data", str(tmp_path), "--sets", "some"]


def let_search(monkeypatch, searches):
    def build(data, *, seed, settings):
        return searches(**settings)

    monkeypatch.setattr(cores, "SYSTEMS", {"dpads": SimpleNamespace(build=build)})


def test_a_row_for_every_number_of_searches_and_processes(asked, monkeypatch, capsys):
    let_search(monkeypatch, FakeSearches)
    usual = DiscreteFit.run
    cores.main(asked)
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "some" in line]
    assert [row[1:3] for row in rows[:5]] == [
        ["1", "1"],
        ["1", "2,"],
        ["2", "1"],
        ["2", "2,"],
        ["2", "2,"],
    ]
    # Seconds, their parts, and the bound, where no forest was trained.
    assert len(rows[5]) == 7
    assert rows[5][-1] == "1.00"
    assert DiscreteFit.run is usual


def test_programs_that_differ_are_told(asked, monkeypatch):
    let_search(monkeypatch, UnequalSearches)
    with pytest.raises(SystemExit, match="some: other programs with n_jobs=2"):
        cores.main(asked)
