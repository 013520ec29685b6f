"""An adapter to aeon, whose sequences have channels before time."""

from __future__ import annotations

from typing import Any, ClassVar

try:
    from aeon.classification import BaseClassifier
    from aeon.utils.validation import check_n_jobs
except ImportError as error:
    raise ImportError(
        f"sklearn_dpads.compat.aeon needs aeon, which can't be imported here ({error}). Install "
        "it with: pip install 'sklearn_dpads[aeon]'"
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

__all__ = ["DPadsAeonClassifier"]

_FEATURE_NAMES = """\
feature_names : sequence of str or None, default=None
    Names of the channels, for printing. None takes x0, x1, …"""


@with_parts(
    parameters=parameter_entries(n_jobs=N_JOBS, feature_names=_FEATURE_NAMES),
    attributes=entries(PROGRAMS, "program_", "programs_") + "\n" + ATTRIBUTES,
    references=REFERENCES,
)
class DPadsAeonClassifier(DPadsAdapter, BaseClassifier):
    """A dPads classifier for aeon: the fitted model is a short program.

    It takes what aeon takes: arrays (n_cases, n_channels, n_timepoints), or lists of arrays
    (n_channels, n_timepoints_i) where series differ in length. A channel is what the
    programs call a feature. Otherwise it is :class:`~sklearn_dpads.DPadsClassifier` [1]_,
    without ``warm_start``, since aeon forgets a fit when the next one begins.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    sklearn_dpads.DPadsClassifier : The same as an estimator of scikit-learn.
    DPadsSktimeClassifier : The same as an estimator of sktime.

    Notes
    -----
    aeon gives no sample weights to a classifier, and wants at least two classes.

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.compat import DPadsAeonClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 30)
    >>> X = rng.normal(size=(60, 2, 8))
    >>> X[y == "walk", 0, :] += 2.0
    >>> clf = DPadsAeonClassifier(max_depth=2, max_iter=5, max_refinements=0, random_state=0)
    >>> clf = clf.fit(X, y)
    >>> print(clf.program_.to_text(precision=2))  # doctest: +SKIP
    SlideWindowAvg[8,values](Affine[x0](1.3*x0 - 1.2))
    >>> clf.score(X, y)
    1.0
    """

    _tags: ClassVar[dict[str, Any]] = {
        "X_inner_type": ["np-list", "numpy3D"],
        "capability:multivariate": True,
        "capability:unequal_length": True,
        "capability:multithreading": True,
    }

    def _sequences(self, X: Any) -> Any:
        return from_channels_first(X)

    def _parameters(self) -> dict[str, Any]:
        # aeon reads None and 0 as one job, and looks for the number under this name.
        self._n_jobs = check_n_jobs(self.n_jobs)
        return super()._parameters() | {"n_jobs": self._n_jobs}

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        return small_parameters()
