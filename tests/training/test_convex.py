"""Fits of linear programs against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from sklearn_dpads.training import ConvexProblem, fit_convex, linear_outputs


def problem_of(n_classes: int, n_columns: int = 3, n: int = 60):
    rng = np.random.default_rng(n_classes)
    x = rng.normal(size=(n, n_columns))
    codes = (x[:, :n_classes] + rng.normal(size=(n, n_classes))).argmax(1)
    return x, codes


def with_ones(x: np.ndarray) -> torch.Tensor:
    return torch.tensor(np.column_stack([x, np.ones(len(x))]))


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("ridge", [1e-3, 1e-1])
def test_the_optimum_is_that_of_logistic_regression(n_classes, ridge):
    x, codes = problem_of(n_classes)
    weights = torch.full((1, len(x)), 1 / len(x), dtype=torch.float64)
    problem = ConvexProblem(torch.tensor(codes), weights, n_classes)
    found = fit_convex(
        problem, with_ones(x)[None], torch.tensor([ridge], dtype=torch.float64), n_steps=2000
    )
    model = LogisticRegression(C=1 / (ridge * len(x)), tol=1e-10, max_iter=10_000).fit(x, codes)
    expected = np.column_stack([model.coef_, model.intercept_])
    values = found[0, 0, 0].numpy()
    if n_classes > 2:
        # All outputs can be shifted together.
        expected, values = (v - v.mean(0) for v in (expected, values))
    assert_allclose(values, expected, atol=1e-5)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_programs_weightings_and_ridges_do_not_meet(n_classes):
    x, codes = problem_of(n_classes)
    rng = np.random.default_rng(0)
    weights = torch.tensor(rng.dirichlet(np.ones(len(x)), 2))
    problem = ConvexProblem(torch.tensor(codes), weights, n_classes)
    designs = torch.stack([with_ones(x), with_ones(x[:, ::-1].copy() ** 2)])
    ridges = torch.tensor([1e-2, 1.0], dtype=torch.float64)
    together = fit_convex(problem, designs, ridges, n_steps=50)
    for i, w, r in np.ndindex(2, 2, 2):
        one = ConvexProblem(problem.codes, weights[w : w + 1], n_classes)
        alone = fit_convex(one, designs[i : i + 1], ridges[r : r + 1], n_steps=50)
        assert_allclose(together[i, w, r], alone[0, 0, 0], atol=1e-10)
        outputs = linear_outputs(designs[i : i + 1], alone)[0, 0, 0]
        assert_allclose(outputs, alone[0, 0, 0] @ designs[i].T)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_with_more_columns_than_labels_the_optimum_is_the_same(n_classes):
    x, codes = problem_of(n_classes, n_columns=90)
    weights = torch.full((1, len(x)), 1 / len(x), dtype=torch.float64)
    problem = ConvexProblem(torch.tensor(codes), weights, n_classes)
    design, ridge = with_ones(x)[None], torch.tensor([0.1], dtype=torch.float64)
    found = fit_convex(problem, design, ridge, n_steps=500)
    model = LogisticRegression(C=1 / (0.1 * len(x)), tol=1e-10, max_iter=10_000).fit(x, codes)
    expected = np.column_stack([model.coef_, model.intercept_])
    values = found[0, 0, 0].numpy()
    if n_classes > 2:
        expected, values = (v - v.mean(0) for v in (expected, values))
    assert_allclose(values, expected, atol=1e-5)
    # From the optimum no step leads away, whatever is added that no label reads.
    again = fit_convex(problem, design, ridge, n_steps=1, start=found)
    assert_allclose(again, found, atol=1e-6)


def test_columns_that_repeat_others_do_no_harm():
    x, codes = problem_of(3)
    weights = torch.full((1, len(x)), 1 / len(x), dtype=torch.float64)
    problem = ConvexProblem(torch.tensor(codes), weights, 3)
    twice = with_ones(np.hstack([x, x, np.zeros((len(x), 1))]))
    found = fit_convex(problem, twice[None], torch.tensor([1e-2], dtype=torch.float64), n_steps=300)
    assert bool(torch.isfinite(found).all())
    assert_allclose(found[0, 0, 0][:, :3], found[0, 0, 0][:, 3:6], atol=1e-8)
    assert_allclose(found[0, 0, 0][:, 6], 0, atol=1e-12)


def test_many_columns_that_are_all_the_same_do_no_harm_in_single_precision():
    """Rounding makes the bound of their curvature singular, and more than its jitter is needed."""
    rng = np.random.default_rng(0)
    column = rng.normal(size=(4000, 1))
    x = column * np.sign(rng.normal(size=600))
    x = (x - x.mean(0)) / x.std(0)
    codes = torch.tensor((column[:, 0] > 0).astype(int) + 2 * (rng.random(4000) < 0.5))
    weights = torch.full((1, len(x)), 1 / len(x))
    ridges = torch.tensor([1e-9])
    design = with_ones(x).float()[None]
    found = fit_convex(ConvexProblem(codes, weights, 4), design, ridges, n_steps=30)
    assert bool(torch.isfinite(found).all())
    outputs = linear_outputs(design, found)[0, 0, 0]
    assert float((outputs.argmax(0) % 2 == codes % 2).double().mean()) > 0.95
