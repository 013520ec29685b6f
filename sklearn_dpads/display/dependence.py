"""What a model gives on average as a feature takes other values, drawn as curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..program.numbers import format_number
from .classes import class_colors, figure_legend
from .drawing import LINE, NOTE, import_pyplot
from .names import told_apart
from .parameter_docs import documented

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..inspection import PartialDependence

_WIDTH, _HEIGHT, _AROUND = 3.4, 2.5, 0.5
_MOST_COLUMNS = 3
_LONGEST_NAME = 34


@documented
class PartialDependenceDisplay:
    """What a model gives on average as one feature after the other takes other values.

    A panel is a feature. Lines are means over the sequences, and bands reach from quartile to
    quartile. Of two classes the positive one is drawn, of more each in its colour. The
    ticks at the bottom are deciles of what the feature is in these sequences: beyond them a curve
    tells of few. Build one with :meth:`from_estimator` or :meth:`from_dependence`.

    Parameters
    ----------
    dependence : PartialDependence
        What :func:`~sklearn_dpads.inspection.partial_dependence` gives.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        Axes of the features.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import SummaryClassifier
    >>> from sklearn_dpads.display import PartialDependenceDisplay
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 12, 2))
    >>> X[y == "walk", :, 1] += 1.0
    >>> clf = SummaryClassifier().fit(X, y)
    >>> display = PartialDependenceDisplay.from_estimator(clf, X, [0, 1], how="shift")
    >>> [ax.get_xlabel() for ax in display.axes_]
    ['added to x0', 'added to x1']
    """

    def __init__(self, dependence: PartialDependence) -> None:
        self.dependence = dependence

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | Sequence[ArrayLike],
        features: Sequence[int | str],
        *,
        classes: Sequence[Any] | None = None,
        axes: ArrayLike | None = None,
        **parameters: Any,
    ) -> PartialDependenceDisplay:
        """Find out what a fitted model gives, and draw it.

        Parameters
        ----------
        estimator : estimator
            The fitted model.
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            Sequences.
        features : list of int or str
            The features, each in a panel.
        {classes}
        {axes}
        **parameters
            Those of :func:`~sklearn_dpads.inspection.partial_dependence`.

        Returns
        -------
        display : PartialDependenceDisplay
        """
        from ..inspection import partial_dependence

        found = partial_dependence(estimator, X, features, **parameters)
        return cls(found).plot(axes, classes=classes)

    @classmethod
    def from_dependence(
        cls,
        dependence: PartialDependence,
        *,
        classes: Sequence[Any] | None = None,
        axes: ArrayLike | None = None,
    ) -> PartialDependenceDisplay:
        """Draw what is known already.

        Parameters
        ----------
        {dependence}
        {classes}
        {axes}

        Returns
        -------
        display : PartialDependenceDisplay
        """
        return cls(dependence).plot(axes, classes=classes)

    def plot(
        self, axes: ArrayLike | None = None, *, classes: Sequence[Any] | None = None
    ) -> PartialDependenceDisplay:
        """Draw a panel for each feature.

        Parameters
        ----------
        axes : array-like of matplotlib Axes or None, default=None
            One for each feature; None makes a figure, whose panels share the axis of values.
        classes : sequence or None, default=None
            Which classes to draw; None draws the positive one of two, and all of more.

        Returns
        -------
        display : PartialDependenceDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If a class is unknown, or `axes` are more or fewer than needed.
        """
        plt = import_pyplot(type(self).__name__)
        drawn = self._drawn(classes)
        n_panels = len(self.dependence.names)
        if axes is None:
            n_columns = min(n_panels, _MOST_COLUMNS)
            n_rows = -(-n_panels // n_columns)
            size = (max(_WIDTH * n_columns, 4.6), _HEIGHT * n_rows + _AROUND)
            figure, grid = plt.subplots(
                n_rows, n_columns, figsize=size, squeeze=False, sharey=True, layout="constrained"
            )
            for ax in grid.ravel()[n_panels:]:
                ax.set_axis_off()
            axes = grid.ravel()[:n_panels]
            if len(drawn) > 1:
                names = [str(self.dependence.outputs[k]) for k in drawn]
                figure_legend(figure, names, [self._colors()[k] for k in drawn])
        panels = np.asarray(axes, dtype=object).ravel()
        if len(panels) != n_panels:
            raise ValueError(
                f"{n_panels} axes are needed, one for each feature; got {len(panels)}."
            )
        for number, ax in enumerate(panels):
            self._draw(ax, number, drawn)
        grid_spec = panels[0].get_subplotspec()
        firsts = [ax for ax in panels if grid_spec is None or ax.get_subplotspec().is_first_col()]
        for ax in firsts:
            ax.set_ylabel(self._value_label(drawn), fontsize="small", parse_math=False)
        self.axes_ = panels
        self.figure_: Figure = panels[0].get_figure(root=True)
        return self

    def _drawn(self, classes: Sequence[Any] | None) -> list[int]:
        """Which outputs to draw."""
        outputs = self.dependence.outputs
        if classes is None:
            few = len(outputs) <= 2
            return [self.dependence.positive] if few else list(range(len(outputs)))
        unknown = [label for label in classes if label not in outputs]
        if unknown or not len(classes):
            raise ValueError(f"classes={list(classes)!r} is not allowed; there are {outputs}.")
        return [outputs.index(label) for label in classes]

    def _draw(self, ax: Axes, number: int, drawn: Sequence[int]) -> None:
        found = self.dependence
        grid, values = found.grids[number], found.individual[number]
        for output in drawn:
            color = self._colors()[output] if len(drawn) > 1 else LINE
            low, high = np.quantile(values[..., output], [0.25, 0.75], axis=0)
            alpha = 0.16 if len(drawn) < 4 else 0.08
            ax.fill_between(grid, low, high, color=color, alpha=alpha, linewidth=0, zorder=2)
            mean = values[..., output].mean(axis=0)
            marker = "o" if len(grid) == 1 else None
            ax.plot(grid, mean, color=color, linewidth=1.6, marker=marker, zorder=3)
        bottom = ax.get_xaxis_transform()
        ax.vlines(found.deciles[number], 0, 0.04, color=NOTE, linewidth=0.8, transform=bottom)
        if len(grid) > 1:
            ax.set_xlim(grid[0], grid[-1])
        if found.response == "predict_proba":
            ax.set_ylim(-0.02, min(1.02, 1.1 * self._most(drawn)))
        # Offsets, as of a pressure around 1013, would be written over the label.
        digits, zero = _digits(grid), 1e-9 * float(np.ptp(grid))
        ax.xaxis.set_major_formatter(
            lambda x, _: format_number(0.0 if abs(x) <= zero else x, digits)
        )
        n_bins = 4 if digits > 4 else 5
        ax.xaxis.get_major_locator().set_params(nbins=n_bins)  # type: ignore[call-arg]
        ax.set_xlabel(self._place_label(number), fontsize="small", parse_math=False)
        ax.tick_params(labelsize="small")
        ax.spines[["top", "right"]].set_visible(False)

    def _most(self, drawn: Sequence[int]) -> float:
        """The largest number that is drawn."""
        upper = [np.quantile(v[..., drawn], 0.75, axis=0).max() for v in self.dependence.individual]
        means = [average[:, drawn].max() for average in self.dependence.average]
        return float(max(*upper, *means))

    def _place_label(self, number: int) -> str:
        found = self.dependence
        name = told_apart(found.names, _LONGEST_NAME)[number]
        where = "" if found.span == "all" else f" in {_frames(found.span)}"
        return f"added to {name}{where}" if found.how == "shift" else f"{name}{where}"

    def _value_label(self, drawn: Sequence[int]) -> str:
        found = self.dependence
        called = "probability" if found.response == "predict_proba" else "value"
        if found.response != "predict_proba" and len(found.outputs) == 1:
            called = "log-odds"
        if len(drawn) > 1:
            return f"mean {called}"
        return f"mean {called} of {told_apart(found.outputs, _LONGEST_NAME)[drawn[0]]}"

    def _colors(self) -> list[str]:
        return class_colors(len(self.dependence.outputs))


def _digits(grid: NDArray[np.float64]) -> int:
    """How many digits tell the values on an axis from each other."""
    largest, span = float(np.abs(grid).max()), float(np.ptp(grid))
    return 3 + max(0, int(np.ceil(np.log10(largest / span)))) if span > 0 else 4


def _frames(span: str) -> str:
    """Say which frames of a sequence a span holds."""
    if "/" in span:
        number, of = span.split("/")
        return f"part {number} of {of}"
    return "the last frame" if span == "1" else f"the last {span} frames"
