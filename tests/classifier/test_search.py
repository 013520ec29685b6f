"""Searches that are cut short, repeated, continued, or come out with nothing sound."""

from __future__ import annotations

import pickle
from dataclasses import replace

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.estimator import restarts as _restarts
from sklearn_dpads.estimator.results import make_records
from sklearn_dpads.estimator.task import Outcome
from sklearn_dpads.graph import describe
from sklearn_dpads.program import Expression
from sklearn_dpads.search import (
    JudgedProgram,
    Log,
    Stopwatch,
    WithinErrors,
    fresh_trial,
)
from sklearn_dpads.search import ending as _outcome
from sklearn_dpads.search.ending import Defect, Inspector, choose
from sklearn_dpads.search.found import trials_of, valued
from sklearn_dpads.search.relaxation import Relaxation, likeliest
from sklearn_dpads.search.sums import Sums
from sklearn_dpads.training import ForestTrainer

from .cases import make_means, mislabelled, small


@pytest.fixture(scope="module")
def data():
    return make_means(24)


@pytest.fixture
def task(data, monkeypatch):
    """The task that a fit hands to the search."""
    tasks = []
    run = _restarts.Task.run

    def record(self, *args):
        tasks.append(self)
        return run(self, *args)

    monkeypatch.setattr(_restarts.Task, "run", record)
    small(grammar=Grammar.paper(2), max_iter=1).fit(*data)
    monkeypatch.undo()
    return tasks[0]


def interrupt(monkeypatch, target, name, calls=(1,)):
    """Let some calls of a function raise KeyboardInterrupt."""
    original = getattr(target, name)
    count = 0

    def interrupted(*args, **kwargs):
        nonlocal count
        count += 1
        if count in calls:
            raise KeyboardInterrupt
        return original(*args, **kwargs)

    monkeypatch.setattr(target, name, interrupted)


def interrupt_after(monkeypatch, phase):
    """Raise KeyboardInterrupt right after the first event of a phase."""
    add = Log.add

    def interrupted(self, name, **values):
        add(self, name, **values)
        if name == phase and sum(event["phase"] == phase for event in self.events) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Log, "add", interrupted)


@pytest.mark.parametrize("phase", ["train", "prune", "split", "dequeue", "sum", "choose", "refine"])
def test_keyboard_interrupt_leaves_a_fitted_estimator(data, monkeypatch, phase):
    X, y = mislabelled(*data)
    interrupt_after(monkeypatch, phase)
    clf = small(grammar=None, max_refinements=3)
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        clf.fit(X, y)
    phases = [event["phase"] for event in clf.search_history_]
    assert phases[phases.index(phase) + 1] == "interrupt"
    later = set(phases[phases.index("interrupt") + 1 :])
    assert later <= {"choose", "expired", "fit", "pass_over"}
    assert "fit" in later
    assert clf.programs_[0].program is clf.program_
    assert clf.predict(X).shape == y.shape


def test_interrupt_before_anything_is_trained(data, monkeypatch):
    X, y = data
    interrupt(monkeypatch, ForestTrainer, "train")
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        clf = small(grammar=None).fit(X, y)
    assert clf.n_iter_ == 0
    # The cheap program of the untrained graph, and the simplest ones beside it.
    assert all(record.depth <= 3 for record in clf.programs_)
    assert clf.score(X, y) > 0.9


def test_interrupt_of_the_final_fit_keeps_the_program(data, monkeypatch):
    X, y = data
    interrupt(monkeypatch, _outcome, "final_fit")
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        clf = small().fit(X, y)
    assert "fit" not in [event["phase"] for event in clf.search_history_]
    assert clf.score(X, y) > 0.8


def test_interrupt_of_refinement_keeps_what_it_found(data, monkeypatch):
    X, y = mislabelled(*data)
    paper = small(grammar=None).fit(X, y)
    interrupt_after(monkeypatch, "refine")
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        clf = small(grammar=None, max_refinements=2).fit(X, y)
    assert len(clf.programs_) > len(paper.programs_)
    n_scored = [e["n_programs"] for e in clf.search_history_ if e["phase"] == "choose"]
    assert len(clf.programs_) == sum(n_scored)


def test_second_interrupt_is_passed_on(data, monkeypatch):
    interrupt(monkeypatch, _outcome, "final_fit", calls=(1,))
    interrupt(monkeypatch, Sums, "run")
    clf = small()
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*data)
    assert not hasattr(clf, "program_")


def test_interrupt_ends_the_restarts(data, monkeypatch):
    interrupt_after(monkeypatch, "prune")
    with pytest.warns(ConvergenceWarning, match="KeyboardInterrupt"):
        clf = small(n_restarts=3).fit(*data)
    assert {event["restart"] for event in clf.search_history_} == {0}


