"""Fit every system to every data set with every seed, and add a row per fit to a file.

A row holds times, scores on the test part, the program found, hyperparameters, versions and
threads. Rows that are there already are not made again, so that a comparison that was
interrupted goes on where it was; benchmarks/table.py makes tables and figures of the file.

    python benchmarks/run.py --data DIR
    python benchmarks/run.py --data DIR --sets basic_motions uea_NATOPS@defaults \\
        --systems dpads near-astar rnn --seeds 0 1 2 --max-time 600
    python benchmarks/run.py --data DIR --list

Sets are basic_motions, which ships with the package, the .npz files of the data folder, and
crim13, fly_vs_fly, basketball and sk152, the authors' arrays, in subfolders of these names.
NAME:CLASS is the binary task of telling one class from the others; NAME@paper has the paper's
grammar, and NAME@defaults the default one without the feature groups of the file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from _common import Column, Table, add_data_option, option_parser
from comparison.data_sets import BenchmarkSet, available_sets, open_set
from comparison.results import ResultsFile, Row
from comparison.runs import Run, make_runs
from comparison.summary import label_of
from comparison.systems import SYSTEMS, check_installed, parse_setting, settings_of

DEFAULT_RESULTS = "benchmark_results/comparison.jsonl"
INTERRUPTED = 130


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what to run on, how long, and where results go."""
    add_data_option(parser)
    parser.add_argument("--results", default=DEFAULT_RESULTS, help=f"default: {DEFAULT_RESULTS}")
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="default: all there are")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default: 0 1 2")
    parser.add_argument(
        "--max-time",
        type=float,
        metavar="SECONDS",
        help="for each fit of a system that can be told",
    )
    parser.add_argument(
        "--n-train", type=int, metavar="N", help="train on so many sequences, not on all"
    )
    parser.add_argument("--threads", type=int, default=1, help="of torch and numpy; default: 1")
    parser.add_argument("--redo", action="store_true", help="make also the runs that are done")
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="unpickle the authors' sequences of unequal length; this can run any code",
    )
    parser.add_argument(
        "--set",
        dest="settings",
        nargs="+",
        action="extend",
        default=[],
        metavar="[SYSTEM.]NAME=VALUE",
        help="hyperparameters, as in --set dpads.N=3 rnn.hidden_size=32 max_depth=3",
    )


def open_sets(options: argparse.Namespace) -> Iterator[BenchmarkSet]:
    """The data sets that options name, one at a time."""
    for name in options.sets or available_sets(options.data):
        data = open_set(name, options.data, allow_pickle=options.allow_pickle)
        yield data.with_train_size(getattr(options, "n_train", None))


def planned_runs(
    options: argparse.Namespace, variants: Sequence[tuple[str, dict[str, Any]]]
) -> Iterator[Run]:
    """Runs of systems with settings; those of one seed come together, for alike conditions."""
    for data in open_sets(options):
        taken = [variant for variant in variants if SYSTEMS[variant[0]].takes(data)]
        for system, _ in variants:
            if not SYSTEMS[system].takes(data):
                print(f"{data.name}: {system} left out, since it gives no label per frame")
        for seed in options.seeds:
            for system, settings in taken:
                yield Run(data, SYSTEMS[system], seed, settings, options.max_time)


def row_printer() -> Any:
    """A table that prints rows as they come."""
    table = Table(
        Column("data set", 26),
        Column("system", 24),
        Column("seed", 4, "d"),
        Column("fit s", 8, ".1f"),
        Column("test F1", 7, ".3f"),
        Column("accuracy", 8, ".3f"),
        Column("program", 7),
    )

    def report(row: Row) -> None:
        what = row.get("error") or row.get("skeleton") or ""
        scores = row.get("f1"), row.get("accuracy")
        table.row(row["data_set"], label_of(row), row["seed"], row["fit_seconds"], *scores, what)

    return report


def run(options: argparse.Namespace, variants: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Make the runs of some systems, or end the script with what is wrong."""
    try:
        finished = make_runs(
            planned_runs(options, variants),
            ResultsFile(options.results),
            n_threads=options.threads,
            redo=options.redo,
            report=row_printer(),
        )
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    if not finished:
        print(f"interrupted; what is done stands in {options.results}")
        sys.exit(INTERRUPTED)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = option_parser(__doc__)
    add_run_options(parser)
    parser.add_argument(
        "--systems",
        nargs="+",
        choices=SYSTEMS,
        default=[name for name, system in SYSTEMS.items() if system.installed],
        help="default: all that are installed",
    )
    parser.add_argument("--list", action="store_true", help="describe the data sets, and end")
    options = parser.parse_args(arguments)
    try:
        check_installed(options.systems)
        if options.list:
            for data in open_sets(options):
                print(data.describe())
            return
        settings = settings_of(options.systems, [parse_setting(s) for s in options.settings])
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    run(options, list(settings.items()))


if __name__ == "__main__":
    main()
