"""How often programs hold the same groups, features, statistics and spans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..estimator.result_html import table_html
from ..grammar import Grammar
from ..inputs.optional import import_pandas
from ..program import Program
from .contents import KINDS, contents
from .tables import text_table

if TYPE_CHECKING:
    import pandas as pd

# Less often than this a thing is left out of what is printed: nobody would report it.
_LEAST_SHOWN = 0.1
_TITLES = ("kind", "bootstraps", "near programs", "chosen", "name")


@dataclass(frozen=True)
class Occurrence:
    """How often programs hold a thing.

    Parameters
    ----------
    kind : {"group", "feature", "statistic", "span", "statistic of group"}
        What sort of thing it is.
    name : str
        Its name, as a program's line (:meth:`Program.compact`) has it.
    share : float
        Share of the bootstraps whose chosen program holds it; NaN without bootstraps.
    near_share : float
        Share of the programs of the fitted classifier that hold it, of those within two standard
        errors of the least loss.
    chosen : bool
        Whether the fitted classifier's program holds it.
    """

    kind: str
    name: str
    share: float
    near_share: float
    chosen: bool


class OccurrenceTable(list["Occurrence"]):
    """A list of occurrences that prints as a table; :func:`stability` gives it.

    Parameters
    ----------
    occurrences : iterable of Occurrence
        The occurrences.
    """

    def stable(self, share: float = 0.8) -> OccurrenceTable:
        """Give what at least this share of the bootstraps have.

        Parameters
        ----------
        share : float, default=0.8
            A number from 0 to 1.
        """
        return OccurrenceTable(found for found in self if found.share >= share)

    def of_kind(self, kind: str) -> OccurrenceTable:
        """Give those of one kind.

        Parameters
        ----------
        kind : str
            "group", "feature", "statistic", "span" or "statistic of group".
        """
        if kind not in KINDS:
            names = ", ".join(map(repr, KINDS))
            raise ValueError(f"kind={kind!r} is not allowed; give one of {names}.")
        return OccurrenceTable(found for found in self if found.kind == kind)

    def __repr__(self) -> str:
        if not self:
            return "Nothing occurs."
        return "\n".join([*text_table(_TITLES, self._rows()), *self._left_out()])

    def _repr_html_(self) -> str:
        if not self:
            return "<p>Nothing occurs.</p>"
        rows = self._rows()
        return table_html(_TITLES, rows, [row[-1] for row in rows], self._left_out())

    def to_frame(self) -> pd.DataFrame:
        """Give all occurrences as a table of pandas.

        Returns
        -------
        frame : pandas.DataFrame
            One row each, with the columns ``kind``, ``name``, ``share``, ``near_share`` and
            ``chosen``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        columns = ("kind", "name", "share", "near_share", "chosen")
        data = {name: [getattr(found, name) for found in self] for name in columns}
        frame: pd.DataFrame = import_pandas("OccurrenceTable.to_frame").DataFrame(data)
        return frame

    def shown(self) -> OccurrenceTable:
        """Give those that are printed: what the chosen program or a tenth of others hold."""
        kept = [o for o in self if o.chosen or not max(o.share, o.near_share) < _LEAST_SHOWN]
        return OccurrenceTable(kept)

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (o.kind, _percent(o.share), _percent(o.near_share), "yes" * o.chosen, o.name)
            for o in self.shown()
        ]

    def _left_out(self) -> list[str]:
        n_left = len(self) - len(self.shown())
        return [f"… and {n_left} that fewer than 10 % have; .to_frame() holds all."] * (n_left > 0)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share == share else ""


def count_occurrences(
    drawn: Sequence[Program],
    near: Sequence[Program],
    chosen: Program,
    grammar: Grammar | None = None,
) -> OccurrenceTable:
    """Count what programs hold.

    Parameters
    ----------
    drawn : sequence of Program
        Programs of the bootstraps.
    near : sequence of Program
        Programs of the fitted classifier that are as good as the best.
    chosen : Program
        That of the fitted classifier.
    grammar : Grammar or None, default=None
        The language of all; see :func:`~.contents.contents`.

    Returns
    -------
    table : OccurrenceTable
        By kind, the most frequent first.
    """
    held, near_held = ([contents(p, grammar) for p in programs] for programs in (drawn, near))
    of_chosen = contents(chosen, grammar)
    items = of_chosen.union(*held, *near_held)
    found = [
        Occurrence(kind, name, _share(item, held), _share(item, near_held), item in of_chosen)
        for item in items
        for kind, name in [item]
    ]
    found.sort(key=lambda o: (KINDS.index(o.kind), -o.share, -o.near_share, o.name))
    return OccurrenceTable(found)


def _share(item: Any, held: Iterable[frozenset[Any]]) -> float:
    members = [item in of_one for of_one in held]
    return sum(members) / len(members) if members else float("nan")