@pytest.mark.parametrize("max_depth", [2, 4])
def test_max_time(data, max_depth):
    X, y = data
    with pytest.warns(ConvergenceWarning, match="ended by max_time"):
        clf = DPadsClassifier(max_depth=max_depth, max_time=1e-6, random_state=0).fit(X, y)
    assert clf.program_.depth <= max_depth
    assert clf.predict_proba(X).shape == (24, 2)
    assert clf.n_iter_ == 0


def test_likeliest_program_is_cheap_where_nothing_is_trained(task):
    problem = task.problem(0)
    log, rng = Log(Stopwatch()), np.random.default_rng(0)
    state = Relaxation(task.search, problem, log, rng).state
    partition = likeliest(problem, state)
    assert partition.graph.is_discrete
    assert partition.graph.depth == 2


def test_restarts_do_not_depend_on_n_jobs(data):
    X, y = data
    alone = small(n_restarts=2, n_jobs=1).fit(X, y)
    with joblib.parallel_config(backend="threading"):
        together = small(n_restarts=2, n_jobs=2).fit(X, y)
    assert together.program_.to_json() == alone.program_.to_json()
    scores = [(record.score, record.cost) for record in alone.programs_]
    assert [(record.score, record.cost) for record in together.programs_] == scores
    assert [e["restart"] for e in together.search_history_] == [
        e["restart"] for e in alone.search_history_
    ]
    assert {e["restart"] for e in alone.search_history_} == {0, 1}


def test_a_restart_adds_to_the_pool(data):
    X, y = data
    one, two = small(grammar=None).fit(X, y), small(grammar=None, n_restarts=2).fit(X, y)
    skeletons = [{r.program.expression.skeleton() for r in c.programs_} for c in (one, two)]
    assert skeletons[0] < skeletons[1]
    assert two.programs_[0].score >= one.programs_[0].score


def outcome(defect, *candidates):
    return Outcome(list(candidates), defect, [])


def candidate(text, score, loss, error=0.0, *, sound=True):
    expression = Program.parse(text, Grammar.paper(2)).expression
    return JudgedProgram(expression, score, loss, error, sound=sound)


def records(*outcomes, structural_penalty=0.01):
    made = make_records(
        outcomes, lambda e: Program(e, 2), structural_penalty, WithinErrors(n_errors=2.0)
    )
    return [(record.score, record.on_front) for record in made]


AFFINE = "SlideWindowAvg[{}](Affine[x0](x0))"
SUM = "SlideWindowAvg[5](Add(Affine[x0](x0), Affine[x1](x1)))"


def test_pooled_programs_are_ordered_by_loss_and_price_then_score():
    first = candidate(AFFINE.format(5), 0.8, 0.30, 0.025)
    one = outcome(None, first, candidate(SUM, 0.82, 0.31))
    two = outcome(
        None, candidate(AFFINE.format(10), 0.9, 0.5), candidate(AFFINE.format("all"), 0.7, 0.6)
    )
    # With their prices, 0.31 + 0.05 can't be told from 0.30 + 0.02, and 0.5 + 0.02 can.
    assert records(one, two) == [(0.8, False), (0.82, False), (0.9, True), (0.7, False)]
    assert records(two, one) == records(one, two)
    assert records(one, two, structural_penalty=0.0)[:2] == [(0.8, False), (0.82, False)]
    # A higher price lifts the larger program, 0.31 + 0.1, above 0.30 + 0.04 + 2 * 0.025.
    assert records(one, two, structural_penalty=0.02) == [
        (0.8, False),
        (0.9, True),
        (0.82, False),
        (0.7, False),
    ]


def test_pooled_programs_of_one_shape_appear_once():
    one = outcome(None, candidate(AFFINE.format(5), 0.8, 0.3), candidate(SUM, 0.9, 0.4))
    two = outcome(None, candidate(SUM, 0.7, 0.5), candidate(AFFINE.format(5), 0.6, 0.6))
    assert records(one, two) == [(0.8, True), (0.9, True)]


def test_sound_programs_are_taken_before_those_with_defects():
    bad = candidate(AFFINE.format(5), 0.9, 0.2, sound=False)
    collapsed = outcome(Defect.ONE_CLASS, candidate(SUM, 0.95, 0.1, sound=False))
    sound = outcome(None, candidate(AFFINE.format(10), 0.6, 0.5), bad)
    assert records(collapsed, sound) == [(0.6, True), (0.95, False), (0.9, False)]
    exploding = outcome(Defect.EXPLODES, candidate(AFFINE.format(10), 0.99, 0.01, sound=False))
    assert records(exploding, collapsed) == [(0.95, False), (0.99, False)]


