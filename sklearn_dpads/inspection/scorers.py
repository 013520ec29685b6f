"""Scorers by name for labels of frames: those that have one are the samples, as in a fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import check_scoring
from sklearn.utils.metaestimators import available_if

from ..inputs.frame_labels import holds_rows
from ..inputs.frame_pairs import label_of_none, labelled_frames, sequence_lengths

Scorer = Callable[[Any, Any, Any], float]


def scorer_of(estimator: Any, scoring: Any, y: Any) -> Scorer:
    """Give the scorer that is meant by a name, a callable, or None.

    Parameters
    ----------
    estimator : estimator
        What is scored.
    scoring : str, callable or None
        A name of one for labels of frames is told of those that have a label; a callable is
        called as it is, and None stands for the estimator's ``score``.
    y : array-like
        The labels.
    """
    scorer: Scorer = check_scoring(estimator, scoring=scoring)
    return _OfFrames(scorer) if isinstance(scoring, str) and holds_rows(y) else scorer


@dataclass(frozen=True)
class _OfFrames:
    """A scorer of one label per sample that is asked about frames."""

    scorer: Scorer

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        classes = np.asarray(estimator.classes_)
        none = label_of_none(estimator, classes)
        labels, at = labelled_frames(y, padding=none, lengths=sequence_lengths(X))
        return float(self.scorer(_LabelledFrames(estimator, at), X, labels))


def _has(method: str) -> Callable[[Any], bool]:
    return lambda frames: hasattr(frames.estimator, method)


class _LabelledFrames(ClassifierMixin, BaseEstimator):
    """What a classifier of frames says of those that have a label, one after the other."""

    def __init__(self, estimator: Any = None, at: Any = None) -> None:
        self.estimator = estimator
        self.at = at

    @property
    def classes_(self) -> NDArray[Any]:
        return np.asarray(self.estimator.classes_)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: Any) -> NDArray[Any]:
        return self._taken(self.estimator.predict(X))

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        return self._taken(self.estimator.predict_proba(X))

    @available_if(_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        return self._taken(self.estimator.decision_function(X))

    def _taken(self, values: NDArray[Any]) -> NDArray[Any]:
        if np.ndim(values) < 2:
            raise ValueError(
                "y holds one label per frame, but the estimator predicts one per sequence. Give "
                "one label per sequence."
            )
        found: NDArray[Any] = values[self.at]
        return found
