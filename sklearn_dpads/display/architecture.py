"""Architecture weights drawn over the course of a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .drawing import LINE, NOTE, import_pyplot
from .names import told_apart
from .parameter_docs import documented
from .places import EdgeHistory, Event, edge_histories, step_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_COLORS = "Blues"
_ABSENT = "#f1f1ee"
_DARK = 0.6
_ROW, _HEADING, _STEP_NAMES, _TITLE = 0.24, 0.45, 1.2, 0.7
_WIDTH, _LINE = 11.5, 0.2
_LONGEST_NAME, _LONGEST_CLASS = 40, 60


@documented
class ArchitectureDisplay:
    """Architecture weights over the course of a search, a panel for each place.

    A place is where a production is to be chosen: the program itself, or an argument of a
    production. Its panel has a row for each candidate and a column for each step of
    training and pruning; a cell tells the share of the candidate in the mixture that
    stands there after the step. A row ends where its candidate was pruned. Shown are the
    places with the largest share of the whole in the end, those near the root first; the
    title says how many are left out.
    Build one with :meth:`from_estimator`.

    Parameters
    ----------
    history : list of dict
        Events of the search, as `search_history_` of a fitted estimator holds them.
    restart : int, default=0
        Which search, where there are several: with ``decomposition="ovr"`` those of the first class
        come first.
    of_class : label or None, default=None
        The class whose searches `restart` counts, where each class has its own; None counts all.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One for each place.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    Raises
    ------
    ValueError
        If the history holds no architecture weights of the search, or no search is for the class.

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

    def __init__(
        self, history: Sequence[Event], restart: int = 0, of_class: Any | None = None
    ) -> None:
        self.history = list(history)
        self.restart, self.of_class = restart, of_class
        number = restart if of_class is None else _number(self.history, restart, of_class)
        self._events = [
            event
            for event in self.history
            if event.get("restart", 0) == number and event.get("weights")
        ]
        if not self._events:
            whose = "" if of_class is None else f" of class {of_class!r}"
            raise ValueError(
                f"The history holds no architecture weights of search {restart}{whose}. They are "
                "those of DPadsClassifier and DPadsFrameClassifier; searches are counted from 0."
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        restart: int = 0,
        of_class: Any | None = None,
        max_edges: int = 6,
        max_candidates: int = 8,
        axes: Sequence[Axes] | None = None,
    ) -> ArchitectureDisplay:
        """Draw the architecture weights of a fitted estimator.

        Parameters
        ----------
        estimator : DPadsClassifier or DPadsFrameClassifier
            The fitted estimator.
        {restart}
        {of_class}
        {max_edges}
        {max_candidates}
        {axes}

        Returns
        -------
        display : ArchitectureDisplay
        """
        check_is_fitted(estimator, "search_history_")
        display = cls(estimator.search_history_, restart, of_class)
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
        edges, n_places = edge_histories(
            self._events, max_edges=max_edges, max_candidates=max_candidates
        )
        if not edges:
            raise ValueError("No place ever had two candidates, so there is nothing to draw.")
        if axes is None:
            heading = _heading(self._events[0], len(edges), n_places)
            figure, panels = _make_figure(plt, edges, heading)
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


def _number(history: Sequence[Event], restart: int, of_class: Any) -> int:
    """Give the number of a search among all, of which some are for a class."""
    numbers: dict[Any, dict[int, None]] = {}
    for event in history:
        if "class" in event:
            numbers.setdefault(event["class"], {})[event.get("restart", 0)] = None
    if not numbers:
        raise ValueError(
            f"of_class={of_class!r} is not allowed: each search was for all classes at once. Give "
            "restart alone."
        )
    if of_class not in numbers:
        raise ValueError(f"of_class={of_class!r} is not allowed; searches are for {[*numbers]}.")
    found = list(numbers[of_class])
    return found[restart] if 0 <= restart < len(found) else -1


def _make_figure(plt: Any, edges: list[EdgeHistory], heading: str) -> tuple[Figure, Any]:
    """A figure with two panels in a row, each as high as its row needs."""
    n_columns = min(2, len(edges))
    rows = [edges[i : i + n_columns] for i in range(0, len(edges), n_columns)]
    around = _STEP_NAMES + _TITLE + _LINE * heading.count("\n")
    heights = [_HEADING + _ROW * max(_n_rows(edge) for edge in row) for row in rows]
    figure, grid = plt.subplots(
        len(rows),
        n_columns,
        squeeze=False,
        figsize=(_WIDTH * (0.35 + 0.325 * n_columns), sum(heights) + around),
        height_ratios=heights,
        layout="constrained",
    )
    figure.suptitle(heading, x=0.01, ha="left", fontsize="medium", parse_math=False)
    for ax in grid.ravel()[len(edges) :]:
        ax.remove()
    panels = grid.ravel()[: len(edges)]
    for i, ax in enumerate(panels):
        ax.tick_params(labelbottom=i + n_columns >= len(edges))
    return figure, panels


def _heading(event: Event, n_drawn: int, n_places: int) -> str:
    """Say what is drawn, and how much is not."""
    what = "What may stand at a place of the program, and the weight that the search gave it"
    if "class" in event:
        (name,) = told_apart([event["class"]], _LONGEST_CLASS)
        what = f"{name} against the other classes\n{what}"
    if n_drawn == n_places:
        return what
    return f"{what}; {n_drawn} of {n_places} places, max_edges={n_places} draws all"


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
    labels = told_apart(edge.candidates, _LONGEST_NAME)
    if edge.n_left_out:
        labels.append(f"… and {edge.n_left_out} more, pruned")
    ax.set_yticks(range(len(labels)), labels, fontsize="small", parse_math=False)
    ax.set_xticks(range(len(steps)), steps, rotation=40, ha="right", fontsize="small")
    ax.tick_params(length=0)
    ax.set_title(edge.title, loc="left", fontsize="small", weight="bold", pad=4, parse_math=False)
    ax.spines[:].set_visible(False)
    return image


def _write_weights(ax: Axes, row: int, weights: Any) -> None:
    """Write the weights into their cells."""
    for step, weight in enumerate(weights):
        if np.isfinite(weight):
            color = "white" if weight > _DARK else LINE
            style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": "x-small"}
            ax.text(step, row, f"{weight:.2f}", color=color, **style)


def _note_network(ax: Axes, edge: EdgeHistory) -> None:
    """Say what stood in a place before it was unfolded."""
    n_before = int(np.argmax(edge.unfolded))
    if n_before:
        place = (n_before / 2 - 0.5, len(edge.candidates) / 2 - 0.5)
        text = "not unfolded yet:\na network stands here"
        ax.text(*place, text, ha="center", va="center", fontsize="x-small", color=NOTE)
