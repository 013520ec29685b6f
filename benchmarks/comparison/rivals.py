"""Rivals of other packages, in the form of this package's classifiers.

Their packages are imported when one is fitted, so that settings and tables need none of them.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_dpads.baselines import SummaryClassifier, SummaryFrameClassifier
from sklearn_dpads.datasets import to_channels_first
from sklearn_dpads.inputs.sequences import check_sequences

# The kernels of MiniRocket span so many frames.
KERNEL_LENGTH = 9


class _EBMBase(ClassifierMixin, BaseEstimator):
    """What both forms of labels have in common."""

    _summaries: ClassVar[type[SummaryClassifier] | type[SummaryFrameClassifier]]

    def __init__(
        self,
        *,
        interactions: int | float | str = 0,
        outer_bags: int = 14,
        max_rounds: int = 50_000,
        random_state: int | None = None,
    ) -> None:
        self.interactions = interactions
        self.outer_bags = outer_bags
        self.max_rounds = max_rounds
        self.random_state = random_state

    def warm_up(self) -> None:
        """Import the package, which no fit is to be charged with."""
        import interpret.glassbox  # noqa: F401

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the machine to the summaries of the sequences.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, padded with NaN or a list where they differ in length.
        y : array-like
            The labels, as the summaries take them.
        """
        from interpret.glassbox import ExplainableBoostingClassifier

        # Other processes' time would not be counted, so that there are none.
        machine = ExplainableBoostingClassifier(**self.get_params(), n_jobs=1)
        self.summaries_ = self._summaries(machine).fit(X, y)
        self.classes_ = self.summaries_.classes_
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return labels in the form of those of the fit."""
        check_is_fitted(self)
        return self.summaries_.predict(X)


class EBMClassifier(_EBMBase):
    """interpret's explainable boosting machine, on mean, deviation, first and last frame.

    Parameters
    ----------
    interactions : int, float or str, default=0
        How many pairs of columns have a term. With more than two classes such terms can't be
        drawn, and those that interpret takes by default make a fit many times as long.
    outer_bags, max_rounds
        As ``ExplainableBoostingClassifier`` has them, with its defaults.
    random_state : int or None, default=None
        Seed of bags and validation parts.
    """

    _summaries = SummaryClassifier


class EBMFrameClassifier(_EBMBase):
    """interpret's explainable boosting machine, on a frame, its step, and what came before.

    Parameters
    ----------
    interactions, outer_bags, max_rounds, random_state
        As for :class:`EBMClassifier`.
    """

    _summaries = SummaryFrameClassifier


class MiniRocketClassifier(ClassifierMixin, BaseEstimator):
    """aeon's MiniRocket, for sequences as this package takes them and one label for each.

    MiniRocket takes series of one length. Here it is that of the longest training sequence, but
    at least that of a kernel: shorter sequences are padded by their last frame, and of longer
    ones, which only prediction meets, the end is left out.

    Parameters
    ----------
    n_kernels : int, default=10000
        Number of kernels.
    random_state : int or None, default=None
        Seed of the choice of channels and biases.
    """

    def __init__(self, *, n_kernels: int = 10_000, random_state: int | None = None) -> None:
        self.n_kernels = n_kernels
        self.random_state = random_state

    def warm_up(self) -> None:
        """Have numba compile the kernels, which no fit is to be charged with."""
        frames = np.random.default_rng(0).normal(size=(4, KERNEL_LENGTH, 2))
        for n_features in (1, 2):
            small = MiniRocketClassifier(n_kernels=84, random_state=0)
            small.fit(frames[:, :, :n_features], [0, 1, 0, 1])

    def fit(self, X: Any, y: Any) -> Self:
        """Fit kernels and a ridge classifier.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, padded with NaN or a list where they differ in length.
        y : array-like of shape (n_samples,)
            The labels.
        """
        from aeon.classification.convolution_based import MiniRocketClassifier as OfAeon

        lengths = check_sequences(X, estimator_name=type(self).__name__).lengths
        self.n_timesteps_ = max(int(lengths.max()), KERNEL_LENGTH)
        self.estimator_ = OfAeon(**self.get_params())
        self.estimator_.fit(to_equal_series(X, self.n_timesteps_), np.asarray(y))
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label of each sequence."""
        check_is_fitted(self)
        return self.estimator_.predict(to_equal_series(X, self.n_timesteps_))


def to_equal_series(X: Any, n_timesteps: int) -> NDArray[np.float64]:
    """Write sequences as aeon takes series of one length.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_timesteps_in, n_features), or list of array-like
        The sequences, padded with NaN or a list where they differ in length.
    n_timesteps : int
        The length. Shorter sequences are padded by their last frame; of longer ones the first
        frames are taken.

    Returns
    -------
    series : ndarray of shape (n_samples, n_features, n_timesteps), float64
    """
    data = check_sequences(X, estimator_name="MiniRocketClassifier")
    rows = np.arange(data.n_samples)[:, None]
    frames = data.frames[rows, np.minimum(np.arange(n_timesteps), data.lengths[:, None] - 1)]
    return to_channels_first(frames)
