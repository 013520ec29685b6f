"""Enumeration: everything is scored, little is kept, and too much is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklearn_dpads import Grammar
from sklearn_dpads.graph import describe, split_all
from sklearn_dpads.search import (
    Enumerate,
    cross_fit,
    fresh_trial,
    ranked,
)

from ..graph.build import WITH_CHOICE, space
from .problem import TINY, make_log, make_problem
from .spaces import (
    ANSWER,
    PRODUCTS,
    product_problem,
    three_classes,
)

SHALLOW = {**TINY, "max_depth": 2}


def enumerate_search(problem, log, **settings):
    return Enumerate(**settings).run(problem, log)


@pytest.fixture(scope="module")
def case():
    problem, log = product_problem(), make_log()
    return problem, log, enumerate_search(problem, log)


def test_it_scores_every_program_once_and_finds_the_best(case):
    problem, _, result = case
    everything = space(PRODUCTS, problem.signature, max_depth=3, n_features=3)
    expected = sorted(describe(graph) for graph in split_all(everything))
    assert sorted(verdict.skeleton for verdict in result.verdicts) == expected
    assert result.n_programs == len(expected) == len(result.programs)
    assert result.programs[0].expression.skeleton() == ANSWER
    assert result.defect is None
    best = ranked(result.verdicts, problem.penalty, problem.rule)[0]
    assert best.skeleton == ANSWER
    assert best.score > 0.9


def test_scores_are_those_of_cross_fitting(case):
    problem, _, result = case
    trials = [fresh_trial(problem, program.fitted.graph) for program in result.programs[:5]]
    again = cross_fit(problem, trials, make_log())
    found = {v.skeleton: v for v in result.verdicts}
    for program in again:
        verdict = found[program.expression.skeleton()]
        assert program.loss == pytest.approx(verdict.loss, rel=1e-3)
        assert program.score == pytest.approx(verdict.score, abs=0.01)
        assert program.cost == verdict.cost


def test_the_log_tells_how_far_it_is(case):
    _, log, result = case
    events = [event for event in log.events if event["phase"] == "census"]
    assert events[-1]["n_done"] == events[-1]["n_total"] == result.n_programs
    assert {"choose", "census", "fit"} == {event["phase"] for event in log.events}


def test_the_cheapest_come_first_and_the_batches_do_not_matter():
    problem = product_problem(fit_steps=10, final_steps=10)
    whole = enumerate_search(problem, make_log())
    log = make_log()
    parts = enumerate_search(problem, log, batch_size=7)
    assert [v.skeleton for v in parts.verdicts] == [v.skeleton for v in whole.verdicts]
    assert [v.loss for v in parts.verdicts] == pytest.approx([v.loss for v in whole.verdicts])
    costs = [verdict.cost for verdict in parts.verdicts]
    assert costs == sorted(costs)
    done = [event["n_done"] for event in log.events if event["phase"] == "census"]
    assert done == [*range(7, len(costs), 7), len(costs)]


def test_only_the_best_are_kept_whole():
    problem = product_problem(fit_steps=20, final_steps=10)
    result = enumerate_search(problem, make_log(), n_kept=3)
    assert len(result.programs) == 3
    assert len(result.verdicts) == result.n_programs > 3
    in_order = sorted(result.verdicts, key=lambda v: v.loss + problem.penalty * v.priced_cost)
    kept = {program.expression.skeleton() for program in result.programs}
    assert kept == {verdict.skeleton for verdict in in_order[:3]}


@pytest.mark.parametrize("per_frame", [False, True])
def test_it_serves_both_signatures_and_several_classes(per_frame):
    problem = make_problem(per_frame=per_frame, **{**TINY, "max_depth": 2 + per_frame})
    problem = three_classes(replace(problem, grammar=WITH_FRAMES if per_frame else WITH_CHOICE))
    result = enumerate_search(problem, make_log())
    assert len(result.verdicts) == result.n_programs >= 2
    for program in result.programs:
        assert program.expression.signature == problem.signature
        assert program.expression.width == 3
        assert program.expression.depth <= problem.max_depth


WITH_FRAMES = Grammar.paper({"a": [0], "b": [1]}, windows=(5,), value_windows=()).without(
    "Multiply", "Constant"
)


def test_too_many_programs_are_refused_before_any_is_trained():
    log = make_log()
    with pytest.raises(ValueError, match=r"^The grammar derives 16 programs list->atom .* up to "):
        enumerate_search(make_problem(**SHALLOW), log, max_programs=15)
    assert log.events == []
    assert enumerate_search(make_problem(**SHALLOW), log, max_programs=16).n_programs == 16


@pytest.mark.parametrize("max_depth", [5, 40])
def test_numbers_that_nobody_can_count_to_are_refused_too(max_depth):
    problem = make_problem(**{**TINY, "max_depth": max_depth})
    with pytest.raises(ValueError, match=r"more than 1e\+15 programs .* max_programs=10000"):
        enumerate_search(problem, make_log())


def test_a_grammar_without_a_program_is_refused():
    with pytest.raises(ValueError, match="can't derive a program"):
        enumerate_search(make_problem(**{**TINY, "max_depth": 1}), make_log())


def test_no_time_at_all_still_gives_a_program():
    log = make_log(max_time=0.0)
    result = enumerate_search(make_problem(**TINY), log)
    assert 1 <= len(result.verdicts) < result.n_programs
    assert result.programs[0].expression.depth <= 3
    assert "expired" in [event["phase"] for event in log.events]


@pytest.mark.parametrize("phase", ["choose", "census"])
def test_an_interrupt_ends_the_search_with_a_program(phase):
    log = make_log()

    def interrupt(event):
        if event["phase"] == phase and not any(e["phase"] == "interrupt" for e in log.events):
            raise KeyboardInterrupt

    log.listeners.append(interrupt)
    result = enumerate_search(make_problem(**TINY), log, batch_size=20)
    assert len(result.programs) >= 1
    assert len(result.verdicts) < result.n_programs
    assert {"interrupt", "expired", "fit"} <= {event["phase"] for event in log.events}


def test_a_second_interrupt_is_passed_on():
    log = make_log()

    def interrupt(event):
        if event["phase"] in ("census", "fit"):
            raise KeyboardInterrupt

    log.listeners.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        enumerate_search(make_problem(**SHALLOW), log)
