"""Classifiers and sequences whose stability is found out in a moment."""

from __future__ import annotations

import numpy as np

from sklearn_dpads import Grammar, ProgramClassifier, ProgramFrameClassifier
from sklearn_dpads.search import SumSettings, SumsOfReaders

NAMES = ["speed", "turn", "height"]
GRAMMAR = Grammar.paper({"motion": ["speed", "turn"], "height": ["height"]}, feature_names=NAMES)
SUMS = SumsOfReaders(sums=SumSettings(max_summands=2), n_folds=3)


def walks(n_samples=40, seed=0, shift=1.2):
    """Sequences of two classes, told by their mean speed."""
    rng = np.random.default_rng(seed)
    y = np.array(["rest", "walk"])[np.arange(n_samples) % 2]
    X = rng.normal(size=(n_samples, 8, 3))
    X[y == "walk", :, 0] += shift
    return X, y


def sums(**changes):
    return ProgramClassifier(**{"grammar": GRAMMAR, "search": SUMS, "random_state": 0} | changes)


def fitted_sums(**changes):
    X, y = walks()
    return sums(**changes).fit(X, y), X, y


def frames(n_samples=24, seed=0):
    """Sequences of unequal lengths with three classes of frames."""
    rng = np.random.default_rng(seed)
    X = [rng.normal(size=(int(n), 3)) for n in rng.integers(5, 12, n_samples)]
    y = [np.where(x[:, 0] > 0.5, "run", np.where(x[:, 1] > 0.4, "turn", "rest")) for x in X]
    return X, y


def fitted_frames():
    X, y = frames()
    return ProgramFrameClassifier(grammar=GRAMMAR, search=SUMS, random_state=0).fit(X, y), X, y
