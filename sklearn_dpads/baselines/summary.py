"""Any classifier of rows, on a few numbers that sum a sequence up: the plainest rivals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..estimator.docs import UNLABELLED, with_parts
from ..estimator.label_forms import (
    LabelPerFrame,
    LabelPerSequence,
    read_samples,
)
from ..estimator.parameters import with_own_init
from ..grammar.statistics import STATISTICS, over_span
from ..inputs.names import choose_names, keep_names
from ..inputs.outputs import logarithms
from ..inputs.sequences import Sequences, check_sequences, warn_of_channels_first

Array = NDArray[np.float64]


class _SummaryBase(ClassifierMixin, BaseEstimator, ABC):
    """What both forms of labels have in common."""

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    @abstractmethod
    def _table(self, data: Sequences) -> Array:
        """Give the rows that the inner classifier reads."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the inner classifier to the summaries.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences: a 3D array, padded with NaN at the end where sequences are
            shorter, or a list of 2D arrays (n_timesteps_i, n_features).
        y : array-like
            The class labels, one per sequence or one per frame, as for other classifiers of
            this package.
        sample_weight : array-like or None, default=None
            Weights of the labels, handed to the inner classifier. What has weight zero is left
            out.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If `X`, `y` or `sample_weight` is none of what is allowed, or the inner classifier
            refuses what it is given.
        """
        inner = self.estimator
        if inner is None:
            inner = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        data = check_sequences(X, estimator_name=type(self).__name__)
        warn_of_channels_first(data, type(self).__name__)
        names = choose_names(None, X, data.n_features)
        form: Any = self
        samples = read_samples(form, y, sample_weight, data)
        data = data.take(samples.rows)
        codes = samples.codes.ravel()
        labelled = codes >= 0
        rows = self._table(data)[labelled]
        options = {}
        if samples.weights is not None:
            name = "sample_weight"
            if hasattr(inner, "steps"):
                name = f"{inner.steps[-1][0]}__sample_weight"
            options[name] = samples.weights.ravel()[labelled]
        self.estimator_ = clone(inner).fit(rows, codes[labelled], **options)
        self.classes_ = samples.classes
        self.n_features_in_ = data.n_features
        keep_names(self, names)
        return self

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            Probabilities, in the order of ``classes_``. With a label per frame of shape
            (n_samples, n_timesteps, n_classes), NaN past a sequence's end.
        """
        data = self._read(X)
        proba = self._shaped(self.estimator_.predict_proba(self._table(data)), data)
        padded: Array = self._pad_values(proba, data)
        return padded

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        logs : ndarray of the shape of :meth:`predict_proba`, float64
            Natural logarithms, minus infinity for a probability of 0.
        """
        data = self._read(X)
        proba = self._shaped(self.estimator_.predict_proba(self._table(data)), data)
        return logarithms(self._pad_values(proba, data))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each sequence, or of each frame.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.

        Returns
        -------
        labels : ndarray of shape (n_samples,) or (n_samples, n_timesteps)
            Labels, of the type that `y` had in :meth:`fit`.
        """
        data = self._read(X)
        codes = self._shaped(self.estimator_.predict(self._table(data)), data)
        labels: NDArray[Any] = self._pad_labels(self.classes_[codes], data)
        return labels

    def _shaped(self, rows: NDArray[Any], data: Sequences) -> NDArray[Any]:
        """Give what was found for rows the shape of the labels."""
        return rows


@with_own_init
class SummaryClassifier(LabelPerSequence, _SummaryBase):
    """A classifier of rows, on mean, deviation, first and last frame of each sequence.

    Parameters
    ----------
    estimator : classifier or None, default=None
        Any classifier of scikit-learn's kind, such as ``HistGradientBoostingClassifier()``; None
        takes logistic regression on scaled columns.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier, whose classes are the places of the labels in `classes_`.
    classes_ : ndarray of shape (n_classes,)
        The class labels.
    n_features_in_ : int
        Number of features of a frame.
    feature_names_in_ : ndarray of str of shape (n_features,)
        Names of the features, only where `X` was a list of data frames.

    See Also
    --------
    SummaryFrameClassifier : The same with one label per frame.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn_dpads.baselines import SummaryClassifier
    >>> X = np.random.default_rng(0).normal(size=(40, 8, 2))
    >>> y = np.where(X[:, -1, 0] > 0, "up", "down")
    >>> clf = SummaryClassifier(RandomForestClassifier(random_state=0)).fit(X, y)
    >>> clf.score(X, y)
    1.0
    """

    def _table(self, data: Sequences) -> Array:
        last = np.arange(data.n_samples), data.lengths - 1
        summaries = [
            over_span(STATISTICS[name], data.frames, None, np)[last] for name in ("Avg", "Std")
        ]
        return np.concatenate([*summaries, data.frames[:, 0], data.frames[last]], axis=1)


@with_parts(
    parameters="estimator : classifier or None, default=None\n"
    "    As for :class:`SummaryClassifier`.\n" + UNLABELLED
)
class SummaryFrameClassifier(LabelPerFrame, _SummaryBase):
    """A classifier of rows, on each frame, its step, and the mean and deviation so far.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier, whose classes are the places of the labels in `classes_`.
    classes_ : ndarray of shape (n_classes,)
        The class labels.
    n_features_in_ : int
        Number of features of a frame.
    feature_names_in_ : ndarray of str of shape (n_features,)
        Names of the features, only where `X` was a list of data frames.

    See Also
    --------
    SummaryClassifier : The same with one label per sequence.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import SummaryFrameClassifier
    >>> X = np.random.default_rng(0).normal(size=(20, 8, 2))
    >>> y = np.where(X[:, :, 0] > 0, "up", "down")
    >>> bool(SummaryFrameClassifier().fit(X, y).score(X, y) > 0.95)
    True
    """

    def __init__(self, estimator: Any = None, *, unlabelled: Any = "auto") -> None:
        super().__init__(estimator)
        self.unlabelled = unlabelled

    def _table(self, data: Sequences) -> Array:
        frames = data.frames
        steps = np.diff(frames, axis=1, prepend=frames[:, :1])
        summaries = [over_span(STATISTICS[name], frames, None, np) for name in ("Avg", "Std")]
        table = np.concatenate([frames, steps, *summaries], axis=2)
        return table.reshape(-1, table.shape[-1])

    def _shaped(self, rows: NDArray[Any], data: Sequences) -> NDArray[Any]:
        return rows.reshape(*data.frames.shape[:2], *rows.shape[1:])
