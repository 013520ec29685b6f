"""Any scikit-learn scorer as the validation score of a forest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import check_scoring, get_scorer_names
from torch import Tensor

from ..inputs.outputs import probabilities, top_codes
from ..program.text import show_name
from ..training import ForestScorer, Targets, f1_scores

Scorer = Callable[[Any, Any, Any], float]


def make_forest_scorer(
    scoring: str | Scorer | None, classes: NDArray[Any], codes: NDArray[np.int64]
) -> ForestScorer:
    """Turn a ``scoring`` parameter into the score of every graph of a forest.

    Parameters
    ----------
    scoring : str, callable or None
        Name of a scorer, a callable ``scorer(estimator, X, y)``, or None for F1: of the
        positive class for two classes, weighted for more. With one label per frame, the
        frames that have a label are the samples it is given, and y is 1D.
    classes : ndarray of shape (n_classes,)
        The class labels, in the order of their codes: of two, the positive one last.
    codes : ndarray of shape (n_samples,) or (n_samples, n_timesteps), int64
        Class codes of the training data, that the scorer is tried on; -1 is ignored.

    Returns
    -------
    scorer : callable
        Maps outputs and targets to one score per graph.

    Raises
    ------
    TypeError
        If ``scoring`` is neither a str nor a callable nor None.
    ValueError
        If no scorer has this name, or it fails on labels like these.
    """
    if scoring is None:
        return f1_scores
    if not isinstance(scoring, str) and not callable(scoring):
        raise TypeError(
            "scoring must be the name of a scorer, a callable scorer(estimator, X, y), or None; "
            f"got {scoring!r}."
        )
    if isinstance(scoring, str) and scoring not in get_scorer_names():
        raise ValueError(
            f"scoring={scoring!r} is not the name of a scorer; sklearn.metrics.get_scorer_names() "
            "lists them. Give one of these, a callable, or None for F1."
        )
    scorer = ScikitLearnScorer(check_scoring(OutputsClassifier(), scoring=scoring), classes)
    _try_out(scorer, scoring, codes[codes >= 0])
    return scorer


def name_of_score(scoring: str | Scorer | None, classes: Sequence[Any]) -> str:
    """Say in a few words what the score of programs is.

    Parameters
    ----------
    scoring : str, callable or None
        As :func:`make_forest_scorer` takes it.
    classes : sequence
        The class labels: of two, the positive one last.

    Examples
    --------
    >>> name_of_score(None, ("rest", "walk"))
    'F1 of walk'
    """
    if scoring is None:
        return f"F1 of {show_name(classes[-1])}" if len(classes) == 2 else "weighted F1"
    return scoring if isinstance(scoring, str) else "score"


@dataclass(frozen=True)
class ScikitLearnScorer:
    """A scikit-learn scorer, asked about one graph after the other.

    Parameters
    ----------
    scorer : callable
        ``scorer(estimator, X, y)``; greater is better.
    classes : ndarray of shape (n_classes,)
        The class labels, in the order of their codes.
    """

    scorer: Callable[..., float]
    classes: NDArray[Any]

    def __call__(self, outputs: Tensor, targets: Targets) -> Tensor:
        """Score every graph; a score that is not a number counts as the worst."""
        codes = targets.codes.flatten().cpu().numpy()
        valid = codes >= 0
        values = outputs.detach().cpu().numpy().astype(np.float64)[:, :, valid]
        counts = None if targets.counts is None else targets.counts.flatten().cpu().numpy()[valid]
        scores = [self.score(of_graph.T, codes[valid], counts) for of_graph in values]
        worst_if_nan = np.nan_to_num(np.array(scores), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        return torch.as_tensor(worst_if_nan, dtype=outputs.dtype, device=outputs.device)

    def score(
        self,
        values: NDArray[np.float64],
        codes: NDArray[np.int64],
        counts: NDArray[np.float64] | None = None,
    ) -> float:
        """Score outputs of shape (n_samples, n_outputs); weights go to a scorer that takes them."""
        values = np.nan_to_num(values)
        # Scorers rely on sorted classes, and the log-odds of the second of two.
        turned = self.classes[0] > self.classes[-1]
        estimator = OutputsClassifier(-values if turned else values, np.sort(self.classes))
        positions = np.arange(len(codes))[:, None]
        labels = self.classes[codes]
        if counts is not None and self.takes_weights:
            return float(self.scorer(estimator, positions, labels, sample_weight=counts))
        return float(self.scorer(estimator, positions, labels))

    @property
    def takes_weights(self) -> bool:
        """Whether the scorer has a parameter for sample weights."""
        if hasattr(self.scorer, "_accept_sample_weight"):
            return bool(self.scorer._accept_sample_weight())
        return "sample_weight" in signature(self.scorer).parameters


class OutputsClassifier(ClassifierMixin, BaseEstimator):
    """Outputs of a program in the form of a fitted classifier, for scorers to ask.

    Its X are positions among the outputs, of shape (n_samples, 1).
    """

    def __init__(
        self, outputs: NDArray[np.float64] | None = None, classes: NDArray[Any] | None = None
    ) -> None:
        self.outputs = outputs
        self.classes = classes

    @property
    def classes_(self) -> NDArray[Any] | None:
        return self.classes

    def __sklearn_is_fitted__(self) -> bool:
        return self.outputs is not None

    def fit(self, X: Any, y: Any) -> OutputsClassifier:
        """Do nothing: the outputs are given."""
        return self

    def decision_function(self, X: NDArray[np.int64]) -> NDArray[np.float64]:
        values = self._rows(X)
        return values[:, 0] if values.shape[1] == 1 else values

    def predict(self, X: NDArray[np.int64]) -> NDArray[Any]:
        assert self.classes is not None  # a scorer asks no classifier that isn't fitted
        return self.classes[top_codes(self._rows(X))]

    def predict_proba(self, X: NDArray[np.int64]) -> NDArray[np.float64]:
        return probabilities(self._rows(X))

    def _rows(self, X: NDArray[np.int64]) -> NDArray[np.float64]:
        assert self.outputs is not None  # as above
        return self.outputs[X[:, 0]]


def _try_out(scorer: ScikitLearnScorer, scoring: object, codes: NDArray[np.int64]) -> None:
    """Score perfect outputs, so that a scorer that can't work is refused before training."""
    n_classes = len(scorer.classes)
    perfect = np.where(codes[:, None] == np.arange(n_classes), 1.0, -1.0)
    try:
        scorer.score(perfect[:, 1:] if n_classes == 2 else perfect, codes)
    except Exception as error:
        raise ValueError(
            f"scoring={scoring!r} can't score these labels ({n_classes} classes, "
            f"{scorer.classes[:5].tolist()}{', …' if n_classes > 5 else ''}): {error} Choose "
            "another scorer, or None for F1."
        ) from error
