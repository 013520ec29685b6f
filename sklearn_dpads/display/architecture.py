"""Architecture weights drawn over the course of a search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..graph import NEURAL
from .pareto import import_pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_COLORS = "Blues"
_NOTE = "#6b6b6b"
_ABSENT = "#f1f1ee"
_DARK = 0.6
_ROW, _HEADING, _STEP_NAMES, _TITLE = 0.24, 0.45, 1.2, 0.7
_WIDTH = 11.5


class ArchitectureDisplay:
    """Architecture weights over the course of a search, a panel for each place.

    A place is where a production is to be chosen: the program itself, or an argument of a
    production. Its panel has a row for each candidate and a column for each step of
    training and pruning; a cell tells the share of the candidate in the mixture that
    stands there after the step. A cross marks where a candidate was pruned. Shown are the
    places with the largest share of the whole in the end, those near the root first.
    Build one with :meth:`from_estimator`.

    Parameters
    ----------
    history : list of dict
        Events of the search, as `search_history_` of a fitted estimator holds them.
    restart : int, default=0
        Which search, where there were some.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One for each place.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    Raises
    ------
    ValueError
        If the history holds no architecture weights of the search.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn_dpads.display import ArchitectureDisplay
    >>> history = [
    ...     {"phase": "train", "round": 1, "weights": {"root": {"Fold": 0.7, "ITE": 0.3}}},
    ...     {"phase": "prune", "round": 1, "n_top": 1, "weights": {"root": {"Fold": 1.0}}},
    ... ]
    >>> display = ArchitectureDisplay(history).plot()
    >>> [label.get_text() for label in display.axes_[0].get_yticklabels()]
    ['Fold', 'ITE']
    """

    def __init__(self, history: Sequence[Event], restart: int = 0) -> None:
        self.history = list(history)
        self.restart = restart
        self._events = [
            event
            for event in self.history
            if event.get("restart", 0) == restart and event.get("weights")
        ]
        if not self._events:
            raise ValueError(
                f"The history holds no architecture weights of search {restart}. They are those of "
                "DPadsClassifier and DPadsFrameClassifier; searches are counted from 0."
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        restart: int = 0,
        max_edges: int = 6,
        max_candidates: int = 8,
        axes: Sequence[Axes] | None = None,
    ) -> ArchitectureDisplay:
        """Draw the architecture weights of a fitted estimator.

        Parameters
        ----------
        estimator : DPadsClassifier or DPadsFrameClassifier
            The fitted estimator.
        restart : int, default=0
            Which search, where `n_restarts` is more than one.
        max_edges : int, default=6
            Most places to draw.
        max_candidates : int, default=8
            Most candidates of each: those that stayed longest.
        axes : sequence of matplotlib Axes or None, default=None
            Where to draw, as many as there are places; None makes a figure.

        Returns
        -------
        display : ArchitectureDisplay
        """
        check_is_fitted(estimator, "search_history_")
        display = cls(estimator.search_history_, restart)
        return display.plot(axes, max_edges=max_edges, max_candidates=max_candidates)

    def plot(
        self,
        axes: Sequence[Axes] | None = None,
        *,
        max_edges: int = 6,
        max_candidates: int = 8,
    ) -> ArchitectureDisplay:
        """Draw the weights.

        Parameters
        ----------
        axes : sequence of matplotlib Axes or None, default=None
            Where to draw, as many as there are places; None makes a figure.
        max_edges : int, default=6
            Most places to draw.
        max_candidates : int, default=8
            Most candidates of each: those that stayed longest.

        Returns
        -------
        display : ArchitectureDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `max_edges` or `max_candidates` is no positive integer, if there are more or
            fewer `axes` than places, or if no place ever had two candidates.
        """
        for name, value in {"max_edges": max_edges, "max_candidates": max_candidates}.items():
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name} must be a positive integer; got {value!r}.")
        plt = import_pyplot(type(self).__name__)
        edges = edge_histories(self._events, max_edges=max_edges, max_candidates=max_candidates)
        if not edges:
            raise ValueError("No place ever had two candidates, so there is nothing to draw.")
        if axes is None:
            figure, panels = _make_figure(plt, edges)
        else:
            panels = np.asarray(axes, dtype=object).ravel()
            if len(panels) != len(edges):
                raise ValueError(f"{len(edges)} axes are needed, one per place; got {len(panels)}.")
            figure = panels[0].get_figure(root=True)
        for ax, edge in zip(panels, edges, strict=True):
            image = _draw_edge(ax, edge, step_names(self._events))
        if axes is None:
            figure.colorbar(
                image,
                ax=list(panels),
                label="architecture weight: share in the mixture",
                shrink=min(1.0, 3.0 / figure.get_figheight()),
                aspect=25,
                pad=0.01,
            )
        self.axes_ = panels
        self.figure_: Figure = figure
        return self


def _make_figure(plt: Any, edges: list[EdgeHistory]) -> tuple[Figure, Any]:
    """A figure with two panels in a row, each as high as its row needs."""
    n_columns = min(2, len(edges))
    rows = [edges[i : i + n_columns] for i in range(0, len(edges), n_columns)]
    heights = [_HEADING + _ROW * max(_n_rows(edge) for edge in row) for row in rows]
    figure, grid = plt.subplots(
        len(rows),
        n_columns,
        squeeze=False,
        figsize=(_WIDTH * (0.35 + 0.325 * n_columns), sum(heights) + _STEP_NAMES + _TITLE),
        height_ratios=heights,
        layout="constrained",
    )
    figure.suptitle(
        "What may stand at each place of the program, and the weight that the search gave it; "
        "× is where it was pruned",
        x=0.01,
        ha="left",
        fontsize="medium",
    )
    for ax in grid.ravel()[len(edges) :]:
        ax.remove()
    panels = grid.ravel()[: len(edges)]
    for i, ax in enumerate(panels):
        ax.tick_params(labelbottom=i + n_columns >= len(edges))
    return figure, panels


def _n_rows(edge: EdgeHistory) -> int:
    return len(edge.candidates) + (edge.n_left_out > 0)


def _draw_edge(ax: Axes, edge: EdgeHistory, steps: list[str]) -> Any:
    """Draw the weights of one place as cells."""
    image = ax.pcolormesh(
        np.arange(len(steps) + 1) - 0.5,
        np.arange(len(edge.candidates) + 1) - 0.5,
        np.ma.masked_invalid(edge.weights),
        cmap=_COLORS,
        vmin=0.0,
        vmax=1.0,
        edgecolors="white",
        linewidth=1.0,
    )
    ax.set_facecolor(_ABSENT)
    ax.set_ylim(_n_rows(edge) - 0.5, -0.5)
    for row, of_candidate in enumerate(edge.weights):
        _write_weights(ax, row, of_candidate)
    _note_network(ax, edge)
    labels = list(edge.candidates)
    if edge.n_left_out:
        labels.append(f"… and {edge.n_left_out} more, pruned")
    ax.set_yticks(range(len(labels)), labels, fontsize="small")
    ax.set_xticks(range(len(steps)), steps, rotation=40, ha="right", fontsize="small")
    ax.tick_params(length=0)
    ax.set_title(edge.title, loc="left", fontsize="small", weight="bold", pad=4, parse_math=False)
    ax.spines[:].set_visible(False)
    return image


def _write_weights(ax: Axes, row: int, weights: Any) -> None:
    """Write the weights into their cells, and a cross where they end."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": "x-small"}
    for step, weight in enumerate(weights):
        if np.isfinite(weight):
            color = "white" if weight > _DARK else "#303030"
            ax.text(step, row, f"{weight:.2f}", color=color, **style)
        elif step and np.isfinite(weights[step - 1]):
            ax.text(step, row, "×", color=_NOTE, **style)