def test_task_can_be_sent(task):
    sent = pickle.loads(pickle.dumps(task))
    here, there = task.run(1, None, 0, 1), sent.run(1, None, 0, 1)
    assert [p.score for p in here.programs] == [p.score for p in there.programs]
    assert b"torch" not in pickle.dumps(here.programs)


def test_warm_start_begins_with_the_previous_program(data):
    X, y = data
    clf = small(warm_start=True, max_iter=10).fit(X, y)
    before = clf.program_
    with pytest.warns(ConvergenceWarning, match="max_time"):
        clf.set_params(max_time=1e-6).fit(X, y)
    shapes = [record.program.expression.skeleton() for record in clf.programs_]
    assert before.expression.skeleton() in shapes
    cold = small(max_time=1e-6)
    with pytest.warns(ConvergenceWarning, match="max_time"):
        cold.fit(X, y)
    assert clf.programs_[0].score >= cold.programs_[0].score


@pytest.mark.parametrize(
    "change",
    ["classes", "features", "grammar", "depth"],
)
def test_warm_start_ignores_what_does_not_fit(data, change):
    X, y = data
    clf = small(warm_start=True).fit(X, y)
    if change == "classes":
        y = np.char.add(y, "_")
    elif change == "features":
        X = np.concatenate([X, X[:, :, :1]], axis=2)
    elif change == "grammar":
        clf.set_params(grammar=Grammar.paper({"another": [0]}))
    else:
        clf.program_ = clf.program_.with_expression(deeper(clf.program_.expression))
    cold = small(grammar=clf.grammar).fit(X, y)
    assert clf.fit(X, y).program_.to_json() == cold.program_.to_json()


def deeper(expression: Expression) -> Expression:
    """Choose between an expression and itself, by itself."""
    (ite,) = (p for p in small().grammar.of(expression.signature) if p.symbol == "ITE")
    return Expression(ite, expression.width, 0, (expression,) * 3)


def test_collapse_restarts_once_and_says_so():
    y = np.repeat(["no", "yes"], 10)
    with pytest.warns(ConvergenceWarning, match=r"found in 2 search.*predicts one class only"):
        clf = small().fit(np.zeros((20, 4, 2)), y)
    assert {event["restart"] for event in clf.search_history_} == {0, 1}
    assert len(np.unique(clf.predict(np.zeros((20, 4, 2))))) == 1
    assert not any(record.on_front for record in clf.programs_)


def test_exploding_programs_alone(data, monkeypatch):
    monkeypatch.setattr(Inspector, "defect", lambda self, expression: Defect.EXPLODES)
    with pytest.warns(ConvergenceWarning, match="gives values that explode"):
        small().fit(*data)


def scored(problem, text, score):
    """A program with a made-up score."""
    expression = parse(text)
    trial = fresh_trial(problem, valued(problem, expression).graph)
    return JudgedProgram(expression, score, 1 - score, 0.0, trial)


def parse(text):
    return Program.parse(text, Grammar.paper(2)).expression


EXPLODING = "Fold(Affine[x0](x0 + 50*previous), initial=1)"
CONSTANT = "SlideWindowAvg[all](Constant(3))"
SOUND = "SlideWindowAvg[all](Affine[x0](x0))"


def test_defects(task):
    problem = task.problem(0)
    inspector = Inspector(problem)
    defects = [
        inspector.defect(scored(problem, text, 0.0).expression)
        for text in (EXPLODING, CONSTANT, SOUND)
    ]
    assert defects == [Defect.EXPLODES, Defect.ONE_CLASS, None]
    # Of log-odds of 0 the first class is predicted, as of those below.
    never_above = SOUND.join(["if ", f" >= 0: {CONSTANT} else: {CONSTANT}"])
    assert inspector.defect(parse(never_above.replace("3", "0", 1).replace("3", "-1"))) is (
        Defect.ONE_CLASS
    )
    infinite = EXPLODING.replace("50", "1e100")
    assert inspector.defect(scored(problem, infinite, 0.0).expression) is Defect.EXPLODES


def test_programs_with_defects_are_passed_over(task):
    problem = task.problem(0)
    programs = [
        scored(problem, EXPLODING, 0.99),
        scored(problem, CONSTANT, 0.98),
        scored(problem, SOUND, 0.9),
        scored(problem, "SlideWindowAvg[5](Affine[x0](x0))", 0.8),
    ]
    log = Log(Stopwatch())
    result = choose(problem, programs, log)
    assert [program.score for program in result.programs] == [0.9, 0.8, 0.99, 0.98]
    assert result.n_defective == 2
    assert result.defect is None
    assert [e["defect"] for e in log.events if e["phase"] == "pass_over"] == [
        Defect.EXPLODES.value,
        Defect.ONE_CLASS.value,
    ]


