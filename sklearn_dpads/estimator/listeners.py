"""Who follows a fit: scikit-learn's callbacks (1.9 or later), the lines of ``verbose``, progress.

A fit is a task with one task per search, and a search has one task per step of it, whose
context holds what happened in ``context.event``. A callback whose ``on_fit_task_end`` gives
True for a step ends the search, and for a search all further ones. Searches that run side by
side, in other processes, tell of no steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from ..search import Stopwatch
from .progress import Progress

Method = TypeVar("Method", bound=Callable[..., Any])

try:
    from sklearn.callback import CallbackSupportMixin
    from sklearn.callback import with_callbacks as _with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in for scikit-learn's mixin where there is none: nothing to call."""

    def _with_callbacks(method: Any) -> Any:
        """Put a call around the method, so that warnings count the same callers."""

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            return method(*args, **kwargs)

        return call


# Said here, since scikit-learn has no types and ``fit`` would have none.
with_callbacks: Callable[[Method], Method] = _with_callbacks


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
    progress : Progress or None, default=None
        What shows how far the fit is.

    Attributes
    ----------
    stopped : bool
        Whether a callback has ended a search, or all further ones.
    is_over : bool
        Whether a callback wants no further search.
    """

    def __init__(
        self,
        estimator: Any,
        data: Mapping[str, Any],
        n_searches: int,
        progress: Progress | None = None,
    ) -> None:
        self.estimator, self.data, self.progress = estimator, data, progress
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
        if self.fit.progress is not None:
            self.fit.progress.tell(event)
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
        if self.fit.progress is not None:
            self.fit.progress.end_search()
        if self.context is None:
            return
        if self.context.call_on_fit_task_end(estimator=self.fit.estimator, **self.fit.data):
            self.fit.stopped = self.fit.is_over = True


_PHASES = {
    "train": "train",
    "prune": "prune",
    "split": "split",
    "dequeue": "select",
    "choose": "cross-fit",
    "refine": "refine",
    "end": "end",
    "fit": "fit",
    "pass_over": "pass over",
    "expand": "expand",
    "deepen": "deepen",
    "census": "census",
    "limit": "limit met",
    "interrupt": "interrupted",
    "lost": "process killed",
    "expired": "stop early",
}
_WIDEST = max(map(len, _PHASES.values()))


@dataclass(frozen=True)
class ProgressPrinter:
    """Prints a line for every event of a search.

    Parameters
    ----------
    restart, n_restarts : int
        Number of the search, from 0, and how many there are.
    max_time : float or None, default=None
        Seconds the search may take; what is left of them is printed.
    title : str, default="dPads"
        Name of the search, in brackets at the beginning of every line.
    """

    restart: int = 0
    n_restarts: int = 1
    max_time: float | None = None
    title: str = "dPads"

    def __call__(self, event: Mapping[str, Any]) -> None:
        search = "" if self.n_restarts == 1 else f"search {self.restart + 1}/{self.n_restarts}  "
        left = ""
        if self.max_time is not None:
            left = f"  {max(0.0, self.max_time - event['time']):.0f} s left"
        print(f"[{self.title}] {search}{format_event(event)}{left}", flush=True)


def format_event(event: Mapping[str, Any]) -> str:
    """Give one line for an event: time, phase, what it was about, and the score."""
    phase = _PHASES.get(event["phase"], event["phase"])
    parts = [f"{event['time']:7.1f} s  {phase:{_WIDEST}}"]
    if "round" in event:
        parts.append(f"round {event['round'] + (event['phase'] == 'refine')}")
    if "split" in event:
        parts.append(f"number {event['split'] + 1}")
    if "number" in event:
        parts.append(f"number {event['number']}")
    if "n_done" in event:
        parts.append(f"{event['n_done']} of {event['n_total']} programs")
    for key, text in _COUNTS.items():
        if key in event:
            parts.append(text.format(event[key]))
    for key in ("score", "loss"):
        if key in event:
            parts.append(f"{key} {event[key]:.3f}")
    for key in ("stage", "why", "program", "defect"):
        if key in event:
            parts.append(str(event[key]))
    if "found_by" in event:
        parts.append(f"found by: {event['found_by']}")
    return "  ".join(parts)


_COUNTS = {
    "depth": "depth {}",
    "n_top": "top {}",
    "n_candidates": "{} candidates",
    "n_expansions": "{} expansions",
    "n_parts": "{} parts",
    "n_cut": "{} cut off",
    "n_queued": "{} queued",
    "n_neighbours": "{} neighbours",
    "n_judged": "{} judged",
    "n_programs": "{} programs",
    "n_epochs": "{} epochs",
}
