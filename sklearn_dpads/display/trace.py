"""A program at work on one sequence, drawn over its frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from ..inputs.sequences import check_sequences
from ..program import Program, Trace
from ..program.text import column_names
from .classes import AProgram, chosen_program
from .drawing import import_pyplot
from .names import told_apart
from .parameter_docs import documented
from .trace_panels import (
    LONGEST_TITLE,
    NOTE,
    draw_feature,
    draw_gate,
    draw_output,
    used_features,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_WIDTH = 8.5
_HEIGHTS = {"feature": 0.85, "gate": 1.15, "output": 2.1}
_ROOM_FOR_TITLES = 0.9


@documented
class TraceDisplay:
    """A program at work on one sequence, drawn over its frames.

    Below each other stand the features that the program reads; its conditions, with the
    frames shaded by the branch that is taken after them, and grey where another condition
    leads past it; and the output after each frame, with the classes it stands for. All is drawn
    as it is after a frame, so that one sees when the decision falls. Build one with
    :meth:`from_program` or :meth:`from_estimator`.

    Parameters
    ----------
    trace : Trace
        What :meth:`Program.trace` gives.
    sample : int, default=0
        Which of the traced sequences to draw.
    max_features : int, default=6
        Most features to draw: those that move the output most in this sequence.
    name : str or None, default=None
        What to call the sequence; None takes its number.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        Axes of the features, the conditions and, last, the output.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn_dpads import Grammar, Program
    >>> from sklearn_dpads.display import TraceDisplay
    >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + 0.9*previous))", Grammar.paper(2))
    >>> X = np.random.default_rng(0).normal(size=(3, 20, 2))
    >>> display = TraceDisplay.from_program(program, X, sample=2)
    >>> len(display.axes_)
    2
    """

    def __init__(
        self,
        trace: Trace,
        sample: int = 0,
        *,
        max_features: int = 6,
        name: str | None = None,
    ) -> None:
        if not isinstance(trace, Trace):
            raise TypeError(f"trace must be a Trace; got a {type(trace).__name__}.")
        if isinstance(max_features, bool) or not isinstance(max_features, int) or max_features < 1:
            raise ValueError(f"max_features must be a positive integer; got {max_features!r}.")
        self.trace = trace
        self.sample = _check_sample(sample, len(trace.sequences.lengths))
        self.max_features = max_features
        self.name = f"sequence {self.sample}" if name is None else name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | Sequence[ArrayLike],
        sample: int = 0,
        *,
        program: AProgram | None = None,
        max_features: int = 6,
        axes: ArrayLike | None = None,
    ) -> TraceDisplay:
        """Draw a program of a fitted estimator at work.

        Parameters
        ----------
        {estimator}
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            Sequences, as for `predict`.
        sample : int, default=0
            Which of them to draw.
        {program}
        {max_features}
        {axes}

        Returns
        -------
        display : TraceDisplay
        """
        check_is_fitted(estimator, "programs_")
        chosen = chosen_program(estimator, program)
        return cls.from_program(chosen, X, sample, max_features=max_features, axes=axes)

    @classmethod
    def from_program(
        cls,
        program: Program,
        X: ArrayLike | Sequence[ArrayLike],
        sample: int = 0,
        *,
        max_features: int = 6,
        axes: ArrayLike | None = None,
    ) -> TraceDisplay:
        """Draw a program at work.

        Parameters
        ----------
        program : Program
            The program.
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            Sequences, as for a call of the program.
        sample : int, default=0
            Which of them to draw; only this one is traced.
        {max_features}
        {axes}

        Returns
        -------
        display : TraceDisplay
        """
        if not isinstance(program, Program):
            raise TypeError(f"program must be a Program; got a {type(program).__name__}.")
        data = check_sequences(
            X,
            estimator_name=cls.__name__,
            n_features=program.n_features,
            feature_names=program.feature_names,
        )
        sample = _check_sample(sample, data.n_samples)
        trace = program.trace([data.frames[sample, : data.lengths[sample]]])
        display = cls(trace, max_features=max_features, name=f"sequence {sample}")
        return display.plot(axes)

    def plot(self, axes: ArrayLike | None = None) -> TraceDisplay:
        """Draw the sequence.

        Parameters
        ----------
        axes : array-like of matplotlib Axes or None, default=None
            One for each feature that is drawn, for each condition, and for the output; None
            makes a figure.

        Returns
        -------
        display : TraceDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `axes` are more or fewer than needed.
        """
        plt = import_pyplot(type(self).__name__)
        features, n_left_out = used_features(self.trace, self.sample, self.max_features)
        branches = self.trace.branches
        kinds = ["feature"] * len(features) + ["gate"] * len(branches) + ["output"]
        if axes is None:
            heights = [_HEIGHTS[kind] for kind in kinds]
            figure, axes = plt.subplots(
                len(kinds),
                sharex=True,
                squeeze=False,
                figsize=(_WIDTH, sum(heights) + _ROOM_FOR_TITLES),
                height_ratios=heights,
                layout="constrained",
            )
            figure.suptitle(f"The program on {self.name}", x=0.01, ha="left", fontsize="medium")
        panels = np.asarray(axes, dtype=object).ravel()
        if len(panels) != len(kinds):
            raise ValueError(
                f"{len(kinds)} axes are needed ({len(features)} features, {len(branches)} "
                f"conditions and the output); got {len(panels)}."
            )
        columns = column_names(self.trace.program.n_features, self.trace.program.feature_names)
        read = self.trace.features_read
        names = dict(zip(read, told_apart((columns[i] for i in read), LONGEST_TITLE), strict=True))
        for ax, column in zip(panels, features, strict=False):
            draw_feature(ax, self.trace, self.sample, column, names[column])
        if n_left_out:
            # The name of the feature, however long, stands in the line below.
            note = f"(the program reads {n_left_out} more, which move its output less)\n"
            panels[0].set_title(note, loc="right", fontsize="small", color=NOTE)
        for ax, branch in zip(panels[len(features) :], branches, strict=False):
            draw_gate(ax, self.trace, self.sample, branch)
        draw_output(panels[-1], self.trace, self.sample)
        panels[-1].set_xlabel("frame")
        self.axes_ = panels
        self.figure_: Figure = panels[-1].get_figure(root=True)
        return self


def _check_sample(sample: Any, n_samples: int) -> int:
    if isinstance(sample, bool) or not isinstance(sample, int | np.integer):
        raise TypeError(f"sample must be an integer; got a {type(sample).__name__}.")
    if not -n_samples <= sample < n_samples:
        raise ValueError(f"sample={sample} is no index of {n_samples} sequences.")
    return int(sample) % n_samples
