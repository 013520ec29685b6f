"""What a program offers to those who read it: traces, sentences, tables and pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from .intervals import ProgramIntervals
    from .knock_out import KnockOutTable
    from .program import Program
    from .trace import Trace


class Explanations:
    """Traces of a program, and its drawing in HTML."""

    @property
    def _itself(self) -> Program:
        return cast("Program", self)

    def trace(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        *,
        reference: ArrayLike | Literal["mean"] | None = None,
    ) -> Trace:
        """Evaluate the program and keep what it does on the way.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of \
                array-like of shape (T_i, n_features)
            Sequences, as for a call of the program. Few are best: the value of every
            subexpression after every frame is kept.
        reference : array-like of shape (n_features,), "mean" or None, default=None
            The frame that features are compared with for their contributions: "mean" is
            that of all frames of `X`; None is 0, so that a contribution is weight times
            value.

        Returns
        -------
        trace : Trace
            Values of all subexpressions, the branches taken, and the contribution of
            each feature.

        Raises
        ------
        TypeError, ValueError
            If `X` is no sequences of `n_features`, or if `reference` is no frame.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse(
        ...     "if SlideWindowAvg[all](Affine[x1](x1)) >= 0:"
        ...     " SlideWindowAvg[all](Affine[x0](2*x0 - 5))"
        ...     " else: SlideWindowAvg[all](Constant(-1))",
        ...     Grammar.paper(2),
        ... )
        >>> print(program.trace(np.array([[[1.0, -2.0], [3.0, 4.0]]])))
        Trace of 1 sequence of 2 frames; output: one value, whose sign decides
        reached  least  mean  greatest
          100 %     -1    -1        -1  ITE: then 50 %, else 50 %
          100 %     -2  -0.5         1    if ≥ 0: SlideWindowAvg[all]
          100 %     -2  -0.5         1      Affine[x1](x1)
           50 %     -1    -1        -1    then: SlideWindowAvg[all]
           50 %     -1    -1        -1      Affine[x0](2*x0 - 5)
           50 %     -1    -1        -1    else: SlideWindowAvg[all]
           50 %     -1    -1        -1      Constant(-1)
        mean size of contributions: x0 4
        decisions: not positive 1 sequence; settled from frame 0 on (median)
        """
        from .trace import trace_program

        return trace_program(self._itself, X, reference)

    def to_html(
        self,
        path: str | os.PathLike[str],
        X: ArrayLike | Sequence[ArrayLike] | None = None,
        y: ArrayLike | None = None,
        *,
        max_samples: int = 50,
        intervals: ProgramIntervals | None = None,
    ) -> Path:
        """Write a page that shows the program, and with sequences also what it does on them.

        The page is one file that loads nothing else. It holds the program as a tree that
        folds and, for each embedded sequence, the features, the conditions with the branch
        taken, the output, the value of every part at a chosen frame, and what each
        feature brings there, compared with the mean frame of the embedded sequences.

        Parameters
        ----------
        path : str or path-like
            The file to write; one that exists is replaced once the new one is complete.
        X : array-like of shape (n_samples, n_timesteps, n_features), list of \
                array-like of shape (T_i, n_features), or None, default=None
            Sequences to embed, as for a call of the program. Every one of them can be read
            out of the page by those who get it.
        y : array-like of shape (n_samples,) or (n_samples, n_timesteps), or None, default=None
            Their classes, one for each frame in a program of list->list; what is masked has none.
        max_samples : int, default=50
            Most sequences to embed, of each class as large a share as of the others. There are
            fewer where they would make the page larger than a megabyte: it takes about seven
            bytes for each value of each part of the program after each frame. Those that have no
            room on it alone are left out; where none has, the shortest is cut. The page says so.
        intervals : ProgramIntervals or None, default=None
            Intervals of the numbers of the program, such as those of
            :func:`~sklearn_dpads.inspection.stability`, to show with them. In a table of
            classes, numbers whose sign is not sure have no colour.

        Returns
        -------
        path : pathlib.Path
            The file.

        Raises
        ------
        FileNotFoundError
            If the folder of `path` does not exist.
        TypeError, ValueError
            If `X` is no sequences of `n_features`, if `y` is of another shape, given
            without `X` or of other classes than the program's, if `max_samples` is no positive
            integer, or if `intervals` are of another program.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + 0.9*previous))", Grammar.paper(2))
        >>> X = np.random.default_rng(0).normal(size=(3, 20, 2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = program.to_html(Path(folder) / "program.html", X)
        ...     page.read_text(encoding="utf-8").splitlines()[0]
        '<!DOCTYPE html>'
        """
        from ..export.html import write_html

        return write_html(self._itself, path, X, y, max_samples, intervals)

    def compact(self, digits: int = 3) -> str:
        """Give the program in one line, for tables.

        Statistics of frames stand around what is read, as in ``avg10(speed)``, and those of values
        have braces. A group has its name, or that of the one feature whose weight isn't 0, with a
        sign where there is one output. Weights and constants are left out, but for thresholds.

        Parameters
        ----------
        digits : int, default=3
            Significant digits of thresholds.

        Returns
        -------
        line : str
            To be read by people; :meth:`to_text` gives what :meth:`parse` reads.

        Examples
        --------
        >>> from sklearn_dpads import Grammar, Program
        >>> names = ["speed", "turn"]
        >>> program = Program.parse(
        ...     "if SlideWindowAvg[10](Affine[speed](2*speed - 3)) >= 0:"
        ...     " SlideWindowStd[all](Affine[turn](-turn))"
        ...     " else: SlideWindowAvg[5](Multiply(Affine[speed](speed), Affine[turn](turn)))",
        ...     Grammar.default(2, feature_names=names),
        ...     feature_names=names,
        ... )
        >>> print(program.compact())
        avg10(speed) > 1.5 ? -std(turn) : avg5(speed)·avg5(turn)
        """
        from .compact import compact

        return compact(self._itself, digits)

    def describe(self, X: ArrayLike | Sequence[ArrayLike]) -> str:
        """Say in plain sentences what the program does on some sequences.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of \
                array-like of shape (T_i, n_features)
            Sequences, as for a call of the program.

        Returns
        -------
        text : str
            A line for every part: what it reads, which features move it and by how much per
            standard deviation, the share of sequences (or frames) that take a branch, and how much
            its value varies, as a standard deviation; with more than one output that is the mean
            over the outputs, less what is common to all. Of one sequence, or one that comes to a
            branch, nothing varies: its value is told.

        Raises
        ------
        TypeError, ValueError
            If `X` is no sequences of `n_features`.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_dpads import Grammar, Program
        >>> names = ["speed", "turn"]
        >>> program = Program.parse(
        ...     "if SlideWindowAvg[10](Affine[speed](speed - 0.2)) >= 0:"
        ...     " SlideWindowStd[all](Affine[turn](-2*turn))"
        ...     " else: SlideWindowAvg[all](Constant(-1))",
        ...     Grammar.default(2, feature_names=names),
        ...     feature_names=names,
        ...     classes=("rest", "walk"),
        ... )
        >>> print(program.describe(np.random.default_rng(0).normal(size=(50, 20, 2))))
        Gives one value for a sequence: above 0 it is walk, else rest.
        If this is at least 0, as in 28% of the sequences that come here:
          The mean of the last 10 frames: more speed (0.35); it varies by 0.35.
        then
          The standard deviation of all frames so far: less turn (0.19); it varies by 0.19.
        else
          The constant -1.
        """
        from .describe import describe

        return describe(self._itself, X)

    def knock_out(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        y: Any,
        score: Callable[[Any, Any], float] | None = None,
    ) -> KnockOutTable:
        """Score the program without each of its parts, groups and features.

        What is left out is taken to be what it is on average, so that nothing else moves.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of \
                array-like of shape (T_i, n_features)
            Sequences, as for a call of the program: best those that it was not fitted to.
        y : array-like of shape (n_samples,), or of labels of frames
            Their labels, of the program's classes.
        score : callable or None, default=None
            ``score(true, predicted)``, such as :func:`sklearn.metrics.f1_score`; None is the
            accuracy. Of sequences and of frames those count that have a label, and aren't masked.

        Returns
        -------
        table : list of KnockOut
            With ``kind``, ``name``, ``score`` and ``lost`` of each, of a kind those first
            without which most is lost. It prints as a table, and its ``score`` is that of the
            whole program.

        Raises
        ------
        TypeError, ValueError
            If `X` is no sequences of `n_features`, the program knows no classes, or a label of a
            sequence, or all of frames, are none of them.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_dpads import Grammar, Program
        >>> names = ["speed", "turn"]
        >>> program = Program.parse(
        ...     "Add(SlideWindowAvg[all](Affine[speed](2*speed)),"
        ...     " SlideWindowStd[all](Affine[turn](turn - 1)))",
        ...     Grammar.default(2, feature_names=names),
        ...     feature_names=names,
        ...     classes=("rest", "walk"),
        ... )
        >>> X = np.random.default_rng(0).normal(size=(100, 20, 2))
        >>> y = np.where(X[:, :, 0].mean(axis=1) > 0, "walk", "rest")
        >>> program.knock_out(X, y)
        score of the whole program: 0.920
        without   score    lost
        part      0.530  +0.390  avg(speed)
        part      0.890  +0.030  std(turn)
        group     0.530  +0.390  speed
        group     0.890  +0.030  turn
        feature   0.530  +0.390  speed
        feature   0.890  +0.030  turn
        """
        from .knock_out import knock_out

        return knock_out(self._itself, X, y, score)

    def _repr_html_(self) -> str:
        from ..export.html_tree import program_fragment

        return program_fragment(self._itself)
