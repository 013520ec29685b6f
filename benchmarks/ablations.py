"""What node sharing, unfolding, N and d_s bring: dPads without them, and with others.

Every variant is run on every data set with every seed, in the way of benchmarks/run.py and
into the same kind of file. Sums of readers before the relaxation and edits after it can make up
for what a variant lacks; --alone leaves them out of all of them.

    python benchmarks/ablations.py --data DIR --sets calms21_investigation
    python benchmarks/ablations.py --data DIR --alone
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from _common import option_parser
from comparison.systems import parse_setting, settings_of
from run import add_run_options, run
from table import read_summary, report

# The defaults, N=2 and d_s=2, are one of the three variants of either.
VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"node_sharing": False},
    {"unfolding": False},
    {"N": 1},
    {"N": 4},
    {"d_s": 1},
    {"d_s": 4},
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = option_parser(__doc__)
    add_run_options(parser)
    parser.set_defaults(results="benchmark_results/ablations.jsonl")
    parser.add_argument(
        "--alone", action="store_true", help="the relaxation without sums before and edits after it"
    )
    options = parser.parse_args(arguments)
    system = "relaxation" if options.alone else "dpads"
    try:
        common = settings_of([system], [parse_setting(text) for text in options.settings])
    except ValueError as error:
        raise SystemExit(str(error)) from error
    run(options, [(system, {**common[system], **variant}) for variant in VARIANTS])
    print()
    print(report(read_summary(options.results), "text"))


if __name__ == "__main__":
    main()
