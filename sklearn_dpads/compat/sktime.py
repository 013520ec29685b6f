"""An adapter to sktime, whose panels are data frames or arrays with channels before time."""

from __future__ import annotations

from typing import Any, ClassVar

try:
    from sktime.classification.base import BaseClassifier
except ImportError as error:
    raise ImportError(
        f"sklearn_dpads.compat.sktime needs sktime, which can't be imported here ({error}). "
        "Install it with: pip install 'sklearn_dpads[sktime]'"
    ) from error

from ..datasets import from_channels_first
from ..estimator.docs import ATTRIBUTES as PROGRAMS
from ..estimator.docs import REFERENCES, entries, with_parts
from .adapter import (
    ATTRIBUTES,
    N_JOBS,
    DPadsAdapter,
    parameter_entries,
    small_parameters,
)

__all__ = ["DPadsSktimeClassifier"]

_FEATURE_NAMES = """\
feature_names : sequence of str or None, default=None
    Names of the variables, for printing, in the place of any that the columns have. None
    takes the columns where `X` is made of data frames, else x0, x1, …"""


@with_parts(
    parameters=parameter_entries(n_jobs=N_JOBS, feature_names=_FEATURE_NAMES),
    attributes=entries(PROGRAMS, "program_", "programs_") + "\n" + ATTRIBUTES,
    references=REFERENCES,
)
class DPadsSktimeClassifier(DPadsAdapter, BaseClassifier):
    """A dPads classifier for sktime: the fitted model is a short program.

    It takes every kind of panel that sktime knows, with series of unequal length among
    them. A variable is what the programs call a feature; the names of columns show up in
    the programs. The time index isn't looked at: frames count as evenly spaced. Otherwise
    it is :class:`~sklearn_dpads.DPadsClassifier` [1]_, without ``warm_start``, since sktime
    forgets a fit when the next one begins.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    sklearn_dpads.DPadsClassifier : The same as an estimator of scikit-learn.
    DPadsAeonClassifier : The same as an estimator of aeon.

    Notes
    -----
    sktime gives no sample weights to a classifier. Where there is one class only, sktime
    predicts it without a program, and with several columns of labels it fits one classifier
    for each, so that `program_` is missing from both.

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.compat import DPadsSktimeClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 30)
    >>> X = rng.normal(size=(60, 2, 8))
    >>> X[y == "walk", 0, :] += 2.0
    >>> clf = DPadsSktimeClassifier(max_depth=2, max_iter=5, max_refinements=0, random_state=0)
    >>> clf = clf.fit(X, y)
    >>> print(clf.program_.to_text(precision=2))  # doctest: +SKIP
    SlideWindowAvg[8,values](Affine[x0](1.3*x0 - 1.2))
    >>> clf.score(X, y)
    1.0
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["sklearn_dpads developers"],
        "maintainers": ["sklearn_dpads developers"],
        "X_inner_mtype": ["df-list", "numpy3D"],
        "capability:multivariate": True,
        "capability:unequal_length": True,
        "capability:categorical_in_X": False,
        "capability:predict_proba": True,
        "capability:class_weight": True,
        "capability:multithreading": True,
        "capability:random_state": True,
        "property:randomness": "derandomized",
    }

    def _sequences(self, X: Any) -> Any:
        if not isinstance(X, list):
            return from_channels_first(X)
        # Data frames have time before variables already. sktime makes names up for the
        # columns where the panel had none; they must not stand against the ones given.
        return X if self.feature_names is None else [frame.to_numpy() for frame in X]

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Give parameters for sktime's checks.

        Parameters
        ----------
        parameter_set : str, default="default"
            Makes no difference.

        Returns
        -------
        parameters : list of dict
            Parameters of two small classifiers.
        """
        return small_parameters()
