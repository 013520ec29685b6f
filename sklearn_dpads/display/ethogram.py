"""True and predicted labels of frames, drawn as strips over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from ..grammar import LIST_TO_LIST
from ..inputs.class_codes import frame_codes
from ..inputs.outputs import top_codes
from ..program import Program
from ..program.trace_text import count_of
from .classes import (
    LONGEST_NAME,
    AProgram,
    chosen_program,
    class_colors,
    class_legend,
    legend_columns,
)
from .drawing import NOTE, figure_of, import_pyplot
from .names import told_apart
from .parameter_docs import documented

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Codes = NDArray[np.int64]

_ERROR = "#1c1c1c"
_MOST_DRAWN = 6
# Rows of a sequence: its labels, the predictions, where they differ, and room.
_TRUE, _PREDICTED, _WRONG, _GAP = 1.0, 1.0, 0.35, 0.75
_SEQUENCE = _TRUE + _PREDICTED + _WRONG + _GAP
_WIDTH, _ROW, _AROUND = 9.0, 0.2, 1.0
# How many times as long as the shortest the longest may be, to show both frame by frame.
_MOST_TIMES = 10


@documented
class EthogramDisplay:
    """True and predicted labels of the frames of some sequences, as strips of colour over time.

    Of each sequence the upper strip has the true labels, white where there is none, the lower one
    those predicted, and black below them marks frames that are predicted wrong. Where one is more
    than ten times as long as another, each is as wide as all, and its number of frames stands
    beside it. Build one with :meth:`from_estimator` or :meth:`from_program`.

    Parameters
    ----------
    true, predicted : sequence of ndarray of int of shape (n_timesteps_i,)
        For each sequence to draw, the place of each frame's label among the classes; -1 where
        there is none.
    classes : sequence
        The classes.
    names : sequence of str
        What to call the sequences.

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
    >>> from sklearn_dpads import Grammar, Program
    >>> from sklearn_dpads.display import EthogramDisplay
    >>> classes = ("rest", "move")
    >>> program = Program.parse("Map(Affine[x0](x0))", Grammar.paper(2), classes=classes)
    >>> X = np.random.default_rng(0).normal(size=(3, 20, 2))
    >>> y = np.where(X[:, :, 0] > 0.2, "move", "rest")
    >>> EthogramDisplay.from_program(program, X, y).ax_.get_xlabel()
    'frame'
    """

    def __init__(
        self,
        true: Sequence[Codes],
        predicted: Sequence[Codes],
        classes: Sequence[Any],
        names: Sequence[str],
    ) -> None:
        if not len(true) == len(predicted) == len(names) or not len(true):
            raise ValueError(
                "true, predicted and names must hold one entry for each sequence to draw, at "
                f"least one; got {len(true)}, {len(predicted)} and {len(names)}."
            )
        self.true, self.predicted = list(true), list(predicted)
        self.classes, self.names = list(classes), list(names)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        samples: Sequence[int] | None = None,
        *,
        program: AProgram | None = None,
        ax: Axes | None = None,
    ) -> EthogramDisplay:
        """Draw what a fitted estimator predicts.

        Parameters
        ----------
        estimator : DPadsFrameClassifier
            The fitted estimator.
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            Sequences, as for `predict`.
        y : array-like of shape (n_samples, n_timesteps), or list of array-like
            Their labels; those that are no class of the estimator are left white.
        {samples}
        {program}
        {ax}

        Returns
        -------
        display : EthogramDisplay
        """
        check_is_fitted(estimator, "programs_")
        return cls.from_program(chosen_program(estimator, program), X, y, samples, ax=ax)

    @classmethod
    def from_program(
        cls,
        program: Program,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        samples: Sequence[int] | None = None,
        *,
        ax: Axes | None = None,
    ) -> EthogramDisplay:
        """Draw what a program gives.

        Parameters
        ----------
        program : Program
            A program of list->list that knows its classes.
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            Sequences, as for a call of the program.
        y : array-like of shape (n_samples, n_timesteps), or list of array-like
            Their labels; those that are no class of the program are left white.
        samples : sequence of int or None, default=None
            Which sequences to draw; None takes the first six.
        {ax}

        Returns
        -------
        display : EthogramDisplay
        """
        if program.classes is None or program.expression.signature != LIST_TO_LIST:
            raise ValueError(
                "EthogramDisplay needs a program that gives a value per frame and knows its "
                f"classes; this one is {program.expression.signature} with classes "
                f"{program.classes}. PartsDisplay draws others."
            )
        data = program.read(X)
        rows = _rows(samples, data.n_samples)
        codes = frame_codes(y, program.classes, data)[rows]
        some = data.take(np.array(rows))
        predicted = top_codes(np.nan_to_num(program.evaluate(some)))
        lengths = some.lengths.tolist()
        return cls(
            [c[:n] for c, n in zip(codes, lengths, strict=True)],
            [c[:n] for c, n in zip(predicted, lengths, strict=True)],
            program.classes,
            [f"sequence {row}" for row in rows],
        ).plot(ax)

    def plot(self, ax: Axes | None = None) -> EthogramDisplay:
        """Draw the strips.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : EthogramDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = import_pyplot(type(self).__name__)
        names = told_apart(self.classes, LONGEST_NAME)
        colors = class_colors(len(names))
        called = [*names, "predicted wrong"]
        width = _WIDTH if ax is None else figure_of(ax).get_figwidth()
        # Names and shares of the rows take a fourth of it.
        ncols = legend_columns(called, 54 * width)
        if ax is None:
            n_lines = -(-len(called) // ncols)
            height = _AROUND + _ROW * (len(self.true) * _SEQUENCE + n_lines)
            _, ax = plt.subplots(figsize=(_WIDTH, height), layout="constrained")
        lengths = [len(codes) for codes in self.true]
        longest = max(lengths)
        alike = longest <= _MOST_TIMES * max(1, min(lengths))
        for i, (true, predicted) in enumerate(zip(self.true, self.predicted, strict=True)):
            top, width = i * _SEQUENCE, 1.0 if alike else 100.0 / max(1, lengths[i])
            _strip(ax, true, top, _TRUE, colors, width)
            _strip(ax, predicted, top + _TRUE, _PREDICTED, colors, width)
            wrong = np.where((true >= 0) & (true != predicted), 0, -1)
            _strip(ax, wrong, top + _TRUE + _PREDICTED, _WRONG, [_ERROR], width)
            _name_rows(ax, self.names[i], top, true, predicted)
            if not alike:
                _tell_length(ax, top, lengths[i])
        ax.set_xlim(0, longest if alike else 100)
        ax.set_ylim(len(self.true) * _SEQUENCE - _GAP, -0.1)
        ax.set_yticks([])
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.set_xlabel("frame" if alike else "% of the frames of a sequence")
        class_legend(ax, called, [*colors, _ERROR], bbox_to_anchor=(0.0, 1.0), ncols=ncols)
        self.ax_: Axes = ax
        self.figure_: Figure = figure_of(ax)
        return self


def _rows(samples: Sequence[int] | None, n_samples: int) -> list[int]:
    if samples is None:
        return list(range(min(n_samples, _MOST_DRAWN)))
    rows = [int(sample) for sample in samples]
    wrong = [row for row in rows if not -n_samples <= row < n_samples]
    if wrong or not rows:
        raise ValueError(
            f"samples={samples!r} is not allowed; give numbers of sequences, of which there are "
            f"{n_samples}."
        )
    return [row % n_samples for row in rows]


def _strip(
    ax: Axes, codes: Codes, top: float, height: float, colors: Sequence[str], width: float
) -> None:
    """Draw a run of equal codes as one bar; a frame is so wide."""
    starts = np.flatnonzero(np.diff(codes, prepend=-2)).tolist()
    ends = [*starts[1:], len(codes)]
    for code in np.unique(codes[codes >= 0]).tolist():
        runs = [
            (width * a, width * (b - a))
            for a, b in zip(starts, ends, strict=True)
            if codes[a] == code
        ]
        ax.broken_barh(runs, (top, 0.94 * height), facecolors=colors[code], linewidth=0)


def _name_rows(ax: Axes, name: str, top: float, true: Codes, predicted: Codes) -> None:
    """Write what the strips are to their left, and to their right how many frames are right."""
    style = _beside(ax)
    ax.text(-0.01, top + 0.5 * _TRUE, f"{name}  true", ha="right", **style)
    ax.text(-0.01, top + _TRUE + 0.5 * _PREDICTED, "predicted", ha="right", **style)
    labelled = true >= 0
    if labelled.any():
        right = float(np.mean(true[labelled] == predicted[labelled]))
        ax.text(1.01, top + _TRUE, f"{right:.0%} right", ha="left", color=NOTE, **style)


def _tell_length(ax: Axes, top: float, n_frames: int) -> None:
    text = count_of(n_frames, "frame")
    ax.text(1.01, top + _TRUE + _PREDICTED, text, ha="left", color=NOTE, **_beside(ax))


def _beside(ax: Axes) -> dict[str, Any]:
    return {"transform": ax.get_yaxis_transform(), "va": "center", "fontsize": "small"}
