"""Small data and settings for tests of the adapters."""

from __future__ import annotations

import numpy as np

from sklearn_dpads import Grammar

WINDOWS = """
list->atom ::= SlideWindowAvg[all](atom->atom) | SlideWindowAvg[2](atom->atom)
atom->atom ::= Affine[first] | Affine[both]
Affine[first] = {0}
Affine[both] = {0, 1}
"""


def small_settings() -> dict:
    """Give parameters with which a fit takes a second."""
    return {
        "grammar": Grammar.parse(WINDOWS),
        "max_depth": 2,
        "max_iter": 4,
        "max_refinements": 0,
        "random_state": 0,
    }


def make_walks(n_samples: int = 30, seed: int = 0):
    """Draw sequences (n_samples, 6, 2) whose first feature has a mean that tells the class."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    X = rng.normal(size=(n_samples, 6, 2))
    X[:, :, 0] += 3.0 * y[:, None]
    return X, np.array(["rest", "walk"])[y]


def cut(X):
    """Cut sequences to lengths 3 to 6."""
    return [sequence[: 3 + i % 4] for i, sequence in enumerate(X)]
