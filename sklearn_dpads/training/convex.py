"""Fits of programs that are linear in their parameters: logistic regressions, many at once.

Sums of readers of ``Affine`` are such programs. Their loss has one minimum, which a bound on its
curvature finds without a step size (Böhning, "Multinomial logistic regression algorithm", 1992):
of K classes, the curvature is at most that of K separate least squares, each half as curved, and
these share one small matrix. Steps are accelerated (Nesterov 1983), and begin anew where they would
lead uphill (O'Donoghue and Candès 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from .pace import UNHURRIED, Pace
from .threads import one_thread

# Against columns that are sums of others. It shortens steps and moves no optimum; more is added
# where rounding of many columns needs it.
_JITTER = {torch.float64: 1e-9, torch.float32: 1e-5}


@dataclass(frozen=True)
class ConvexProblem:
    """Labels that linear programs are fitted to, weighed in several ways.

    Parameters
    ----------
    codes : Tensor of int of shape (n_positions,)
        Class codes.
    weights : Tensor of shape (n_weightings, n_positions)
        Weight of every label, for instance 0 where a fold is left out; each row sums to 1.
    n_classes : int
        Number of classes.
    """

    codes: Tensor
    weights: Tensor
    n_classes: int

    @property
    def n_outputs(self) -> int:
        """Outputs of a program: 1 for two classes, else one for each."""
        return 1 if self.n_classes == 2 else self.n_classes

    @cached_property
    def targets(self) -> Tensor:
        """Shares of the classes, of shape (n_outputs, n_positions)."""
        if self.n_classes == 2:
            return (self.codes == 1).to(self.weights.dtype)[None]
        return functional.one_hot(self.codes, self.n_classes).T.to(self.weights.dtype)


@one_thread()
@torch.no_grad()
def fit_convex(
    problem: ConvexProblem,
    designs: Tensor,
    ridges: Tensor,
    *,
    n_steps: int,
    start: Tensor | None = None,
    pace: Pace = UNHURRIED,
) -> Tensor:
    """Fit linear programs, each once for every weighting and every strength of the ridge.

    Parameters
    ----------
    problem : ConvexProblem
        The labels.
    designs : Tensor of shape (n_programs, n_positions, n_columns)
        What each program reads. The last column is 1, and its weight, the bias, is free.
    ridges : Tensor of shape (n_ridges,)
        What is added to the mean cross-entropy: half of it times the sum of the squared weights.
    n_steps : int
        Number of steps.
    start : Tensor or None, default=None
        Weights to begin with, of the shape of the result; None begins with 0.
    pace : Pace, default=UNHURRIED
        Asked before every step whether to end with the weights so far.

    Returns
    -------
    weights : Tensor of shape (n_programs, n_weightings, n_ridges, n_outputs, n_columns)
    """
    n_programs, n_positions, n_columns = designs.shape
    if n_columns - 1 > n_positions:
        return _fit_in_span(problem, designs, ridges, n_steps=n_steps, start=start, pace=pace)
    shape = (n_programs, len(problem.weights), len(ridges), problem.n_outputs, n_columns)
    penalties = ridges[:, None] * designs.new_ones(n_columns)
    penalties[:, -1] = 0.0
    step = _inverse_bound(problem, designs, penalties)
    found = designs.new_zeros(shape) if start is None else start.clone()
    ahead = found.clone()
    momentum = designs.new_ones(shape[:3])
    for _ in range(n_steps):
        if pace():
            break
        slope = _slope(problem, designs, ahead) + penalties[:, None] * ahead
        following = ahead - slope @ step
        change = following - found
        uphill = (slope * change).sum((-1, -2)) > 0
        momentum = torch.where(uphill, torch.ones_like(momentum), momentum)
        grown = (1 + (1 + 4 * momentum.square()).sqrt()) / 2
        share = torch.where(uphill, torch.zeros_like(momentum), (momentum - 1) / grown)
        ahead = following + share[..., None, None] * change
        found, momentum = following, grown
    return found


def _fit_in_span(
    problem: ConvexProblem,
    designs: Tensor,
    ridges: Tensor,
    *,
    n_steps: int,
    start: Tensor | None,
    pace: Pace,
) -> Tensor:
    """Fit programs that read more columns than there are labels.

    The weights of least loss are sums of what single labels read, in whose space a step is cheap;
    an orthogonal basis leaves the ridge what it is.
    """
    basis = torch.linalg.qr(designs[..., :-1].mT).Q
    reduced = torch.cat([designs[..., :-1] @ basis, designs[..., -1:]], -1)
    there, back = basis[:, None, None], basis.mT[:, None, None]
    if start is not None:
        start = torch.cat([start[..., :-1] @ there, start[..., -1:]], -1)
    found = fit_convex(problem, reduced, ridges, n_steps=n_steps, start=start, pace=pace)
    return torch.cat([found[..., :-1] @ back, found[..., -1:]], -1)


def _inverse_bound(problem: ConvexProblem, designs: Tensor, penalties: Tensor) -> Tensor:
    """Inverse of a bound on the curvature, for every program, weighting and ridge.

    The ridge keeps it well conditioned, and a product takes a quarter of the time of a solution,
    of which there is one a step.
    """
    gram = torch.stack([(designs * w[:, None]).mT @ designs for w in problem.weights], 1)
    most = 0.25 if problem.n_classes == 2 else 0.5
    jitter = _JITTER[designs.dtype]
    bounds = most * gram[:, :, None] + torch.diag_embed(penalties + jitter)
    factors, failed = torch.linalg.cholesky_ex(bounds)
    while failed.any() and jitter < 1.0:
        jitter *= 10.0
        bounds = most * gram[:, :, None] + torch.diag_embed(penalties + jitter)
        factors, failed = torch.linalg.cholesky_ex(bounds)
    if failed.any():
        factors = torch.linalg.cholesky(bounds)
    inverse: Tensor = torch.cholesky_inverse(factors)
    return inverse


def _slope(problem: ConvexProblem, designs: Tensor, weights: Tensor) -> Tensor:
    """Gradient of the mean cross-entropy."""
    errors = linear_errors(problem, designs, weights)
    return (errors.flatten(1, 3) @ designs).view_as(weights)


def linear_errors(problem: ConvexProblem, designs: Tensor, weights: Tensor) -> Tensor:
    """What the mean cross-entropy rises by with each output, in the shape of the outputs."""
    outputs = linear_outputs(designs, weights)
    shares = torch.sigmoid(outputs) if problem.n_classes == 2 else torch.softmax(outputs, -2)
    return (shares - problem.targets) * problem.weights[:, None, None]


def linear_outputs(designs: Tensor, weights: Tensor) -> Tensor:
    """Outputs at all positions, of shape (n_programs, n_weightings, n_ridges, n_outputs, -1)."""
    values = weights.flatten(1, 3) @ designs.mT
    return values.view(*weights.shape[:-1], -1)
