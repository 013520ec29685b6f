"""How good a program is after so many seconds: dPads, NEAR and random programs.

    python benchmarks/anytime.py --data DIR
    python benchmarks/anytime.py --data DIR --sets calms21_investigation --seeds 0 1 2
    python benchmarks/anytime.py --data DIR --budgets 1 4 16 --figure anytime.png

A point is a fit that was told to end after so many seconds (``max_time``), and its F1 on the test
part; a search that ends by itself before takes less, and stands where it ended. The figure has a
panel for each set. Seconds are those of the clock, so that nothing else should run beside it. Rows
that are in the results are not made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _common import Column, Table, add_data_option, option_parser, use_one_core
from comparison.data_sets import BenchmarkSet, available_sets, open_set
from comparison.results import ResultsFile, Row
from comparison.runs import Run, make_runs
from comparison.systems import SYSTEMS

SEARCHES = ("dpads", "near-astar", "near-ids-bb", "random")
BUDGETS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


def points(rows: Sequence[Row], data_set: str, system: str, budgets: Sequence[float]) -> list[Any]:
    """Mean seconds, mean F1 and its spread for every budget that was measured."""
    found = []
    for budget in budgets:
        of = [
            row
            for row in rows
            if (row["data_set"], row["system"], row["max_time"]) == (data_set, system, budget)
            and row.get("f1") is not None
        ]
        if of:
            scores = [row["f1"] for row in of]
            seconds = float(np.mean([row["fit_seconds"] for row in of]))
            found.append((budget, seconds, float(np.mean(scores)), float(np.std(scores))))
    return found


def report(rows: Sequence[Row], data_sets: Sequence[str], budgets: Sequence[float]) -> None:
    """Print the curves."""
    table = Table(
        Column("data set", 26),
        Column("system", 16),
        Column("budget", 6, ".0f"),
        Column("seconds", 7, ".1f"),
        Column("F1", 6, ".3f"),
        Column("spread", 6, ".3f"),
    )
    for data_set in data_sets:
        for system in SEARCHES:
            for point in points(rows, data_set, system, budgets):
                table.row(data_set, SYSTEMS[system].title, *point)


def draw(
    path: Path, rows: Sequence[Row], data_sets: Sequence[str], budgets: Sequence[float]
) -> None:
    """Draw F1 over seconds, a set a panel."""
    import matplotlib.pyplot as plt

    n_columns = min(3, len(data_sets))
    n_rows = -(-len(data_sets) // n_columns)
    figure, panels = plt.subplots(
        n_rows,
        n_columns,
        figsize=(3.6 * n_columns, 0.5 + 2.9 * n_rows),
        squeeze=False,
        layout="constrained",
    )
    for ax in panels.flat[len(data_sets) :]:
        ax.set_visible(False)
    for ax, data_set in zip(panels.flat, data_sets, strict=False):
        for system in SEARCHES:
            found = points(rows, data_set, system, budgets)
            if found:
                _, seconds, means, spreads = zip(*found, strict=True)
                ax.errorbar(
                    seconds, means, spreads, marker="o", capsize=2, label=SYSTEMS[system].title
                )
        ax.set(title=data_set, xscale="log", xlabel="seconds", ylabel="F1 on the test part")
        # The marks of a logarithmic axis of a few seconds run into each other.
        ax.set_xticks([], minor=True)
        ax.set_xticks(budgets, [f"{budget:g}" for budget in budgets])
    named = panels.flat[0].get_legend_handles_labels()
    ncols = min(len(SEARCHES), 2 * panels.shape[1])
    where = "outside upper center"
    figure.legend(*named, loc=where, ncols=ncols, frameon=False, fontsize="small")
    figure.savefig(path, dpi=150)


def planned(sets: Sequence[BenchmarkSet], options: Any) -> list[Run]:
    """All fits, those of one budget together."""
    return [
        Run(data, SYSTEMS[system], seed, {}, budget)
        for data in sets
        for budget in options.budgets
        for seed in options.seeds
        for system in SEARCHES
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the fits that aren't in the results; print and draw them."""
    parser = option_parser(__doc__)
    add_data_option(parser)
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="default: all there are")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--budgets", nargs="+", type=float, default=list(BUDGETS))
    parser.add_argument("--results", default="benchmark_results/anytime.jsonl")
    parser.add_argument("--figure", type=Path, help="file of the figure")
    options = parser.parse_args(arguments)
    use_one_core()
    results = ResultsFile(options.results)
    sets = [open_set(name, options.data) for name in options.sets or available_sets(options.data)]
    make_runs(planned(sets, options), results, n_threads=1)
    names = [data.name for data in sets]
    report(results.rows(), names, options.budgets)
    if options.figure:
        draw(options.figure, results.rows(), names, options.budgets)


if __name__ == "__main__":
    main()
