"""A search keeps to its time, on a clock that goes on with the work and not by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads import Program
from sklearn_dpads.engine import Runtime, Schedule, initialize
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.search import (
    NEAR,
    DraftSettings,
    Enumerate,
    Journal,
    RandomPrograms,
    Stopwatch,
    SumsOfReaders,
    cross_fit,
    final_fit,
    fresh_trial,
    stopwatch,
)
from sklearn_dpads.search import dpads as dpads_module
from sklearn_dpads.search.drafts import Drafter
from sklearn_dpads.training import (
    DiscreteFit,
    ForestTrainer,
    Pace,
    convex,
    expected_step,
)

from .problem import TINY, make_log, make_problem, search


class Clock:
    """Seconds that pass when somebody works."""

    def __init__(self, monkeypatch, seconds):
        self.now = 0.0
        self.longest = 0.0
        monkeypatch.setattr(stopwatch.time, "monotonic", lambda: self.now)
        for target, name, takes in (
            (DiscreteFit, "_gradient", 1.0),
            (DiscreteFit, "_offer", 0.5),
            (ForestTrainer, "_step", 1.0),
            (ForestTrainer, "score", 0.5),
            (convex, "_slope", 0.1),
        ):
            self.let_take(monkeypatch, target, name, takes * seconds)

    def let_take(self, monkeypatch, target, name, seconds):
        original = getattr(target, name)

        def slow(*args, **kwargs):
            self.now += seconds
            self.longest = max(self.longest, seconds)
            return original(*args, **kwargs)

        monkeypatch.setattr(target, name, slow)


SEARCHES = {
    "dpads": lambda problem, log: search(problem, log),
    "sums": lambda problem, log: SumsOfReaders().run(problem, log),
    "near": lambda problem, log: NEAR(max_iter=2, fit_steps=15).run(problem, log),
    "near, depth first": lambda problem, log: NEAR(order="ids-bb", max_iter=2, fit_steps=15).run(
        problem, log
    ),
    "enumeration": lambda problem, log: Enumerate().run(problem, log),
    "random programs": lambda problem, log: RandomPrograms().run(problem, log),
}


CASES = [(name, False) for name in SEARCHES] + [("dpads", True)]


@pytest.mark.parametrize(("name", "per_frame"), CASES)
def test_max_time_is_kept_within_a_second(monkeypatch, name, per_frame):
    problem = make_problem(**TINY, per_frame=per_frame)
    clock = Clock(monkeypatch, 0.1)
    log = make_log(4.0)
    result = SEARCHES[name](problem, log)
    assert clock.now <= 5.0
    assert len(result.programs) >= 1
    assert "expired" in [event["phase"] for event in log.events]


def test_what_is_set_aside_leaves_most_of_the_time(monkeypatch):
    monkeypatch.setattr(stopwatch.time, "monotonic", lambda: 0.0)
    watch = Stopwatch(100.0)
    assert watch.end_of_search == 90.0
    watch.set_aside(5.0)
    assert watch.end_of_search == 90.0
    watch.set_aside(20.0)
    assert watch.end_of_search == 80.0
    watch.set_aside(1e9)
    assert watch.end_of_search == 75.0
    assert Stopwatch().end_of_search == float("inf")


def test_a_step_that_does_not_fit_is_not_begun(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(stopwatch.time, "monotonic", lambda: now[0])
    watch = Stopwatch(100.0)
    pace = watch.pace()
    taken = 0
    while not pace():
        now[0] += 10.0
        taken += 1
    assert taken == 7  # an eighth would end at 80, and what comes of it be known at 90
    assert (pace.has_stopped, watch.has_cut, watch.expired()) == (True, True, False)
    foreseen = watch.pace()
    foreseen.foresee(lambda: 15.0)
    assert foreseen()
    assert not Stopwatch().pace()()


def test_a_stopped_search_has_time_for_its_end(monkeypatch):
    watch = Stopwatch()
    watch.stop()
    assert watch.expired()
    assert not any([watch.is_late(), watch.is_over(), watch.pace()(), watch.last_pace()()])


def test_what_was_cut_short_is_not_kept(tmp_path, monkeypatch):
    watch, journal = Stopwatch(100.0), Journal(tmp_path / "steps")
    journal.step("train", lambda: 1, watch)
    pace = watch.pace()
    pace.foresee(lambda: 80.0)
    journal.step("train", pace, watch)
    journal.step("train", lambda: 3, watch)
    assert [path.name for path in (tmp_path / "steps").iterdir()] == ["0000-train.pickle"]


class Counting(Pace):
    """Lets a number of steps be taken."""

    def __init__(self, n_steps):
        self.left = n_steps

    def __call__(self):
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("n_steps", [0, 1, 7])
def test_training_gives_the_state_so_far(n_steps):
    problem = make_problem(**TINY)
    trials = [draft.trial() for draft in _drafts(problem)]
    graphs = [trial.graph for trial in trials]
    starts = [trial.starts[0] for trial in trials]
    schedule = Schedule(graphs)
    fit = DiscreteFit(schedule, problem.data, problem.training, problem.rng(0))
    fitted = fit.run(starts, n_steps=40, pace=Counting(n_steps))
    assert fitted.n_steps == n_steps
    moved = schedule.pack(fitted.parameters).theta
    still = schedule.pack(starts).theta
    same = all(torch.equal(moved[name], still[name]) for name in still)
    assert same == (n_steps == 0)
    assert bool(torch.isinf(fitted.losses).all()) == (n_steps == 0)


def test_the_time_of_a_step_is_told_where_it_is_long():
    problem = make_problem(**TINY)
    graphs = [draft.graph for draft in _drafts(problem)]
    schedule = Schedule(graphs)
    packed = schedule.pack([initialize(graph, 0) for graph in graphs])
    batch, _ = problem.data.bind(schedule).take(np.arange(10), need_frames=True)
    # Sequences of fourteen frames are walked over in a moment.
    assert expected_step(schedule, batch, packed, Runtime()) == 0.0


def _drafts(problem):
    return Drafter(problem, DraftSettings(), problem.rng(0)).shallowest()[:3]


def test_a_last_fit_without_time_is_no_worse_than_what_was_judged(monkeypatch):
    problem, log = make_problem(**TINY), make_log()
    program = Program.parse("SlideWindowAvg[5](Affine[a](x0))", problem.grammar, n_features=3)
    graph = discrete_graph(program.expression, problem.grammar, 3)
    (judged,) = cross_fit(problem, [fresh_trial(problem, graph)], log)

    class Over(Pace):
        def __call__(self) -> bool:
            log.stopwatch.has_cut = True
            return True

    monkeypatch.setattr(log.stopwatch, "last_pace", Over)
    fitted = final_fit(problem, judged, log)
    assert (judged.expression.args[0].params["weight"] != 0).all()
    for name, value in judged.expression.args[0].params.items():
        np.testing.assert_array_equal(fitted.expression.args[0].params[name], value)


def test_sums_are_judged_before_all_that_takes_longer(monkeypatch):
    judged = []

    def noted(problem, trials, log):
        judged.append([trial.found_by for trial in trials])
        return cross_fit(problem, trials, log)

    monkeypatch.setattr(dpads_module, "cross_fit", noted)
    search(make_problem(**TINY), make_log())
    first = judged[0]
    n_sums = first.count("sums of readers")
    assert n_sums > 0
    assert first[:n_sums] == ["sums of readers"] * n_sums
    assert "relaxation" in first[n_sums:]
