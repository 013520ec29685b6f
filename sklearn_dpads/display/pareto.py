"""The programs of a search, drawn by score and cost."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..program import Program


_FRONT = "#3b75af"
_CHOSEN = "#c8742b"
_OTHER = "#b9b9b4"
_NOTE = "#6b6b6b"
_DIGITS = 2
_LONGEST_LINE = 64
# Lines that all programs share, and how many each may have in any case.
_ALL_LINES = 40
_SURE_LINES = 8
_FONT_SIZE = 8.0
_HEADING = 12.0
_LINE = 1.25 * _FONT_SIZE
_GAP = 9.0


class ParetoFrontDisplay:
    """The programs of a search, drawn by score and cost.

    A point is a program. Those on the Pareto front, which no other beats in score and cost
    together, are joined by a line and numbered by their index in `programs_`; their text
    stands beside the drawing. A ring marks the chosen program. Build one with
    :meth:`from_estimator`.

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
        cls, estimator: Any, *, max_texts: int = 8, ax: Axes | None = None
    ) -> ParetoFrontDisplay:
        """Draw the programs of a fitted estimator.

        Parameters
        ----------
        estimator : DPadsClassifier
            The fitted estimator.
        max_texts : int, default=8
            Most programs of the front to write out, those of the highest score.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ParetoFrontDisplay
        """
        check_is_fitted(estimator, "programs_")
        return cls(estimator.programs_).plot(ax, max_texts=max_texts)

    def plot(self, ax: Axes | None = None, *, max_texts: int = 8) -> ParetoFrontDisplay:
        """Draw the programs.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure with room for the texts.
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
            If `max_texts` is no integer of at least 0.
        """
        if isinstance(max_texts, bool) or not isinstance(max_texts, int) or max_texts < 0:
            raise ValueError(f"max_texts must be an integer of at least 0; got {max_texts!r}.")
        plt = import_pyplot(type(self).__name__)
        front = [i for i, record in enumerate(self.records) if record.on_front]
        told = sorted(front, key=lambda i: -self.records[i].score)[:max_texts]
        if max_texts and 0 not in told:
            told = [0, *told[: max_texts - 1]]
        most_lines = max(_SURE_LINES, _ALL_LINES // max(len(told), 1))
        entries = [self._entry(i, most_lines) for i in sorted(told, key=self._place)]
        if ax is None:
            height = sum(_entry_height(text) for _, text, _ in entries) / 72
            size = (10.5 if entries else 6.0, max(4.2, height + 0.3))
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self._draw_points(ax, front)
        _write_entries(ax, entries)
        ax.set_xlabel("structural cost")
        ax.set_ylabel("score by cross-fitting")
        locator: Any = ax.xaxis.get_major_locator()  # whose parameters depend on its kind
        locator.set_params(integer=True)
        ax.margins(x=0.08, y=0.12)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(loc="lower right", frameon=False, fontsize="small")
        self.ax_: Axes = ax
        self.figure_: Figure = figure_of(ax)
        return self

    def _place(self, i: int) -> tuple[float, float]:
        return self.records[i].cost, self.records[i].score

    def _draw_points(self, ax: Axes, front: list[int]) -> None:
        others = [i for i in range(len(self.records)) if i not in set(front)]
        if others:
            drawn = np.array([self._place(i) for i in others], dtype=np.float64)
            drawn[~np.isfinite(drawn)] = np.nan
            ax.plot(*drawn.T, "o", color=_OTHER, markersize=5, label="other programs", zorder=2)
        if front:
            places = sorted({self._place(i) for i in front})
            line: dict[str, Any] = {"color": _FRONT, "markersize": 7, "linewidth": 1.3, "zorder": 3}
            ax.step(*zip(*places, strict=True), "o-", where="post", label="Pareto front", **line)
            for place in places:
                numbers = [str(i) for i in front if self._place(i) == place]
                _number_point(ax, place, ", ".join(numbers))
        if 0 not in front:
            _number_point(ax, self._place(0), "0", aside=True)
        ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": _CHOSEN}
        ring["markeredgewidth"] = 2.0
        ax.plot(*self._place(0), "o", markersize=13, label="chosen program", zorder=4, **ring)

    def _entry(self, i: int, most_lines: int) -> tuple[str, str, str]:
        """Heading, text and colour of a program that is written out."""
        record = self.records[i]
        heading = f"{i}: score {record.score:.3f}, cost {record.cost}"
        heading += " (chosen)" * (i == 0)
        return heading, _short_text(record.program, most_lines), _CHOSEN if i == 0 else _FRONT


def _short_text(program: Program, most_lines: int) -> str:
    """A program in a few lines, cut where it takes more."""
    lines = program.to_text(_DIGITS, width=_LONGEST_LINE).splitlines()
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], "…"]
    return "\n".join(
        line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…" for line in lines
    )


def _number_point(ax: Axes, place: tuple[float, float], text: str, *, aside: bool = False) -> None:
    offset, alignment = ((11, -3), "left") if aside else ((0, 9), "center")
    style: dict[str, Any] = {"fontsize": "small", "color": _NOTE, "textcoords": "offset points"}
    ax.annotate(text, place, xytext=offset, ha=alignment, zorder=5, **style)


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


def import_pyplot(caller: str) -> ModuleType:
    """Import ``matplotlib.pyplot``, or say how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{caller} needs matplotlib, which is not installed. "
            "Install it with: pip install sklearn_dpads[plot]"
        ) from error
    return plt


def figure_of(ax: Axes) -> Figure:
    """Give the figure that axes are in."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are made in a figure
    return figure


def axes_size(ax: Axes) -> tuple[float, float]:
    """Width and height of axes in points."""
    figure = figure_of(ax)
    box = ax.get_window_extent()
    return 72.0 * box.width / figure.dpi, 72.0 * box.height / figure.dpi
