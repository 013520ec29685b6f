"""Weights that cross-fitting can't tell from 0 are 0."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression

from sklearn_dpads import ProgramClassifier
from sklearn_dpads.search import SumsOfReaders
from sklearn_dpads.search.sparse import MaskedProblem, fewest, largest, levels, sparse_path
from sklearn_dpads.training import Pace


def problem_of(n_classes, n=200, seed=0):
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % n_classes
    design = np.hstack([rng.normal(size=(n, 5)), np.ones((n, 1))])
    design[:, 0] += 1.5 * (codes == 1)
    design[:, 1] -= 1.0 * (codes == 2)
    return MaskedProblem(design, codes, np.full(n, 1 / n), n_classes, 0.02)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_without_zeros_it_is_logistic_regression(n_classes):
    problem = problem_of(n_classes)
    shape = (problem.n_outputs, 6)
    found = problem.fit(np.ones(shape, dtype=bool), np.zeros(shape), n_steps=500)
    n = len(problem.codes)
    plain = LogisticRegression(C=1 / (n * problem.ridge), tol=1e-10, max_iter=5000)
    plain.fit(problem.design[:, :-1], problem.codes)
    assert_allclose(found[:, :-1], plain.coef_, atol=2e-3)
    bias = found[:, -1] - (found[:, -1].mean() if n_classes > 2 else 0.0)
    wanted = plain.intercept_ - (plain.intercept_.mean() if n_classes > 2 else 0.0)
    assert_allclose(bias, wanted, atol=2e-3)


def test_weights_outside_of_a_mask_are_zero_and_the_others_are_best():
    problem = problem_of(2)
    mask = np.array([[True, False, False, False, False, True]])
    found = problem.fit(mask, np.ones((1, 6)), n_steps=500)
    assert_array_equal(found != 0, mask)
    plain = LogisticRegression(C=1 / (200 * problem.ridge), tol=1e-10)
    plain.fit(problem.design[:, :1], problem.codes)
    assert_allclose(found[0, 0], plain.coef_[0, 0], atol=1e-3)


def test_a_path_has_fewer_and_fewer_weights():
    problem = problem_of(3)
    full = problem.fit(np.ones((3, 6), dtype=bool), np.zeros((3, 6)))
    path = sparse_path(problem, full)
    assert [np.count_nonzero(weights[:, :-1]) for weights in path] == levels(15)
    assert np.count_nonzero(path[-1][:, :-1]) == 1
    # Whoever has no time ends with what there is.

    class Late(Pace):
        def __call__(self):
            return True

    assert len(sparse_path(problem, full, Late())) == 1


def test_the_largest_weights_and_all_biases_are_kept():
    weights = np.array([[0.1, -3.0, 0.0], [2.0, 0.5, 0.0]])
    assert_array_equal(largest(weights, 2), [[False, True, True], [True, False, True]])


def test_the_choice_goes_by_paired_differences():
    rng = np.random.default_rng(0)
    common = rng.normal(size=50)
    worse = common + 0.1 + 0.01 * rng.normal(size=50)
    same = common + 0.01 * rng.normal(size=50)
    assert fewest(np.stack([common, same, worse]), 1.0) == 1
    assert fewest(np.stack([common, worse, same]), 1.0) == 2
    assert fewest(np.stack([common, worse]), 0.0) == 0


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_fit_leaves_out_what_tells_nothing(n_classes):
    rng = np.random.default_rng(0)
    y = np.arange(160) % n_classes
    X = rng.normal(size=(160, 6, 8))
    X[..., 0] += 0.8 * (y == 1)[:, None]
    X[..., 1] += 0.8 * (y == 2)[:, None]

    def fit(sparse_errors):
        search = SumsOfReaders(sparse_errors=sparse_errors)
        return ProgramClassifier(
            search=search, feature_groups={"all": list(range(8))}, random_state=0
        ).fit(X, y)

    full, sparse = fit(0.0).program_, fit(1.0).program_
    assert sparse.expression.skeleton() == full.expression.skeleton()
    assert sparse.n_parameters <= 0.6 * full.n_parameters
    read = {
        int(node.production.features[j])
        for _, node in sparse.expression.walk()
        if "weight" in node.params
        for j in np.flatnonzero(node.params["weight"].any(axis=0))
    }
    assert {0, *([1] if n_classes > 2 else [])} <= read
