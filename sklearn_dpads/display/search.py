"""A search drawn as scores over its course."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .pareto import figure_of, import_pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class SearchDisplay:
    """A search drawn as scores over its course.

    Every step of the search has a place of its own on the axis, whose ticks tell the time,
    and stands in the colour of its stage, which the legend explains. While the graph is
    relaxed and split, scores are taken on the validation part. The parts of a split are
    followed through the priority queue: a line goes from the split that made a part to the
    one that took it, and ends nowhere if none did. The step line is the best
    cross-fitted score of a program until then. Below, bars count what there was to choose
    from: candidates in the graph, parts in the queue, programs. Build one with
    :meth:`from_estimator`.

    Parameters
    ----------
    history : list of dict
        Events of the search, as `search_history_` of a fitted estimator holds them.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the scores.
    counts_ax_ : matplotlib Axes or None
        Axes with the bars; None where axes for the scores were given.
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
            Where to draw the scores, and nothing else; None makes a figure.

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
            Where to draw the scores, and nothing else; None makes a figure.

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
        drawn = columns(self.history)
        if not drawn:
            raise ValueError(
                "The history holds no event with a score, so there is nothing to draw."
            )
        counts = None
        if ax is None:
            _, (ax, counts) = plt.subplots(
                2, sharex=True, figsize=(11.5, 6.4), height_ratios=(3, 1), layout="constrained"
            )
            draw_counts(counts, drawn)
        draw_scores(ax, drawn)
        label_time(ax if counts is None else counts, drawn)
        self.ax_: Axes = ax
        self.counts_ax_: Axes | None = counts
        self.figure_: Figure = figure_of(ax)
        return self


Event = Mapping[str, Any]

_STAGES = {
    "train": "relaxed",
    "prune": "relaxed",
    "split": "splitting",
    "expand": "expanding",
    "choose": "programs",
    "refine": "programs",
    "census": "programs",
}
_SUMMARIES = ("refine", "census")


@dataclass(frozen=True)
class Column:
    """An event that is drawn; cross-fitting and the round it belongs to are one.

    Parameters
    ----------
    event : dict
        The event.
    stage : {"relaxed", "splitting", "expanding", "programs"}
        Stage of the search.
    best : float or None
        Best score among the programs that were cross-fitted.
    """

    event: Event
    stage: str
    best: float | None = None

    @property
    def phase(self) -> str:
        """Phase of the event."""
        return str(self.event["phase"])

    @property
    def restart(self) -> int:
        """Number of the search, from 0."""
        return int(self.event.get("restart", 0))

    @property
    def score(self) -> float:
        """Score of the event, NaN where there is none."""
        return finite(self.event.get("score"))


@dataclass(frozen=True)
class Stay:
    """How long a part of a split waited in the queue.

    Parameters
    ----------
    score : float
        Its score.
    entered, left : float
        Columns between which it waited.
    taken : bool
        Whether it was taken from the queue, or was still there in the end.
    """

    score: float
    entered: float
    left: float
    taken: bool


def columns(history: Sequence[Event]) -> list[Column]:
    """Give the events to draw, each in a column of its own."""
    found: list[Column] = []
    for event in history:
        phase, last = event["phase"], found[-1] if found else None
        if phase == "dequeue":
            expanding = last is not None and last.stage == "expanding"
            found.append(Column(event, "expanding" if expanding else "splitting"))
        elif phase == "choose":
            found.append(Column(event, "programs", finite(event["score"])))
        elif phase in _SUMMARIES and last is not None and last.phase == "choose":
            found[-1] = Column({**last.event, **event}, "programs", last.best)
        elif phase in _STAGES:
            found.append(Column(event, _STAGES[phase]))
    return found


def runs(drawn: Sequence[Column]) -> Iterator[tuple[int, str, int, int]]:
    """Number of the search, stage, first and last column of every stage."""
    places = groupby(range(len(drawn)), key=lambda i: (drawn[i].restart, drawn[i].stage))
    for (restart, stage), members in places:
        here = list(members)
        yield restart, stage, here[0], here[-1]


def stays(drawn: Sequence[Column]) -> list[Stay]:
    """Give the time in the queue of every part of every split."""
    found: list[Stay] = []
    for _, stage, first, last in runs(drawn):
        if stage != "splitting":
            continue
        queue: list[tuple[Any, float, int]] = []
        for i in range(first, last + 1):
            event = drawn[i].event
            taken = (event.get("priority"), finite(event.get("score")))
            match = next((part for part in queue if part[:2] == taken), None)
            if match is not None:
                queue.remove(match)
                found.append(Stay(match[1], match[2], i, taken=True))
            scores = event.get("part_scores", ())
            priorities = event.get("part_priorities", [None] * len(scores))
            queue += [(p, finite(s), i) for p, s in zip(priorities, scores, strict=True)]
        found += [Stay(score, i, last + 0.5, taken=False) for _, score, i in queue]
    return found


