"""Biases of linear programs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from sklearn_dpads.search.biases import with_biases
from sklearn_dpads.training import ConvexProblem, Targets, fit_convex, linear_outputs, losses

SHARE = 0.3


def problem(n_classes, n=300, seed=0):
    """Labels of which the last class is rare, and what programs read of them."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(n_classes, n, p=[0.9, 0.1] if n_classes == 2 else [0.5, 0.4, 0.1])
    designs = rng.standard_normal((2, n, 3))
    designs[:, :, 0] += codes
    designs[:, :, 2] = 1.0
    weights = rng.uniform(0.5, 1.5, (2, n))
    weights /= weights.sum(1, keepdims=True)
    labels = ConvexProblem(torch.as_tensor(codes), torch.as_tensor(weights), n_classes)
    designs = torch.as_tensor(designs)
    fitted = fit_convex(labels, designs, torch.tensor([1e-3]).double(), n_steps=100)[:, :, 0]
    return labels, designs, fitted


@pytest.mark.parametrize("share", [SHARE, 1.0])
def test_of_two_classes_no_other_bias_has_a_lesser_loss(share):
    labels, designs, fitted = problem(2)
    shifted = with_biases(labels, designs, fitted, share)
    assert torch.equal(shifted[..., :-1], fitted[..., :-1])
    shifts = (shifted - fitted)[..., 0, -1]
    assert (shifts.abs() > 0.2).all() == (share == 1.0)
    outputs = linear_outputs(designs, fitted[:, :, None])[:, :, 0]
    for program in range(2):
        for weighting in range(2):
            targets = Targets(labels.codes, labels.weights[weighting], 2)
            plain = outputs[program, weighting]

            def loss(shift, plain=plain, targets=targets):
                return float(losses(plain[None] + float(shift), targets, share)[0])

            best = minimize_scalar(loss, bounds=(-3, 3), method="bounded").x
            # The shifts that are tried are 0.1 apart.
            assert float(shifts[program, weighting]) == pytest.approx(best, abs=0.1)


@pytest.mark.parametrize(("n_classes", "share"), [(2, 0.0), (3, 0.0), (3, SHARE)])
def test_else_they_are_those_of_likelihood(n_classes, share):
    labels, designs, fitted = problem(n_classes)
    assert torch.equal(with_biases(labels, designs, fitted, share), fitted)