def test_once_time_is_over_no_second_program_is_fitted(task, monkeypatch):
    problem = task.problem(0)
    explodes, sound = scored(problem, EXPLODING, 0.99), scored(problem, SOUND, 0.9)
    last = scored(problem, "SlideWindowAvg[5](Affine[x0](x0))", 0.8)
    fits = []

    def final_fit(problem, program, log):
        fits.append(program)
        return replace(program, expression=parse(EXPLODING))

    monkeypatch.setattr(_outcome, "final_fit", final_fit)
    log = Log(Stopwatch(1e-9))
    result = choose(problem, [explodes, sound, last], log)
    # The fit of the second made it explode; the third is taken as it was judged.
    assert fits == [sound]
    assert result.programs == [last, explodes, sound]
    assert (result.n_defective, result.defect) == (2, None)


def test_among_defects_one_class_is_better_than_exploding(task):
    problem = task.problem(0)
    explodes, constant = scored(problem, EXPLODING, 0.9), scored(problem, CONSTANT, 0.8)
    result = choose(problem, [explodes, constant], Log(Stopwatch()))
    assert result.programs[0].expression.skeleton() == constant.expression.skeleton()
    assert result.defect is Defect.ONE_CLASS
    assert result.n_defective == 2


@pytest.mark.parametrize(("after", "kept"), [("worse", "judged"), ("alike", "fitted")])
def test_a_last_fit_that_makes_a_defect_worse_is_not_taken(task, monkeypatch, after, kept):
    problem = task.problem(0)
    judged = scored(problem, CONSTANT, 0.8)
    fitted = replace(judged, expression=parse(EXPLODING if after == "worse" else SOUND))
    monkeypatch.setattr(_outcome, "final_fit", lambda *arguments: fitted)
    # Of those here none is sound.
    real = Inspector.defect
    monkeypatch.setattr(
        Inspector, "defect", lambda *arguments: real(*arguments) or Defect.ONE_CLASS
    )
    result = choose(problem, [judged], Log(Stopwatch()))
    assert result.programs == [judged if kept == "judged" else fitted]
    assert result.defect is Defect.ONE_CLASS
    assert result.n_defective == 1


def test_exploding_programs_of_a_better_score_are_reported(data, monkeypatch):
    defect = Inspector.defect
    calls = []

    def first_explodes(self, expression):
        calls.append(expression)
        return Defect.EXPLODES if len(calls) == 1 else defect(self, expression)

    monkeypatch.setattr(Inspector, "defect", first_explodes)
    with pytest.warns(UserWarning, match=r"1 program\(s\) of a better score were passed over"):
        clf = small().fit(*data)
    passed = calls[0].skeleton()
    assert clf.programs_[-1].program.expression.skeleton() == passed
    assert not clf.programs_[-1].on_front


def test_verbose_prints_a_line_per_event(data, capsys):
    clf = small(verbose=True).fit(*data)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(clf.search_history_)
    assert all(line.startswith("[dPads]") for line in lines)
    assert "sum" in lines[0]
    trained = next(line for line in lines if "train" in line)
    assert "round 1  depth 2" in trained
    assert "score 0." in trained or "score 1." in trained
    assert clf.program_.expression.skeleton() in lines[-1]
    small(n_restarts=2, verbose=True).fit(*data)
    assert "search 2/2" in capsys.readouterr().out


def test_restart_count_of_threads_is_restored_after_an_error(data, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("stop")

    monkeypatch.setattr(_restarts.Task, "run", fail)
    n_threads = torch.get_num_threads()
    with pytest.raises(RuntimeError, match="stop"):
        small(n_restarts=2).fit(*data)
    assert torch.get_num_threads() == n_threads


def test_partition_keeps_the_parameters_of_a_program(task):
    (values,) = valued(task.problem(0), parse(SOUND)).parameters.theta.values()
    assert_array_equal(values["weight"], [[1.0]])


def test_found_values_are_for_the_final_fit_alone(task):
    """They have seen all labels, so that no fold may begin with them; each shape counts once."""
    problem = task.problem(0)
    texts = (SOUND, CONSTANT, SOUND.replace("x0))", "2*x0))"))
    found = [valued(problem, parse(text)) for text in texts]
    trials = {describe(trial.graph): trial for trial in trials_of(problem, found, 24)}
    sound, constant = (trials.pop(describe(partition.graph)) for partition in found[:2])
    assert not trials
    assert sound.elsewhere == [found[0].parameters]
    assert constant.elsewhere == [found[1].parameters]
    assert len(sound.starts) == problem.folds.n_folds
    weights = [values["weight"].item() for s in sound.starts for values in s.theta.values()]
    assert len(set(weights)) == len(weights)
    assert 1.0 not in weights
