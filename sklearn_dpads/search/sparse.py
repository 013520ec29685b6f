"""Fewer numbers: the weights of a linear program that cross-fitting can't tell from 0 are 0.

Weights go in the order of their size, each per standard deviation of what it reads, and the others
are fitted again. How many go is chosen by the loss on folds that have seen neither the weights nor
which of them went.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax, softmax

from ..training import UNHURRIED, Pace

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Of the numbers of one program, the share that the next smaller one keeps.
_KEPT = 0.8
# Steps of a fit that begins with the weights of a program with a few numbers more.
_STEPS = 40


@dataclass(frozen=True)
class MaskedProblem:
    """A logistic regression some of whose weights are 0.

    Parameters
    ----------
    design : ndarray of shape (n_positions, n_columns)
        What is read; the last column is 1, and its weight, the bias, is free.
    codes : ndarray of int64 of shape (n_positions,)
        Class codes.
    weights : ndarray of shape (n_positions,)
        How much each label counts; their sum is 1.
    n_classes : int
        Number of classes.
    ridge : float
        What is added to the mean cross-entropy: half of it times the sum of squared weights.
    """

    design: Array
    codes: NDArray[np.int64]
    weights: Array
    n_classes: int
    ridge: float

    @property
    def n_outputs(self) -> int:
        """Outputs: 1 for two classes, else one for each."""
        return 1 if self.n_classes == 2 else self.n_classes

    def fit(self, mask: Mask, start: Array, n_steps: int = _STEPS, pace: Pace = UNHURRIED) -> Array:
        """Fit the weights of a mask, and leave the others 0.

        Parameters
        ----------
        mask : ndarray of bool of shape (n_outputs, n_columns)
            Which weights may differ from 0.
        start : ndarray of shape (n_outputs, n_columns)
            Weights to begin with.
        n_steps : int
            Steps of L-BFGS, at most.
        pace : Pace, default=UNHURRIED
            Asked before every step whether to end with the weights so far.
        """
        found = np.where(mask, start, 0.0)

        def loss(free: Array) -> tuple[float, Array]:
            found[mask] = free
            value, slope = self._loss(found)
            return value, slope[mask]

        def stop(intermediate_result: object) -> None:
            if pace():
                raise StopIteration

        result = minimize(
            loss,
            found[mask],
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": n_steps},
            callback=stop,
        )
        found[mask] = result.x
        return found

    def _loss(self, weights: Array) -> tuple[float, Array]:
        outputs = self.design @ weights.T
        if self.n_classes == 2:
            signs = np.where(self.codes == 1, 1.0, -1.0)[:, None]
            entropies = -log_expit(signs * outputs)
            errors = expit(outputs) - (self.codes == 1)[:, None]
        else:
            entropies = -log_softmax(outputs, axis=1)[np.arange(len(outputs)), self.codes][:, None]
            errors = softmax(outputs, axis=1)
            errors[np.arange(len(outputs)), self.codes] -= 1.0
        penalized = weights.copy()
        penalized[:, -1] = 0.0
        value = self.weights @ entropies[:, 0] + 0.5 * self.ridge * np.square(penalized).sum()
        slope = (errors * self.weights[:, None]).T @ self.design + self.ridge * penalized
        return float(value), slope


def levels(n_weights: int) -> list[int]:
    """Give the numbers of weights that are tried, from all of them down to one.

    Examples
    --------
    >>> levels(10)
    [10, 8, 6, 4, 3, 2, 1]
    """
    found = [n_weights]
    while found[-1] > 1:
        found.append(min(found[-1] - 1, int(_KEPT * found[-1])))
    return found


def sparse_path(problem: MaskedProblem, full: Array, pace: Pace = UNHURRIED) -> list[Array]:
    """Fit with fewer and fewer weights.

    Parameters
    ----------
    problem : MaskedProblem
        The problem.
    full : ndarray of shape (n_outputs, n_columns)
        The weights where none has to be 0.
    pace : Pace, default=UNHURRIED
        Asked before every step whether to end with the weights so far.

    Returns
    -------
    path : list of ndarray of shape (n_outputs, n_columns)
        For each of :func:`levels`.
    """
    path, weights = [full], full
    for n_kept in levels(full[:, :-1].size)[1:]:
        if pace():
            break
        weights = problem.fit(largest(weights, n_kept), weights, pace=pace)
        path.append(weights)
    return path


def largest(weights: Array, n_kept: int) -> Mask:
    """Tell the largest weights, and all biases."""
    sizes = np.abs(weights[:, :-1])
    order = np.argsort(-sizes, axis=None, kind="stable")[:n_kept]
    mask = np.zeros(weights.shape, dtype=bool)
    rows, columns = np.unravel_index(order, sizes.shape)
    mask[rows, columns] = True
    mask[:, -1] = True
    return mask


def fewest(parts: Array, n_errors: float) -> int:
    """Choose the last of some fits whose loss can't be told from the least.

    Parameters
    ----------
    parts : ndarray of shape (n_fits, n_draws)
        What each draw adds to the mean loss of each fit.
    n_errors : float
        Standard errors of the paired difference that the loss may be greater by.

    Returns
    -------
    index : int

    Examples
    --------
    >>> fewest(np.array([[1.0, 2.0], [0.9, 1.9], [0.9, 2.1], [3.0, 3.0]]), 2.0)
    2
    """
    differences = parts - parts[parts.sum(axis=1).argmin()]
    means = differences.sum(axis=1)
    spread = differences - differences.mean(axis=1, keepdims=True)
    errors = np.sqrt(np.square(spread).sum(axis=1))
    return int(np.flatnonzero(means <= n_errors * errors)[-1])
