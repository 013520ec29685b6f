"""Baselines whose model is a program, on problems that they solve in a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_dpads import Grammar, baselines
from sklearn_dpads.baselines.near import NeuralGuidedSearch

GRAMMAR = Grammar.parse("""
list->atom ::= SlideWindowAvg[all](atom->atom) | SlideWindowAvg[2](atom->atom)
             | ITE(list->atom?, list->atom, list->atom)
list->list ::= Map(atom->atom) | ITE(list->list?, list->list, list->list)
atom->atom ::= Affine[first] | Affine[both] | Constant
Affine[first] = {0}
Affine[both] = {0, 1}
""")
SEARCHES = {
    "NEAR": {"max_iter": 3, "max_expansions": 3},
    "enumeration": {},
    "random programs": {"n_programs": 5},
}


@dataclass(frozen=True)
class Kind:
    """A baseline with the settings that make it quick."""

    name: str
    estimator: type
    per_frame: bool

    def __str__(self) -> str:
        return f"{self.name} {'frames' if self.per_frame else 'sequences'}"

    @property
    def is_near(self) -> bool:
        return issubclass(self.estimator, NeuralGuidedSearch)

    @property
    def step(self) -> str:
        """Phase of the event that tells of a step of the search."""
        return "expand" if self.is_near else "census"

    def small(self, **changes: Any) -> Any:
        """Give an estimator that fits in a tenth of a second."""
        parameters = {
            "grammar": GRAMMAR,
            "max_depth": 2,
            "n_fit_steps": 12,
            "random_state": 0,
            **SEARCHES[self.name],
        }
        return self.estimator(**(parameters | changes))

    def data(self, n_samples: int = 24, n_classes: int = 2, seed: int = 0):
        """Draw sequences of 5 frames whose first feature tells the label.

        The features have units far from those of standardized ones.
        """
        rng = np.random.default_rng(seed)
        y = np.arange(n_samples) % n_classes
        if self.per_frame:
            y = (y[:, None] + (rng.random((n_samples, 5)) < 0.4)) % n_classes
        X = rng.normal(size=(n_samples, 5, 2))
        X[:, :, 0] += 5.0 * np.reshape(y, (n_samples, -1))
        return 100.0 + X * [20.0, 0.01], np.array(["a", "b", "c"])[y]


# Judges programs on fewer folds, and fits the chosen one in fewer steps.
class Brief:
    def _make_search(self):
        return super()._make_search().set_params(n_folds=2, final_steps=30)


class EnumerationClassifier(Brief, baselines.EnumerationClassifier):
    pass


class EnumerationFrameClassifier(Brief, baselines.EnumerationFrameClassifier):
    pass


class NEARClassifier(Brief, baselines.NEARClassifier):
    pass


class NEARFrameClassifier(Brief, baselines.NEARFrameClassifier):
    pass


class RandomProgramClassifier(Brief, baselines.RandomProgramClassifier):
    pass


class RandomProgramFrameClassifier(Brief, baselines.RandomProgramFrameClassifier):
    pass


CLASSES = {
    "NEAR": (NEARClassifier, NEARFrameClassifier),
    "enumeration": (EnumerationClassifier, EnumerationFrameClassifier),
    "random programs": (RandomProgramClassifier, RandomProgramFrameClassifier),
}
KINDS = [
    Kind(name, estimator, per_frame)
    for name, estimators in CLASSES.items()
    for per_frame, estimator in enumerate(estimators)
]


def fit_of(clf: Any) -> list[tuple[str, float, float]]:
    """Give what two fits have in common only if they are the same."""
    return [(r.program.to_json(), r.score, r.loss) for r in clf.programs_]
