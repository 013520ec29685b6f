"""The programs of a search, drawn by score and cost."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from .drawing import NOTE, figure_of, import_pyplot, legend_above
from .parameter_docs import documented

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_FRONT = "#3b75af"
_CHOSEN = "#c8742b"
_OTHER = "#b9b9b4"
_LONGEST_LINE = 64
# A program may take so many lines; more would say less than its text does.
_MOST_LINES = 4
# How far beyond the front the axes go, in parts of its extent, and what share of all scores
# and of all costs they hold in any case. Programs further off are counted: one that predicts
# at random would take nine tenths of the height.
_NEAR = 0.5
_HELD = 0.75
_FONT_SIZE = 8.0
_HEADING = 12.0
_LINE = 1.25 * _FONT_SIZE
_GAP = 9.0
# Points from the axes to what stands above the legend, which may take their whole width.
_ABOVE_LEGEND = 21.0


@documented
class ParetoFrontDisplay:
    """The programs of a search, drawn by score and cost.

    A point is a program, with its error where that is known. Those on the Pareto front, which
    no other beats in score and cost together, are joined by a line and numbered by their index
    in `programs_`; they stand in one line each beside the drawing, as :meth:`Program.compact`
    gives them. A ring marks the chosen program. The axes hold the front and what is near; how
    many programs are further off is told. Build one with :meth:`from_estimator`.

    Parameters
    ----------
    records : list of ProgramRecord
        Programs with `score`, `cost` and `on_front`, the chosen one first.

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
    >>> from types import SimpleNamespace
    >>> from sklearn_dpads import Grammar, Program
    >>> from sklearn_dpads.display import ParetoFrontDisplay
    >>> texts = ["SlideWindowAvg[5](Affine[x0](x0))", "Fold(Constant(1))"]
    >>> records = [
    ...     SimpleNamespace(
    ...         program=Program.parse(text, Grammar.paper(1)), score=score, cost=2, on_front=front
    ...     )
    ...     for text, score, front in zip(texts, [0.9, 0.5], [True, False], strict=True)
    ... ]
    >>> ParetoFrontDisplay(records).plot().ax_.get_xlabel()
    'structural cost'
    """

    def __init__(self, records: Sequence[Any]) -> None:
        self.records = list(records)
        if not self.records:
            raise ValueError("records holds no program, so there is nothing to draw.")

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        value: Literal["score", "loss"] = "score",
        max_texts: int = 8,
        ax: Axes | None = None,
    ) -> ParetoFrontDisplay:
        """Draw the programs of a fitted estimator.

        Parameters
        ----------
        {estimator}
        {value}
        {max_texts}
        {ax}

        Returns
        -------
        display : ParetoFrontDisplay
        """
        check_is_fitted(estimator, "programs_")
        return cls(estimator.programs_).plot(ax, value=value, max_texts=max_texts)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        value: Literal["score", "loss"] = "score",
        max_texts: int = 8,
    ) -> ParetoFrontDisplay:
        """Draw the programs.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure with room for the texts.
        value : {"score", "loss"}, default="score"
            What to draw above the cost. The loss comes with its standard error.
        max_texts : int, default=8
            Most programs of the front to write out, those of the highest score.

        Returns
        -------
        display : ParetoFrontDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `value` is none of those, or `max_texts` no integer of at least 0.
        """
        if value not in ("score", "loss"):
            raise ValueError(f"value={value!r} is not allowed; give 'score' or 'loss'.")
        if isinstance(max_texts, bool) or not isinstance(max_texts, int) or max_texts < 0:
            raise ValueError(f"max_texts must be an integer of at least 0; got {max_texts!r}.")
        plt = import_pyplot(type(self).__name__)
        front = [i for i, record in enumerate(self.records) if record.on_front]
        told = sorted(front, key=lambda i: -self.records[i].score)[:max_texts]
        if max_texts and 0 not in told:
            told = [0, *told[: max_texts - 1]]
        entries = self._entries(sorted(told, key=lambda i: self.records[i].cost))
        if ax is None:
            height = sum(_entry_height(text) for _, text, _ in entries) / 72
            size = (10.5 if entries else 6.0, max(4.2, height + 0.5))
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self._draw_points(ax, front, value)
        self._limit(ax, [*front, 0], value)
        _write_entries(ax, entries)
        ax.set_xlabel("structural cost")
        ax.set_ylabel(f"{_called(self.records[0], value)} by cross-fitting")
        ax.xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]
        ax.spines[["top", "right"]].set_visible(False)
        legend_above(ax)
        self.ax_: Axes = ax
        self.figure_: Figure = figure_of(ax)
        return self

    def _places(self, value: str) -> NDArray[np.float64]:
        """Cost, value and error of every program; NaN where a value is not finite."""
        rows = [
            (record.cost, getattr(record, value), getattr(record, f"{value}_error", 0.0))
            for record in self.records
        ]
        places = np.array(rows, dtype=np.float64)
        places[~np.isfinite(places)] = np.nan
        return places

    def _draw_points(self, ax: Axes, front: list[int], value: str) -> None:
        places = self._places(value)
        others = [i for i in range(len(self.records)) if i not in set(front)]
        bars: dict[str, Any] = {"fmt": "none", "elinewidth": 1.0, "capsize": 2}
        for members, color in ((others, _OTHER), (front, _FRONT)):
            known = [i for i in members if places[i, 2] > 0]
            if known:
                ax.errorbar(*places[known].T, ecolor=color, zorder=1, **bars)
        if others:
            drawn = places[others, :2]
            ax.plot(*drawn.T, "o", color=_OTHER, markersize=5, label="other programs", zorder=2)
        if front:
            of_front = sorted({tuple(places[i, :2]) for i in front})
            line: dict[str, Any] = {"color": _FRONT, "markersize": 7, "linewidth": 1.3, "zorder": 3}
            style = "o-" if value == "score" else "o"
            label = "Pareto front"
            ax.step(*zip(*of_front, strict=True), style, where="post", label=label, **line)
            for place in of_front:
                numbers = [str(i) for i in front if tuple(places[i, :2]) == place]
                _number_point(ax, place, ", ".join(numbers), aside=value == "loss")
        if 0 not in front:
            _number_point(ax, tuple(places[0, :2]), "0", aside=True)
        ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": _CHOSEN}
        ring["markeredgewidth"] = 2.0
        ax.plot(*places[0, :2], "o", markersize=13, label="chosen program", zorder=4, **ring)

    def _limit(self, ax: Axes, kept: list[int], value: str) -> None:
        """Let the axes hold some programs and what is near, and say how many are not."""
        places = self._places(value)
        cost, middle, error = places.T
        error = np.nan_to_num(error)
        low, high = np.nanmin((middle - error)[kept]), np.nanmax((middle + error)[kept])
        near, (few, many) = _NEAR * (high - low), np.nanquantile(middle, [1 - _HELD, _HELD])
        inside = (middle >= min(low - near, few)) & (middle <= max(high + near, many))
        first, last = cost[kept].min(), cost[kept].max()
        inside &= cost <= max(last + _NEAR * (last - first), np.quantile(cost, _HELD))
        # What is there takes the room, not what could have been.
        shown = places[inside]
        down, up = min(low, shown[:, 1].min()), max(high, shown[:, 1].max())
        room = 0.14 * max(up - down, 0.02)
        ax.set_ylim(down - room, up + room)
        left, right = shown[:, 0].min(), shown[:, 0].max()
        ax.set_xlim(left - 0.5 - 0.03 * (right - left), right + 0.5 + 0.03 * (right - left))
        n_off = int((~inside).sum())
        if n_off:
            text = f"{n_off} of {len(inside)} programs are further off"
            ax.set_title(text, loc="left", fontsize="small", color=NOTE, pad=_ABOVE_LEGEND)

    def _entries(self, told: list[int]) -> list[tuple[str, str, str]]:
        """Heading, text and colour of the programs that are written out."""
        lines = [self.records[i].program.compact() for i in told]
        counts = Counter(lines)
        entries = []
        for i, line in zip(told, lines, strict=True):
            record = self.records[i]
            # Programs that differ in their numbers alone are told apart by their shape.
            text = line if counts[line] == 1 else record.program.expression.skeleton()
            heading = f"{i}: {_called(record, 'score')} {record.score:.3f}, cost {record.cost}"
            heading += " (chosen)" * (i == 0)
            entries.append((heading, _wrapped(text), _CHOSEN if i == 0 else _FRONT))
        return entries


def _called(record: Any, value: str) -> str:
    """What a value is called: the score by its own name, where it has one."""
    return str(getattr(record, "scoring", "") or value) if value == "score" else value


def _wrapped(text: str) -> str:
    """A program in a few short lines, cut where it takes more."""
    lines = textwrap.wrap(text, _LONGEST_LINE, subsequent_indent="  ", break_on_hyphens=False)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], "  …"]
    return "\n".join(lines)


def _number_point(ax: Axes, place: tuple[float, ...], text: str, *, aside: bool = False) -> None:
    offset, alignment = ((11, -3), "left") if aside else ((0, 9), "center")
    style: dict[str, Any] = {"fontsize": "small", "color": NOTE, "textcoords": "offset points"}
    ax.annotate(text, (place[0], place[1]), xytext=offset, ha=alignment, zorder=5, **style)


def _write_entries(ax: Axes, entries: list[tuple[str, str, str]]) -> None:
    """Write programs beside the axes, below each other."""
    down = 0.0
    style: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    style |= {"va": "top", "annotation_clip": False, "parse_math": False, "fontsize": _FONT_SIZE}
    for heading, text, color in entries:
        ax.annotate(heading, (1.0, 1.0), xytext=(16, -down), color=color, weight="bold", **style)
        ax.annotate(
            text,
            (1.0, 1.0),
            xytext=(16, -down - _LINE),
            family="monospace",
            linespacing=1.25,
            **style,
        )
        down += _entry_height(text)


def _entry_height(text: str) -> float:
    """Height in points of a program that is written out, with the gap after it."""
    return _HEADING + _LINE * (text.count("\n") + 1) + _GAP
