"""A program fitted again, once for every way to count the sequences, all side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..engine import Parameters, Schedule, from_expression, to_expression
from ..graph import discrete_graph
from ..program import Expression
from ..program.expression import Array
from ..training import ConvexProblem, DiscreteFit, fit_convex
from .linear import LinearFits
from .linear_programs import Column, columns_read, linear_leaves
from .problem import Problem, RandomStream, recurrences
from .sparse import MaskedProblem
from .sparse_training import zeros_kept

Counts = NDArray[np.float64]

# Steps to the weights of all sequences, as of a last fit, and on from there: time against ends of
# intervals that are off. Beside 6,400 steps, 400 move the ends by 0.02 of a width on BasicMotions
# (0.17 at most; its classes are told apart without error) and by nothing on RacketSports; 100 by
# 0.11 (0.87) and by 0.0001 (0.006).
_FIRST_STEPS, _STEPS = 400, 400
# Values that are computed at once: memory.
_MOST_VALUES = 4_000_000


def reweighted(problem: Problem, program: Expression, counts: Counts) -> list[Expression]:
    """Fit the numbers of a program once for every weighting of the sequences.

    Parameters
    ----------
    problem : Problem
        The data; its grammar holds the productions of the program.
    program : Expression
        A program in the units of training. Its numbers are where the fits begin; weights that
        are 0 stay so.
    counts : ndarray of shape (n_fits, n_samples)
        How often each sequence counts.

    Returns
    -------
    fitted : list of Expression
        One for each weighting.
    """
    if linear_leaves(program) is not None:
        return _linear(problem.all_linear, program, counts)
    return _trained(problem, program, counts)


def _trained(problem: Problem, program: Expression, counts: Counts) -> list[Expression]:
    """Train a program on, once for every weighting, and beside them for all sequences alike.

    A fit ends before its numbers have settled, and what it goes on by with all sequences is no
    matter of the sample: it is taken off.
    """
    graph = discrete_graph(program, problem.grammar, problem.n_features)
    start = from_expression(graph, program)
    judging = problem.judging
    most = judging.largest_recurrent_forest if recurrences(graph) else judging.largest_forest
    rng = problem.rng(RandomStream.FINAL_FIT)
    targets = problem.data.targets
    whole = np.concatenate([np.ones((1, problem.n_sequences)), counts])
    found: list[Parameters] = []
    for first in range(0, len(whole), most):
        rows = torch.as_tensor(whole[first : first + most]).to(targets.weights)
        schedule = Schedule([graph] * len(rows), device=problem.device)
        weights = rows if targets.codes.ndim == 1 else rows[:, None]
        training = DiscreteFit(
            schedule, problem.data, problem.training, rng, weights * targets.weights
        )
        found += training.go_on(
            [start] * len(rows),
            n_steps=problem.final_steps,
            masks=[zeros_kept(start)] * len(rows),
        )
    of_all, *of_samples = found
    return [to_expression(graph, _moved(start, of_all, of_one)) for of_one in of_samples]


def _moved(start: Parameters, of_all: Parameters, of_one: Parameters) -> Parameters:
    """Values moved as a fit to a sample lies from that to all sequences."""
    theta = {
        place: {
            name: value + of_one.theta[place][name] - of_all.theta[place][name]
            for name, value in values.items()
        }
        for place, values in start.theta.items()
    }
    return Parameters(theta, start.logits)


def _linear(fits: LinearFits, program: Expression, counts: Counts) -> list[Expression]:
    columns = columns_read(program)
    design, present = fits.design(columns)[None], _scaled_weights(fits, program, columns)
    mask = np.column_stack([present != 0, np.ones(len(present), dtype=bool)])
    ridge, start = _as_it_was_fitted(fits, design, mask, present)
    size = max(1, _MOST_VALUES // (len(fits.positions) * fits.targets.n_outputs))
    found = []
    for first in range(0, len(counts), size):
        problem = _weighed(fits, counts[first : first + size])
        weights = _fit(problem, design, mask, ridge, start, _STEPS)[:, :, 0]
        weights = fits.with_biases(problem, design, weights)
        found += [fits.version(program, columns, of_one) for of_one in weights[0]]
    return found


def _as_it_was_fitted(
    fits: LinearFits, design: Tensor, mask: NDArray[np.bool_], present: Array
) -> tuple[Tensor, Tensor]:
    """The ridge that gives the program's own weights, or those nearest to them, and all of these.

    Another ridge would move all refits to one side of them.
    """
    ridges, everything = fits.ridges(fits.priors), fits.problem(())
    nothing = design.new_zeros((1, 1, 1, *mask.shape))
    weights = _fit(everything, design, mask, ridges, nothing, _FIRST_STEPS)
    differences = weights[0, 0, ..., :-1].cpu().numpy() - present
    best = int(np.square(differences).sum((-1, -2)).argmin())
    return ridges[best : best + 1], weights[:, :, best : best + 1]


def _fit(
    problem: ConvexProblem,
    design: Tensor,
    mask: NDArray[np.bool_],
    ridges: Tensor,
    start: Tensor,
    n_steps: int,
) -> Tensor:
    """Fit the weights that are not left out, of shape (1, n_weightings, n_ridges, …)."""
    whole = start.expand(1, len(problem.weights), len(ridges), -1, -1)
    if mask.all():
        return fit_convex(problem, design, ridges, n_steps=n_steps, start=whole)
    values, codes = design[0].cpu().numpy(), problem.codes.cpu().numpy()
    found = [
        [
            MaskedProblem(values, codes, row, problem.n_classes, ridge).fit(
                mask, start[0, 0, 0].cpu().numpy(), n_steps
            )
            for ridge in ridges.tolist()
        ]
        for row in problem.weights.cpu().numpy()
    ]
    return torch.as_tensor(np.array(found)).to(design)[None]


def _weighed(fits: LinearFits, counts: Counts) -> ConvexProblem:
    """The labels, each as often as its sequence counts."""
    rows = torch.as_tensor(counts).to(fits.targets.weights.device)
    weights = rows[:, fits.positions % fits.n_sequences] * fits.targets.weights.double()
    weights = weights / weights.sum(1, keepdim=True).clamp(min=1e-300)
    return ConvexProblem(fits.targets.codes, weights, fits.targets.n_classes)


def _scaled_weights(fits: LinearFits, program: Expression, columns: Sequence[Column]) -> Array:
    """Weights of the columns of a design, without the constant."""
    place = {column: i for i, column in enumerate(columns)}
    nodes = dict(program.walk())
    found = np.zeros((program.width, len(columns)))
    for leaf in linear_leaves(program) or ():
        if leaf.columns:
            found[:, [place[c] for c in leaf.columns]] += nodes[leaf.path].params["weight"]
    scaled: Array = found * np.array([fits.column(column)[2] for column in columns])
    return scaled
