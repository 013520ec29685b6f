"""How far the programs that searches find are from the best there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sklearn_dpads import Program
from sklearn_dpads.grammar import Affine
from sklearn_dpads.search import ranked

from .data_sets import BenchmarkSet
from .layout import MISSING, TextTable
from .oracle import Census, Oracle, Verdict
from .results import Row
from .summary import label_of

CHOICE = "enumeration's choice"


@dataclass(frozen=True)
class Placing:
    """Where a program stands among all.

    Parameters
    ----------
    label : str
        Who found it.
    seed : int or None
        With which seed; None where there is none.
    verdict : Verdict
        What cross-fitting says of it.
    regret : float
        Score of the best program minus its own.
    rank : int
        1 plus the number of programs of a greater score.
    price_regret : float
        Its loss plus structural penalty, minus the least there is.
    price_rank : int
        1 plus the number of programs of a lesser loss plus structural penalty.
    """

    label: str
    seed: int | None
    verdict: Verdict
    regret: float
    rank: int
    price_regret: float
    price_rank: int


def restrict_grammar(
    data: BenchmarkSet, groups: Sequence[str] | None, without: Sequence[str]
) -> BenchmarkSet:
    """The data set with fewer feature groups and productions.

    Parameters
    ----------
    data : BenchmarkSet
        The data set.
    groups : sequence of str or None
        Names of the feature groups to keep; None for all.
    without : sequence of str
        Labels or symbols of productions to leave out.

    Raises
    ------
    ValueError
        If a group or production is unknown.
    """
    grammar = data.searched_grammar
    if groups is not None:
        unknown = sorted(set(groups) - set(grammar.feature_groups))
        if unknown:
            known = ", ".join(grammar.feature_groups)
            raise ValueError(f"{data.name} has no feature group {unknown[0]!r}; it has {known}.")
        others = [
            production.label
            for production in grammar.productions
            if isinstance(production, Affine) and production.group not in groups
        ]
        grammar = grammar.without(*others)
    return replace(data, grammar=grammar.without(*without))


def placings(oracle: Oracle, census: Census, rows: Sequence[Row]) -> list[Placing]:
    """Place the programs of finished runs, and what the enumeration itself would choose.

    Parameters
    ----------
    oracle : Oracle
        Judges the programs.
    census : Census
        All programs, at least one.
    rows : sequence of dict
        Rows of runs on the oracle's data.
    """
    chosen = ranked(census.verdicts, oracle.problem.penalty, oracle.problem.rule)[0]
    found = [(CHOICE, None, chosen)]
    for row in rows:
        expression = Program.from_json(row["program_json"]).expression
        found.append((label_of(row), row["seed"], oracle.judge(expression, census)))
    scores = np.array([verdict.score for verdict in census.verdicts])
    prices = np.array([oracle.price(verdict) for verdict in census.verdicts])
    return [
        Placing(
            label,
            seed,
            verdict,
            regret=float(scores.max() - verdict.score),
            rank=1 + int((scores > verdict.score).sum()),
            price_regret=float(oracle.price(verdict) - prices.min()),
            price_rank=1 + int((prices < oracle.price(verdict)).sum()),
        )
        for label, seed, verdict in found
    ]


def regret_table(
    data: BenchmarkSet, max_depth: int, census: Census, of: list[Placing]
) -> TextTable:
    """A row per program found."""
    best = max(census.verdicts, key=lambda verdict: verdict.score)
    counted = f"{census.n_programs} programs"
    if not census.is_complete:
        counted = f"the {len(census.verdicts)} cheapest of {counted}: regrets are lower bounds"
    title = (
        f"{data.name}, {len(data.X_train)} sequences, depth <= {max_depth}, {counted}; best "
        f"score {best.score:.4f}: {best.program}"
    )
    heading = [
        *("system", "seed", "score", "regret", "rank", "price regret", "price rank"),
        *("cost", "program"),
    ]
    rows = [
        [
            p.label,
            MISSING if p.seed is None else str(p.seed),
            f"{p.verdict.score:.4f}",
            f"{p.regret:.4f}",
            str(p.rank),
            f"{p.price_regret:.4f}",
            str(p.price_rank),
            str(p.verdict.cost),
            p.verdict.program,
        ]
        for p in of
    ]
    return TextTable(title, heading, rows)


def mean_table(placed: Sequence[Placing]) -> TextTable:
    """Mean regret and median rank of every system over its seeds."""
    rows = []
    for label in dict.fromkeys(p.label for p in placed):
        of = [p for p in placed if p.label == label]
        rows.append(
            [
                label,
                str(len(of)),
                f"{np.mean([p.regret for p in of]):.4f}",
                f"{np.median([p.rank for p in of]):.0f}",
                f"{np.mean([p.price_regret for p in of]):.4f}",
                f"{np.median([p.price_rank for p in of]):.0f}",
            ]
        )
    heading = ["system", "programs", "mean regret", "median rank"]
    return TextTable("Over the seeds", [*heading, "mean price regret", "median price rank"], rows)
