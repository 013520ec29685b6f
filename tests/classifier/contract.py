"""The classifiers of sequences and of frames on tiny problems, for tests of what both must do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_dpads import (
    DPadsClassifier,
    DPadsFrameClassifier,
    Grammar,
)

from ..brief import BRIEF, with_search

LEAVES = """
atom->atom ::= Affine[first] | Affine[both]
Affine[first] = {0}
Affine[both] = {0, 1}
"""
OF_SEQUENCES = "list->atom ::= SlideWindowAvg[all](atom->atom) | SlideWindowAvg[2](atom->atom)\n"
OF_FRAMES = "list->list ::= Map(atom->atom)\n"


@dataclass(frozen=True)
class Form:
    """An estimator with the shape of its labels and a grammar of few programs."""

    name: str
    estimator: type
    grammar: Grammar
    per_frame: bool

    def __str__(self) -> str:
        return self.name

    def small(self, **changes: Any) -> Any:
        """Give an estimator that fits in a tenth of a second."""
        parameters = {
            "grammar": self.grammar,
            "max_depth": 2,
            "max_iter": 2,
            "max_refinements": 0,
            "random_state": 0,
        }
        return with_search(self.estimator, BRIEF, parameters | changes)

    def data(self, n_samples: int = 20, n_timesteps: int = 6, seed: int = 0):
        """Draw sequences of two features, the first of which tells the label; 0 or 1.

        The features have units far from those of standardized ones.
        """
        rng = np.random.default_rng(seed)
        y = np.arange(n_samples) % 2
        if self.per_frame:
            y = (y[:, None] + (rng.random((n_samples, n_timesteps)) < 0.3)) % 2
        X = rng.normal(size=(n_samples, n_timesteps, 2))
        X[:, :, 0] += 3.0 * np.reshape(y, (n_samples, -1)) - 1.5
        return 100.0 + X * [20.0, 0.01], y

    def cut(self, X: Any, y: Any, seed: int = 1):
        """Cut sequences, and the labels of their frames, to lengths between 2 and all."""
        lengths = np.random.default_rng(seed).integers(2, X.shape[1] + 1, len(X))
        lengths[-1] = X.shape[1]
        X = [sequence[:length] for sequence, length in zip(X, lengths, strict=True)]
        if self.per_frame:
            y = [row[:length] for row, length in zip(y, lengths, strict=True)]
        return X, y


SEQUENCES = Form("sequences", DPadsClassifier, Grammar.parse(OF_SEQUENCES + LEAVES), False)
FRAMES = Form("frames", DPadsFrameClassifier, Grammar.parse(OF_FRAMES + LEAVES), True)
FORMS = (SEQUENCES, FRAMES)


def pad(X: list[np.ndarray], n_timesteps: int) -> np.ndarray:
    """Pad sequences with NaN to a number of frames."""
    padded = np.full((len(X), n_timesteps, X[0].shape[1]), np.nan)
    for row, sequence in zip(padded, X, strict=True):
        row[: len(sequence)] = sequence
    return padded


def same_fit(one: Any, other: Any) -> bool:
    """Tell whether two fits took the same steps to the same programs, all exactly."""
    return _course(one) == _course(other)


def _course(clf: Any) -> tuple[list[Any], list[Any]]:
    """What the search did, but for when, and what it gave."""
    events = [{**event, "time": None} for event in clf.search_history_]
    return events, [(r.program.to_json(), r.score, r.loss) for r in clf.programs_]
