"""Programs that are not linear in their numbers lose those that cross-fitting can't tell from 0."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program, ProgramClassifier
from sklearn_dpads.engine import from_expression, initialize, to_expression
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.program import evaluate
from sklearn_dpads.search import (
    SumsOfReaders,
    Trial,
    cross_fit,
    ending,
    final_fit,
    fresh_trial,
    reweighted,
)
from sklearn_dpads.search.sparse_training import _STEPS, sparse_training, zeros_kept
from sklearn_dpads.training import UNHURRIED, Pace

from .problem import GRAMMAR, make_log, make_problem

FEATURES = 8
ALL = Grammar.paper({"all": list(range(FEATURES))})


def of_all(feature: int) -> str:
    """A function of all features, of one most."""
    return (
        f"Affine[all]({' + '.join(f'{1 if i == feature else 0.1}*x{i}' for i in range(FEATURES))})"
    )


PRODUCT = f"Multiply({of_all(0)}, {of_all(1)})"
CHOICE = f"if {of_all(2)} >= 0: {PRODUCT} else: {of_all(3)}"
NEEDLESS, TRUE = (
    Program.parse(f"SlideWindowAvg[5](Multiply({text}))", GRAMMAR).expression
    for text in (
        "Affine[a](x0), Affine[c](x1 + 0.1*x2)",
        "Affine[a](5*x0), Affine[c](0.01*x1 + 0.01*x2 + 1)",
    )
)


def of_chosen_features(seed: int = 0, n: int = 300):
    """Labels by a choice between a product and a feature; four features tell nothing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 1, FEATURES)) + 0.3 * rng.normal(size=(n, 6, FEATURES))
    a, b, c, d = X.mean(axis=1)[:, :4].T
    return X, np.where(c >= 0, a * b >= 0, d >= 0).astype(int)


@pytest.fixture(scope="module")
def fits():
    X, y = of_chosen_features()
    program = Program.parse(f"SlideWindowAvg[all]({CHOICE})", ALL)

    def fit(errors):
        settings = {"fit_steps": 300, "sparse_errors": errors}
        clf = ProgramClassifier(grammar=ALL, search=SumsOfReaders(**settings), random_state=0)
        return clf.fit(X, y).refit(X, y, program=program)

    return fit(0.0), fit(1.0)


def columns_read(program: Program) -> list[list[int]]:
    return [
        np.flatnonzero(node.params["weight"].any(axis=0)).tolist()
        for _, node in program.expression.walk()
        if "weight" in node.params
    ]


def test_weights_of_features_that_tell_nothing_are_0(fits):
    full, sparse = (clf.program_ for clf in fits)
    assert full.n_parameters == 4 * (FEATURES + 1)
    assert sparse.expression.skeleton() == full.expression.skeleton()
    assert sorted(columns_read(sparse)) == [[0], [1], [2], [3]]


def test_decisions_stay_and_are_right(fits):
    full, sparse = fits
    X, _ = of_chosen_features()
    assert np.mean(full.predict(X) == sparse.predict(X)) > 0.95
    X, y = of_chosen_features(seed=1)
    assert sparse.score(X, y) >= full.score(X, y) > 0.9


def test_a_recurrence_loses_weights_too():
    rng = np.random.default_rng(0)
    X, leaky = rng.normal(size=(150, 15, 4)), np.zeros(150)
    for frame in X.swapaxes(0, 1):
        leaky = 0.8 * leaky + frame[:, 0]
    y = (leaky > 0).astype(int)
    grammar = Grammar.paper({"all": [0, 1, 2, 3]})
    text = "Fold(Affine[all](0.3*x0 + 0.3*x1 + 0.3*x2 + 0.3*x3 + 0.5*previous))"
    clf = ProgramClassifier(
        grammar=grammar, search=SumsOfReaders(sparse_errors=1.0), random_state=0
    ).fit(X, y)
    found = clf.refit(X, y, program=Program.parse(text, grammar))
    assert columns_read(found.program_) == [[0]]
    assert found.program_.expression.args[0].params["recurrent"][0, 0] == pytest.approx(
        0.8, abs=0.05
    )
    assert found.score(X, y) > 0.97


