"""A search drawn as scores over its course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._matplotlib import import_pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Event = Mapping[str, Any]

_STAGES = {
    "train": "relaxed",
    "prune": "relaxed",
    "split": "splitting",
    "dequeue": "splitting",
    "choose": "programs",
    "refine": "programs",
}
_STAGE_NAMES = {"relaxed": "relaxed graph", "splitting": "splits", "programs": "programs"}
_STAGE_FILLS = {"relaxed": "#eef4fa", "splitting": "#fdf3e8", "programs": "#eff6ee"}
# Phase: label, marker, colour; an event without an entry is not drawn.
_MARKS = {
    "train": ("graph trained", "o", "#3b75af"),
    "prune": ("graph pruned to top n", "v", "#7aa6d1"),
    "split": ("graph split", "s", "#c8742b"),
    "dequeue": ("program comes out", "D", "#8f4a12"),
    "refine": ("round of refinement", "^", "#3c8d40"),
}
_BEST = "#1f1f1f"
_NOTE = "#6b6b6b"


class SearchDisplay:
    """A search drawn as scores over its course.

    Every event of the search has a place of its own on the axis, whose ticks tell the time.
    While the graph is relaxed and split, scores are taken on the validation part; the
    step line is the best cross-fitted score of a program until then. Build one with
    :meth:`from_estimator`.

    Parameters
    ----------
    history : list of dict
        Events of the search, as `search_history_` of a fitted estimator holds them.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the drawing.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn_dpads.display import SearchDisplay
    >>> history = [
    ...     {"phase": "train", "time": 0.8, "round": 1, "score": 0.7, "restart": 0},
    ...     {"phase": "choose", "time": 1.5, "n_programs": 9, "score": 0.8, "restart": 0},
    ... ]
    >>> SearchDisplay(history).plot().ax_.get_ylabel()
    'score'
    """

    def __init__(self, history: Sequence[Event]) -> None:
        self.history = list(history)

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None) -> SearchDisplay:
        """Draw the search of a fitted estimator.

        Parameters
        ----------
        estimator : DPadsClassifier
            The fitted estimator.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : SearchDisplay
        """
        check_is_fitted(estimator, "search_history_")
        return cls(estimator.search_history_).plot(ax)

    def plot(self, ax: Axes | None = None) -> SearchDisplay:
        """Draw the search.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : SearchDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If no event of the history has a score.
        """
        plt = import_pyplot(type(self).__name__)
        events = [event for event in self.history if event["phase"] in _STAGES]
        if not events:
            raise ValueError(
                "The history holds no event with a score, so there is nothing to draw."
            )
        if ax is None:
            _, ax = plt.subplots(figsize=(9, 4.2), layout="constrained")
        _shade_stages(ax, events)
        _mark_events(ax, events)
        _draw_best(ax, events)
        _label_time(ax, events)
        ax.margins(y=0.12)
        ax.set_xlabel("time (s); each event of the search has the same width")
        ax.set_ylabel("score")
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
        self.ax_: Axes = ax
        self.figure_: Figure = ax.get_figure(root=True)
        return self


def _shade_stages(ax: Axes, events: list[Event]) -> None:
    """Colour the stages, and name them above; a restart is a line."""

    def stage(i: int) -> tuple[int, str]:
        return events[i].get("restart", 0), _STAGES[events[i]["phase"]]

    n_restarts = len({event.get("restart", 0) for event in events})
    for (restart, name), members in groupby(range(len(events)), key=stage):
        places = list(members)
        left, right = places[0] - 0.5, places[-1] + 0.5
        ax.axvspan(left, right, color=_STAGE_FILLS[name], linewidth=0, zorder=0)
        if n_restarts > 1 and name == "relaxed":
            ax.axvline(left, color=_NOTE, linewidth=0.8)
            text = f"search {restart + 1}"
        elif n_restarts > 1:
            continue
        else:
            text = _STAGE_NAMES[name]
        ax.annotate(
            text,
            ((left + right) / 2 if n_restarts == 1 else left, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0 if n_restarts == 1 else 2, 3),
            textcoords="offset points",
            ha="center" if n_restarts == 1 else "left",
            fontsize="small",
            color=_NOTE,
        )
    ax.set_xlim(-0.5, len(events) - 0.5)


def _mark_events(ax: Axes, events: list[Event]) -> None:
    for phase, (label, marker, color) in _MARKS.items():
        at = [i for i, event in enumerate(events) if event["phase"] == phase]
        scores = [_finite(events[i].get("score")) for i in at]
        if at:
            ax.plot(at, scores, marker, color=color, markersize=6, label=label, zorder=4)
    parts = [
        (i, _finite(s)) for i, event in enumerate(events) for s in event.get("part_scores", ())
    ]
    if parts:
        ax.plot(*zip(*parts, strict=True), ".", color="#e0a878", label="part of a split", zorder=3)
    _note_pruning_and_rounds(ax, events)


def _note_pruning_and_rounds(ax: Axes, events: list[Event]) -> None:
    style = {"textcoords": "offset points", "fontsize": "x-small", "color": _NOTE}
    for i, event in enumerate(events):
        if "n_top" in event:
            place = (i, _finite(event["score"]))
            ax.annotate(str(event["n_top"]), place, xytext=(0, -11), ha="center", **style)
        if event["phase"] == "train":
            ax.axvline(i - 0.5, color=_NOTE, linewidth=0.6, linestyle=":")
            place = (i - 0.5, 0.0)
            coordinates = ("data", "axes fraction")
            text = f"round {event['round']}"
            ax.annotate(text, place, xycoords=coordinates, xytext=(3, 3), **style)


def _draw_best(ax: Axes, events: list[Event]) -> None:
    """Step line of the best cross-fitted score, through all restarts."""
    at = [i for i, event in enumerate(events) if event["phase"] == "choose"]
    if not at:
        return
    best = np.fmax.accumulate([_finite(events[i]["score"]) for i in at])
    ax.step(
        [*at, len(events) - 0.5],
        [*best, best[-1]],
        where="post",
        color=_BEST,
        linewidth=1.4,
        label="best score of a program",
        zorder=2,
    )


def _label_time(ax: Axes, events: list[Event]) -> None:
    """Ticks at some events, with the seconds that had passed."""
    places = np.unique(np.linspace(0, len(events) - 1, min(len(events), 9)).round().astype(int))
    ax.set_xticks(places, [f"{events[i]['time']:.1f}" for i in places])


def _finite(score: float | None) -> float:
    return float("nan") if score is None or not np.isfinite(score) else float(score)
