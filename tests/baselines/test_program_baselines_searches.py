"""What NEAR, enumeration and random programs do, each in its own way."""

from __future__ import annotations

import math
from dataclasses import asdict

import joblib
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_dpads import ProgramClassifier
from sklearn_dpads.baselines import (
    EnumerationClassifier,
    NEARClassifier,
    NEARFrameClassifier,
    RandomProgramClassifier,
)
from sklearn_dpads.estimator.listeners import format_event
from sklearn_dpads.grammar import count_programs
from sklearn_dpads.search import Enumerate, Verdict

from .program_cases import (
    GRAMMAR,
    KINDS,
    fit_of,
)

NEAR = [kind for kind in KINDS if kind.is_near]
ENUMERATION = [kind for kind in KINDS if kind.name == "enumeration"]
RANDOM = [kind for kind in KINDS if kind.name == "random programs"]
SEARCHES = pytest.mark.parametrize("search", ["astar", "ids-bb"])


def of_phase(clf, phase):
    return [event for event in clf.search_history_ if event["phase"] == phase]


@SEARCHES
@pytest.mark.parametrize("kind", NEAR, ids=str)
def test_near_takes_the_program_that_its_search_ends_with(kind, search):
    clf = kind.small(search=search, max_expansions=None).fit(*kind.data())
    (end,) = of_phase(clf, "dequeue")
    assert clf.program_.expression.skeleton() == end["program"]
    assert bool(of_phase(clf, "deepen")) == (search == "ids-bb")
    assert not of_phase(clf, "limit")
    assert clf.score(*kind.data(seed=1)) > 0.9
    assert clf.n_iter_ == sum(event["n_epochs"] for event in of_phase(clf, "expand")) >= 3


@SEARCHES
@pytest.mark.parametrize("kind", NEAR, ids=str)
def test_the_number_of_expansions_of_near_can_be_limited(kind, search):
    # The first expansion gives no whole program: one without holes has two levels.
    clf = kind.small(search=search, max_iter=5, max_expansions=1).fit(*kind.data())
    (expansion,) = of_phase(clf, "expand")
    assert clf.n_iter_ == expansion["n_epochs"] == 5
    assert len(of_phase(clf, "limit")) == 1
    assert not of_phase(clf, "dequeue")
    assert len(clf.programs_) == 1


def test_parameters_of_near_reach_its_search():
    clf = NEARClassifier(
        search="astar",
        max_iter=7,
        learning_rate_init=0.5,
        n_fit_steps=3,
        max_expansions=9,
        frontier_capacity=2,
    )
    search = clf._make_search()
    assert (search.max_iter, search.training.learning_rate_init, search.fit_steps) == (7, 0.5, 3)
    assert (search.order, search.max_expansions, search.frontier_capacity) == ("astar", 9, 2)
    assert clf.set_params(search="ids-bb")._make_search().order == "ids-bb"


def test_completions_of_frames_train_on_as_many_frames_a_step_as_the_page_says():
    def batch_size(clf, per_frame):
        training = clf._make_search().training
        shape = {"n_samples": 5000, "n_timesteps": 80, "per_frame": per_frame}
        return training.for_data(**shape).batch_size

    assert batch_size(NEARFrameClassifier(), True) == 100
    assert batch_size(NEARFrameClassifier(batch_size=7), True) == 7
    assert batch_size(NEARClassifier(), False) == 200


def test_a_frontier_of_one_forgets_the_others():
    (kind, _) = NEAR
    clf = kind.small(frontier_capacity=1, max_depth=3, max_expansions=None).fit(*kind.data())
    assert {event["n_queued"] for event in of_phase(clf, "expand")} == {1}


def test_a_price_of_cost_leads_near_to_a_cheap_program():
    (kind, _) = NEAR
    clf = kind.small(structural_penalty=10.0, max_depth=3, max_expansions=None).fit(*kind.data())
    assert clf.program_.cost == 2


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"search": "bfs"}, ValueError, r"search must be one of \['astar', 'ids-bb'\]; got 'bfs'"),
        ({"frontier_capacity": 0}, ValueError, "frontier_capacity == 0, must be >= 1"),
        ({"max_expansions": 1.5}, TypeError, "max_expansions must be an instance of int"),
        ({"max_iter": 0}, ValueError, "max_iter == 0, must be >= 1"),
        ({"learning_rate_init": 0.0}, ValueError, "learning_rate_init == 0.0, must be > 0"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction == 1.0, must be < 1"),
        ({"batch_size": "all"}, TypeError, "batch_size must be an instance of int"),
    ],
)
def test_parameters_of_near_that_are_refused(change, error, message):
    (kind, _) = NEAR
    with pytest.raises(error, match=message):
        kind.small(**change).fit(*kind.data())


@pytest.mark.parametrize(
    ("estimator", "name"),
    [(EnumerationClassifier, "max_programs"), (RandomProgramClassifier, "n_programs")],
)
def test_numbers_of_programs_that_are_refused(estimator, name):
    X, y = ENUMERATION[0].data()
    with pytest.raises(ValueError, match=f"{name} == 0, must be >= 1"):
        estimator(**{name: 0}).fit(X, y)
    with pytest.raises(ValueError, match="selection must be one of"):
        estimator(selection="worst").fit(X, y)