def judged(sparse_errors: float = 100.0):
    problem = make_problem(fit_steps=60, sparse_errors=sparse_errors)
    graph = discrete_graph(NEEDLESS, GRAMMAR, 3)
    (program,) = cross_fit(problem, [fresh_trial(problem, graph)], make_log())
    return problem, program


class Ends(Pace):
    """Time is over after some steps."""

    def __init__(self, n_steps: int) -> None:
        self.left = n_steps

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_without_time_all_numbers_stay():
    problem, program = judged()
    trial = program.fitted
    fitted = trial.starts[0]
    for n_steps in (0, 10):
        found = sparse_training(problem, trial, fitted, Ends(n_steps))
        assert found is fitted


def test_masks_that_lose_what_was_learnt_are_passed_over():
    """Fits without a fold that have found nothing say nothing against any mask."""
    problem, program = judged()
    trial = program.fitted
    fitted = from_expression(trial.graph, TRUE)
    nothing = [initialize(trial.graph, seed) for seed in range(len(trial.starts))]
    found = sparse_training(problem, Trial(trial.graph, nothing), fitted)
    values = evaluate(to_expression(trial.graph, found), problem.sequences)[:, 0]
    assert np.mean((values > 0) == (problem.data.targets.codes.numpy() == 1)) > 0.95


def test_time_cuts_the_masks_that_are_tried():
    problem, program = judged()
    trial = program.fitted

    def n_numbers(pace):
        found = sparse_training(problem, trial, trial.starts[0], pace)
        return to_expression(trial.graph, found).n_parameters

    # 5 numbers, of 100 standard errors: as many go as are tried.
    assert n_numbers(Ends(_STEPS + 5)) == 4
    assert n_numbers(UNHURRIED) < 4


def test_who_interrupts_it_has_a_fitted_program_with_all_numbers(monkeypatch):
    problem, program = judged()

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(ending, "sparse_training", interrupted)
    log = make_log()
    found = final_fit(problem, program, log)
    assert found.expression.n_parameters == NEEDLESS.n_parameters + 2
    assert [event["phase"] for event in log.events][-2:] == ["interrupt", "fit"]


def bootstraps(problem, n_fits):
    n = problem.n_sequences
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=n_fits)
    return drawn.astype(float)


def numbers(program):
    return np.concatenate([v.ravel() for _, node in program.walk() for v in node.params.values()])


def test_refits_keep_what_is_0():
    problem, _ = judged()
    graph = discrete_graph(NEEDLESS, GRAMMAR, 3)
    product = NEEDLESS.args[0]
    table = product.args[1]
    gone = table.with_params({"weight": np.array([[0.5, 0.0]]), "bias": np.array([0.1])})
    program = NEEDLESS.with_args((product.with_args((product.args[0], gone)),))
    mask = zeros_kept(from_expression(graph, program))
    tables = [values["weight"] for values in mask.theta.values() if "weight" in values]
    assert sorted(float(t.sum()) for t in tables) == [1.0, 1.0]
    for refit in reweighted(problem, program, bootstraps(problem, 2)):
        (found,) = [n for _, n in refit.walk() if n.production == table.production]
        assert_array_equal(found.params["weight"] != 0, [[True, False]])
        assert not np.allclose(found.params["weight"], gone.params["weight"])


def test_refits_differ_from_the_program_by_their_sample_alone():
    problem, program = judged()
    whole = program.expression
    (same,) = reweighted(problem, whole, np.ones((1, problem.n_sequences)))
    assert_allclose(numbers(same), numbers(whole), atol=1e-4)
    refits = reweighted(problem, whole, bootstraps(problem, 8))
    moves = np.array([numbers(refit) for refit in refits]) - numbers(whole)
    # No sample leaves all numbers where they are, and each number lies within what they give.
    assert (np.abs(moves).max(axis=1) > 1e-3).all()
    assert ((moves.min(axis=0) <= 0) & (moves.max(axis=0) >= 0)).all()
