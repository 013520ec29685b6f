"""Scores of programs on sequences that their parameters have not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_dpads import Program
from sklearn_dpads.engine import to_expression
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.program import evaluate
from sklearn_dpads.search import cross_fit, fresh_trial
from sklearn_dpads.search import cross_fitting as _cross_fitting
from sklearn_dpads.training import f1_scores, predicted_codes

from ..graph.build import random_program, space
from .problem import (
    GRAMMAR,
    TINY,
    make_log,
    make_problem,
    make_sequences,
    search,
)

N_NOISE = 12
# A quadratic function of three means: more weights than any fold has sequences.
FLEXIBLE = """SlideWindowAvg[all](Add(
    Add(Multiply(Affine[c](0), Affine[c](0)), Multiply(Affine[a](0), Affine[c](0))),
    Add(Multiply(Affine[a](0), Affine[b](0)), Affine[c](0))
))"""


def some_graphs(signature, n=6):
    rng = np.random.default_rng(0)
    whole = space(GRAMMAR, signature, max_depth=3)
    return [random_program(whole, rng) for _ in range(n)]


def flipped(problem, fold):
    """Labels of shape (n_samples, …) that are wrong for the sequences of a fold."""
    codes = problem.data.targets.codes.numpy().T.copy()
    mine = (problem.folds.fold_of == fold).numpy()
    codes[mine] = np.where(codes[mine] >= 0, 1 - codes[mine], codes[mine])
    return codes


def test_every_sequence_is_predicted_by_parameters_that_have_not_seen_its_labels():
    """Wrong labels for a fold change the predictions of the other folds only."""
    seen = []

    def scorer(outputs, targets):
        seen.append(outputs)
        return f1_scores(outputs, targets)

    def predictions(codes=None):
        settings = {"n_folds": 3, "fit_steps": 10}
        problem = make_problem(per_frame=True, n_samples=30, codes=codes, scorer=scorer, **settings)
        graphs = some_graphs(problem.signature)
        seen.clear()
        scored = cross_fit(problem, [fresh_trial(problem, g) for g in graphs], make_log())
        assert len(scored) == 6
        joined = torch.cat(seen)
        return problem, joined.view(len(joined), -1, 30)

    problem, before = predictions()
    for fold in range(3):
        mine = (problem.folds.fold_of == fold).numpy()
        _, after = predictions(flipped(problem, fold))
        assert torch.equal(after[:, :, mine], before[:, :, mine])
        assert not torch.allclose(after[:, :, ~mine], before[:, :, ~mine], atol=1e-2)


@pytest.mark.parametrize("per_frame", [False, True])
def test_parameters_do_not_depend_on_the_labels_of_the_fold_they_predict(per_frame):
    def starts(codes=None, fold_of=None):
        problem = make_problem(
            per_frame=per_frame, n_samples=24, codes=codes, n_folds=3, fit_steps=8
        )
        if fold_of is not None:
            # Other labels would be stratified into other folds.
            problem.folds.fold_of = fold_of
        trials = [fresh_trial(problem, g) for g in some_graphs(problem.signature)]
        scored = cross_fit(problem, trials, make_log())
        by_graph = {id(program.fitted.graph): program.fitted.starts for program in scored}
        return problem, [by_graph[id(trial.graph)] for trial in trials]

    problem, before = starts()
    for fold in range(3):
        _, after = starts(flipped(problem, fold), problem.folds.fold_of)
        for old, new in zip(before, after, strict=True):
            same = [same_parameters(a, b) for a, b in zip(old, new, strict=True)]
            assert same == [k == fold for k in range(3)]


def same_parameters(one, other):
    assert one.theta.keys() == other.theta.keys()
    return all(
        np.array_equal(value, other.theta[place][name])
        for place, values in one.theta.items()
        for name, value in values.items()
    )


def noise(seed, **settings):
    """A problem whose labels have nothing to do with the frames, and its labels."""
    codes = np.random.default_rng(seed).permutation(np.repeat([0, 1], N_NOISE // 2))
    options = {**TINY, "n_samples": N_NOISE, "n_folds": 3, "max_depth": 5, **settings}
    problem = make_problem(codes=codes, scorer=accuracies, structural_penalty=0.0, **options)
    return replace(problem, training=replace(problem.training, fit_decay=0.0, f1_weight=0.0)), codes


def accuracies(outputs, targets):
    return (predicted_codes(outputs) == targets.codes).to(outputs.dtype).mean(-1)


def training_accuracy(problem, codes, program):
    """Mean over the folds of the accuracy on the sequences that the parameters have seen."""
    sequences = make_sequences(N_NOISE)
    hits = []
    for fold, start in enumerate(program.fitted.starts):
        # What multiplies in a Fold may explode on sequences that it has not seen.
        with np.errstate(over="ignore", invalid="ignore"):
            values = evaluate(to_expression(program.fitted.graph, start), sequences)[:, 0]
        seen = (problem.folds.fold_of != fold).numpy()
        hits.append(((values > 0) == codes)[seen].mean())
    return np.mean(hits)


def test_a_program_that_learns_noise_by_heart_scores_no_better_than_chance():
    scores, losses = [], []
    for seed in range(6):
        problem, codes = noise(seed, fit_steps=120)
        expression = Program.parse(FLEXIBLE, GRAMMAR, n_features=3).expression
        trial = fresh_trial(problem, discrete_graph(expression, GRAMMAR, 3))
        (program,) = cross_fit(problem, [trial], make_log())
        assert training_accuracy(problem, codes, program) == 1.0
        scores.append(program.score)
        losses.append(program.loss)
    assert 0.25 < np.mean(scores) < 0.75
    # What is sure of everything and knows nothing is judged no better than ignorance.
    assert np.mean(losses) > np.log(2)


def test_a_search_on_noise_knows_that_it_found_nothing():
    """Neither the start values nor the edits of the search tell a fold its own labels."""
    by_heart, best = [], []
    for seed in range(4):
        problem, codes = noise(seed)
        initial = Program.parse(FLEXIBLE, GRAMMAR, n_features=3).expression
        programs = search(problem, make_log(), [initial]).programs
        best += sorted(program.score for program in programs)[-3:]
        by_heart += [p.score for p in programs if training_accuracy(problem, codes, p) > 0.9]
    assert len(by_heart) >= 8
    assert np.mean(by_heart) < 0.65
    # The best of a search are the luckiest of many.
    assert np.mean(best) < 0.75


def test_a_program_that_gets_stuck_begins_twice_per_fold_and_from_two_places():
    """A second beginning that is the first one over again would find what that has found."""
    problem = make_problem(n_samples=24, n_folds=3)

    def fits(text):
        program = Program.parse(text, GRAMMAR, n_features=3)
        graph = discrete_graph(program.expression, GRAMMAR, 3)
        return _cross_fitting._fits(problem, fresh_trial(problem, graph))

    twice = fits("Fold(Affine[a](x0 + previous))")
    assert [fit.fold for fit in twice] == [0, 1, 2, 0, 1, 2]
    thetas = [fit.version.parameters.theta.values() for fit in twice]
    begun = {str([value.tolist() for of in theta for value in of.values()]) for theta in thetas}
    assert len(begun) == 6
    assert [fit.fold for fit in fits("SlideWindowAvg[5](Affine[a](x0))")] == [0, 1, 2]
