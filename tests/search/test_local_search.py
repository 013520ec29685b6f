"""What the local search tries, and what it keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sklearn_dpads import Program
from sklearn_dpads.engine import to_expression
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.search import cross_fit, fresh_trial
from sklearn_dpads.search import local_search as _refinement
from sklearn_dpads.search.drafts import Drafter
from sklearn_dpads.search.local_search import Refinement, Stage

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
    found = cross_fit(problem, trials, make_log(), n_steps=15)
    shapes = [parse(text).skeleton() for text in texts]
    return sorted(found, key=lambda program: shapes.index(skeleton(program)))


def skeleton(program):
    return program.expression.skeleton()


def make_refinement():
    problem = make_problem(**TINY)
    return Refinement(problem, make_log(), np.random.default_rng(0))


def test_a_shape_is_tried_once_and_a_smaller_one_once_a_round():
    refinement = make_refinement()
    small, large = parse(WINDOW), parse(SUM)
    is_wanted = refinement._is_wanted
    assert is_wanted(large, PLAIN, size=2)
    assert not is_wanted(large, PLAIN, size=2)
    assert is_wanted(small, PLAIN)
    assert not is_wanted(small, PLAIN, size=4)
    refinement._tried.clear()
    assert not is_wanted(large, PLAIN, size=2)
    assert not is_wanted(small, PLAIN, size=2)
    assert is_wanted(small, PLAIN, size=4)
    assert not is_wanted(small, PLAIN, size=4)
    refinement._tried.clear()
    refinement._edited.add(small.skeleton())
    assert not is_wanted(small, PLAIN, size=4)


def test_what_is_of_another_stage_is_not_used_up():
    refinement = make_refinement()
    fold = parse(FOLD)
    assert not refinement._is_wanted(fold, PLAIN)
    assert refinement._is_wanted(fold, RECURRENT)


def test_the_neighbours_of_a_round_have_shapes_of_their_own():
    refinement = make_refinement()
    refinement.programs = scored(refinement.problem, WINDOW, SUM, PRODUCT)
    for stage in (PLAIN, RECURRENT):
        drafts = refinement._neighbours(stage)
        shapes = [to_expression(draft.graph, draft.start) for draft in drafts]
        texts = [shape.skeleton() for shape in shapes]
        assert texts
        assert len(texts) == len(set(texts))
        assert all(map(stage.admits, shapes))
        refinement._edited.clear()
        refinement._tried.clear()


def test_the_best_for_their_cost_are_edited_beside_the_best():
    refinement = make_refinement()
    programs = scored(refinement.problem, WINDOW, SUM, PRODUCT)
    small, *large = programs
    refinement.programs = [replace(p, loss=0.1) for p in large] + [replace(small, loss=0.6)]
    edited = [skeleton(p) for p in refinement._parents(PLAIN)]
    assert set(edited[:2]) == {skeleton(p) for p in large}
    assert edited[2:] == [skeleton(small)]


def test_the_program_that_the_choice_would_take_is_edited_too():
    refinement = make_refinement()
    best, good, fair = scored(refinement.problem, SUM, PRODUCT, WINDOW)
    best = replace(best, loss=0.1, score=0.5)
    good, fair = replace(good, loss=0.3, score=0.9), replace(fair, loss=0.2, score=0.6)
    refinement.programs = [best, fair, good]
    stage = replace(PLAIN, beam=1, n_valued=1, n_simple=0)
    assert refinement._parents(stage) == [best, good]
    refinement._edited.add(skeleton(good))
    assert refinement._parents(stage) == [best, fair]


@pytest.mark.parametrize(
    ("losses", "scores", "n_rounds"),
    [
        ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1),
        ([0.4, 0.3, 0.3], [0.5, 0.5, 0.5], 3),
        ([0.5, 0.5, 0.5], [0.6, 0.7, 0.7], 3),
        ([0.499, 0.5, 0.5], [0.501, 0.5, 0.5], 1),
    ],
    ids=["no better", "less loss", "higher score", "no more than the tolerance"],
)
def test_edits_go_on_as_long_as_loss_falls_or_score_rises(monkeypatch, losses, scores, n_rounds):
    refinement = make_refinement()
    (start,) = scored(refinement.problem, WINDOW)
    refinement.programs = [replace(start, loss=0.5, score=0.5)]
    numbers = iter(zip(losses, scores, strict=True))

    def a_round(*_, **__):
        loss, score = next(numbers)
        return [replace(start, loss=loss, score=score)]

    monkeypatch.setattr(_refinement, "cross_fit", a_round)
    monkeypatch.setattr(refinement, "_neighbours", lambda stage: [None])
    monkeypatch.setattr(refinement, "_screen", lambda drafts: drafts)
    monkeypatch.setattr(refinement, "_distinct", lambda programs: programs)
    refinement._climb(replace(PLAIN, n_rounds=3))
    assert [e["phase"] for e in refinement.log.events].count("refine") == n_rounds


def test_of_one_shape_the_better_program_is_kept():
    refinement = make_refinement()
    (program, other) = scored(refinement.problem, WINDOW, SUM)
    better, worse = replace(program, loss=0.2), replace(program, loss=0.3)
    for programs in ([worse, other, better], [better, other, worse]):
        kept = refinement._distinct(programs)
        assert len(kept) == 2
        assert better in kept
        assert other in kept


def test_products_under_an_average_of_values_are_found_from_a_window():
    problem = make_problem(**TINY)
    (parent,) = scored(problem, WINDOW)
    drafter = Drafter(problem, np.random.default_rng(0))

    def of_products(edits):
        drafts = edits(parent, lambda e: True)
        shapes = [to_expression(draft.graph, draft.start).skeleton() for draft in drafts]
        return [s for s in shapes if s.startswith("SlideWindowAvg[all,values](Multiply")]

    assert not of_products(drafter.edits)
    assert of_products(drafter.edits_of_values)
