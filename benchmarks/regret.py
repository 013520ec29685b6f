"""How far are the programs that searches find from the best there is?

All programs up to a depth are cross-fitted on one problem, which is expensive, and kept in the
results file, so that a run that was ended goes on where it was. Then every search is run
with the same grammar, depth bound and sequences, and its program judged by the same
cross-fitting. Regret is the best score of all programs minus that of the program
found; rank is its place among all. The same is told of the price, loss plus structural
penalty, by which programs are chosen before their scores are compared, and of the program
that enumeration itself would choose.

Depth 3 has 2,000 programs for one label per frame and eight groups, but 50,000 and more for one
per sequence: --groups, --without and --n-train make it feasible.

    python benchmarks/regret.py --data DIR --sets rat_social_frames:social --n-train 100
    python benchmarks/regret.py --data DIR --sets calms21_investigation --n-train 500 \\
        --groups speed facing_angle overlap_bboxes min_res_nose_dist \\
        --without Fold ITE Map MapPrefix
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from _common import option_parser
from comparison.layout import as_text
from comparison.measure import limited_threads
from comparison.oracle import Census, Oracle
from comparison.regret import mean_table, placings, regret_table, restrict_grammar
from comparison.results import ResultsFile
from comparison.runs import Run, key_of, make_runs
from comparison.systems import SYSTEMS, parse_setting, settings_of
from run import INTERRUPTED, add_run_options, open_sets, row_printer

SEARCHES = ("dpads", "near-astar", "near-ids-bb", "random")


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = option_parser(__doc__)
    add_run_options(parser)
    parser.set_defaults(results="benchmark_results/regret.jsonl")
    parser.add_argument(
        "--systems", nargs="+", choices=SEARCHES, default=list(SEARCHES), help="default: all"
    )
    parser.add_argument("--depth", type=int, default=3, help="greatest depth; default: 3")
    parser.add_argument("--groups", nargs="+", metavar="GROUP", help="feature groups to keep")
    parser.add_argument(
        "--without", nargs="+", default=[], metavar="PRODUCTION", help="productions to leave out"
    )
    parser.add_argument(
        "--max-programs", type=int, default=20_000, help="refuse a set of more; default: 20000"
    )
    parser.add_argument(
        "--budget", type=float, metavar="SECONDS", help="for the enumeration of each set"
    )
    return parser.parse_args(arguments)


def print_progress(census: Census) -> None:
    best = max(census.verdicts, key=lambda verdict: verdict.score)
    done = f"{len(census.verdicts)} of {census.n_programs} programs"
    print(f"{done}; best score {best.score:.4f}: {best.program}", flush=True)


def measure_regret(options: argparse.Namespace) -> bool:
    """Enumerate, search and print, set by set; False after an interruption."""
    results = ResultsFile(options.results)
    settings = settings_of(options.systems, [parse_setting(text) for text in options.settings])
    for full in open_sets(options):
        data = restrict_grammar(full, options.groups, options.without)
        oracle = Oracle(data, options.depth, results)
        n_programs = oracle.n_programs
        print(f"\n{data.describe()}\n  {n_programs} programs up to depth {options.depth}")
        if n_programs > options.max_programs:
            print(f"  more than --max-programs {options.max_programs}: left out")
            continue
        with limited_threads(options.threads):
            census = oracle.census(options.budget, print_progress)
        runs = [
            Run(data, SYSTEMS[system], seed, {**of, "max_depth": options.depth}, options.max_time)
            for seed in options.seeds
            for system, of in settings.items()
        ]
        finished = make_runs(
            runs,
            results,
            n_threads=options.threads,
            redo=options.redo,
            report=row_printer(),
        )
        if not finished:
            return False
        made = {key_of(row): row for row in results.rows() if row.get("status") == "ok"}
        rows = [made[run.key] for run in runs if run.key in made]
        placed = placings(oracle, census, rows)
        print(f"\n{as_text(regret_table(data, options.depth, census, placed))}")
        print(f"\n{as_text(mean_table(placed))}")
    return True


def main(arguments: Sequence[str] | None = None) -> None:
    options = options_of(arguments)
    try:
        finished = measure_regret(options)
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    except KeyboardInterrupt:
        finished = False
    if not finished:
        print(f"interrupted; what is done stands in {options.results}")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
