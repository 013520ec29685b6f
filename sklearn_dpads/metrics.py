"""Scores for one label per frame, and scorers for model selection with them.

Scikit-learn's scores take one label per sample. The ones here take the labels of whole
sequences, leave out frames that have no label or lie past the end of their sequence, and pass
the rest on to :mod:`sklearn.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.metrics import accuracy_score, f1_score
from sklearn.utils.metadata_routing import MetadataRequest

from .inputs.frame_labels import concatenate_labels, equals_label, is_flat
from .inputs.frame_pairs import FramePairs, label_of_none, pair_frames, sequence_lengths

__all__ = ["frame_accuracy_score", "frame_accuracy_scorer", "frame_f1_score", "frame_f1_scorer"]

_AVERAGES = ("auto", "binary", "macro", "micro", "weighted", None)


def frame_f1_score(
    y_true: Any,
    y_pred: Any,
    *,
    average: str | None = "auto",
    labels: ArrayLike | None = None,
    pos_label: Any = None,
    padding: Any = -1,
    lengths: ArrayLike | None = None,
    sample_weight: Any = None,
    zero_division: float | str = 0.0,
) -> float | NDArray[np.float64]:
    """F1 over all frames that have a label.

    The frames of all sequences are pooled: F1 is that of
    :func:`sklearn.metrics.f1_score` over frames, not a mean over sequences.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_timesteps), list of array-like, or 1D
        The labels: an array, a masked array, a list of 1D arrays of shape (n_timesteps_i,),
        or a 1D array of frames. Frames that are masked, equal to `padding`, NaN, None or
        "", or past `lengths` don't count.
    y_pred : array-like of shape (n_samples, n_timesteps), list of array-like, or 1D
        The predictions. Where `y_true` is a list of 1D arrays, further frames are ignored.
    average : {"auto", "binary", "macro", "micro", "weighted"} or None, default="auto"
        "auto" is F1 of the larger label for two classes and "weighted" otherwise. None
        gives one score per class.
    labels : array-like of shape (n_classes,), default=None
        The classes; None for those that occur in the frames that count. Give them where a
        class may be absent, so that the meaning of "auto" can't change.
    pos_label : label, default=None
        The class whose F1 is meant with two classes; None for the larger one.
    padding : label, default=-1
        Label in `y_true` that marks frames without a label. None if there is no such label,
        as with the classes -1 and 1.
    lengths : array-like of shape (n_samples,), default=None
        Number of frames of each sequence; None to count all.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), default=None
        Weights of the sequences, or of the frames, not negative. For 1D labels of shape
        (n_frames,).
    zero_division : {0.0, 1.0, np.nan, "warn"}, default=0.0
        F1 of a class that is neither present nor predicted, as in
        :func:`sklearn.metrics.f1_score`.

    Returns
    -------
    score : float, or ndarray of shape (n_classes,)
        F1, greater is better; an array for ``average=None``.

    Raises
    ------
    TypeError
        If labels mix text and numbers, `lengths` aren't integers, or `padding` holds several
        labels.
    ValueError
        If `y_true`, `y_pred`, `lengths` or `sample_weight` don't fit together, no frame
        counts, a frame that counts has no prediction, -1 in `y_true` may be a class as well as
        padding, or `average`, `labels` and `pos_label` contradict each other.

    See Also
    --------
    frame_accuracy_score : Share of the frames predicted correctly.
    frame_f1_scorer : Scorer for ``scoring=``.

    Examples
    --------
    >>> from sklearn_dpads.metrics import frame_f1_score
    >>> y_true = [[0, 1, 1, 0], [1, 0, -1, -1]]  # the second sequence has two frames
    >>> y_pred = [[0, 1, 0, 0], [1, 1, -1, -1]]
    >>> round(frame_f1_score(y_true, y_pred), 3)
    0.667
    >>> round(frame_f1_score([[0, 1, 1, 0], [1, 0]], y_pred, average="macro"), 3)
    0.667
    """
    if average not in _AVERAGES:
        raise ValueError(f"average={average!r} is none of {', '.join(map(repr, _AVERAGES))}.")
    known = None if labels is None else np.asarray(labels)
    pairs = pair_frames(
        y_true, y_pred, padding=padding, lengths=lengths, weights=sample_weight, classes=known
    )
    classes = pairs.classes(known)
    chosen: NDArray[Any] | list[Any] | None
    if _is_binary(average, classes, pos_label):
        chosen, average = [_positive(classes, pos_label)], "macro"
    else:
        chosen, average = known, "weighted" if average == "auto" else average
    score = f1_score(
        pairs.true,
        pairs.predicted,
        labels=chosen,
        average=average,
        sample_weight=pairs.weights,
        zero_division=zero_division,
    )
    return score if average is None else float(score)


def frame_accuracy_score(
    y_true: Any,
    y_pred: Any,
    *,
    padding: Any = -1,
    lengths: ArrayLike | None = None,
    sample_weight: Any = None,
) -> float:
    """Share of the frames with a label that are predicted correctly.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_timesteps), list of array-like, or 1D
        The labels, as in :func:`frame_f1_score`.
    y_pred : array-like of shape (n_samples, n_timesteps), list of array-like, or 1D
        The predictions, as in :func:`frame_f1_score`.
    padding : label, default=-1
        Label in `y_true` that marks frames without a label. None if there is no such label,
        as with the classes -1 and 1.
    lengths : array-like of shape (n_samples,), default=None
        Number of frames of each sequence; None to count all.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), default=None
        Weights of the sequences, or of the frames, not negative. For 1D labels of shape
        (n_frames,).

    Returns
    -------
    score : float
        From 0 to 1, greater is better.

    Raises
    ------
    TypeError
        If labels mix text and numbers, `lengths` aren't integers, or `padding` holds several
        labels.
    ValueError
        If `y_true`, `y_pred`, `lengths` or `sample_weight` don't fit together, no frame
        counts, a frame that counts has no prediction, or -1 in `y_true` may be a class as well
        as padding.

    See Also
    --------
    frame_f1_score : F1 over all frames that have a label.
    frame_accuracy_scorer : Scorer for ``scoring=``.

    Examples
    --------
    >>> from sklearn_dpads.metrics import frame_accuracy_score
    >>> frame_accuracy_score([["a", "b", "b"], ["a"]], [["a", "b", "a"], ["a", "", ""]])
    0.75
    >>> frame_accuracy_score([[-1, 1], [1, -1]], [[-1, 1], [1, 1]], padding=None, lengths=[2, 1])
    1.0
    """
    pairs = pair_frames(y_true, y_pred, padding=padding, lengths=lengths, weights=sample_weight)
    pairs.classes(None)
    return float(accuracy_score(pairs.true, pairs.predicted, sample_weight=pairs.weights))


def _is_binary(average: str | None, classes: NDArray[Any], pos_label: Any) -> bool:
    """Tell whether F1 of a single class is meant, and refuse contradictions."""
    binary = average == "binary" or (average == "auto" and classes.size == 2)
    if average == "binary" and classes.size > 2:
        raise ValueError(
            f"average='binary' takes two classes, but there are {classes.size}: "
            f"{classes[:10].tolist()}. Choose 'auto', 'macro', 'micro', 'weighted' or None."
        )
    if pos_label is not None and not binary:
        raise ValueError(
            f"pos_label={pos_label!r} is for two classes and average 'auto' or 'binary', but "
            f"average is {average!r} and the classes are {classes[:10].tolist()}. Leave "
            "pos_label out, or name both classes in labels."
        )
    return binary


def _positive(classes: NDArray[Any], pos_label: Any) -> Any:
    if pos_label is None:
        return classes[-1]
    if not equals_label(classes, pos_label).any():
        raise ValueError(
            f"pos_label={pos_label!r} is no class: the classes are {classes.tolist()}."
        )
    return pos_label


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
            those that the estimator's `unlabelled` takes for frames without a label: -1, if
            that is no class, where nothing else was said.
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
            padding=label_of_none(estimator, classes),
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


def _f1_of_classes(pairs: FramePairs, classes: NDArray[Any]) -> float:
    # A class that was absent in training counts too: its frames are all wrong.
    seen = np.unique(concatenate_labels([classes, pairs.true], "y"))
    score = frame_f1_score(
        pairs.true, pairs.predicted, labels=seen, padding=None, sample_weight=pairs.weights
    )
    return float(score)


def _accuracy_of_classes(pairs: FramePairs, classes: NDArray[Any]) -> float:
    return frame_accuracy_score(
        pairs.true, pairs.predicted, padding=None, sample_weight=pairs.weights
    )


frame_f1_scorer = FrameScorer("frame_f1_scorer", _f1_of_classes)
"""Scorer with :func:`frame_f1_score`: of the larger class for two, weighted for more.

It is called as ``scorer(estimator, X, y, sample_weight=None)`` and goes into the ``scoring=`` of
:func:`sklearn.model_selection.cross_val_score` and its kin.
"""

frame_accuracy_scorer = FrameScorer("frame_accuracy_scorer", _accuracy_of_classes)
"""Scorer with :func:`frame_accuracy_score`, called as ``scorer(estimator, X, y)``."""
