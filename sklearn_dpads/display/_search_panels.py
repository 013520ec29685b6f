"""The panels of a drawn search: scores, and how much there was to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._search_columns import (
    Column,
    finite,
    runs,
    stays,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOTE = "#6b6b6b"
_BEST = "#1f1f1f"
_MOST_NUMBERS = 40
_FILLS = {
    "relaxed": "#eef4fa",
    "splitting": "#fdf3e8",
    "expanding": "#fdf3e8",
    "programs": "#eff6ee",
}
_STAGES = {
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
    entries: dict[str, list[Any]] = {stage: [] for stage in _STAGES}
    _name_stages(ax, drawn)
    for (stage, phase), (label, marker, color) in _MARKS.items():
        at = [i for i, c in enumerate(drawn) if (c.stage, c.phase) == (stage, phase)]
        if at:
            scores = [drawn[i].score for i in at]
            style = {"color": color, "markersize": 6, "zorder": 4}
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
    style = {"color": _PART, "linewidth": 1.0, "zorder": 2}
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
    best = np.fmax.accumulate([drawn[i].best for i in at])
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
    style = {"textcoords": "offset points", "fontsize": "x-small", "color": _NOTE}
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
    for stage, text in _STAGES.items():
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
