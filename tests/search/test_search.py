"""The search as a whole, on a problem whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads import Program
from sklearn_dpads.program import evaluate

from ..program.compare import assert_same_expression
from .problem import (
    GRAMMAR,
    TINY,
    make_log,
    make_problem,
    make_sequences,
    recent_sign,
    search,
)


def agreement(expression, per_frame):
    """Share of the labels of new sequences that a program predicts."""
    fresh = make_sequences(400, seed=99)
    codes = recent_sign(fresh)
    values = evaluate(expression, fresh)[..., 0]
    if not per_frame:
        codes = codes[np.arange(400), fresh.lengths - 1]
    valid = codes >= 0
    return ((values > 0) == (codes == 1))[valid].mean()


@pytest.fixture(scope="module", params=[False, True], ids=["sequences", "frames"])
def case(request):
    problem = make_problem(per_frame=request.param)
    log = make_log()
    return problem, log, search(problem, log)


def test_it_finds_a_program_that_predicts_new_sequences(case):
    problem, _, result = case
    assert agreement(result.programs[0].expression, problem.data.streams.per_frame) >= 0.95
    assert result.defect is None


def test_every_program_is_of_the_grammar_and_scored_once(case):
    problem, _, result = case
    skeletons = [p.expression.skeleton() for p in result.programs]
    assert len(skeletons) == len(set(skeletons)) > 1
    for program in result.programs:
        assert program.expression.signature == problem.signature
        assert program.expression.depth <= problem.max_depth
        assert program.cost == program.expression.cost
        assert {node.production for _, node in program.expression.walk()} <= set(
            GRAMMAR.productions
        )
        assert 0.0 <= program.score <= 1.0


def test_the_log_tells_the_course_of_the_search(case):
    _, log, result = case
    phases = [event["phase"] for event in log.events]
    assert phases.index("sum") < phases.index("train")
    assert {"train", "prune", "split", "choose", "fit"} <= set(phases)
    times = [event["time"] for event in log.events]
    assert times == sorted(times)
    (fit,) = (event for event in log.events if event["phase"] == "fit")
    assert fit["program"] == result.programs[0].expression.skeleton()


@pytest.mark.parametrize("per_frame", [False, True])
def test_the_same_seed_gives_the_same_programs(per_frame):
    states = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    results = []
    for _ in range(2):
        problem = make_problem(per_frame=per_frame, seed=3, **TINY)
        results.append(search(problem, make_log()).programs)
    assert len(results[0]) == len(results[1])
    for one, other in zip(*results, strict=True):
        assert one.score == other.score
        assert_same_expression(one.expression, other.expression)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002


@pytest.mark.parametrize("switches", [{"node_sharing": False}, {"unfolding": False}])
def test_both_ablations_search_the_same_language(switches):
    problem = make_problem(**TINY, **switches)
    result = search(problem, make_log())
    for program in result.programs:
        Program(program.expression, 3)
        assert program.expression.depth <= 3


def test_no_time_at_all_still_gives_a_program():
    problem = make_problem(**TINY, max_depth=4)
    log = make_log(max_time=0.0)
    result = search(problem, log)
    assert len(result.programs) >= 1
    assert result.programs[0].expression.depth <= 4
    phases = [event["phase"] for event in log.events]
    assert "expired" in phases
    assert "train" not in phases
    assert "refine" not in phases


def test_an_interrupt_ends_the_search_with_a_program():
    log = make_log()

    def interrupt(event):
        if event["phase"] == "split":
            raise KeyboardInterrupt

    log.listeners.append(interrupt)
    result = search(make_problem(**TINY), log)
    assert len(result.programs) >= 1
    assert "interrupt" in [event["phase"] for event in log.events]


def test_a_second_interrupt_is_passed_on():
    log = make_log()

    def interrupt(event):
        if event["phase"] in ("split", "choose"):
            raise KeyboardInterrupt

    log.listeners.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        search(make_problem(**TINY), log)


def test_programs_to_begin_with_are_scored_beside_the_others():
    text = "SlideWindowAvg[5](Multiply(Affine[a](3*x0), Affine[c](1*x1 - 1*x2 + 2)))"
    program = Program.parse(text, GRAMMAR, n_features=3)
    problem = make_problem(**TINY)
    result = search(problem, make_log(), [program.expression])
    skeletons = [p.expression.skeleton() for p in result.programs]
    assert program.expression.skeleton() in skeletons


def reasons(log):
    return [event["why"] for event in log.events if event["phase"] == "end"]


def test_a_search_ends_where_no_program_can_be_worth_more():
    settled = make_log()
    labels = np.random.default_rng(0).integers(0, 2, TINY["n_samples"])
    search(make_problem(**TINY, codes=labels), settled)
    assert "nothing more to gain" not in reasons(settled)
    assert any(event["phase"] == "refine" for event in settled.events)
    easy = make_log()
    search(make_problem(**TINY | {"fit_steps": 100}, per_frame=True), easy)
    assert reasons(easy) == ["nothing more to gain"] * 2
    assert not any(event["phase"] == "refine" for event in easy.events)


def test_the_log_tells_which_part_found_the_program(case):
    _, log, result = case
    (fit,) = (event for event in log.events if event["phase"] == "fit")
    assert fit["found_by"] == result.programs[0].fitted.found_by
    parts = {program.fitted.found_by for program in result.programs}
    refined = any(event["phase"] == "refine" for event in log.events)
    assert parts - {"sums of readers"} == {"relaxation"} | ({"local search"} if refined else set())


def test_what_a_search_begins_with_is_named():
    expression = Program.parse("Fold(Affine[a](3*x0), initial=1)", GRAMMAR, n_features=3).expression
    result = search(make_problem(**TINY), make_log(), [expression])
    (given,) = (p for p in result.programs if p.expression.skeleton() == expression.skeleton())
    assert given.fitted.found_by == "programs to begin with"
