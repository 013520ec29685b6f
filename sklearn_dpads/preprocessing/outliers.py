"""A transformer that keeps outliers from mattering, without changing the unit of a feature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data

from ..inputs.numbers import is_real


class ClipOutliers(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Clip every feature to an interval around its median.

    A value that a sensor or a tracker got wrong by orders of magnitude rules means,
    variances and products. Clipped to

    .. math:: \mathrm{median} \pm n_\mathrm{iqr} \, (q_\mathrm{high} - q_\mathrm{low}),

    it stays an extreme value, but no more than that. Features keep their units, so
    that a program that reads them does as well.

    Parameters
    ----------
    n_iqr : float, default=10.0
        Half the width of the interval, in interquantile ranges; positive. Features with
        heavy tails, speeds for instance, often reach five ranges without an error.
    quantile_range : tuple of (float, float), default=(25.0, 75.0)
        Percentiles whose distance is the range, as ``RobustScaler`` takes them:
        0 <= low < high <= 100.

    Attributes
    ----------
    lower_, upper_ : ndarray of shape (n_features,), float64
        Bounds of each feature. A feature whose range is 0, since most of its values are
        equal, is not clipped: its bounds are infinite.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str of shape (n_features,)
        Names of the features, only where `X` has names of type str.

    See Also
    --------
    FrameTransformer : Apply this to the frames of sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.preprocessing import ClipOutliers, FrameTransformer
    >>> X = np.linspace(0.0, 8.0, 9).reshape(1, 9, 1)
    >>> X[0, 5] = 4000.0
    >>> clip = FrameTransformer(ClipOutliers(n_iqr=5)).fit(X)
    >>> float(clip.transformer_.lower_[0]), float(clip.transformer_.upper_[0])
    (-21.0, 29.0)
    >>> clip.transform(X).ravel().tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 29.0, 6.0, 7.0, 8.0]
    """

    def __init__(
        self, *, n_iqr: float = 10.0, quantile_range: tuple[float, float] = (25.0, 75.0)
    ) -> None:
        self.n_iqr = n_iqr
        self.quantile_range = quantile_range

    def fit(self, X: ArrayLike, y: Any = None) -> ClipOutliers:
        """Learn the bounds.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers. Inside :class:`FrameTransformer` the samples are frames.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        TypeError, ValueError
            If a parameter is none of what is allowed, or `X` is no 2D array of finite numbers.
        """
        low, high = self._check_parameters()
        self._refuse_sequences(X)
        frames: NDArray[np.floating] = validate_data(self, X, dtype=FLOAT_DTYPES)
        first, median, last = np.percentile(frames, [low, 50.0, high], axis=0).astype(np.float64)
        reach = np.where(last > first, self.n_iqr * (last - first), np.inf)
        self.lower_, self.upper_ = median - reach, median + reach
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Clip.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        X_out : ndarray of shape (n_samples, n_features)
            A clipped copy, of the dtype of `X` where that is a float.

        Raises
        ------
        ValueError
            If `X` is no 2D array of finite numbers or has another number of features.
        """
        check_is_fitted(self)
        self._refuse_sequences(X)
        frames: NDArray[np.floating] = validate_data(self, X, dtype=FLOAT_DTYPES, reset=False)
        clipped: NDArray[np.floating] = np.clip(frames, self.lower_, self.upper_)
        return clipped.astype(frames.dtype, copy=False)

    def _refuse_sequences(self, X: Any) -> None:
        first: Any = X[0] if isinstance(X, list | tuple) and len(X) else None
        if getattr(X, "ndim", None) == 3 or np.ndim(first) == 2:
            raise ValueError(
                f"{type(self).__name__} takes a 2D array of frames, but X holds sequences. Wrap "
                f"it: FrameTransformer({self!r}) takes them."
            )

    def _check_parameters(self) -> tuple[float, float]:
        if not is_real(self.n_iqr) or not 0 < self.n_iqr < np.inf:
            raise ValueError(f"n_iqr must be a positive, finite number; got {self.n_iqr!r}.")
        try:
            low, high = self.quantile_range
            valid = 0 <= low < high <= 100
        except (TypeError, ValueError):
            valid = False
        if not valid:
            raise ValueError(
                "quantile_range must be a pair of percentiles with 0 <= low < high <= 100; got "
                f"{self.quantile_range!r}."
            )
        return low, high

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
