"""What the local search tries, and what it keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sklearn_dpads import Program
from sklearn_dpads.engine import Schedule, from_expression, to_expression
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.search import cross_fit, fresh_trial
from sklearn_dpads.search.drafts import Draft, Drafter, DraftSettings
from sklearn_dpads.search.found import valued
from sklearn_dpads.search.local_search import Climb
from sklearn_dpads.search.stages import Stage
from sklearn_dpads.training import losses

from .problem import (
    GRAMMAR,
    TINY,
    make_log,
    make_problem,
)

WINDOW = "SlideWindowAvg[all](Affine[a](x0))"
SUM = "SlideWindowAvg[all](Add(Affine[a](x0), Affine[b](x1)))"
PRODUCT = "SlideWindowAvg[all](Multiply(Affine[a](x0), Affine[b](x1)))"
FOLD = "Fold(Affine[a](x0 + 0.5*previous), initial=0)"
PLAIN = Stage(n_rounds=1, beam=2, n_valued=0, n_simple=1, patience=1, recurrent=False)
RECURRENT = replace(PLAIN, recurrent=True)


def parse(text):
    return Program.parse(text, GRAMMAR, n_features=3).expression


def scored(problem, *texts):
    graphs = [discrete_graph(parse(text), GRAMMAR, 3) for text in texts]
    trials = [fresh_trial(problem, graph) for graph in graphs]
    found = cross_fit(problem, trials, make_log())
    shapes = [parse(text).skeleton() for text in texts]
    return sorted(found, key=lambda program: shapes.index(skeleton(program)))


def skeleton(program):
    return program.expression.skeleton()


def shape_of(draft):
    return to_expression(draft.graph, draft.start).skeleton()


def n_productions(draft):
    return to_expression(draft.graph, draft.start).n_productions


def draft_of(problem, expression):
    graph = discrete_graph(expression, GRAMMAR, 3)
    trial = fresh_trial(problem, graph)
    return Draft(graph, trial.starts[0], lambda: trial.starts[1:])


def make_climb():
    problem = make_problem(**TINY)
    return Climb(problem.judging.local_search, problem, make_log(), np.random.default_rng(0), [])


def test_a_shape_is_tried_once_and_a_smaller_one_once_a_round():
    climb = make_climb()
    small, large = parse(WINDOW), parse(SUM)
    is_wanted = climb._is_wanted
    assert is_wanted(large, PLAIN, size=2)
    assert not is_wanted(large, PLAIN, size=2)
    assert is_wanted(small, PLAIN)
    assert not is_wanted(small, PLAIN, size=4)
    climb._asked.clear()
    # Nothing of it was trained: there may be more than a round can pay for.
    assert is_wanted(large, PLAIN, size=2)
    climb._screen([draft_of(climb.problem, expression) for expression in (small, large)])
    climb._asked.clear()
    assert not is_wanted(large, PLAIN, size=2)
    assert not is_wanted(small, PLAIN, size=2)
    assert is_wanted(small, PLAIN, size=4)
    assert not is_wanted(small, PLAIN, size=4)
    climb._asked.clear()
    climb._edited.add(small.skeleton())
    assert not is_wanted(small, PLAIN, size=4)


def test_what_a_round_cannot_pay_for_is_not_used_up():
    problem = make_problem(**TINY, screen_steps=1)
    climb = Climb(
        problem.judging.local_search,
        problem,
        make_log(),
        np.random.default_rng(0),
        scored(problem, WINDOW, SUM, PRODUCT),
    )
    first = climb._neighbours(PLAIN)
    drafts = [draft for draft, _ in zip(first, range(12), strict=False)]
    climb._screen(drafts[:4])
    climb._asked.clear()
    climb._edited.clear()
    again = {shape_of(draft) for draft in climb._neighbours(PLAIN)}
    size = {shape_of(draft): n_productions(draft) for draft in drafts}
    assert {shape_of(draft) for draft in drafts[4:]} <= again
    as_large = [s for s in map(shape_of, drafts[:4]) if size[s] > 3]
    assert as_large
    assert again.isdisjoint(as_large)


def test_the_shallowest_programs_leave_half_of_a_round_to_edits(monkeypatch):
    problem = make_problem(**TINY | {"max_neighbours": 6})
    programs = scored(problem, SUM)
    climb = Climb(
        problem.judging.local_search, problem, make_log(), np.random.default_rng(0), programs
    )
    screened = []
    monkeypatch.setattr(Climb, "_screen", lambda self, drafts: screened.append(drafts) or [])
    assert len(climb.drafter.shallowest()) > 6
    climb.climb(PLAIN)
    depths = [to_expression(d.graph, d.start).depth for d in screened[0]]
    assert len(depths) == 6
    assert depths.count(min(depths)) <= 4


def test_what_is_of_another_stage_is_not_used_up():
    climb = make_climb()
    fold = parse(FOLD)
    assert not climb._is_wanted(fold, PLAIN)
    assert climb._is_wanted(fold, RECURRENT)


def test_the_neighbours_of_a_round_have_shapes_of_their_own():
    climb = make_climb()
    climb.programs = scored(climb.problem, WINDOW, SUM, PRODUCT)
    for stage in (PLAIN, RECURRENT):
        drafts = list(climb._neighbours(stage))
        shapes = [to_expression(draft.graph, draft.start) for draft in drafts]
        texts = [shape.skeleton() for shape in shapes]
        assert texts
        assert len(texts) == len(set(texts))
        assert all(map(stage.admits, shapes))
        climb._edited.clear()
        climb._asked.clear()


def test_the_best_for_their_cost_are_edited_beside_the_best():
    climb = make_climb()
    programs = scored(climb.problem, WINDOW, SUM, PRODUCT)
    small, *large = programs
    climb.programs = [replace(p, loss=0.1) for p in large] + [replace(small, loss=0.6)]
    edited = [skeleton(p) for p in climb._parents(PLAIN)]
    assert set(edited[:2]) == {skeleton(p) for p in large}
    assert edited[2:] == [skeleton(small)]


def test_the_program_that_the_choice_would_take_is_edited_too():
    climb = make_climb()
    best, good, fair = scored(climb.problem, SUM, PRODUCT, WINDOW)
    best = replace(best, loss=0.1, score=0.5)
    good, fair = replace(good, loss=0.3, score=0.9), replace(fair, loss=0.2, score=0.6)
    climb.programs = [best, fair, good]
    stage = replace(PLAIN, beam=1, n_valued=1, n_simple=0)
    assert climb._parents(stage) == [best, good]
    climb._edited.add(skeleton(good))
    assert climb._parents(stage) == [best, fair]


@pytest.mark.parametrize(
    ("loss", "score", "gained"),
    [(0.5, 0.5, False), (0.4, 0.5, True), (0.5, 0.6, True), (0.499, 0.501, False)],
    ids=["no better", "less loss", "higher score", "no more than the tolerance"],
)
def test_a_round_gains_where_loss_falls_or_score_rises(loss, score, gained):
    climb = make_climb()
    (start,) = scored(climb.problem, WINDOW)
    climb.programs = [replace(start, loss=0.5, score=0.5)]
    before = climb.standing()
    climb.programs = [replace(start, loss=loss, score=score)]
    assert climb.has_gained(before) == gained


@pytest.mark.parametrize("patience", [1, 2])
def test_rounds_go_on_until_patience_is_over(patience):
    """With a tolerance that no round can gain, patience alone is the number of rounds."""
    problem = make_problem(**TINY, refinement_tol=1.0, structural_penalty=1.0, race_errors=1e6)
    climb = Climb(
        problem.judging.local_search,
        problem,
        make_log(),
        np.random.default_rng(0),
        scored(problem, WINDOW),
    )
    climb.climb(replace(PLAIN, n_rounds=4, patience=patience))
    assert [event["phase"] for event in climb.log.events].count("refine") == patience


def test_of_one_shape_the_better_program_is_kept():
    climb = make_climb()
    (program, other) = scored(climb.problem, WINDOW, SUM)
    better, worse = replace(program, loss=0.2), replace(program, loss=0.3)
    for programs in ([worse, other, better], [better, other, worse]):
        kept = climb._distinct(programs)
        assert len(kept) == 2
        assert better in kept
        assert other in kept


def test_products_under_an_average_of_values_are_found_from_a_window():
    problem = make_problem(**TINY)
    (parent,) = scored(problem, WINDOW)
    drafter = Drafter(problem, DraftSettings(), np.random.default_rng(0))

    def of_products(plans):
        drafts = drafter.drafts(plans, lambda e, size: True)
        shapes = [to_expression(draft.graph, draft.start).skeleton() for draft in drafts]
        return [s for s in shapes if s.startswith("SlideWindowAvg[all,values](Multiply")]

    assert not of_products(drafter.plans(parent))
    assert of_products(drafter.plans_of_values(parent))


def test_a_branch_that_another_fold_would_not_take_begins_anew_there():
    """Of a constant condition the branch of its sign is left, and folds may differ in the sign."""
    problem = make_problem(**TINY)
    text = "SlideWindowAvg[all](if {} >= 0: Affine[b](x1) else: Affine[c](x1 + x2))"
    (judged,) = scored(problem, text.format("Affine[a](x0 + 1)"))
    graph = judged.fitted.graph
    signs = ["+" if fold == 0 else "-" for fold in range(problem.folds.n_folds)]
    versions = [parse(text.format(f"Affine[a](x0 {sign} 1)")) for sign in signs]
    starts = [from_expression(graph, version) for version in versions]
    parent = replace(judged, trial=replace(judged.fitted, starts=starts))
    drafter = Drafter(problem, DraftSettings(), np.random.default_rng(0))
    plans = [plan for plan in drafter.plans(parent) if plan.edit.path == (0, 0)]
    drafts = list(drafter.drafts(plans, lambda expression, _: len(expression.args[0].args) == 0))
    assert drafts
    for draft in drafts:
        trial = draft.trial()
        shapes = [to_expression(trial.graph, start).skeleton() for start in trial.starts]
        assert shapes == [shapes[0]] * problem.folds.n_folds
        Schedule([trial.graph] * len(trial.starts)).pack(trial.starts)


def test_linear_programs_are_screened_by_the_loss_that_others_are_trained_by():
    problem = make_problem(n_samples=80)
    program = parse("SlideWindowAvg[5](Affine[a](x0))")
    seen = problem.few_linear.seen([program])[0]
    (version, *_) = problem.linear.without_folds([program])[0]
    each = valued(problem, version)
    schedule = Schedule([each.graph])
    outputs = problem.outputs(schedule, [each.parameters], np.arange(80)).flatten(2)
    targets = replace(problem.data.targets, weights=problem.folds.weights(0))
    trained, likelihood = (float(losses(outputs, targets, share)[0]) for share in (0.3, 0.0))
    assert problem.training.f1_weight == 0.3
    assert abs(seen - trained) < 0.2 * abs(likelihood - trained)
