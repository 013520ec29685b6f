"""The programs that a search scored, as a user sees them: records, and their table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

import numpy as np

from ..inputs.optional import import_pandas
from ..program import Expression, Program
from ..program.text import shortened
from ..search import (
    JudgedProgram,
    Rule,
    ranked,
)
from .result_html import table_html
from .task import Outcome

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ProgramRecord:
    """A program that a search scored.

    Parameters
    ----------
    program : Program
        The program, in the user's units.
    score : float
        Score by cross-fitting: every sequence is predicted with parameters that were
        fitted without it. What the program reads was chosen by the same folds, so that with few
        sequences and many features the score on new data is lower.
    loss, loss_error : float
        Loss of training by cross-fitting, cross-entropy with a share of soft F1, with the outputs
        scaled by the one factor that suits them best (temperature scaling), and its standard
        error.
    cost : int
        Structural cost.
    n_parameters : int
        Numbers other than 0 that the program holds.
    depth : int
        Number of levels.
    on_front : bool
        Whether the program is on the Pareto front: no other has a score as high at a
        cost as low, one of the two strictly better.
    rank : int
        Index in `programs_`; 0 is the program chosen.
    recalls : dict of label to float, default={}
        By class, the share of its sequences, or frames, that are predicted right, by
        cross-fitting.
    scoring : str, default=""
        What the score is called.
    """

    program: Program
    score: float
    loss: float
    loss_error: float
    cost: int
    n_parameters: int
    depth: int
    on_front: bool
    rank: int
    recalls: dict[Any, float] = field(default_factory=dict)
    scoring: str = ""

    def __str__(self) -> str:
        front = ", on the Pareto front" if self.on_front else ""
        return f"score {self.score:.3f}, cost {self.cost}{front}\n{self.program}"


def make_records(
    outcomes: Sequence[Outcome],
    as_program: Callable[[Expression], Program],
    structural_penalty: float,
    rule: Rule,
    scoring: str = "",
) -> ProgramTable:
    """Pool the programs of some searches.

    Parameters
    ----------
    outcomes : sequence of Outcome
        At least one.
    as_program : callable
        Makes a program in the user's units of an expression.
    structural_penalty : float
        Price of a unit of structural cost.
    rule : callable
        What makes one program better than another.
    scoring : str, default=""
        What the score is called.

    Returns
    -------
    records : ProgramTable
        First the program to take: of the programs that the searches chose, and fitted to
        all the data, the one that the rule puts first among all programs. Then the others
        as :func:`~.search.ranked` orders them, and last those with a defect.
        A shape that several searches met appears once.
    """
    kept = _pooled(outcomes, structural_penalty, rule)
    front = pareto_front([c.score if c.sound else -np.inf for c in kept], [c.cost for c in kept])
    programs = [as_program(c.expression) for c in kept]
    return ProgramTable(
        ProgramRecord(
            program=program,
            score=c.score,
            loss=c.loss,
            loss_error=c.loss_error,
            cost=c.cost,
            n_parameters=program.n_parameters,
            depth=c.expression.depth,
            on_front=c.sound and on_front,
            rank=rank,
            scoring=scoring,
            recalls=dict(zip(program.classes or (), c.recalls, strict=False)),
        )
        for rank, (c, program, on_front) in enumerate(zip(kept, programs, front, strict=True))
    )


def _pooled(
    outcomes: Sequence[Outcome], structural_penalty: float, rule: Rule
) -> list[JudgedProgram]:
    """The programs of some searches in order, each shape once."""
    pool = [program for outcome in outcomes for program in outcome.programs]
    sound = ranked([p for p in pool if p.sound], structural_penalty, rule)
    unsound = ranked([p for p in pool if not p.sound], structural_penalty, rule)
    chosen = outcome_of_choice(outcomes, structural_penalty, rule).programs[0]
    by_shape: dict[str, JudgedProgram] = {}
    for program in (chosen, *sound, *unsound):
        by_shape.setdefault(program.expression.skeleton(), program)
    return list(by_shape.values())


def outcome_of_choice(
    outcomes: Sequence[Outcome], structural_penalty: float, rule: Rule
) -> Outcome:
    """The search whose choice is best among what all of them found."""
    least = min(outcome.severity for outcome in outcomes)
    pool = [program for outcome in outcomes for program in outcome.programs]
    # What one search chose may not be good enough beside what the others found.
    key = rule([p for p in pool if p.sound] or pool, structural_penalty)
    return min((o for o in outcomes if o.severity == least), key=lambda o: key(o.programs[0]))


def pareto_front(scores: Sequence[float], costs: Sequence[int]) -> list[bool]:
    """Tell which points no other point beats in score and cost together.

    Of points that are equal in both, all are on the front or none.

    Examples
    --------
    >>> pareto_front([0.9, 0.8, 0.7, 0.7], [5, 3, 3, 2])
    [True, True, False, True]
    """
    points = list(zip(scores, costs, strict=True))
    return [
        not any(score >= s and cost <= c and (score > s or cost < c) for score, cost in set(points))
        for s, c in points
    ]


_COLUMNS = ("rank", "score", "loss ± error", "cost", "numbers", "front", "program")
# Of a table that is printed: what a screen holds. A search scores hundreds of programs, and some
# take a page.
_MOST_ROWS = 20
_LONGEST_PROGRAM = 100


class ProgramTable(list["ProgramRecord"]):
    """The programs that a search scored: a list of records that prints as a table.

    Records are found, sliced, sorted and pickled as in any list. A record keeps its
    `rank`, the index to give to ``predict(X, program=rank)``, wherever it goes.

    Parameters
    ----------
    records : iterable of ProgramRecord
        The records.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import DPadsClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 15)
    >>> X = rng.normal(size=(30, 6, 1))
    >>> X[y == "walk"] += 2.0
    >>> clf = DPadsClassifier(max_depth=2, max_iter=5, max_refinements=0, random_state=0)
    >>> programs = clf.fit(X, y).programs_
    >>> print(programs)  # doctest: +ELLIPSIS
    rank  F1 of walk   loss ± error  cost  numbers  front  program
       0  ...
    >>> all(record.on_front for record in programs.front)
    True
    """

    @property
    def front(self) -> ProgramTable:
        """Those on the Pareto front of score and cost, the cheapest first."""
        kept = [record for record in self if record.on_front]
        return ProgramTable(sorted(kept, key=lambda record: (record.cost, record.rank)))

    @overload
    def __getitem__(self, index: SupportsIndex) -> ProgramRecord: ...

    @overload
    def __getitem__(self, index: slice) -> ProgramTable: ...

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return ProgramTable(found) if isinstance(index, slice) else found

    def __repr__(self) -> str:
        if not self:
            return "No programs."
        rows = [self._titles(), *self._rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS) - 1)]
        lines = [
            "  ".join([*(cell.rjust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
            for row in rows
        ]
        return "\n".join([*lines, *self._left_out()])

    def _repr_html_(self) -> str:
        if not self:
            return "<p>No programs.</p>"
        texts = [str(record.program) for record in self._shown()]
        return table_html(self._titles(), list(self._rows()), texts, self._left_out())

    def to_frame(self, *, recalls: bool = False) -> pd.DataFrame:
        """Give all programs as a table of pandas.

        Parameters
        ----------
        recalls : bool, default=False
            Whether to add a column ``recall of CLASS`` for each class: the share of it that is
            predicted right, by cross-fitting.

        Returns
        -------
        frame : pandas.DataFrame
            One row per program, with the `rank` as index and the columns ``score``,
            ``loss``, ``loss_error``, ``cost``, ``n_parameters``, ``depth``, ``on_front`` and
            ``program``, the program's text in one line.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = import_pandas("ProgramTable.to_frame")
        columns = ("score", "loss", "loss_error", "cost", "n_parameters", "depth", "on_front")
        data = {name: [getattr(record, name) for record in self] for name in columns}
        data["program"] = [record.program.to_text(width=None) for record in self]
        if recalls and self:
            for label in self[0].recalls:
                data[f"recall of {label}"] = [record.recalls[label] for record in self]
        index = pandas.Index([record.rank for record in self], name="rank")
        frame: pd.DataFrame = pandas.DataFrame(data, index=index)
        return frame

    def _titles(self) -> tuple[str, ...]:
        return tuple(self[0].scoring or n if n == "score" else n for n in _COLUMNS)

    def _shown(self) -> list[ProgramRecord]:
        return list(self[:_MOST_ROWS])

    def _rows(self) -> Iterator[tuple[str, ...]]:
        """Cells of the rows that are shown."""
        for record, text in zip(self._shown(), _lines(self._shown()), strict=True):
            yield (
                str(record.rank),
                f"{record.score:.3f}",
                f"{record.loss:.3f} ± {record.loss_error:.3f}",
                str(record.cost),
                str(record.n_parameters),
                "yes" if record.on_front else "",
                text,
            )

    def _left_out(self) -> list[str]:
        if len(self) <= _MOST_ROWS:
            return []
        left = len(self) - _MOST_ROWS
        return [f"… and {left} more; .front holds the best for their cost, .to_frame() all."]


def _lines(records: Sequence[ProgramRecord]) -> list[str]:
    """Programs in one line each, no two alike."""
    lines = [record.program.compact() for record in records]
    counts = Counter(lines)
    return [
        shortened(
            line if counts[line] == 1 else record.program.expression.skeleton(), _LONGEST_PROGRAM
        )
        for record, line in zip(records, lines, strict=True)
    ]
