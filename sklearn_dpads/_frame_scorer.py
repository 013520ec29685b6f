"""Scorers of one label per frame, as scikit-learn's model selection calls them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.utils.metadata_routing import MetadataRequest

from .inputs.frame_labels import UNLABELLED, is_flat, is_list_of_rows
from .inputs.frame_pairs import FramePairs, equals_label, pair_frames


@dataclass(frozen=True)
class FrameScorer:
    """Scorer of one label per frame, to be given as ``scoring=``.

    It is called as ``scorer(estimator, X, y, sample_weight=None)``, takes the lengths of the
    sequences from `X` and the classes from ``estimator.classes_``, and scores what
    ``estimator.predict(X)`` gives. Where `X` is 2D and `y` 1D, rows are frames.

    Parameters
    ----------
    name : str
        What the scorer is called.
    metric : callable
        ``metric(pairs, classes)``, for the frames that count and the classes of the
        estimator.
    request : bool, str or None, default=None
        Whether metadata routing passes `sample_weight` on to the scorer.

    Notes
    -----
    Where `y` is padded with NaN or None, or is a list of lists, give
    ``cv=KFold(...)`` to scikit-learn's functions. A number of folds makes them look into `y`
    for a way to stratify, and such `y` they can't read.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_dpads.metrics import frame_accuracy_scorer
    >>> frames, labels = [[0.1], [0.2], [0.3], [0.4]], ["rest", "rest", "rest", "walk"]
    >>> model = DummyClassifier().fit(frames, labels)
    >>> frame_accuracy_scorer
    frame_accuracy_scorer
    >>> frame_accuracy_scorer(model, frames, labels)
    0.75
    """

    name: str
    metric: Callable[[FramePairs, NDArray[Any]], float]
    request: bool | str | None = None

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Score an estimator.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier of frames.
        X : array-like of shape (n_samples, n_timesteps, n_features), list of array-like, or 2D
            The sequences, padded with NaN at the end where they are shorter; or frames, of
            shape (n_frames, n_features).
        y : array-like of shape (n_samples, n_timesteps), list of array-like, or 1D
            The labels. Frames past the end of a sequence don't count, nor do masked frames and
            those with -1, if that is no class.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), default=None
            Weights of the sequences, or of the frames.

        Returns
        -------
        score : float
            Greater is better.

        Raises
        ------
        TypeError
            If the estimator has no ``classes_``, or labels mix text and numbers.
        ValueError
            If `X`, `y` and `sample_weight` don't fit together, or no frame counts.
        """
        if not hasattr(estimator, "classes_"):
            raise TypeError(
                f"{self.name} needs a fitted classifier with classes_; got a "
                f"{type(estimator).__name__}."
            )
        lengths = sequence_lengths(X)
        if (lengths is None) != is_flat(y):
            raise ValueError(
                f"{self.name} scores one label per frame: 2D or ragged y for sequences, 1D y for "
                f"a 2D X of frames; got {'frames' if lengths is None else 'sequences'} and "
                f"{'1D' if is_flat(y) else '2D'} y."
            )
        classes = np.asarray(estimator.classes_)
        pairs = pair_frames(
            y,
            estimator.predict(X),
            padding=None if equals_label(classes, UNLABELLED).any() else UNLABELLED,
            lengths=lengths,
            weights=sample_weight,
            classes=classes,
        )
        return self.metric(pairs, classes)

    def __repr__(self) -> str:
        return self.name

    def set_score_request(self, *, sample_weight: bool | str | None) -> FrameScorer:
        """Ask metadata routing for weights.

        Parameters
        ----------
        sample_weight : bool, str or None
            True to be given `sample_weight`, False to go without, a str for the name under
            which it is passed, None to raise if it is passed.

        Returns
        -------
        scorer : FrameScorer
            A scorer that asks so; this one stays as it is.

        Raises
        ------
        RuntimeError
            If metadata routing isn't enabled.
        ValueError
            If `sample_weight` is neither bool nor None nor a name.
        """
        if not get_config()["enable_metadata_routing"]:
            raise RuntimeError(
                "set_score_request needs metadata routing; enable it first, by "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        scorer = replace(self, request=sample_weight)
        scorer.get_metadata_routing()  # refuses what is no request
        return scorer

    def get_metadata_routing(self) -> MetadataRequest:
        """Tell metadata routing what the scorer asks for.

        Returns
        -------
        routing : MetadataRequest
            The request for `sample_weight`.
        """
        request = MetadataRequest(owner=self.name)
        request.score.add_request(param="sample_weight", alias=self.request)
        return request

    def _accept_sample_weight(self) -> bool:
        """Tell scikit-learn's searches to pass weights on without metadata routing."""
        return True


def sequence_lengths(X: Any) -> NDArray[np.int64] | None:
    """Give the number of frames of each sequence, or None if `X` holds rows and no sequences.

    Only frames at the end that are NaN throughout are padding. NaN elsewhere is left to
    the estimator, which may fill it in.
    """
    if is_list_of_rows(X):
        members = [np.asarray(member) for member in X]
        if not members or members[0].ndim < 2:
            return None
        return np.array([_count_frames(member) for member in members], dtype=np.int64)
    if getattr(X, "ndim", 2) != 3:
        return None
    return np.array([_count_frames(frames) for frames in np.asarray(X)], dtype=np.int64)


def _count_frames(frames: NDArray[Any]) -> int:
    if frames.dtype.kind == "O":
        frames = frames.astype(np.float64)
    if frames.dtype.kind != "f":
        return len(frames)
    filled = np.flatnonzero(~np.isnan(frames).all(axis=1))
    return int(filled[-1]) + 1 if filled.size else 0
