"""What a model loses without features, drawn as bars, or over time as a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..program.numbers import format_number
from .drawing import LINE, NOTE, figure_of, import_pyplot, text_width
from .names import told_apart
from .parameter_docs import documented

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..inspection import PermutationImportance

Array = NDArray[np.float64]
_LOST, _NOTHING = "#3b75af", "#b9b9b4"
_LONGEST_NAME = 34
# Points of the letters of names, of notes and of numbers in cells.
_SMALL, _IN_CELLS = 8.33, 7.5
# Inches of a row, and of what stands above and below all of them.
_ROW, _AROUND, _BARS = 0.23, 1.15, 3.4
# Inches of a cell that holds a number, and of one that has a colour alone; beyond so many spans.
_WIDE_CELL, _NARROW_CELL, _MOST_WIDE = 0.52, 0.2, 12
# The share of the largest loss from which letters in a cell are white.
_DARK = 0.6
_WHERE = "frames where values are exchanged"


@documented
class PermutationImportanceDisplay:
    """What a model loses of its score where features are exchanged between sequences.

    A row is a feature, or a group of them, those first without which most is lost. Without spans a
    bar is the mean of the repeats, and its whisker reaches a standard deviation to both sides. With
    spans there is a cell for each, darker where more is lost, so that a row tells when a
    feature is needed. What is no more than its standard deviation is grey. Build one with
    :meth:`from_estimator` or :meth:`from_importance`.

    Parameters
    ----------
    importance : PermutationImportance
        What :func:`~sklearn_dpads.inspection.permutation_importance` gives.

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
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import SummaryClassifier
    >>> from sklearn_dpads.display import PermutationImportanceDisplay
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 12, 2))
    >>> X[y == "walk", :6, 1] += 3.0
    >>> clf = SummaryClassifier().fit(X, y)
    >>> display = PermutationImportanceDisplay.from_estimator(clf, X, y, random_state=0)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['x1', 'x0']
    """

    def __init__(self, importance: PermutationImportance) -> None:
        self.importance = importance

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        *,
        spans: int | Sequence[Any] | None = None,
        scoring: str | Callable[[Any, Any, Any], float] | None = None,
        max_names: int = 20,
        ax: Axes | None = None,
        **parameters: Any,
    ) -> PermutationImportanceDisplay:
        """Find out what a fitted model loses, and draw it.

        Parameters
        ----------
        estimator : estimator
            The fitted model.
        X, y : array-like
            Sequences and their labels; best those that it was not fitted to.
        spans : int, list or None, default=None
            Where values are exchanged: a number of equal parts, each by itself, or a list of spans.
            None exchanges all frames.
        scoring : str, callable or None, default=None
            The score; None takes the estimator's.
        {max_names}
        {ax}
        **parameters
            Others of :func:`~sklearn_dpads.inspection.permutation_importance`.

        Returns
        -------
        display : PermutationImportanceDisplay
        """
        from ..inspection import permutation_importance

        found = permutation_importance(estimator, X, y, spans=spans, scoring=scoring, **parameters)
        return cls(found).plot(ax, max_names=max_names)

    @classmethod
    def from_importance(
        cls, importance: PermutationImportance, *, max_names: int = 20, ax: Axes | None = None
    ) -> PermutationImportanceDisplay:
        """Draw what is known already.

        Parameters
        ----------
        {importance}
        {max_names}
        {ax}

        Returns
        -------
        display : PermutationImportanceDisplay
        """
        return cls(importance).plot(ax, max_names=max_names)

    def plot(self, ax: Axes | None = None, *, max_names: int = 20) -> PermutationImportanceDisplay:
        """Draw bars, or a map where there are spans.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        max_names : int, default=20
            Most features or groups to draw, those without which most is lost.

        Returns
        -------
        display : PermutationImportanceDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `max_names` is no positive integer.
        """
        plt = import_pyplot(type(self).__name__)
        if isinstance(max_names, bool) or not isinstance(max_names, int) or max_names < 1:
            raise ValueError(f"max_names must be a positive integer; got {max_names!r}.")
        found = self.importance
        over_time = found.importances.ndim == 3
        means, deviations = found.importances_mean, found.importances_std
        order = np.argsort(-(means.max(axis=1) if over_time else means), kind="stable")[:max_names]
        written = told_apart(found.names, _LONGEST_NAME)
        names = [written[i] for i in order]
        if ax is None:
            width = self._width(names)
            size = (width, _AROUND + _ROW * len(names))
            _, ax = plt.subplots(figsize=size, layout="constrained")
        if over_time:
            self._draw_map(ax, means[order], deviations[order])
        else:
            self._draw_bars(ax, means[order], deviations[order])
        ax.set_yticks(range(len(names)), names, parse_math=False)
        ax.tick_params(labelsize="small")
        ax.tick_params(axis="y", length=0)
        ax.set_title(self._title(len(names)), loc="left", fontsize="small", color=NOTE)
        self.ax_: Axes = ax
        self.figure_: Figure = figure_of(ax)
        return self

    def _width(self, names: Sequence[str]) -> float:
        """Inches of a figure whose title has room, too."""
        n_spans = len(self.importance.spans)
        cells = n_spans * (_WIDE_CELL if n_spans <= _MOST_WIDE else _NARROW_CELL)
        inside = cells if self.importance.importances.ndim == 3 else _BARS
        labels = max(text_width(name, size=_SMALL) for name in names) / 72
        # What stands above and below begins where the names of rows end.
        lines = [*self._title(len(names)).splitlines(), _WHERE]
        widest = max(text_width(line, size=_SMALL) for line in lines)
        return labels + max(inside, widest / 72) + 0.3

    def _title(self, n_drawn: int) -> str:
        found = self.importance
        n_repeats, left_out = found.importances.shape[-1], len(found.names) - n_drawn
        score = f"score as it is: {format_number(found.score, 3)}"
        if found.importances.ndim == 3:
            score += f"; cells: lost, {_largest(found.importances_mean):.2f} at most"
        grey = "grey: no more than its deviation" if n_repeats > 1 else "one exchange"
        return f"{score}\n{grey}" + f"; {left_out} left out" * (left_out > 0)

    def _draw_bars(self, ax: Axes, means: Array, deviations: Array) -> None:
        rows = np.arange(len(means))
        colors = [_LOST if sure else _NOTHING for sure in means > deviations]
        ax.barh(rows, means, color=colors, height=0.7, zorder=2)
        if self.importance.importances.shape[-1] > 1:
            style: dict[str, Any] = {"color": LINE, "linewidth": 1.0, "zorder": 3}
            ax.hlines(rows, means - deviations, means + deviations, **style)
        ax.axvline(0, color=NOTE, linewidth=0.8, zorder=1)
        ax.set_ylim(len(means) - 0.4, -0.6)
        ax.xaxis.set_major_formatter(lambda x, _: format_number(round(x, 12), 3))
        ax.xaxis.get_major_locator().set_params(nbins=5)  # type: ignore[call-arg]
        ax.set_xlabel("score lost", fontsize="small")
        ax.spines[["top", "right", "left"]].set_visible(False)

    def _draw_map(self, ax: Axes, means: Array, deviations: Array) -> None:
        largest = _largest(means)
        sure = np.ma.masked_where(means <= deviations, means)
        edges = [np.arange(n + 1) - 0.5 for n in means.shape[::-1]]
        style: dict[str, Any] = {"edgecolors": "white", "linewidth": 1.0}
        ax.set_facecolor("#f1f1ee")
        ax.pcolormesh(*edges, sure, cmap="Blues", vmin=0.0, vmax=largest or 1.0, **style)
        spans = self.importance.spans
        if len(spans) <= _MOST_WIDE:
            self._write_numbers(ax, means, sure, largest)
        step = -(-len(spans) // _MOST_WIDE)
        ax.set_xticks(range(0, len(spans), step), [_frames(s) for s in spans[::step]])
        ax.tick_params(axis="x", length=0)
        ax.set_xlabel(_WHERE, fontsize="small")
        ax.set_ylim(len(means) - 0.5, -0.5)
        ax.spines[:].set_visible(False)

    def _write_numbers(
        self, ax: Axes, means: Array, sure: np.ma.MaskedArray[Any, Any], largest: float
    ) -> None:
        for (row, column), mean in np.ndenumerate(means):
            is_grey = bool(np.ma.getmaskarray(sure)[row, column])
            dark = not is_grey and mean > _DARK * largest
            color = NOTE if is_grey else "white" if dark else LINE
            text = f"{mean:.2f}".replace("-0.00", "0.00")
            style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": _IN_CELLS}
            ax.text(column, row, text, color=color, **style)


def _largest(means: Array) -> float:
    return max(float(means.max()), 0.0)


def _frames(span: str) -> str:
    """Name a span below its cells: a part, or the number of the last frames."""
    return span if "/" in span or span == "all" else f"last {span}"