def _note_network(ax: Axes, edge: EdgeHistory) -> None:
    """Say what stood in a place before it was unfolded."""
    n_before = int(np.argmax(edge.unfolded))
    if n_before:
        ax.text(
            n_before / 2 - 0.5,
            len(edge.candidates) / 2 - 0.5,
            "not unfolded yet:\na network stands here",
            ha="center",
            va="center",
            fontsize="x-small",
            color=_NOTE,
        )


Event = Mapping[str, Any]
EdgeWeights = Mapping[str, Mapping[str, float]]

_ROOT = "root"
_EDGE = re.compile(
    r"/(?P<path>\S*) (?P<signature>\S+) width=\d+ acc=(?P<accumulator>\d+) "
    r"(?P<label>.+)\[(?P<argument>\d+)\]"
)
_BRANCHES = ("condition", "then-branch", "else-branch")
_ORDINALS = ("1st", "2nd", "3rd")


@dataclass(frozen=True)
class EdgeHistory:
    """The candidates of a place, and their weights after each step.

    Parameters
    ----------
    title : str
        Where the place is.
    candidates : list of str
        Labels of the candidates, the heaviest in the end first.
    weights : ndarray of shape (n_candidates, n_steps)
        EdgeWeights, NaN where a candidate is not there.
    unfolded : ndarray of shape (n_steps,), bool
        Whether the place had candidates at all, rather than a network in their stead.
    n_left_out : int
        How many further candidates there were.
    """

    title: str
    candidates: list[str]
    weights: NDArray[np.float64]
    unfolded: NDArray[np.bool_]
    n_left_out: int


