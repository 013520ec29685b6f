"""Programs without the parts that decide nothing on given data.

What algebra alone shows to be superfluous is the matter of :mod:`.algebra`; here data decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..grammar import Affine
from ..inputs.outputs import top_codes
from ..inputs.sequences import Sequences
from .algebra import joined
from .evaluate import LastValues
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
    data = program.read(X)
    trial = _Trial(program, data, float(min_agreement))
    frame = data.frames[data.mask()].mean(axis=0)
    trial.join()
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
    """What a removal does to the program; the less, the earlier the removal is tried."""

    n_changed: int
    change_per_part: float
    n_removed_negative: int


class _Trial:
    """The program as far as it is simplified, and the decisions it has to keep."""

    def __init__(self, program: Program, sequences: Sequences, min_agreement: float) -> None:
        self.expression = program.expression
        self.n_changed = 0
        self._evaluator = LastValues(sequences, program.expression.signature)
        self._evaluator.keep(program.expression)
        self._values = self._evaluator.evaluate(program.expression)
        shape = self._values.shape[:-1]
        self._valid = sequences.mask() if len(shape) > 1 else np.ones(shape, dtype=bool)
        if not np.isfinite(self._values[self._valid]).all():
            raise ValueError(
                "The program gives values on X that are not finite, so that it decides nothing "
                "there. Leave those sequences out, or fit the program again."
            )
        self._decisions = self._decide(self._values)
        self.n_decisions = len(self._decisions)
        # A product such as 0.9 * 10 may come out just below the whole number it stands for.
        self._allowed = int((1.0 - min_agreement) * self.n_decisions + 1e-9)

    def join(self) -> None:
        """Read once what sums read in one way, as far as the program's own groups allow it."""
        productions = {node.production for _, node in self.expression.walk()}
        self._accept(joined(self.expression, productions))

    def shorten(self, mean_frame: Array) -> bool:
        """Make all removals that keep the decisions, those of least effect first."""
        found = list(self._keeping(mean_frame))
        # Equal removals stay in the order of the tree, so that the result is always the same.
        found.sort(key=lambda pair: pair[0])
        replaced_paths: list[Path] = []
        shortened = False
        for _, removal in found:
            if any(removal.path[: len(path)] == path for path in replaced_paths):
                continue
            if self._accept(removal.apply(self.expression)):
                shortened = True
                if removal.replaces:
                    replaced_paths.append(removal.path)
        return shortened

    def _keeping(self, mean_frame: Array) -> Iterator[tuple[_Effect, Removal]]:
        """Give the removals that, each alone, keep the decisions."""
        before = size(self.expression)
        for removal in removals(self.expression, mean_frame):
            expression = removal.apply(self.expression)
            n_removed = before - size(expression)
            values = self._evaluate(expression)
            if n_removed < 1 or values is None:
                continue
            n_changed = self._count_changed(values)
            if n_changed <= self._allowed:
                change = float(np.abs(values - self._values)[self._valid].mean())
                yield _Effect(n_changed, change / n_removed, -n_removed), removal

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


Path = tuple[int, ...]


@dataclass(frozen=True)
class Removal:
    """A change of one place of an expression, after which it has fewer parts.

    Parameters
    ----------
    path : tuple of int
        The place, as the numbers of the arguments that lead to it.
    change : callable
        Gives the expression that comes into the place of the one that is there.
    replaces : bool
        Whether another production comes there, so that paths that lead on are void.
    """

    path: Path
    change: Callable[[Expression], Expression]
    replaces: bool

    def apply(self, expression: Expression) -> Expression:
        """Give a whole expression with the place changed."""
        return expression.changed_at(self.path, self.change)


def size(expression: Expression) -> int:
    """Number of parts of an expression: productions, and numbers other than 0."""
    numbers = [value for _, node in expression.walk() for value in node.params.values()]
    return expression.n_productions + sum(int(np.count_nonzero(value)) for value in numbers)


def removals(expression: Expression, mean_frame: Array) -> Iterator[Removal]:
    """Give the removals of an expression, in depth-first order.

    Parameters
    ----------
    expression : Expression
        Any expression.
    mean_frame : ndarray of shape (n_features,)
        What a feature is on average; a weight may be dropped for a constant of this times
        the weight, besides being dropped outright.
    """
    for path, node in expression.walk():
        if node.production.neutral is not None:
            yield from (Removal(path, _argument(i), True) for i in (0, 1))
        elif node.production.branches:
            yield from (Removal(path, _argument(i), True) for i in (1, 2))
        elif node.production.recurrent:
            yield Removal(path, _without_initial, False)
        elif isinstance(node.production, Affine):
            yield from _terms(path, node, mean_frame[list(node.production.features)])


def _terms(path: Path, node: Expression, means: Array) -> Iterator[Removal]:
    for name, values in node.params.items():
        for row, column in zip(*np.nonzero(np.atleast_2d(values.T).T), strict=True):
            yield Removal(path, _without_term(name, row, column, 0.0), False)
            if name == "weight" and means[column] != 0:
                yield Removal(path, _without_term(name, row, column, means[column]), False)


def _argument(i: int) -> Callable[[Expression], Expression]:
    return lambda node: node.args[i]


def _without_initial(node: Expression) -> Expression:
    return node.with_params({"initial": np.zeros(node.width)})


def _without_term(
    name: str, row: int, column: int, mean: float
) -> Callable[[Expression], Expression]:
    """Drop a number of an ``Affine``, and let the bias take over what its term is on average."""

    def change(node: Expression) -> Expression:
        params = {key: value.copy() for key, value in node.params.items()}
        # A bias is a vector, of which this makes a column.
        number = np.atleast_2d(params[name].T).T
        params["bias"][row] += mean * number[row, column]
        number[row, column] = 0.0
        return node.with_params(params)

    return change
