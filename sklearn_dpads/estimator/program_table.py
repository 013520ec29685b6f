"""The programs of a search, as a list that prints as a table."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

if TYPE_CHECKING:
    import pandas as pd

    from ..program import Program
    from .results import ProgramRecord

_COLUMNS = ("rank", "score", "loss", "cost", "depth", "front", "program")
_MOST_ROWS = 20
_LONGEST_PROGRAM = 80
_DIGITS = 2
_STYLE = "text-align: left; font-family: monospace; white-space: pre-wrap"


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
    rank  score   loss  cost  depth  front  program
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
        rows = [_COLUMNS, *self._rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS) - 1)]
        lines = [
            "  ".join([*(cell.rjust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
            for row in rows
        ]
        return "\n".join([*lines, *self._left_out()])

    def _repr_html_(self) -> str:
        if not self:
            return "<p>No programs.</p>"
        head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
        body = "".join(
            "<tr>"
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + f'<td style="{_STYLE}" title="{escape(str(record.program))}">{escape(program)}</td>'
            + "</tr>"
            for record, (*cells, program) in zip(self, self._rows(), strict=False)
        )
        note = "".join(f"<p>{escape(line)}</p>" for line in self._left_out())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def to_frame(self) -> pd.DataFrame:
        """Give all programs as a table of pandas.

        Returns
        -------
        frame : pandas.DataFrame
            One row per program, with the `rank` as index and the columns ``score``,
            ``loss``, ``loss_error``, ``cost``, ``depth``, ``on_front`` and ``program``, the
            program's text in one line.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "to_frame needs pandas, which is not installed. Install it with: pip install "
                "pandas. Without it, the records in this list hold the same."
            ) from error
        columns = ("score", "loss", "loss_error", "cost", "depth", "on_front")
        data = {name: [getattr(record, name) for record in self] for name in columns}
        data["program"] = [record.program.to_text(width=None) for record in self]
        return pd.DataFrame(data, index=pd.Index([r.rank for r in self], name="rank"))

    def _rows(self) -> Iterator[tuple[str, ...]]:
        """Cells of the first rows."""
        for record in self[:_MOST_ROWS]:
            yield (
                str(record.rank),
                f"{record.score:.3f}",
                f"{record.loss:.3f}",
                str(record.cost),
                str(record.depth),
                "yes" if record.on_front else "",
                _short_text(record.program),
            )

    def _left_out(self) -> list[str]:
        if len(self) <= _MOST_ROWS:
            return []
        left = len(self) - _MOST_ROWS
        return [f"… and {left} more; .front holds the best for their cost, .to_frame() all."]


def _short_text(program: Program) -> str:
    """A program in one line: without its numbers where they don't fit."""
    text = program.to_text(_DIGITS, width=None)
    if len(text) > _LONGEST_PROGRAM:
        text = program.expression.skeleton()
    return text if len(text) <= _LONGEST_PROGRAM else f"{text[: _LONGEST_PROGRAM - 1]}…"