def finite(score: float | None) -> float:
    """A score, or NaN where it is none or infinite."""
    value = float("nan") if score is None else float(score)
    return value if abs(value) < float("inf") else float("nan")


_NOTE = "#6b6b6b"
_BEST = "#1f1f1f"
_MOST_NUMBERS = 40
_FILLS = {
    "relaxed": "#eef4fa",
    "splitting": "#fdf3e8",
    "expanding": "#fdf3e8",
    "programs": "#eff6ee",
}
_STAGE_STYLES = {
    "relaxed": "Relaxed graph: all programs at once,\nmixed by architecture weights",
    "splitting": "Splits: parts of the graph wait in a queue,\nthe best is taken and split further",
    "expanding": "Expansions: partial programs wait in a\nqueue, the best is taken and extended",
    "programs": "Programs: single ones, scored by\ncross-fitting",
}
_SHORT_NAMES = {
    "relaxed": "relaxed graph",
    "splitting": "splits",
    "expanding": "expansions",
    "programs": "programs",
}
# Stage and phase: label, marker, colour.
_MARKS = {
    ("relaxed", "train"): ("graph trained", "o", "#3b75af"),
    ("relaxed", "prune"): ("pruned to the n best candidates\nof each place", "v", "#7aa6d1"),
    ("splitting", "split"): ("part taken and split", "s", "#c8742b"),
    ("splitting", "dequeue"): (
        "last part taken: a single program,\nunless the time was up",
        "D",
        "#8f4a12",
    ),
    ("expanding", "expand"): ("best whole program so far", "s", "#c8742b"),
    ("expanding", "dequeue"): ("a whole program is taken,\nthe end", "D", "#8f4a12"),
    ("programs", "refine"): ("the best were edited: the first after\nthe round", "^", "#3c8d40"),
    ("programs", "census"): ("batch of programs: the first so far", "^", "#3c8d40"),
}
_PART = "#e0a878"
# Stage and count: label, colour; drawn one before the other where there are two.
_COUNTS = {
    ("relaxed", "n_candidates"): ("candidates in the graph", "#7aa6d1"),
    ("splitting", "n_queued"): ("parts in the queue", "#d99a5f"),
    ("expanding", "n_queued"): ("partial programs in the queue", "#d99a5f"),
    ("programs", "n_neighbours"): ("edited programs tried", "#c3e0c4"),
    ("programs", "n_programs"): ("programs cross-fitted", "#6fae72"),
}


def draw_scores(ax: Axes, drawn: Sequence[Column]) -> None:
    """Draw the scores of all columns, and the legend that explains them."""
    entries: dict[str, list[Any]] = {stage: [] for stage in _STAGE_STYLES}
    _name_stages(ax, drawn)
    for (stage, phase), (label, marker, color) in _MARKS.items():
        at = [i for i, c in enumerate(drawn) if (c.stage, c.phase) == (stage, phase)]
        if at:
            scores = [drawn[i].score for i in at]
            style: dict[str, Any] = {"color": color, "markersize": 6, "zorder": 4}
            entries[stage] += ax.plot(at, scores, marker, label=label, **style)
    for stage, lines in _draw_parts(ax, drawn).items():
        entries[stage] += lines
    entries["programs"] += _draw_best(ax, drawn)
    _note_rounds(ax, drawn)
    ax.margins(y=0.12)
    ax.set_ylabel("score")
    _finish(ax, drawn)
    _explain(ax, drawn, entries)


def draw_counts(ax: Axes, drawn: Sequence[Column]) -> None:
    """Draw as bars how much there was to choose from."""
    written: set[tuple[int, int]] = set()
    for (stage, count), (label, color) in _COUNTS.items():
        at = [i for i, c in enumerate(drawn) if c.stage == stage and c.event.get(count)]
        if not at:
            continue
        values = [drawn[i].event[count] for i in at]
        ax.bar(at, values, width=0.8, color=color, label=label, zorder=2)
        if len(drawn) <= _MOST_NUMBERS:
            for place in set(zip(at, values, strict=True)) - written:
                _write_number(ax, *place)
                written.add(place)
    ax.set_yscale("log")
    _plain_decades(ax)
    ax.margins(y=0.25)
    ax.set_ylim(bottom=0.7)
    ax.set_ylabel("to choose from\n(log scale)")
    _finish(ax, drawn)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.05), frameon=False, fontsize="small")


def label_time(ax: Axes, drawn: Sequence[Column]) -> None:
    """Write the seconds that had passed at some of the columns."""
    n_ticks = min(len(drawn), 9)
    places = np.unique(np.linspace(0, len(drawn) - 1, n_ticks).round().astype(int))
    ax.set_xticks(places, [f"{drawn[i].event['time']:.1f}" for i in places])
    ax.set_xlabel("time (s); each step of the search has the same width")


