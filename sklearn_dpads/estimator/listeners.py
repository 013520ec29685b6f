"""scikit-learn's callbacks, where there are any (1.9 or later).

A fit is a task with one task per search, and a search has one task per step of it, whose
context holds what happened in ``context.event``. A callback whose ``on_fit_task_end`` gives
True for a step ends the search, and for a search all further ones. Searches that run side by
side, in other processes, tell of no steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from ..search import Stopwatch

Method = TypeVar("Method", bound=Callable[..., Any])

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in for scikit-learn's mixin where there is none: nothing to call."""

    def with_callbacks(method: Method) -> Method:  # type: ignore[no-redef]
        """Put a call around the method, so that warnings count the same callers."""

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            return method(*args, **kwargs)

        return call  # type: ignore[return-value]


class FitContext:
    """The callbacks of one fit.

    Parameters
    ----------
    estimator : estimator instance
        Whose callbacks to call.
    data : dict
        ``X``, ``y`` and ``metadata``, as hooks may ask for them.
    n_searches : int
        Greatest number of searches.

    Attributes
    ----------
    stopped : bool
        Whether a callback has ended a search, or all further ones.
    is_over : bool
        Whether a callback wants no further search.
    """

    def __init__(self, estimator: Any, data: Mapping[str, Any], n_searches: int) -> None:
        self.estimator, self.data = estimator, data
        self.stopped = self.is_over = False
        self.context = None
        if getattr(estimator, "_skl_callbacks", None):
            self.context = estimator._init_callback_context(max_subtasks=n_searches)
            self.context.call_on_fit_task_begin(estimator=estimator, **data)

    def search(self) -> SearchContext:
        """The callbacks of the next search."""
        return SearchContext(self)

    def end(self, fitted: Mapping[str, Any]) -> None:
        """Tell that the fit is over.

        Parameters
        ----------
        fitted : dict
            The fitted attributes.
        """
        if self.context is not None:
            self.context.call_on_fit_task_end(
                estimator=self.estimator,
                reconstruction_attributes=lambda: dict(fitted),
                **self.data,
            )


class SearchContext:
    """The callbacks of one search, as a listener to its events.

    Parameters
    ----------
    fit : FitContext
        The fit.
    """

    def __init__(self, fit: FitContext) -> None:
        self.fit = fit
        self.context = None
        self.stopwatch: Stopwatch | None = None
        if fit.context is not None:
            self.context = fit.context.subcontext(task_name="search", max_subtasks=None)
            self.context.call_on_fit_task_begin(estimator=fit.estimator, **fit.data)

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Call the hooks for a step of the search; one may end it."""
        if self.context is None:
            return
        step = self.context.subcontext(task_name=str(event["phase"]))
        step.event = event
        step.call_on_fit_task_begin(estimator=self.fit.estimator, **self.fit.data)
        stop = step.call_on_fit_task_end(estimator=self.fit.estimator, **self.fit.data)
        if stop and self.stopwatch is not None:
            self.stopwatch.stop()
            self.fit.stopped = True

    def end(self) -> None:
        """Tell that the search is over; a hook may end the fit."""
        if self.context is None:
            return
        if self.context.call_on_fit_task_end(estimator=self.fit.estimator, **self.fit.data):
            self.fit.stopped = self.fit.is_over = True
