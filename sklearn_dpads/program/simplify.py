"""Programs without the parts that decide nothing on given data.

What algebra alone shows to be superfluous is the matter of :mod:`._reduce`; here data decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..inputs.outputs import top_codes
from ..inputs.sequences import check_sequences
from ._edits import (
    Edit,
    Path,
    edits,
    size,
)
from ._incremental import IncrementalEvaluator
from .evaluate import Sequences
from .expression import Array, Expression

if TYPE_CHECKING:
    from .program import Program


@dataclass(frozen=True)
class Simplification:
    """A simplified program and how far it decides as the original does.

    Parameters
    ----------
    program : Program
        The simplified program.
    agreement : float
        Share of the decisions on the data that are those of the original, from 0 to 1.
    n_removed : int
        Number of parts that were removed: productions, and numbers other than 0.
    n_parts : int
        Number of parts of the original.
    n_decisions : int
        Number of decisions that were compared: one for each sequence, or for each frame of
        a program that gives a value per frame.
    """

    program: Program
    agreement: float
    n_removed: int
    n_parts: int
    n_decisions: int

    def __str__(self) -> str:
        same = round(self.agreement * self.n_decisions)
        return (
            f"{self.program}\n"
            f"decides as the original does in {same} of {self.n_decisions} cases; "
            f"{self.n_removed} of {self.n_parts} parts removed"
        )


def simplify(
    program: Program, X: ArrayLike | Sequence[ArrayLike], min_agreement: float = 1.0
) -> Simplification:
    """Remove what decides nothing; :meth:`Program.simplify` describes it."""
    _check_share(min_agreement)
    data = check_sequences(X, estimator_name="Program", n_features=program.n_features)
    trial = _Trial(program, Sequences(data.frames, data.lengths), float(min_agreement))
    frame = data.frames[data.mask()].mean(axis=0)
    while trial.shorten(frame):
        pass
    n_parts = size(program.expression)
    return Simplification(
        program=program.with_expression(trial.expression),
        agreement=1.0 - trial.n_changed / trial.n_decisions,
        n_removed=n_parts - size(trial.expression),
        n_parts=n_parts,
        n_decisions=trial.n_decisions,
    )


def _check_share(min_agreement: object) -> None:
    if isinstance(min_agreement, bool) or not isinstance(min_agreement, Real):
        raise TypeError(f"min_agreement must be a number from 0 to 1; got {min_agreement!r}.")
    if not 0.0 <= float(min_agreement) <= 1.0:
        raise ValueError(f"min_agreement must be from 0 to 1; got {min_agreement!r}.")


class _Effect(NamedTuple):
    """What an edit does to the program; the less, the earlier the edit is tried."""

    n_changed: int
    change_per_part: float
    n_removed_negative: int


class _Trial:
    """The program as far as it is simplified, and the decisions it has to keep."""

    def __init__(self, program: Program, sequences: Sequences, min_agreement: float) -> None:
        self.expression = program.expression
        self.n_changed = 0
        self._evaluator = IncrementalEvaluator(sequences, program.expression.signature)
        self._evaluator.keep(program.expression)
        self._values = self._evaluator.evaluate(program.expression)
        shape = self._values.shape[:-1]
        self._valid = np.ones(shape, dtype=bool)
        if len(shape) > 1:
            self._valid = np.arange(shape[1]) < sequences.lengths[:, None]
        if not np.isfinite(self._values[self._valid]).all():
            raise ValueError(
                "The program gives values on X that are not finite, so that it decides nothing "
                "there. Leave those sequences out, or fit the program again."
            )
        self._decisions = self._decide(self._values)
        self.n_decisions = len(self._decisions)
        # A product such as 0.9 * 10 may come out just below the whole number it stands for.
        self._allowed = int((1.0 - min_agreement) * self.n_decisions + 1e-9)

    def shorten(self, mean_frame: Array) -> bool:
        """Make all edits that keep the decisions, those of least effect first."""
        found = list(self._keeping(mean_frame))
        # Equal edits stay in the order of the tree, so that the result is always the same.
        found.sort(key=lambda pair: pair[0])
        replaced_paths: list[Path] = []
        shortened = False
        for _, edit in found:
            if any(edit.path[: len(path)] == path for path in replaced_paths):
                continue
            if self._accept(edit.apply(self.expression)):
                shortened = True
                if edit.replaces:
                    replaced_paths.append(edit.path)
        return shortened

    def _keeping(self, mean_frame: Array) -> Iterator[tuple[_Effect, Edit]]:
        """Give the edits that, each alone, keep the decisions."""
        before = size(self.expression)
        for edit in edits(self.expression, mean_frame):
            expression = edit.apply(self.expression)
            n_removed = before - size(expression)
            values = self._evaluate(expression)
            if n_removed < 1 or values is None:
                continue
            n_changed = self._count_changed(values)
            if n_changed <= self._allowed:
                change = float(np.abs(values - self._values)[self._valid].mean())
                yield _Effect(n_changed, change / n_removed, -n_removed), edit

    def _accept(self, expression: Expression) -> bool:
        if size(expression) >= size(self.expression):
            return False
        values = self._evaluate(expression)
        if values is None or self._count_changed(values) > self._allowed:
            return False
        self.expression, self.n_changed = expression, self._count_changed(values)
        self._evaluator.keep(expression)
        return True

    def _evaluate(self, expression: Expression) -> Array | None:
        """Give the values, or None where they are not finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            values = self._evaluator.evaluate(expression)
        return values if np.isfinite(values[self._valid]).all() else None

    def _count_changed(self, values: Array) -> int:
        return int((self._decide(values) != self._decisions).sum())

    def _decide(self, values: Array) -> NDArray[np.int64]:
        return top_codes(values[self._valid])
