"""Any transformer of scikit-learn, applied to the frames of sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from ..inputs.names import choose_names, keep_names, with_names_like
from ..inputs.sequences import (
    Sequences,
    check_sequences,
    check_sequences_with_gaps,
    refuse_gaps,
)
from ..inputs.stacking import (
    read_frames,
    restore_layout,
    stacked_targets,
    stacked_weights,
)


def _inner_has(method: str) -> Callable[[FrameTransformer], bool]:
    """Tell whether the transformer, fitted or not, has a method; for ``available_if``."""

    def check(self: FrameTransformer) -> bool:
        # getattr raises, so that the message says what the inner transformer lacks.
        getattr(getattr(self, "transformer_", self.transformer), method)
        return True

    return check


def _fills_gaps(transformer: Any) -> bool:
    """Tell whether a transformer says that it takes NaN; of a pipeline, its first step."""
    first = next((step for _, step in getattr(transformer, "steps", [])), transformer)
    return hasattr(first, "__sklearn_tags__") and bool(get_tags(first).input_tags.allow_nan)


class FrameTransformer(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Apply a transformer of scikit-learn to the frames of sequences.

    The frames of all sequences, without the padding, are stacked into one array of shape
    (n_frames, n_features). The transformer is fitted on it, and what it makes of a
    frame goes back to where the frame was, so that sequences keep their layout:
    an array stays an array, NaN padding stays NaN padding, a list stays a list. Data frames in a
    list stay such, with their index and the names that the transformer gives to their columns.

    NaN before the end of a sequence is a value that is missing. It reaches transformers that
    say they take it, such as ``SimpleImputer``, which have to fill it; others refuse it.

    Parameters
    ----------
    transformer : estimator
        A transformer of scikit-learn that makes one row of one row: a scaler,
        ``PCA``, ``SelectKBest``, a ``Pipeline`` or ``ColumnTransformer`` of such. The
        number of features may change. It is cloned before it is fitted.
    feature_names : sequence of str or None, default=None
        Names of the features of a frame, for :meth:`get_feature_names_out`. None takes
        those of the columns where `X` is a list of data frames, or else x0, x1, …. The
        transformer gets an array in any case, so that a ``ColumnTransformer`` has to select
        columns by their indices.

    Attributes
    ----------
    transformer_ : estimator
        The fitted transformer.
    n_features_in_ : int
        Number of features of a frame.
    feature_names_in_ : ndarray of str of shape (n_features,)
        Names of the features, only where `feature_names` was given or `X` was a list of data
        frames.

    See Also
    --------
    ClipOutliers : Keep outliers of a feature from mattering, without changing its unit.

    Notes
    -----
    The classifiers of this package standardize frames themselves and write their programs in
    the units that they were given. A scaler in front of them does no harm, but
    the program then reads scaled features.

    Outputs are float64. :meth:`set_output` has no data frame to offer, since sequences don't fit
    into one; a transformer inside that gives data frames is read as if it gave arrays.

    ``fit_transform`` is :meth:`fit` and then :meth:`transform`. ``TargetEncoder`` is therefore not
    cross-fitted.

    Examples
    --------
    Sequences of unequal length, one of them with an outlier:

    >>> import numpy as np
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import FunctionTransformer, RobustScaler
    >>> from sklearn_dpads.preprocessing import FrameTransformer
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(5, 3)), rng.normal(size=(8, 3))]
    >>> X[1][2, 0] = 4000.0
    >>> robust = FrameTransformer(RobustScaler()).fit(X)
    >>> [sequence.shape for sequence in robust.transform(X)]
    [(5, 3), (8, 3)]

    A robust scaler limits what an outlier does to the other frames, clipping limits the outlier.
    Several transformers are best chained inside, which takes the frames apart only once:

    >>> clipped = FrameTransformer(
    ...     make_pipeline(
    ...         RobustScaler(),
    ...         FunctionTransformer(np.clip, kw_args={"a_min": -10.0, "a_max": 10.0}),
    ...         PCA(n_components=2),
    ...     )
    ... )
    >>> [sequence.shape for sequence in clipped.fit_transform(X)]
    [(5, 2), (8, 2)]

    Parameters are nested, as for other meta-estimators:

    >>> FrameTransformer(RobustScaler()).set_params(transformer__with_centering=False)
    FrameTransformer(transformer=RobustScaler(with_centering=False))
    """

    def __init__(
        self, transformer: BaseEstimator, *, feature_names: Sequence[str] | None = None
    ) -> None:
        self.transformer = transformer
        self.feature_names = feature_names

    def fit(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike] | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> FrameTransformer:
        """Fit the transformer on the frames of all sequences.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences: a 3D array, padded with NaN at the end where sequences are
            shorter, or a list of 2D arrays (n_timesteps_i, n_features).
        y : array-like of shape (n_samples,) or (n_samples, n_timesteps), or list, default=None
            For supervised transformers: one target per sequence, which all its frames get;
            or one per frame, as an array, a masked array or a list of 1D arrays of length
            n_timesteps_i. What is past the end of a sequence is ignored. Frames without a
            label, which are masked or, for integers other than -1 and 1 alone, -1, are left
            out of the fit.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), default=None
            Weights of the sequences, which all frames of a sequence get, or of the frames;
            for transformers whose ``fit`` takes ``sample_weight``.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        TypeError
            If `transformer` is no transformer, if it takes no `sample_weight` and some are
            given, or if `X` is no array-like of numbers.
        ValueError
            If `X` holds no sequences, or if `y`, `sample_weight` or `feature_names` don't
            belong to them.
        """
        self._check_transformer(sample_weight)
        check = check_sequences_with_gaps if _fills_gaps(self.transformer) else check_sequences
        data = check(X, estimator_name=type(self).__name__)
        names = choose_names(self.feature_names, X, data.n_features)
        frames, targets, fit_params = _fit_arguments(data, y, sample_weight)
        self.transformer_ = clone(self.transformer).fit(frames, targets, **fit_params)
        self.n_features_in_ = data.n_features
        keep_names(self, names)
        return self

    def transform(self, X: ArrayLike | Sequence[ArrayLike]) -> NDArray[np.float64] | list[Any]:
        """Transform the frames.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, in any layout that :meth:`fit` takes.

        Returns
        -------
        X_out : ndarray of shape (n_samples, n_timesteps, n_features_out), or list
            The transformed sequences, in the layout of `X`, float64. Of data frames with names,
            where the transformer says what it makes of these, data frames.

        Raises
        ------
        TypeError
            If `X` is no array-like of numbers, or the transformer gives something sparse or no
            numbers.
        ValueError
            If `X` holds no sequences or another number of features, or if the transformer
            gives anything but one finite row per frame.
        """
        check_is_fitted(self, "transformer_")
        check = check_sequences_with_gaps if _fills_gaps(self.transformer_) else check_sequences
        data = check(
            X,
            estimator_name=type(self).__name__,
            n_features=self.n_features_in_,
            feature_names=getattr(self, "feature_names_in_", None),
        )
        sequences = self._through(self.transformer_.transform, X, data)
        named = hasattr(self, "feature_names_in_") and hasattr(self, "get_feature_names_out")
        return with_names_like(sequences, X, self.get_feature_names_out() if named else None)

    @available_if(_inner_has("inverse_transform"))
    def inverse_transform(
        self, X: ArrayLike | Sequence[ArrayLike]
    ) -> NDArray[np.float64] | list[Any]:
        """Undo the transformation; only where the transformer can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features_out), or list of array-like
            Transformed sequences, in any layout.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_timesteps, n_features), or list
            The sequences in their original features, in the layout of `X`, float64; data frames
            where `X` is a list of such.

        Raises
        ------
        TypeError, ValueError
            As for :meth:`transform`.
        """
        check_is_fitted(self, "transformer_")
        data = check_sequences(X, estimator_name=type(self).__name__)
        sequences = self._through(self.transformer_.inverse_transform, X, data)
        return with_names_like(sequences, X, getattr(self, "feature_names_in_", None))

    @available_if(_inner_has("get_feature_names_out"))
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Names of the features that :meth:`transform` gives.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the features of a frame. None takes ``feature_names_in_``, or
            x0, x1, … where there are none; where there are, only they are accepted.

        Returns
        -------
        names : ndarray of str
            As the transformer names what it makes of `input_features`.

        Raises
        ------
        ValueError
            If `input_features` are not as many as the features, or others than
            ``feature_names_in_``.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.feature_selection import VarianceThreshold
        >>> from sklearn_dpads.preprocessing import FrameTransformer
        >>> X = np.arange(12.0).reshape(2, 3, 2) * [1.0, 0.0]
        >>> varying = FrameTransformer(VarianceThreshold(), feature_names=["speed", "mass"])
        >>> varying.fit(X).get_feature_names_out().tolist()
        ['speed']
        """
        check_is_fitted(self, "transformer_")
        made: NDArray[np.object_]
        known = getattr(self, "feature_names_in_", None)
        if input_features is None:
            generic = [f"x{index}" for index in range(self.n_features_in_)]
            names = np.array(generic, dtype=object) if known is None else known
            made = self.transformer_.get_feature_names_out(names)
            return made
        names = np.asarray(input_features, dtype=object)
        if known is not None and not np.array_equal(names, known):
            raise ValueError(
                f"input_features is not equal to feature_names_in_: {names.tolist()} was given, "
                f"the features are {known.tolist()}."
            )
        if len(names) != self.n_features_in_:
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(names)}."
            )
        made = self.transformer_.get_feature_names_out(names)
        return made

    def set_output(self, *, transform: str | None = None) -> FrameTransformer:
        """Refuse any container but arrays, which sequences need.

        Parameters
        ----------
        transform : {"default"} or None, default=None
            Both mean what :meth:`transform` gives in any case.

        Returns
        -------
        self : object
            The transformer, as it was.

        Raises
        ------
        ValueError
            If a data frame is asked for.
        """
        if transform not in (None, "default"):
            raise ValueError(
                f"{type(self).__name__} gives sequences, which don't fit into a data frame, so "
                f"transform={transform!r} can't be set; leave it at 'default'. The names of the "
                "features are given by get_feature_names_out."
            )
        return self

    def _check_transformer(self, sample_weight: Any) -> None:
        inner = self.transformer
        methods = ("fit", "transform", "get_params")
        if isinstance(inner, type) or not all(hasattr(inner, method) for method in methods):
            hint = (
                f"pass an instance, {inner.__name__}()"
                if isinstance(inner, type)
                else "pass an object with fit, transform and get_params; sklearn's "
                "FunctionTransformer makes one of a function, and leaves frames as they are "
                "without one"
            )
            raise TypeError(f"transformer must be a transformer, but is {inner!r}: {hint}.")
        if sample_weight is not None and not has_fit_parameter(inner, "sample_weight"):
            raise TypeError(
                f"{type(inner).__name__} takes no sample_weight in fit, but sample_weight was "
                "given. Leave it out, or take another transformer."
            )

    def _through(
        self, method: Callable[[Any], Any], X: Any, data: Sequences
    ) -> NDArray[np.float64] | list[NDArray[np.float64]]:
        """Send the frames through a method of the transformer, and back into sequences."""
        mask = data.mask()
        output = method(data.frames[mask])
        try:
            frames = read_frames(output, mask, self.transformer_)
        except ValueError:
            # Where values are missing and weren't filled, nothing else is wrong.
            refuse_gaps(data, type(self).__name__)
            raise
        return restore_layout(frames, mask, X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True
        if isinstance(self.transformer, BaseEstimator):
            inner = get_tags(self.transformer)
            tags.target_tags.required = inner.target_tags.required
            tags.input_tags.positive_only = inner.input_tags.positive_only
            tags.non_deterministic = inner.non_deterministic
        return tags


def _fit_arguments(
    data: Sequences, y: Any, sample_weight: Any
) -> tuple[NDArray[np.float64], NDArray[Any] | None, dict[str, Any]]:
    """Frames to fit on, their targets, and their weights where there are some."""
    frames = data.frames[data.mask()]
    params = {}
    if sample_weight is not None:
        params["sample_weight"] = stacked_weights(sample_weight, data)
    if y is None:
        return frames, None, params
    targets, labelled = stacked_targets(y, data)
    if labelled.all():
        return frames, targets, params
    params = {name: weights[labelled] for name, weights in params.items()}
    return frames[labelled], targets[labelled], params
