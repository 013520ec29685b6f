"""The synthesized program: a tree that evaluates, prints and saves itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ..grammar import (
    Affine,
    Grammar,
    Input,
    Production,
)
from ..grammar.groups import check_n_features
from ..inputs.names import refuse_unordered
from ..inputs.sequences import Sequences, check_sequences
from .data_options import check_data_options
from .evaluate import evaluate
from .explanations import Explanations
from .exports import Exports
from .expression import Array, Expression
from .scales import Scales, n_numbers, per_deviation

if TYPE_CHECKING:
    from .intervals import ProgramIntervals


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
        refuse_unordered(self.feature_names, "feature_names")
        refuse_unordered(self.classes, "classes")
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
        return n_numbers(self.expression, self.scales)

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
        return self.evaluate(self.read(X))

    def read(self, X: ArrayLike | Sequence[ArrayLike]) -> Sequences:
        """Check sequences that the program is asked about, as a call of it does."""
        return check_sequences(
            X,
            estimator_name="Program",
            n_features=self.n_features,
            feature_names=self.feature_names,
        )

    def evaluate(self, sequences: Sequences) -> Array:
        """Evaluate the program on sequences that were already checked."""
        values = evaluate(self.expression, sequences)
        if values.ndim == 3:
            values = np.where(sequences.mask()[..., None], values, np.nan)
        return values

    def to_text(
        self,
        precision: int | None = None,
        *,
        width: int | None = 88,
        units: Literal["data", "sd"] = "data",
        intervals: ProgramIntervals | None = None,
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
        intervals : ProgramIntervals or None, default=None
            Intervals of the numbers, such as those of
            :func:`~sklearn_dpads.inspection.stability`. They are printed with half their width,
            as in ``0.52 ± 0.1``, or with their ends, as in ``0.17 [0.05 to 0.75]``, where the
            number isn't near the middle. The sign of ``0.05? ± 0.1`` is not sure. That text is to
            be read by people alone, too.

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
            return format_program(self, self.printed_digits(4, precision), width, intervals)
        if units != "sd":
            raise ValueError(f"units must be 'data' or 'sd'; got {units!r}.")
        if self.scales is None:
            raise ValueError(
                "units='sd' needs the standard deviations of what the program reads. Programs of a "
                "fit have them, in scales; this one has none."
            )
        if intervals is not None:
            intervals.check(self)
            intervals = intervals.per_deviation()
        scaled = replace(self, expression=per_deviation(self.expression, self.scales), scales=None)
        return format_program(scaled, 2 if precision is None else precision, width, intervals)

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
        TypeError
            If `productions` holds something else.
        ValueError
            If the text is no JSON, of another format or a newer version, or has a key, a
            production or a value that does not belong there; the message names it.
        """
        from .json import program_from_json

        return program_from_json(text, productions)

    def with_expression(self, expression: Expression) -> Program:
        """Give the program with another tree and the same names and classes."""
        return replace(self, expression=expression)
