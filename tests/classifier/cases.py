"""Small problems for tests of the classifier."""

from __future__ import annotations

import numpy as np

from sklearn_dpads import DPadsClassifier, Grammar

from ..brief import with_search

SHORT = {"prune_iter": 1, "split_iter": 2, "n_folds": 3, "fit_steps": 16}

WINDOWS = """
list->atom ::= SlideWindowAvg[all](atom->atom) | SlideWindowAvg[2](atom->atom)
             | ITE(list->atom?, list->atom, list->atom)
atom->atom ::= Affine[first] | Affine[both] | Constant
Affine[first] = {0}
Affine[both] = {0, 1}
"""


def make_means(n_samples: int = 40, n_classes: int = 2, seed: int = 0):
    """Draw sequences of 6 frames whose first feature has a mean that tells the class.

    The features have units far from those of standardized ones.
    """
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % n_classes
    X = rng.normal(size=(n_samples, 6, 2))
    X[:, :, 0] += 2.0 * y[:, None] - n_classes
    return 100.0 + X * [20.0, 0.01], np.array(["a", "b", "c", "d"])[y]


def mislabelled(X, y):
    """Exchange the labels of two sequences: where there is no error, no program is edited."""
    order = np.arange(len(y))
    order[[4, 5]] = 5, 4
    return X, y[order]


def small(**changes) -> DPadsClassifier:
    """Give a classifier that fits in a fraction of a second."""
    parameters = {
        "grammar": Grammar.parse(WINDOWS),
        "max_depth": 2,
        "max_iter": 4,
        "max_refinements": 0,
        "random_state": 0,
    }
    return with_search(DPadsClassifier, SHORT, parameters | changes)