@dataclass(frozen=True)
class ArgumentPlace:
    """Where an edge leaves from, read off its text; None for the edge to the root.

    Parameters
    ----------
    path : tuple of str
        Steps from the root to the node of the candidate that the edge belongs to.
    label : str
        Label of that candidate.
    argument : int
        Index of its argument.
    inside_fold : bool
        Whether the node sees the accumulator of a ``Fold``.
    """

    path: tuple[str, ...]
    label: str
    argument: int
    inside_fold: bool

    @classmethod
    def parse(cls, text: str) -> ArgumentPlace | None:
        """Read the text of an edge."""
        match = _EDGE.fullmatch(text)
        if match is None:
            return None
        path = tuple(match["path"].split(".")) if match["path"] else ()
        inside = match["accumulator"] != "0"
        return cls(path, match["label"], int(match["argument"]), inside)

    def targets(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Path of the node that the edge leads to, with node sharing and without."""
        step = str(self.argument)
        return (*self.path, step), (*self.path, f"{self.label}:{step}")


def step_names(events: Sequence[Event]) -> list[str]:
    """Names of the steps, from training and pruning."""
    return [
        f"round {event['round']}: trained"
        if event["phase"] == "train"
        else f"pruned to {event['n_top']}"
        for event in events
    ]


def edge_histories(
    events: Sequence[Event], *, max_edges: int, max_candidates: int
) -> list[EdgeHistory]:
    """Give the places that matter most in the end, those near the root first.

    Parameters
    ----------
    events : sequence of dict
        Events of one search that hold ``weights``, at least one.
    max_edges, max_candidates : int
        Most places, and most candidates of each.
    """
    last: EdgeWeights = events[-1]["weights"]
    open_edges = [
        edge for edge in last if any(len(event["weights"].get(edge, ())) > 1 for event in events)
    ]
    shares = _shares(last)
    likely = sorted(open_edges, key=lambda edge: -shares[edge])[:max_edges]
    titles = _titles(last)
    return [
        _history(edge, titles[edge], events, max_candidates)
        for edge in open_edges
        if edge in likely
    ]


def _history(edge: str, title: str, events: Sequence[Event], max_candidates: int) -> EdgeHistory:
    of_steps = [event["weights"].get(edge, {}) for event in events]
    of_steps = [{} if NEURAL in of_step else of_step for of_step in of_steps]
    labels = list(dict.fromkeys(label for of_step in of_steps for label in of_step))
    weights = np.array([[of.get(label, np.nan) for of in of_steps] for label in labels])
    # Those that stayed longest come first, and of these the heaviest.
    lasted = [int(np.flatnonzero(np.isfinite(row))[-1]) for row in weights]
    order = sorted(range(len(labels)), key=lambda i: (-lasted[i], -weights[i, lasted[i]]))
    kept = order[:max_candidates]
    return EdgeHistory(
        title,
        [labels[i] for i in kept],
        weights[kept],
        np.array([bool(of_step) for of_step in of_steps]),
        len(labels) - len(kept),
    )


def _shares(weights: EdgeWeights) -> dict[str, float]:
    """What share of the whole each edge has: the product of the weights on the way to it."""
    shares: dict[str, float] = {}
    by_target: dict[tuple[tuple[str, ...], str], float] = {}
    for edge, of_edge in weights.items():
        place = ArgumentPlace.parse(edge)
        targets: tuple[tuple[str, ...], ...]
        if place is None:
            share, targets = 1.0, ((),)
        else:
            share, targets = by_target.get((place.path, place.label), 0.0), place.targets()
        shares[edge] = share
        for target in targets:
            for label, weight in of_edge.items():
                key = (target, label)
                by_target[key] = max(by_target.get(key, 0.0), share * weight)
    return shares


def _titles(weights: EdgeWeights) -> dict[str, str]:
    """Where the edges are, in words; the path is told where words are not enough."""
    places = {edge: ArgumentPlace.parse(edge) for edge in weights}
    n_arguments = Counter(
        (place.path, place.label, edge.rpartition("[")[0])
        for edge, place in places.items()
        if place is not None
    )
    titles = {}
    for edge, place in places.items():
        if place is None:
            titles[edge] = "level 1: the program itself"
            continue
        several = n_arguments[place.path, place.label, edge.rpartition("[")[0]] > 1
        inside = ", inside Fold" if place.inside_fold else ""
        level = len(place.path) + 2
        titles[edge] = f"level {level}: {_argument(place, several)} of {place.label}{inside}"
    counts = Counter(titles.values())
    for edge, place in places.items():
        if place is not None and counts[titles[edge]] > 1:
            titles[edge] += f" at {'.'.join(place.path)}"
    return titles


def _argument(place: ArgumentPlace, several: bool) -> str:
    if place.label == "ITE":
        return _BRANCHES[place.argument]
    if not several:
        return "argument"
    return f"{_ORDINALS[place.argument]} argument"
