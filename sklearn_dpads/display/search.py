"""A search drawn as scores over its course."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from ._matplotlib import import_pyplot
from ._search_columns import Event, columns
from ._search_panels import draw_counts, draw_scores, label_time

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
        self.figure_: Figure = ax.get_figure(root=True)
        return self
