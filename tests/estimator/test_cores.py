"""Several searches run in processes of their own, and find what they find in one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sklearn_dpads.estimator import restarts
from sklearn_dpads.search import Simplest

from ..classifier.cases import make_means, mislabelled, small

SETTINGS = {"max_iter": 2, "max_refinements": 1, "max_depth": 3}


class Witness:
    """A rule that leaves the number of each process that it is asked in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rule = folder, Simplest()

    def __call__(self, programs, price):
        (self.folder / str(os.getpid())).touch()
        return self.rule(programs, price)


@pytest.fixture(scope="module")
def data():
    return mislabelled(*make_means(24))


def found(clf):
    """What was found, with all numbers to the last bit."""
    return [(r.program.to_json(), r.score, r.loss, r.loss_error) for r in clf.programs_]


def steps(clf):
    return [
        {name: value for name, value in event.items() if name != "time"}
        for event in clf.search_history_
    ]


def test_processes_find_what_one_finds(data, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    alone = small(n_restarts=2, n_jobs=1, selection=Witness(here), **SETTINGS).fit(*data)
    together = small(n_restarts=2, n_jobs=2, selection=Witness(there), **SETTINGS).fit(*data)
    assert found(together) == found(alone)
    assert steps(together) == steps(alone)
    assert {path.name for path in here.iterdir()} == {str(os.getpid())}
    assert {path.name for path in there.iterdir()} - {str(os.getpid())}


def test_one_search_starts_no_process(data, monkeypatch):
    alone = small(n_jobs=1, **SETTINGS).fit(*data)

    def refuse(**settings):
        raise AssertionError("a process for a single search")

    monkeypatch.setattr(restarts, "Parallel", refuse)
    assert found(small(n_jobs=2, **SETTINGS).fit(*data)) == found(alone)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1)])
def test_a_search_goes_on_with_another_number_of_processes(data, tmp_path, before, after):
    settings = {"n_restarts": 2, "checkpoint_dir": tmp_path, **SETTINGS}
    whole = small(n_restarts=2, **SETTINGS).fit(*data)
    small(n_jobs=before, **settings).fit(*data)
    kept = sorted(tmp_path.glob("*/*.pickle"))
    assert len({path.parent for path in kept}) == 2
    # Half of the steps of each search.
    for path in kept:
        if int(path.name[:4]) > 3:
            path.unlink()
    resumed = small(n_jobs=after, **settings).fit(*data)
    assert found(resumed) == found(whole)
    assert sorted(tmp_path.glob("*/*.pickle")) == kept