def _finish(ax: Axes, drawn: Sequence[Column]) -> None:
    for _, stage, first, last in runs(drawn):
        ax.axvspan(first - 0.5, last + 0.5, color=_FILLS[stage], linewidth=0, zorder=0)
    ax.set_xlim(-0.5, len(drawn) - 0.5)
    ax.spines[["top", "right"]].set_visible(False)


def _name_stages(ax: Axes, drawn: Sequence[Column]) -> None:
    """Name the stages above the axes, or the searches where there are some."""
    n_restarts = len({column.restart for column in drawn})
    begun: set[int] = set()
    for restart, stage, first, last in runs(drawn):
        text, x, alignment = _SHORT_NAMES[stage], (first + last) / 2, "center"
        if n_restarts > 1:
            if restart in begun:
                continue
            begun.add(restart)
            text, x, alignment = f"search {restart + 1}", first - 0.5, "left"
            ax.axvline(x, color=_NOTE, linewidth=0.8)
        ax.annotate(
            text,
            (x, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0 if alignment == "center" else 2, 3),
            textcoords="offset points",
            ha=alignment,
            fontsize="small",
            color=_NOTE,
        )


def _draw_parts(ax: Axes, drawn: Sequence[Column]) -> dict[str, list[Any]]:
    """Draw the parts of splits and expansions, and their way through the queue."""
    entries: dict[str, list[Any]] = {"splitting": [], "expanding": []}
    waits = {taken: [s for s in stays(drawn) if s.taken == taken] for taken in (True, False)}
    style: dict[str, Any] = {"color": _PART, "linewidth": 1.0, "zorder": 2}
    for taken, dashes, label in (
        (True, "-", "waits in the queue until it is taken"),
        (False, ":", "is never taken, and so given up"),
    ):
        lines = [
            ax.plot((s.entered, s.left), (s.score, s.score), dashes, **style)[0]
            for s in waits[taken]
        ]
        if lines:
            lines[0].set_label(label)
            entries["splitting"].append(lines[0])
    for stage, label in (("splitting", "part of a split"), ("expanding", "extended program")):
        points = [
            (i, finite(score))
            for i, column in enumerate(drawn)
            if column.stage == stage
            for score in column.event.get("part_scores", ())
        ]
        if points:
            dots = ax.plot(*zip(*points, strict=True), ".", color=_PART, label=label, zorder=3)
            entries[stage] = [*dots, *entries[stage]]
    return entries


def _draw_best(ax: Axes, drawn: Sequence[Column]) -> list[Any]:
    """Step line of the best cross-fitted score, through all restarts."""
    at = [i for i, column in enumerate(drawn) if column.best is not None]
    if not at:
        return []
    best = np.fmax.accumulate(np.array([drawn[i].best for i in at], dtype=np.float64))
    return ax.step(
        [*at, len(drawn) - 0.5],
        [*best, best[-1]],
        where="post",
        color=_BEST,
        linewidth=1.4,
        label="best score of a program so far",
        zorder=2,
    )


def _note_rounds(ax: Axes, drawn: Sequence[Column]) -> None:
    """Write how many candidates pruning left, and where the graph was unfolded."""
    style: dict[str, Any] = {"textcoords": "offset points", "fontsize": "x-small", "color": _NOTE}
    for i, column in enumerate(drawn):
        if "n_top" in column.event:
            text = f"n={column.event['n_top']}"
            ax.annotate(text, (i, column.score), xytext=(0, -12), ha="center", **style)
        if column.phase == "train":
            ax.axvline(i - 0.5, color=_NOTE, linewidth=0.6, linestyle=":")
            depth = f",\ndepth {column.event['depth']}" if "depth" in column.event else ""
            ax.annotate(
                f"round {column.event['round']}{depth}",
                (i - 0.5, 0.0),
                xycoords=("data", "axes fraction"),
                xytext=(3, 3),
                **style,
            )


def _explain(ax: Axes, drawn: Sequence[Column], entries: dict[str, list[Any]]) -> None:
    """A legend with what happens in each stage, and what its marks mean."""
    from matplotlib.patches import Patch

    met = {column.stage for column in drawn}
    handles: list[Any] = []
    for stage, text in _STAGE_STYLES.items():
        if stage in met:
            handles.append(Patch(facecolor=_FILLS[stage], edgecolor=_NOTE, label=text))
            handles += entries[stage]
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.03),
        frameon=False,
        fontsize="small",
    )


def _plain_decades(ax: Axes) -> None:
    """Label 1, 10, 100 as they are, and nothing between."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.yaxis.set_major_locator(LogLocator(subs=(1.0,)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _write_number(ax: Axes, x: float, value: int) -> None:
    ax.annotate(
        str(value),
        (x, value),
        xytext=(0, 1),
        textcoords="offset points",
        ha="center",
        fontsize="x-small",
        color=_NOTE,
        zorder=3,
    )
