"""F1 against time, one panel per data set, as the paper draws it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from .summary import Group, Summary
from .systems import SYSTEMS

# Okabe and Ito's palette, told apart with any colour vision; shapes say the same again.
_COLOURS = ("#0072B2", "#D55E00", "#E69F00", "#009E73", "#999999", "#CC79A7", "#56B4E9")
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
# Hollow marks: of systems that found the same program in the same time, both show.
_MARK = {"markerfacecolor": "none", "markeredgewidth": 1.6, "markersize": 7}
_N_COLUMNS = 3


def draw(summary: Summary, path: str | Path) -> Figure:
    """Draw test F1 over the seconds of a fit, and save the picture.

    A small mark is a seed, a large one the mean of a system over its seeds, with the standard
    deviation of F1 as a bar. Time is on a logarithmic axis.

    Parameters
    ----------
    summary : Summary
        What to draw; at least one group.
    path : str or Path
        Where to save it; the ending says how.

    Returns
    -------
    figure : Figure
    """
    data_sets = summary.data_sets
    n_columns = min(_N_COLUMNS, len(data_sets))
    n_rows = math.ceil(len(data_sets) / n_columns)
    labels = list(dict.fromkeys(group.label for group in summary.groups))
    n_legend_columns = min(4, 2 * n_columns, len(labels))
    n_legend_rows = math.ceil(len(labels) / n_legend_columns)
    height = 2.9 * n_rows + 0.3 * n_legend_rows + 0.3
    figure = Figure(figsize=(3.6 * n_columns + 0.4, height), layout="constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    styles = _styles(labels)
    for axes, data_set in zip(panels, data_sets, strict=False):
        _draw_panel(axes, summary.of(data_set), styles)
        axes.set_title(data_set, fontsize="medium")
    for axes in panels[len(data_sets) :]:
        axes.set_axis_off()
    for axes in panels[::n_columns]:
        axes.set_ylabel("test F1")
    for axes in panels[: len(data_sets)][-n_columns:]:
        axes.set_xlabel("seconds of a fit")
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, label=label, **_MARK)
        for label, (colour, marker) in styles.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=n_legend_columns)
    # Labels tell the hyperparameters that differ, and may be longer than the figure is wide.
    figure.savefig(path, dpi=150, bbox_inches="tight")
    return figure


def _styles(labels: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker of every label; a system has the same in every picture."""
    own = {system.title: i for i, system in enumerate(SYSTEMS.values())}
    others = [label for label in labels if label not in own]
    places = {**own, **{label: len(own) + i for i, label in enumerate(others)}}
    n = len(_COLOURS)
    # A second round of colours has its markers shifted, so that pairs stay different.
    return {
        label: (_COLOURS[places[label] % n], _MARKERS[(places[label] + places[label] // n) % n])
        for label in labels
    }


def _draw_panel(axes: Axes, groups: Sequence[Group], styles: dict[str, tuple[str, str]]) -> None:
    for group in groups:
        colour, marker = styles[group.label]
        axes.scatter(
            group.values("fit_seconds"), group.values("f1"), s=12, color=colour, alpha=0.45, lw=0
        )
        axes.errorbar(
            [group.mean("fit_seconds")],
            [group.mean("f1")],
            yerr=[group.spread("f1") or 0.0],
            color=colour,
            marker=marker,
            elinewidth=1.2,
            **_MARK,
        )
    seconds = [value for group in groups for value in group.values("fit_seconds")]
    shortest, longest = min(seconds), max(seconds)
    axes.set_xscale("log")
    # However narrow the panel, one of 1, 2 and 5 times a power of ten lies within.
    axes.set_xlim(shortest / 1.6, longest * 1.6)
    subs = (1, 2, 5) if longest < 100 * shortest else (1,)
    axes.xaxis.set_major_locator(LogLocator(subs=subs))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(y=0.12)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
