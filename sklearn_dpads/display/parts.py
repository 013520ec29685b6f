"""What each part of a program sees: its values by class, as violins or over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from ..grammar import LIST_TO_ATOM
from ..inputs.class_codes import frame_codes, sequence_codes
from ..program import Program
from .classes import AProgram, chosen_program, class_colors, figure_legend
from .drawing import LINE, NOTE, import_pyplot
from .names import told_apart
from .parameter_docs import documented
from .part_values import PartValues, class_names, part_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Codes = NDArray[np.int64]
Kind = Literal["auto", "violin", "time"]

_OTHERS = "#c9c9c4"
_WIDTH, _HEIGHT, _AROUND = 4.6, 2.0, 1.0
_MOST_COLUMNS = 2
_LONGEST_TITLE, _LONGEST_NAME = 52, 14
# Values of a violin: more have the same outline.
_MOST_VALUES = 2_000
# Fewer values at a frame have no quartiles that are worth a band.
_LEAST_AT_A_FRAME = 4


@documented
class PartsDisplay:
    """What each part of a program gives, class by class.

    A panel is the program, or a part of it that is added, multiplied or chosen. Violins have the
    values of the sequences of each class after the last frame, or of all frames where every frame
    has a label, with the quartiles as lines. Over time, lines are class means and bands reach from
    quartile to quartile. A part with a value for each class has for each the value of that class:
    of its own sequences in colour, of all others in grey. Sequences whose branches don't lead to a
    part are left out there. Build one with :meth:`from_program` or :meth:`from_estimator`.

    Parameters
    ----------
    parts : list of PartValues
        What the parts give.
    codes : ndarray of int of shape (n_samples, n_timesteps)
        The place of each frame's label among the classes, that of its sequence where these are
        labelled; -1 where there is none.
    lengths : ndarray of int of shape (n_samples,)
        Numbers of frames.
    classes : sequence of str
        Names of the classes.
    per_frame : bool
        Whether frames are labelled.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        Axes of the parts, the whole program first.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn_dpads import Grammar, Program
    >>> from sklearn_dpads.display import PartsDisplay
    >>> text = (
    ...     "Add(SlideWindowAvg[all](Affine[all](2*x0)), SlideWindowStd[all](Affine[all](x1 - 1)))"
    ... )
    >>> program = Program.parse(text, Grammar.default(2), classes=("rest", "walk"))
    >>> X = np.random.default_rng(0).normal(size=(20, 10, 2))
    >>> y = np.where(X[:, :, 0].mean(axis=1) > 0, "walk", "rest")
    >>> [ax.get_title("left") for ax in PartsDisplay.from_program(program, X, y).axes_]
    ['avg(x0) + std(x1)', 'avg(x0)', 'std(x1)']
    """

    def __init__(
        self,
        parts: Sequence[PartValues],
        codes: Codes,
        lengths: NDArray[np.integer],
        classes: Sequence[str],
        *,
        per_frame: bool,
    ) -> None:
        self.parts, self.codes, self.lengths = list(parts), codes, lengths
        self.classes, self.per_frame = list(classes), per_frame

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        *,
        program: AProgram | None = None,
        kind: Kind = "auto",
        max_parts: int = 8,
        axes: ArrayLike | None = None,
    ) -> PartsDisplay:
        """Draw the parts of a program of a fitted estimator.

        Parameters
        ----------
        {estimator}
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            Sequences, as for `predict`.
        y : array-like
            Their labels, or those of their frames, as for `score`.
        {program}
        {kind}
        {max_parts}
        {axes}

        Returns
        -------
        display : PartsDisplay
        """
        check_is_fitted(estimator, "programs_")
        chosen = chosen_program(estimator, program)
        return cls.from_program(chosen, X, y, kind=kind, max_parts=max_parts, axes=axes)

    @classmethod
    def from_program(
        cls,
        program: Program,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        *,
        kind: Kind = "auto",
        max_parts: int = 8,
        axes: ArrayLike | None = None,
    ) -> PartsDisplay:
        """Draw the parts of a program.

        Parameters
        ----------
        program : Program
            A program that knows its classes.
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            Sequences, as for a call of the program.
        y : array-like
            Their labels, or those of their frames, of the program's classes.
        {kind}
        max_parts : int, default=8
            Most panels: the program, and the parts nearest to its root.
        {axes}

        Returns
        -------
        display : PartsDisplay
        """
        if not isinstance(program, Program):
            raise TypeError(f"program must be a Program; got a {type(program).__name__}.")
        if program.classes is None:
            raise ValueError("PartsDisplay needs a program that knows its classes.")
        if isinstance(max_parts, bool) or not isinstance(max_parts, int) or max_parts < 1:
            raise ValueError(f"max_parts must be a positive integer; got {max_parts!r}.")
        data = program.read(X)
        per_frame = program.expression.signature != LIST_TO_ATOM
        if per_frame:
            codes = frame_codes(y, program.classes, data)
        else:
            whole = sequence_codes(y, program.classes, data.n_samples)
            codes = np.where(data.mask(), whole[:, None], -1)
        parts = part_values(program, data, max_parts)
        names = class_names(program)
        return cls(parts, codes, data.lengths, names, per_frame=per_frame).plot(axes, kind=kind)

    def plot(self, axes: ArrayLike | None = None, *, kind: Kind = "auto") -> PartsDisplay:
        """Draw the parts.

        Parameters
        ----------
        axes : array-like of matplotlib Axes or None, default=None
            One for each part; None makes a figure.
        kind : {"auto", "violin", "time"}, default="auto"
            Violins, or means over time; "auto" draws violins where sequences are labelled, and
            over time where frames are.

        Returns
        -------
        display : PartsDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `kind` is none of those, or `axes` are more or fewer than needed.
        """
        if kind not in ("auto", "violin", "time"):
            raise ValueError(f"kind={kind!r} is not allowed; give 'auto', 'violin' or 'time'.")
        plt = import_pyplot(type(self).__name__)
        over_time = kind == "time" or (kind == "auto" and self.per_frame)
        n_parts = len(self.parts)
        if axes is None:
            n_columns = min(n_parts, _MOST_COLUMNS)
            n_rows = -(-n_parts // n_columns)
            size = (_WIDTH * max(n_columns, 1.4), _HEIGHT * max(n_rows, 1.3) + _AROUND)
            figure, grid = plt.subplots(
                n_rows, n_columns, figsize=size, squeeze=False, layout="constrained"
            )
            for ax in grid.ravel()[n_parts:]:
                ax.set_axis_off()
            axes = grid.ravel()[:n_parts]
            if over_time:
                figure_legend(figure, self.classes, class_colors(len(self.classes)))
        panels = np.asarray(axes, dtype=object).ravel()
        if len(panels) != n_parts:
            raise ValueError(f"{n_parts} axes are needed, one for each part; got {len(panels)}.")
        titles = told_apart([part.title for part in self.parts], _LONGEST_TITLE)
        for ax, part, title in zip(panels, self.parts, titles, strict=True):
            if over_time:
                self._draw_over_time(ax, part)
            else:
                self._draw_violins(ax, part)
            ax.set_title(title, loc="left", fontsize="small", pad=4, parse_math=False)
            ax.tick_params(labelsize="small")
            ax.spines[["top", "right"]].set_visible(False)
        self.axes_ = panels
        self.figure_: Figure = panels[0].get_figure(root=True)
        return self

    def _draw_violins(self, ax: Axes, part: PartValues) -> None:
        for k, color in enumerate(class_colors(len(self.classes))):
            values, codes = self._last(part, k)
            own, others = values[codes == k], values[(codes != k) & (codes >= 0)]
            if part.per_class:
                _violin(ax, others, k, _OTHERS, "low")
                _violin(ax, own, k, color, "high")
            else:
                _violin(ax, own, k, color, "both")
        ax.axhline(0, color=NOTE, linewidth=0.8, zorder=1)
        names = told_apart(self.classes, _LONGEST_NAME)
        slanted = sum(map(len, names)) > 34
        style: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
        ax.set_xticks(range(len(names)), names, parse_math=False, **(style if slanted else {}))
        ax.set_xlim(-0.6, len(names) - 0.4)
        called = "value of the class\n(grey: in others)" if part.per_class else "value"
        ax.set_ylabel(called, fontsize="small")

    def _last(self, part: PartValues, k: int) -> tuple[NDArray[Any], Codes]:
        """Values and classes of the sequences, or of all frames, that a part has a value for."""
        values, codes = part.values[..., k if part.per_class else 0], self.codes
        if not self.per_frame:
            rows = np.arange(len(values))
            values, codes = values[rows, self.lengths - 1], codes[rows, self.lengths - 1]
        known = np.isfinite(values)
        return values[known], codes[known]

    def _draw_over_time(self, ax: Axes, part: PartValues) -> None:
        last = 0
        for k, color in enumerate(class_colors(len(self.classes))):
            values = part.values[..., k if part.per_class else 0]
            values = np.where(self.codes == k, values, np.nan)
            frames = np.flatnonzero(np.isfinite(values).sum(axis=0) >= _LEAST_AT_A_FRAME)
            if len(frames):
                _band(ax, values, frames, color)
                last = max(last, int(frames[-1]))
        ax.axhline(0, color=NOTE, linewidth=0.8, zorder=1)
        # One sequence may be many times as long as the others.
        ax.set_xlim(0, last or max(1, int(self.lengths.max()) - 1))
        ax.set_xlabel("frame", fontsize="small")
        ax.set_ylabel("value of the class" if part.per_class else "value", fontsize="small")


def _violin(ax: Axes, values: NDArray[Any], place: int, color: str, side: Any) -> None:
    """Draw the outline of values with their quartiles; a line where they are all the same."""
    if not len(values):
        return
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    left, right = {"both": (-0.2, 0.2), "low": (-0.2, 0.0), "high": (0.0, 0.2)}[side]
    if np.ptp(values) > 1e-9 * (1 + np.abs(values).max()):
        step = max(1, len(values) // _MOST_VALUES)
        some = np.sort(values)[::step]
        drawn = ax.violinplot([some], [place], widths=0.85, showextrema=False, side=side)
        bodies: Any = drawn["bodies"]
        for body in bodies:
            body.set(facecolor=color, edgecolor=color, alpha=0.55, zorder=2)
    style: dict[str, Any] = {"color": LINE, "zorder": 3}
    ax.plot([place + left, place + right], [middle, middle], linewidth=1.6, **style)
    for quartile in (low, high):
        ax.plot([place + left / 2, place + right / 2], [quartile, quartile], linewidth=0.8, **style)


def _band(ax: Axes, values: NDArray[Any], frames: NDArray[np.intp], color: str) -> None:
    """Draw the mean over sequences and what lies between the quartiles, after some frames."""
    middle = np.full(values.shape[1], np.nan)
    low, high = middle.copy(), middle.copy()
    middle[frames] = np.nanmean(values[:, frames], axis=0)
    low[frames], high[frames] = np.nanquantile(values[:, frames], [0.25, 0.75], axis=0)
    places = np.arange(len(middle))
    ax.fill_between(places, low, high, color=color, alpha=0.16, linewidth=0, zorder=2)
    ax.plot(places, middle, color=color, linewidth=1.6, zorder=3)
