"""The synthesized program: a tree that evaluates, prints and saves itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike

from ..grammar import (
    Affine,
    Grammar,
    Input,
    Production,
)
from ..grammar.groups import check_n_features
from ..inputs.sequences import check_sequences
from .data_options import check_data_options
from .evaluate import Sequences, evaluate
from .exports import Exports
from .expression import Array, Expression
from .scales import Scales, per_deviation

if TYPE_CHECKING:
    from .knock_out import KnockOutTable
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
            Their classes, one for each frame in a program of list->list.
        max_samples : int, default=50
            Most sequences to embed, the first ones of `X`. A page takes about seven bytes
            for each value of each part of the program after each frame.

        Returns
        -------
        path : pathlib.Path
            The file.

        Raises
        ------
        FileNotFoundError
            If the folder of `path` does not exist.
        TypeError, ValueError
            If `X` is no sequences of `n_features`, if `y` is of another shape or given
            without `X`, or if `max_samples` is no positive integer.

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

        return write_html(self._itself, path, X, y, max_samples)

    def _repr_html_(self) -> str:
        from ..export.html_tree import program_fragment

        return program_fragment(self._itself)


@dataclass(frozen=True, eq=False)
class Program(Exports, Explanations):
    """A discrete program over sequences of frames.

    Parameters
    ----------
    expression : Expression
        The tree, of signature list->atom (one value per sequence) or list->list (one
        per frame).
    n_features : int
        Length of a frame.
    feature_names : tuple of str or None, default=None
        Names of the columns; ``x0``, ``x1``, … where None.
    classes : tuple or None, default=None
        Class labels; with two, the single output is the log-odds of the second.
    digits : int or None, default=None
        Significant digits with which it is printed where no number is asked for: as many as
        its numbers need to decide as they do on the data that they were fitted to. None
        prints as many as are usual.
    data_options : dict of str to str, or None, default=None
        How the file was read that it was fitted to, by the options of the command line: what
        ``fit`` writes there, ``predict`` reads new files with. Nothing else depends on it.
    scales : Scales or None, default=None
        Means and standard deviations of what it reads, on the data that it was fitted to.
        Features far from 0 are printed around their mean, as in ``1.38*(pa - 101327)``.

    Raises
    ------
    ValueError
        If the tree reads columns that a frame does not have, if there are too many features, or
        if there is no such option.
    """

    expression: Expression
    n_features: int
    feature_names: tuple[str, ...] | None = None
    classes: tuple[Any, ...] | None = None
    digits: int | None = None
    data_options: Mapping[str, str] | None = None
    scales: Scales | None = None

    def __post_init__(self) -> None:
        check_n_features(self.n_features)
        for _, node in self.expression.walk():
            production = node.production
            if isinstance(production, Affine) and max(production.features) >= self.n_features:
                raise ValueError(
                    f"{production.label} reads column {max(production.features)}, but frames "
                    f"have {self.n_features} features."
                )
            if isinstance(production, Input) and node.width != self.n_features:
                raise ValueError(
                    f"Input gives {self.n_features} values, but width {node.width} is asked for."
                )
        if self.feature_names is not None:
            names = tuple(str(name) for name in self.feature_names)
            if len(names) != self.n_features:
                raise ValueError(
                    f"{len(names)} feature names were given for {self.n_features} features."
                )
            object.__setattr__(self, "feature_names", names)
        if self.data_options is not None:
            object.__setattr__(self, "data_options", check_data_options(self.data_options))

    @property
    def n_outputs(self) -> int:
        """Length of the output vector."""
        return self.expression.width

    @property
    def cost(self) -> int:
        """Structural cost: the sum over the productions of max(1, number of arguments)."""
        return self.expression.cost

    @property
    def n_parameters(self) -> int:
        """Number of numbers other than 0 that the program holds: what there is to read."""
        return self.expression.n_parameters

    @property
    def depth(self) -> int:
        """Number of levels of the tree; a sum within a sum adds none."""
        return self.expression.depth

    @property
    def n_productions(self) -> int:
        """Number of productions in the tree."""
        return self.expression.n_productions

    def __call__(self, X: ArrayLike | Sequence[ArrayLike]) -> Array:
        """Evaluate the program in numpy, in float64.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of \
                array-like of shape (T_i, n_features)
            Sequences in the user's own units; a 3D array may be padded with NaN at the
            end of a sequence.

        Returns
        -------
        values : ndarray of float64
            (n_samples, n_outputs) for a program of list->atom, (n_samples,
            n_timesteps, n_outputs) for list->list, with NaN past a sequence's end.
        """
        data = check_sequences(
            X,
            estimator_name="Program",
            n_features=self.n_features,
            feature_names=self.feature_names,
        )
        return self.evaluate(data)

    def evaluate(self, sequences: Sequences) -> Array:
        """Evaluate the program on sequences that were already checked."""
        values = evaluate(self.expression, sequences)
        if values.ndim == 3:
            past = np.arange(values.shape[1]) >= sequences.lengths[:, None]
            values = np.where(past[..., None], np.nan, values)
        return values

    def to_text(
        self,
        precision: int | None = None,
        *,
        width: int | None = 88,
        units: Literal["data", "sd"] = "data",
    ) -> str:
        """Give the program as text that :meth:`parse` reads back.

        Parameters
        ----------
        precision : int or None, default=None
            Significant digits of the numbers; 17 loses nothing. None takes
            :attr:`digits`, with which what is printed decides as the program does, or 4.
        width : int or None, default=88
            Columns to keep to where names allow it; None gives one line.
        units : {"data", "sd"}, default="data"
            Units of the weights. "sd" gives weights per standard deviation of what is read, and a
            feature stands for its distance from its mean in standard deviations: to compare
            weights with each other, with two digits. That text is to be read by people alone,
            and it needs :attr:`scales`, which programs of a fit have.

        Returns
        -------
        text : str
            Weights that are 0 are left out. Inside ``Fold``, ``previous`` is the
            accumulator. Names that are no plain words stand in double quotes.

        Examples
        --------
        >>> from sklearn_dpads import Grammar, Program
        >>> grammar = Grammar.paper(2, feature_names=["speed", "turn"])
        >>> program = Program.parse(
        ...     "SlideWindowAvg[5](Affine[speed](0.123456*speed - 1))",
        ...     grammar,
        ...     feature_names=["speed", "turn"],
        ... )
        >>> print(program.to_text(precision=2))
        SlideWindowAvg[5](Affine[speed](0.12*speed - 1))
        """
        from .text import format_program

        if units == "data":
            return format_program(self, self.printed_digits(4, precision), width)
        if units != "sd":
            raise ValueError(f"units must be 'data' or 'sd'; got {units!r}.")
        if self.scales is None:
            raise ValueError(
                "units='sd' needs the standard deviations of what the program reads. Programs of a "
                "fit have them, in scales; this one has none."
            )
        scaled = replace(self, expression=per_deviation(self.expression, self.scales), scales=None)
        return format_program(scaled, 2 if precision is None else precision, width)

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

        return compact(self, digits)

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
            over the outputs, less what is common to all.

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
            accuracy. Of frames those count that have a label.

        Returns
        -------
        table : list of KnockOut
            With ``kind``, ``name``, ``score`` and ``lost`` of each, of a kind those first
            without which most is lost. It prints as a table, and its ``score`` is that of the
            whole program.

        Raises
        ------
        TypeError, ValueError
            If `X` is no sequences of `n_features`, or the program knows no classes.

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

    def printed_digits(self, usual: int, precision: int | None = None) -> int:
        """Give the digits to print: those asked for, else those needed, else the usual number.

        Parameters
        ----------
        usual : int
            The number of digits where nothing is known of those that are needed.
        precision : int or None, default=None
            The number that was asked for.
        """
        if precision is not None:
            return precision
        return usual if self.digits is None else self.digits

    def __str__(self) -> str:
        return self.to_text()

    @classmethod
    def parse(
        cls,
        text: str,
        grammar: Grammar,
        *,
        n_features: int | None = None,
        feature_names: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
    ) -> Program:
        """Read a program from text.

        Parameters
        ----------
        text : str
            What :meth:`to_text` gives.
        grammar : Grammar
            The grammar that names the productions and feature groups of the text.
        n_features : int or None, default=None
            Length of a frame; by default the number of feature names, or else the
            fewest features that the grammar asks for.
        feature_names : sequence of str or None, default=None
            Names of the columns, as in the text.
        classes : sequence or None, default=None
            Class labels. Where None, outputs may have any names, the same throughout.

        Returns
        -------
        program : Program

        Raises
        ------
        ValueError
            Where the text is not a program of the grammar, with the line, the column,
            and what was expected there.
        """
        from .parser import parse_program

        return parse_program(
            text, grammar, n_features=n_features, feature_names=feature_names, classes=classes
        )

    def to_json(self, *, indent: int | None = None) -> str:
        """Give the program as JSON, with a format version.

        Parameters
        ----------
        indent : int or None, default=None
            Spaces to indent by; None gives one line.

        Returns
        -------
        text : str
            Numbers are written so that they are read back exactly. A user's production
            is stored by its name and the path of its function.

        Raises
        ------
        TypeError
            If a class label is no str, int, float or bool.
        ValueError
            If a parameter or a class label is not finite.
        """
        from .json import program_to_json

        return program_to_json(self, indent=indent)

    @classmethod
    def from_json(cls, text: str, *, productions: Iterable[Production] = ()) -> Program:
        """Read a program from JSON; nothing in it is imported or executed.

        Parameters
        ----------
        text : str
            What :meth:`to_json` gives.
        productions : iterable of Production, default=()
            The user's productions that the program may hold; of readers one of each statistic.

        Returns
        -------
        program : Program

        Raises
        ------
        ValueError
            If the text is no JSON, of another format or a newer version, or has a key, a
            production or a value that does not belong there; the message names it.
        """
        from .json import program_from_json

        return program_from_json(text, productions)

    def with_expression(self, expression: Expression) -> Program:
        """Give the program with another tree and the same names and classes."""
        return replace(self, expression=expression)
