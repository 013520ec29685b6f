"""Predictions of classifiers whose fitted model is a program, by it or by another program."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..grammar import Signature
from ..inputs.outputs import logarithms, probabilities, top_codes
from ..inputs.sequences import Sequences
from ..program import Program
from .positive import order_of_program, places_of
from .results import ProgramRecord, ProgramTable

# What names a program of a classifier: its place or its record in programs_, or the program itself.
AProgram: TypeAlias = int | ProgramRecord | Program


class PredictsMixin:
    """Methods that predict, for classifiers whose model is a program."""

    if TYPE_CHECKING:
        # What the form of labels gives, and what was fitted.
        _signature: ClassVar[Signature]
        _read: Callable[[Any], Sequences]
        _pad_values: Callable[[NDArray[np.float64], Sequences], NDArray[np.float64]]
        _pad_labels: Callable[[NDArray[Any], Sequences], NDArray[Any]]
        program_: Program
        programs_: ProgramTable
        classes_: NDArray[Any]
        n_features_in_: int
        n_outputs_: int

    def decision_function(
        self, X: ArrayLike | Sequence[ArrayLike], program: AProgram | None = None
    ) -> NDArray[np.float64]:
        """Return what the program gives.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        program : int, ProgramRecord, Program or None, default=None
            Which program to ask: an index of `programs_` or one of its records, any program over
            the same features and of the same classes, or None for `program_`. What it names
            counts, in whatever order, and columns and outputs in their order where it names none.

        Returns
        -------
        values : ndarray of shape (n_samples,) or (n_samples, n_classes), float64
            For two classes the log-odds of the second, ``classes_[1]``, whichever of them is
            the positive one; for more, one logit per class. With a label per frame the second
            axis is time, and values past a sequence's end are NaN.
        """
        values, classes, data = self._values(X, program)
        if self.n_outputs_ == 1:
            turned = classes[0] != self.classes_[0]
            return self._pad_values(-values if turned else values, data)[..., 0]
        return self._pad_values(values[..., places_of(self.classes_, classes)], data)

    def predict_proba(
        self, X: ArrayLike | Sequence[ArrayLike], program: AProgram | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        program : int, ProgramRecord, Program or None, default=None
            Which program to ask, as in :meth:`decision_function`.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            Probabilities, in the order of `classes_`. With a label per frame of shape
            (n_samples, n_timesteps, n_classes), NaN past a sequence's end.
        """
        values, classes, data = self._values(X, program)
        shares = probabilities(values)[..., places_of(self.classes_, classes)]
        return self._pad_values(shares, data)

    def predict_log_proba(
        self, X: ArrayLike | Sequence[ArrayLike], program: AProgram | None = None
    ) -> NDArray[np.float64]:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        program : int, ProgramRecord, Program or None, default=None
            Which program to ask, as in :meth:`decision_function`.

        Returns
        -------
        logs : ndarray of the shape of :meth:`predict_proba`, float64
            Natural logarithms, minus infinity for a probability of 0.
        """
        values, classes, data = self._values(X, program)
        shares = probabilities(values)[..., places_of(self.classes_, classes)]
        return logarithms(self._pad_values(shares, data))

    def predict(
        self, X: ArrayLike | Sequence[ArrayLike], program: AProgram | None = None
    ) -> NDArray[Any]:
        """Return the most probable class of each sequence, or of each frame.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        program : int, ProgramRecord, Program or None, default=None
            Which program to ask, as in :meth:`decision_function`.

        Returns
        -------
        labels : ndarray of shape (n_samples,) or (n_samples, n_timesteps)
            Labels, of the type that `y` had in :meth:`fit`. Past a sequence's end: -1 for
            integers, NaN for floats, "" for text, None for objects, False for booleans.
        """
        values, classes, data = self._values(X, program)
        return self._pad_labels(classes[top_codes(values)], data)

    def _values(
        self, X: ArrayLike | Sequence[ArrayLike], program: AProgram | None
    ) -> tuple[NDArray[np.float64], NDArray[Any], Sequences]:
        """What a program gives, and the classes in the order in which it has them."""
        data = self._read(X)
        chosen = self._find_program(program)
        named = self.program_.classes if chosen.classes is None else chosen.classes
        if named is not None and set(named) != set(self.classes_.tolist()):
            raise ValueError(
                f"program tells the classes {list(named)}; those of the classifier are "
                f"{self.classes_.tolist()}. Give one of the same classes."
            )
        with np.errstate(over="ignore", invalid="ignore"):
            values = chosen.evaluate(self._columns_of(chosen, data))
        finite = np.isfinite(self._pad_values(values, data)).all(axis=-1)
        if values.ndim == 3:
            finite = (finite | ~data.mask()).all(axis=1)
        if not finite.all():
            warnings.warn(
                f"The program gives values that are not finite for {int((~finite).sum())} of "
                f"{len(values)} sequences; they are replaced by 0 where undefined, else by the "
                "largest number. Look whether these sequences are much longer or their values "
                "much larger than in training, or choose a program without Fold and Multiply.",
                RuntimeWarning,
                stacklevel=3,
            )
        return np.nan_to_num(values), order_of_program(named, self.classes_), data

    def _columns_of(self, program: Program, data: Sequences) -> Sequences:
        """Give the columns in the order in which a program names them."""
        order = self._order_of_columns(program)
        return data if order is None else Sequences(data.frames[..., order], data.lengths)

    def _order_of_columns(self, program: Program) -> list[int] | None:
        """Which columns a program reads; None where it reads them as they are."""
        known = getattr(self, "feature_names_in_", None)
        if known is None or program.feature_names is None:
            return None
        ours, theirs = known.tolist(), list(program.feature_names)
        if ours == theirs:
            return None
        if sorted(ours) != sorted(theirs):
            raise ValueError(
                f"program reads the features {theirs}; those of the classifier are {ours}. Give "
                "one over the same features."
            )
        return [ours.index(name) for name in theirs]

    def _find_program(self, program: AProgram | None) -> Program:
        if program is None:
            return self.program_
        program = program.program if isinstance(program, ProgramRecord) else program
        if isinstance(program, Program):
            if (program.n_features, program.n_outputs) != (self.n_features_in_, self.n_outputs_):
                raise ValueError(
                    f"program takes {program.n_features} features and gives {program.n_outputs} "
                    f"value(s); needed are {self.n_features_in_} and {self.n_outputs_}."
                )
            if program.expression.signature != self._signature:
                raise ValueError(
                    f"program is {program.expression.signature}; needed is {self._signature}."
                )
            return program
        if isinstance(program, bool) or not isinstance(program, int | np.integer):
            raise TypeError(
                "program must be an index or a record of programs_, a Program, or None; got a "
                f"{type(program).__name__}."
            )
        if not -len(self.programs_) <= program < len(self.programs_):
            raise ValueError(
                f"program={program} is no index of programs_, which holds "
                f"{len(self.programs_)} programs (0 to {len(self.programs_) - 1})."
            )
        return self.programs_[program].program
