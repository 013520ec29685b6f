"""What a unit of structural cost is worth on few sequences and on many."""

from __future__ import annotations

import pytest

from sklearn_dpads.search import Judging

from .problem import make_problem


@pytest.mark.parametrize(
    ("n_samples", "factor"), [(10**6, 1), (1000, 1), (500, 2), (200, 5), (40, 12), (10, 12)]
)
def test_the_price_grows_as_sequences_get_fewer(n_samples, factor):
    assert Judging().price(0.002, n_samples) == pytest.approx(0.002 * factor)
    assert Judging().price(0.0, n_samples) == 0.0


@pytest.mark.parametrize(
    ("n_samples", "n_steps"), [(2000, 100), (1000, 100), (900, 111), (40, 125)]
)
def test_few_sequences_get_more_steps(n_samples, n_steps):
    assert make_problem(n_samples=n_samples, fit_steps=100).fit_steps == n_steps


@pytest.mark.parametrize(
    ("n_samples", "n_steps"), [(2000, 400), (1000, 400), (500, 200), (250, 133), (40, 133)]
)
def test_few_sequences_are_fitted_less_at_the_end(n_samples, n_steps):
    assert make_problem(n_samples=n_samples, final_steps=400).final_steps == n_steps


@pytest.mark.parametrize("per_frame", [False, True])
def test_a_problem_counts_sequences_not_labels(per_frame):
    problem = make_problem(n_samples=40, per_frame=per_frame, structural_penalty=0.01)
    assert problem.penalty == pytest.approx(0.12)
