"""A search drawn as scores over its course."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, groupby, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from .drawing import NOTE, figure_of, import_pyplot, legend_above
from .names import told_apart
from .parameter_docs import documented

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Event = Mapping[str, Any]

_BEST = "#1f1f1f"
_MIXTURE, _PART, _PROGRAM = "#3b75af", "#c8742b", "#3c8d40"
# Phases whose score is that of many programs at once, on the validation part.
_MIXTURES = {"train": _MIXTURE, "prune": _MIXTURE, "split": _PART, "expand": _PART}
_MIXTURES["dequeue"] = _PART
# Characters of the names of searches: of each at least, and about those that a figure has room for.
_SHORTEST_NAME, _ALL_NAMES = 8, 140
_LABELS = {
    _MIXTURE: "all of them, mixed",
    _PART: "part divided further",
}


@documented
class SearchDisplay:
    """A search drawn as scores over its course.

    Every step of the search has the same width; the ticks tell the time. The upper axes show
    scores by cross-fitting, of single programs: the best of each batch, and the best until
    then. The lower ones show the search for them: scores on the validation part, of many
    programs mixed in one graph, and of the parts that it is divided into. The two are
    scores of different things and don't compare. Where each class has its own searches, they stand
    side by side, and the best until then is that of the class. Build one with
    :meth:`from_estimator`.

    Parameters
    ----------
    history : list of dict
        Events of the search, as `search_history_` of a fitted estimator holds them.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the scores by cross-fitting.
    mixtures_ax_ : matplotlib Axes or None
        Axes with the scores on the validation part; None where there are none, or where axes
        were given.
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
    'score by cross-fitting'
    """

    def __init__(self, history: Sequence[Event]) -> None:
        self.history = list(history)

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None) -> SearchDisplay:
        """Draw the search of a fitted estimator.

        Parameters
        ----------
        {estimator}
        {ax}

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
            Where to draw the scores by cross-fitting, and nothing else; None makes a figure.

        Returns
        -------
        display : SearchDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If no program of the history was scored by cross-fitting.
        """
        plt = import_pyplot(type(self).__name__)
        events = drawn_events(self.history)
        if not any(event["phase"] == "choose" for event in events):
            raise ValueError(
                "The history holds no score by cross-fitting, so there is nothing to draw. Give "
                "the whole search_history_ of a fitted estimator."
            )
        mixtures = None
        if ax is None:
            n_panels = 1 + any(event["phase"] in _MIXTURES for event in events)
            size = (9.0, 1.0 + 2.4 * n_panels)
            _, axes = plt.subplots(
                n_panels, sharex=True, squeeze=False, figsize=size, layout="constrained"
            )
            ax = axes[0, 0]
            if n_panels == 2:
                mixtures = axes[1, 0]
                _draw_mixtures(mixtures, events)
        _draw_programs(ax, events)
        _label_time(ax if mixtures is None else mixtures, events)
        self.ax_: Axes = ax
        self.mixtures_ax_: Axes | None = mixtures
        self.figure_: Figure = figure_of(ax)
        return self


def drawn_events(history: Sequence[Event]) -> list[Event]:
    """Give the steps to draw: those with a score, or with parts that have some."""
    return [event for event in history if event["phase"] in _MIXTURES or event["phase"] == "choose"]


def _draw_programs(ax: Axes, events: Sequence[Event]) -> None:
    """Draw the best program of each batch that was cross-fitted, and the best until then."""
    at = [i for i, event in enumerate(events) if event["phase"] == "choose"]
    scores = np.array([_finite(events[i].get("score")) for i in at])
    style: dict[str, Any] = {"color": _BEST, "linewidth": 1.4, "zorder": 2}
    style["label"] = "best until then"
    for end, members in _of_classes(events, at):
        best = np.fmax.accumulate([_finite(events[i].get("score")) for i in members])
        ax.step([*members, end], [*best, best[-1]], where="post", **style)
        # All are in the legend once.
        style.pop("label", None)
    ax.plot(at, scores, "o", color=_PROGRAM, label="best of a batch", zorder=3)
    _finish(ax, events, "Single programs", "score by cross-fitting")


def _of_classes(events: Sequence[Event], at: Sequence[int]) -> Iterator[tuple[float, list[int]]]:
    """Give the searches for one class after the other: where they end, and some of their steps.

    Scores of programs for different classes don't compare.
    """
    for _, found in groupby(range(len(events)), key=lambda i: events[i].get("class")):
        steps = list(found)
        members = [i for i in at if steps[0] <= i <= steps[-1]]
        if members:
            yield steps[-1] + 0.5, members


def _draw_mixtures(ax: Axes, events: Sequence[Event]) -> None:
    """Draw the scores of graphs, and of the parts that they are divided into."""
    parts = [
        (i, _finite(score))
        for i, event in enumerate(events)
        for score in event.get("part_scores", ())
    ]
    if parts:
        dots: dict[str, Any] = {"color": _PART, "markersize": 7, "alpha": 0.45, "zorder": 2}
        ax.plot(*zip(*parts, strict=True), ".", label="parts to choose from", **dots)
    for color, label in _LABELS.items():
        at = [i for i, event in enumerate(events) if _MIXTURES.get(event["phase"]) == color]
        if at:
            scores = _with_gaps([_finite(events[i].get("score")) for i in at], at)
            ax.plot(*scores, "o-", color=color, linewidth=1.0, markersize=5, label=label, zorder=3)
    _finish(ax, events, "Many programs at once", "score on the\nvalidation part")


def _with_gaps(scores: list[float], at: list[int]) -> tuple[list[float], list[float]]:
    """Places and scores, with a gap wherever something else happened in between."""
    places, values = [float(at[0])], [scores[0]]
    for (before, here), score in zip(pairwise(at), scores[1:], strict=True):
        if here > before + 1:
            places.append(float(before))
            values.append(float("nan"))
        places.append(float(here))
        values.append(score)
    return places, values


def _finish(ax: Axes, events: Sequence[Event], title: str, label: str) -> None:
    """Name axes, and tell searches apart where there are some."""
    begins = _begins(events)
    for name, begin in zip(_names([events[i] for i in begins]), begins, strict=True):
        if len(begins) > 1:
            ax.axvline(begin - 0.5, color=NOTE, linewidth=0.8)
            ax.annotate(
                name,
                (begin - 0.5, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(3, -9),
                textcoords="offset points",
                fontsize="x-small",
                color=NOTE,
                parse_math=False,
            )
    ax.set_title(title, loc="left", fontsize="small", weight="bold")
    ax.set_ylabel(label)
    ax.margins(y=0.12)
    _end_at_one(ax)
    ax.set_xlim(-0.5, len(events) - 0.5)
    ax.spines[["top", "right"]].set_visible(False)
    legend_above(ax)


def _end_at_one(ax: Axes) -> None:
    """Leave out what lies above 1, where all scores are shares."""
    least, most = ax.dataLim.intervaly
    low, high = ax.get_ylim()
    if least >= 0.0 and most <= 1.0 < high:
        ax.set_ylim(min(low, 0.9), min(high, 1.02))


def _begins(events: Sequence[Event]) -> NDArray[np.int64]:
    """Where each search begins."""
    searches = [event.get("restart", 0) for event in events]
    return np.unique(searches, return_index=True)[1]


def _names(firsts: Sequence[Event]) -> list[str]:
    """Name searches by their classes, by numbers, or by both where both tell them apart."""
    longest = max(_SHORTEST_NAME, _ALL_NAMES // len(firsts))
    classes = list(dict.fromkeys(event["class"] for event in firsts if "class" in event))
    if not classes:
        return [f"search {number}" for number in range(1, len(firsts) + 1)]
    names = dict(zip(classes, told_apart(classes, longest), strict=True))
    if len(classes) == len(firsts):
        return [names[event["class"]] for event in firsts]
    counts = {name: count(1) for name in classes}
    return [f"{names[event['class']]} {next(counts[event['class']])}" for event in firsts]


def _label_time(ax: Axes, events: Sequence[Event]) -> None:
    """Write the seconds that had passed at some of the steps."""
    n_ticks = min(len(events), 9)
    places = np.unique(np.linspace(0, len(events) - 1, n_ticks).round().astype(int))
    ax.set_xticks(places, [f"{events[i]['time']:.1f}" for i in places])
    ax.set_xlabel("time (s); each step of the search has the same width")


def _finite(score: float | None) -> float:
    """A score, or NaN where it is none or infinite."""
    value = float("nan") if score is None else float(score)
    return value if abs(value) < float("inf") else float("nan")
