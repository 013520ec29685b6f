"""Random search: different programs of the grammar, as many as were asked for."""

from __future__ import annotations

import pytest

from sklearn_dpads.search import RandomPrograms
from sklearn_dpads.search.census import number_of_programs

from ..program.compare import assert_same_expression
from .problem import (
    GRAMMAR,
    TINY,
    make_log,
    make_problem,
)
from .spaces import ANSWER, product_problem, three_classes


def skeletons(result):
    return [verdict.skeleton for verdict in result.verdicts]


@pytest.mark.parametrize("per_frame", [False, True])
def test_it_scores_different_programs_of_the_grammar(per_frame):
    problem = three_classes(make_problem(per_frame=per_frame, **TINY))
    log = make_log()
    result = RandomPrograms(n_programs=20, n_kept=5).run(problem, log)
    assert len(set(skeletons(result))) == len(skeletons(result)) == result.n_programs == 20
    assert len(result.programs) == 5
    for program in result.programs:
        assert program.expression.signature == problem.signature
        assert program.expression.depth <= 3
        productions = {node.production for _, node in program.expression.walk()}
        assert productions <= set(GRAMMAR.productions)
    assert [e["n_done"] for e in log.events if e["phase"] == "census"] == [20]


def test_where_there_are_few_programs_it_finds_them_all_and_the_best():
    problem = product_problem(max_depth=3)
    result = RandomPrograms(n_programs=1000).run(problem, make_log())
    assert result.n_programs == number_of_programs(problem) == len(result.verdicts)
    assert result.programs[0].expression.skeleton() == ANSWER


def test_draws_depend_on_the_seed_alone():
    results = [
        RandomPrograms(n_programs=8).run(make_problem(seed=seed, **TINY), make_log())
        for seed in (0, 0, 1)
    ]
    assert skeletons(results[0]) == skeletons(results[1]) != skeletons(results[2])
    for one, other in zip(results[0].programs, results[1].programs, strict=True):
        assert_same_expression(one.expression, other.expression)


def test_it_makes_do_with_fewer_where_only_repeats_are_drawn():
    problem = product_problem(max_depth=2, fit_steps=5, final_steps=5)
    result = RandomPrograms(n_programs=100, most_repeats=1).run(problem, make_log())
    assert 1 <= len(result.verdicts) < result.n_programs == 6


def test_no_time_at_all_still_gives_a_program():
    log = make_log(max_time=0.0)
    result = RandomPrograms().run(make_problem(**TINY), log)
    assert 1 <= len(result.verdicts) < result.n_programs == 200
    assert "expired" in [event["phase"] for event in log.events]


def test_a_grammar_without_a_program_is_refused():
    with pytest.raises(ValueError, match="can't derive a program"):
        RandomPrograms().run(make_problem(**{**TINY, "max_depth": 1}), make_log())