@pytest.mark.parametrize("kind", ENUMERATION, ids=str)
def test_enumeration_has_a_verdict_on_every_program(kind):
    clf = kind.small(max_depth=3, n_fit_steps=2).fit(*kind.data())
    n_programs = count_programs(
        GRAMMAR, "list->list" if kind.per_frame else "list->atom", max_depth=3, n_features=2
    )
    assert len(clf.verdicts_) == n_programs >= 30
    assert len({verdict.skeleton for verdict in clf.verdicts_}) == n_programs
    costs = [verdict.cost for verdict in clf.verdicts_]
    assert costs == sorted(costs)
    assert all(0 <= verdict.score <= 1 for verdict in clf.verdicts_)
    assert len(clf.programs_) <= 200
    assert [(e["n_done"], e["n_total"]) for e in of_phase(clf, "census")][-1] == (n_programs,) * 2


@pytest.mark.parametrize("kind", ENUMERATION, ids=str)
def test_verdicts_tell_the_regret_of_another_search(kind):
    data = kind.data()
    oracle = kind.small(selection="best_score").fit(*data)
    verdicts = {verdict.skeleton: verdict for verdict in oracle.verdicts_}
    best = max(verdict.score for verdict in oracle.verdicts_)
    assert oracle.programs_[0].score == verdicts[skeleton(oracle)].score == best
    other = next(k for k in NEAR if k.per_frame == kind.per_frame)
    regret = best - verdicts[skeleton(other.small().fit(*data))].score
    assert 0 <= regret < 0.2


def skeleton(clf):
    return clf.program_.expression.skeleton()


def test_verdicts_make_a_table():
    (kind, _) = ENUMERATION
    clf = kind.small(n_fit_steps=2).fit(*kind.data())
    table = pd.DataFrame(clf.verdicts_)
    assert list(table) == list(asdict(clf.verdicts_[0])) == list(Verdict.__dataclass_fields__)
    assert table["cost"].tolist() == [verdict.cost for verdict in clf.verdicts_]


@pytest.mark.parametrize("kind", ENUMERATION, ids=str)
def test_too_many_programs_are_refused_with_their_number(kind, monkeypatch):
    monkeypatch.setattr("sklearn_dpads.search.census.cross_fit", None)
    signature = "list->list" if kind.per_frame else "list->atom"
    n_programs = count_programs(GRAMMAR, signature, max_depth=3, n_features=2)
    clf = kind.small(max_depth=3, max_programs=n_programs - 1)
    with pytest.raises(ValueError, match=rf"{n_programs} programs.*more than max_programs"):
        clf.fit(*kind.data())
    assert not hasattr(clf, "verdicts_")


@pytest.mark.parametrize("kind", ENUMERATION, ids=str)
def test_defaults_of_enumeration_are_within_its_own_limit(kind):
    clf = kind.estimator()
    most = count_programs(
        GRAMMAR.default(100),
        "list->list" if kind.per_frame else "list->atom",
        max_depth=clf.max_depth,
        n_features=100,
    )
    assert most <= clf.max_programs


@pytest.mark.parametrize("kind", RANDOM, ids=str)
def test_random_programs_are_as_many_as_asked_for_and_differ(kind):
    clf = kind.small(n_programs=7, max_depth=3, n_fit_steps=2).fit(*kind.data())
    drawn = [verdict.skeleton for verdict in clf.verdicts_]
    assert len(drawn) == len(set(drawn)) == 7
    other = kind.small(n_programs=7, max_depth=3, n_fit_steps=2, random_state=1).fit(*kind.data())
    assert {verdict.skeleton for verdict in other.verdicts_} != set(drawn)


def test_more_random_programs_than_there_are_means_all():
    (kind, _) = RANDOM
    clf = kind.small(n_programs=1000, n_fit_steps=2).fit(*kind.data())
    n_programs = count_programs(GRAMMAR, "list->atom", max_depth=2, n_features=2)
    assert len(clf.verdicts_) == n_programs == 6


def test_restarts_of_a_census_add_verdicts():
    (kind, _) = RANDOM
    clf = kind.small(n_restarts=2, n_fit_steps=2).fit(*kind.data())
    assert len(clf.verdicts_) == 10


def test_a_census_that_was_ended_has_the_verdicts_until_then():
    (kind, _) = ENUMERATION
    search = Enumerate(batch_size=5, fit_steps=2)
    clf = ProgramClassifier(grammar=GRAMMAR, search=search, max_depth=3, max_time=1e-6)
    with pytest.warns(ConvergenceWarning, match="ended by max_time"):
        clf.fit(*kind.data())
    assert len(clf.verdicts_) == 5


@pytest.mark.parametrize("kind", KINDS[::2], ids=str)
def test_n_jobs_does_not_matter(kind):
    data = kind.data()
    with joblib.parallel_config(backend="threading"):
        parallel = kind.small(n_restarts=2, n_jobs=2).fit(*data)
    assert fit_of(parallel) == fit_of(kind.small(n_restarts=2).fit(*data))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"phase": "expand", "number": 3, "n_parts": 5, "score": 0.5}, "expand number 3 5 parts"),
        ({"phase": "deepen", "depth": 2, "n_cut": 4, "n_expansions": 9}, "9 expansions 4 cut off"),
        ({"phase": "census", "n_done": 240, "n_total": 500, "loss": 0.1}, "240 of 500 programs"),
        ({"phase": "limit", "n_expansions": 9}, "limit met 9 expansions"),
    ],
)
def test_lines_of_progress(event, words):
    line = " ".join(format_event({"time": 0.0, **event}).split())
    assert words in line
    assert math.isclose(float(line.split()[0]), 0.0)


@pytest.mark.parametrize("kind", KINDS[::2], ids=str)
def test_the_defaults_fit_any_data(kind):
    X, y = kind.data(12)
    few = {"n_programs": 3} if kind in RANDOM else {}
    with pytest.warns(ConvergenceWarning, match="ended by max_time"):
        clf = kind.estimator(**few, max_time=1e-6, random_state=0).fit(X, y)
    assert clf.predict(X).shape == y.shape
