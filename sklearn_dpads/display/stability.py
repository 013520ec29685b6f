"""What of a program is stable, drawn as bars of shares and as intervals of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..program.numbers import format_number
from ..program.text import shortened_inside
from .drawing import NOTE, figure_of, import_pyplot
from .names import told_apart
from .parameter_docs import documented

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..inspection import Stability

_CHOSEN, _OTHER = "#3b75af", "#b9b9b4"
_NEAR, _OPEN = "#c8742b", "#b9b9b4"
_KINDS = ("group", "statistic", "span")
_LONGEST_NAME = 44
# Inches of a row, and of what stands above and below.
_ROW, _AROUND, _WIDTH = 0.23, 1.15, 5.6


@documented
class StabilityDisplay:
    """What of a program is stable: what it is made of, and its numbers.

    On the left, bars say in what share of the bootstraps the program found holds a group, a
    statistic or a span; blue is what the fitted classifier's program holds, too. Orange ticks are
    the shares among its programs within two standard errors of the best, and the line marks what
    counts as stable. On the right are numbers for each standard deviation of what is read, the
    largest, with their intervals; those that hold 0 are grey. Build one with
    :meth:`from_estimator` or :meth:`from_stability`.

    Parameters
    ----------
    stability : Stability
        What :func:`~sklearn_dpads.inspection.stability` gives.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        Axes of the shares and of the numbers, those that were drawn.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn_dpads import ProgramClassifier
    >>> from sklearn_dpads.display import StabilityDisplay
    >>> from sklearn_dpads.search import SumsOfReaders
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 8, 2))
    >>> X[y == "walk", :, 0] += 2.0
    >>> clf = ProgramClassifier(grammar="paper", search=SumsOfReaders(), random_state=0)
    >>> clf = clf.fit(X, y)
    >>> display = StabilityDisplay.from_estimator(clf, X, y, n_bootstraps=1, random_state=0)
    >>> len(display.axes_)
    2
    """

    def __init__(self, stability: Stability) -> None:
        self.stability = stability

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        *,
        kinds: Sequence[str] = _KINDS,
        max_numbers: int = 20,
        ax: Axes | None = None,
        **parameters: Any,
    ) -> StabilityDisplay:
        """Find out what is stable of the program of a fitted estimator, and draw it.

        Parameters
        ----------
        {estimator}
        X, y : array-like
            The sequences that it was fitted to, and their labels.
        {kinds}
        {max_numbers}
        {ax}
        **parameters
            Those of :func:`~sklearn_dpads.inspection.stability`.

        Returns
        -------
        display : StabilityDisplay
        """
        from ..inspection import stability

        found = stability(estimator, X, y, **parameters)
        return cls.from_stability(found, kinds=kinds, max_numbers=max_numbers, ax=ax)

    @classmethod
    def from_stability(
        cls,
        stability: Stability,
        *,
        kinds: Sequence[str] = _KINDS,
        max_numbers: int = 20,
        ax: Axes | None = None,
    ) -> StabilityDisplay:
        """Draw what is known to be stable.

        Parameters
        ----------
        {stability}
        {kinds}
        {max_numbers}
        {ax}

        Returns
        -------
        display : StabilityDisplay
        """
        return cls(stability).plot(ax, kinds=kinds, max_numbers=max_numbers)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        kinds: Sequence[str] = _KINDS,
        max_numbers: int = 20,
        stable: float = 0.8,
    ) -> StabilityDisplay:
        """Draw shares and numbers.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; it is divided where there are shares and numbers. None makes a figure.
        kinds : sequence of str, default=("group", "statistic", "span")
            What to draw the shares of: also "feature" and "statistic of group".
        max_numbers : int, default=20
            Most numbers to draw, those that are largest for a standard deviation.
        stable : float, default=0.8
            The share that is marked.

        Returns
        -------
        display : StabilityDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If a kind is none of those, or `max_numbers` no positive integer.
        """
        plt = import_pyplot(type(self).__name__)
        if isinstance(max_numbers, bool) or not isinstance(max_numbers, int) or max_numbers < 1:
            raise ValueError(f"max_numbers must be a positive integer; got {max_numbers!r}.")
        shares = [o for kind in kinds for o in self.stability.structure.of_kind(kind).shown()]
        if not self.stability.programs:
            shares = []
        numbers = self.stability.numbers.largest(max_numbers)
        drawn = [rows for rows in (shares, numbers) if rows]
        if ax is None:
            height = _AROUND + _ROW * max(len(shares) + len(kinds) - 1, len(numbers))
            size = (_WIDTH * len(drawn), height)
            figure, axes = plt.subplots(1, len(drawn), figsize=size, layout="constrained")
            panels = list(np.atleast_1d(axes))
        else:
            figure, panels = figure_of(ax), _divided(ax, len(drawn))
        for panel, rows in zip(panels, drawn, strict=True):
            if rows is shares:
                _draw_shares(panel, shares, stable, len(self.stability.programs))
            else:
                left_out = len(self.stability.numbers) - len(numbers)
                _draw_numbers(panel, numbers, self.stability.confidence, left_out)
        self.axes_: list[Axes] = panels
        self.figure_: Figure = figure
        return self


def _divided(ax: Axes, n_parts: int) -> list[Axes]:
    """Give axes as they are, or others side by side in their place."""
    if n_parts == 1:
        return [ax]
    ax.set_axis_off()
    grid = ax.get_subplotspec()
    if grid is None:
        return [ax.inset_axes((0.0, 0.0, 0.3, 1.0)), ax.inset_axes((0.7, 0.0, 0.3, 1.0))]
    inner = grid.subgridspec(1, n_parts, wspace=1.2)
    return [figure_of(ax).add_subplot(inner[0, i]) for i in range(n_parts)]


def _draw_shares(ax: Axes, shares: Sequence[Any], stable: float, n_programs: int) -> None:
    places, place, last = [], -1.0, shares[0].kind
    for found in shares:
        # A gap stands between kinds.
        place += 1.0 if found.kind == last else 2.0
        last = found.kind
        places.append(place)
    colors = [_CHOSEN if found.chosen else _OTHER for found in shares]
    ax.barh(places, [100 * found.share for found in shares], color=colors, height=0.7, zorder=2)
    for y, found in zip(places, shares, strict=True):
        if not found.near_share:
            continue
        x = 100 * found.near_share
        ax.plot([x, x], [y - 0.42, y + 0.42], color=_NEAR, linewidth=2.0, zorder=3)
    ax.axvline(100 * stable, color=NOTE, linewidth=1.0, linestyle="--", zorder=1)
    names = told_apart((found.name for found in shares), _LONGEST_NAME, cut=shortened_inside)
    ax.set_yticks(places, names, parse_math=False)
    ax.set_ylim(place + 0.8, -0.8)
    ax.set_xlim(0, 103)
    for kind in dict.fromkeys(found.kind for found in shares):
        here = [y for y, found in zip(places, shares, strict=True) if found.kind == kind]
        transform = ax.get_yaxis_transform()
        style: dict[str, Any] = {"rotation": 270, "ha": "left", "va": "center", "color": NOTE}
        ax.text(1.02, float(np.mean(here)), kind, transform=transform, fontsize="small", **style)
    ax.set_xlabel(f"% of {n_programs} bootstraps")
    ax.set_title(
        "blue: the chosen program holds it, too\norange: share of programs near the best",
        loc="left",
        fontsize="small",
        color=NOTE,
    )
    _finish(ax)


def _draw_numbers(ax: Axes, numbers: Sequence[Any], confidence: float, n_left_out: int) -> None:
    for y, number in enumerate(numbers):
        color = _OPEN if number.includes_zero else _CHOSEN
        ends = [number.low_per_deviation, number.high_per_deviation]
        ax.plot(ends, [y, y], color=color, linewidth=2.2, solid_capstyle="butt", zorder=2)
        ax.plot([number.per_deviation], [y], "o", color=color, markersize=5, zorder=3)
    ax.axvline(0, color=NOTE, linewidth=0.8, zorder=1)
    names = told_apart((n.label for n in numbers), _LONGEST_NAME, cut=shortened_inside)
    ax.set_yticks(range(len(numbers)), names, parse_math=False)
    ax.set_ylim(len(numbers) - 0.2, -0.8)
    ax.xaxis.set_major_formatter(lambda x, _: format_number(x, 3))
    ax.set_xlabel("per standard deviation of what is read")
    more = f", {n_left_out} smaller ones are left out" * (n_left_out > 0)
    title = f"numbers, {confidence:.0%} intervals:\ngrey where 0 is inside{more}"
    ax.set_title(title, loc="left", fontsize="small", color=NOTE)
    _finish(ax)


def _finish(ax: Axes) -> None:
    ax.tick_params(axis="y", length=0, labelsize="small")
    ax.tick_params(axis="x", labelsize="small")
    ax.spines[["top", "right", "left"]].set_visible(False)
