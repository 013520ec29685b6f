"""A search made anew on every bootstrap, in this process or in several."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from ..estimator.interrupts import interrupts_raise
from ..program import Program
from ..search import Phase

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Searched:
    """What a search on a bootstrap gave.

    Parameters
    ----------
    number : int
        Which bootstrap it was.
    program : Program or None
        The program it chose; None where it failed.
    error : Exception or None
        Why.
    messages : tuple of str
        What it warned of.
    interrupted : bool
        Whether a KeyboardInterrupt ended it early.
    """

    number: int
    program: Program | None
    error: Exception | None
    messages: tuple[str, ...]
    interrupted: bool


def search_each(
    estimator: Any,
    X: Any,
    y: Any,
    counts: Counts,
    seeds: Sequence[int],
    n_jobs: int | None,
    groups: NDArray[np.int64] | None = None,
) -> list[Searched]:
    """Search once on every bootstrap.

    A sequence that is in a bootstrap twice counts twice, and is not there twice: so that no copy
    of it judges a program that was fitted to another.

    Parameters
    ----------
    estimator : SearchingClassifier
        An estimator to be fitted.
    X, y : array-like
        All sequences with their labels.
    counts : ndarray of shape (n_bootstraps, n_samples)
        How often each sequence is in each bootstrap.
    seeds : sequence of int
        Seeds of the searches.
    n_jobs : int or None
        How many to make at a time, as joblib reads it.
    groups : ndarray of int64 of shape (n_samples,) or None, default=None
        Sequences that stay together where programs are judged.

    Returns
    -------
    found : list of Searched
        In the order of the bootstraps; after a KeyboardInterrupt those that had ended.

    Raises
    ------
    KeyboardInterrupt
        If none had.
    """
    jobs = [
        delayed(_search)(estimator, X, y, of_one, seed, number, groups)
        for number, (of_one, seed) in enumerate(zip(counts, seeds, strict=True))
    ]
    if effective_n_jobs(n_jobs) > 1:
        estimator.set_params(n_jobs=None)
    found: list[Searched] = []
    try:
        with interrupts_raise():
            for searched in Parallel(n_jobs=n_jobs, return_as="generator")(jobs):
                if searched.interrupted:
                    raise KeyboardInterrupt
                found.append(searched)
    except KeyboardInterrupt:
        if not found:
            raise
        warnings.warn(
            f"A KeyboardInterrupt ended the searches after {len(found)} of {len(counts)} "
            "bootstraps; shares are those of these.",
            ConvergenceWarning,
            stacklevel=3,
        )
    return found


def _search(
    estimator: Any,
    X: Any,
    y: Any,
    counts: Counts,
    seed: int,
    number: int,
    groups: NDArray[np.int64] | None,
) -> Searched:
    """Search on one bootstrap; nothing is fitted to the estimator itself."""
    fitted = clone(estimator).set_params(random_state=seed)
    error: Exception | None = None
    with kept_messages() as messages:
        try:
            fitted.fit(X, y, sample_weight=counts, groups=_if_several(groups, counts))
        except Exception as raised:  # one bootstrap that fails says so, and leaves the others
            error = raised
    if error is not None:
        return Searched(number, None, error, tuple(messages), False)
    interrupted = any(event["phase"] == Phase.INTERRUPT for event in fitted.search_history_)
    return Searched(number, fitted.program_, None, tuple(messages), interrupted)


def _if_several(groups: NDArray[np.int64] | None, counts: Counts) -> NDArray[np.int64] | None:
    """The groups, unless a bootstrap has drawn one of them alone."""
    if groups is None or len(np.unique(groups[counts > 0])) < 2:
        return None
    return groups


@contextmanager
def kept_messages() -> Iterator[list[str]]:
    """Keep the texts of warnings in a list, and show none."""
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield texts
        finally:
            texts += dict.fromkeys(str(warning.message) for warning in caught)
