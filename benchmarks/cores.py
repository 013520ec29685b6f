"""What a second core brings: restarts side by side, and where the time of a single fit goes.

    python benchmarks/cores.py --data DIR
    python benchmarks/cores.py --data DIR --sets calms21_investigation --seed 1

The first table has a fit of one search and of two, with n_jobs=1 and 2, each with the processes
fresh, and of two once more with those that a fit before has left. Processor time counts all
processes that have ended, what they import included. A ratio is that of the seconds with n_jobs=1.
All fits of a set with equally many searches have to find the same, to the last bit.

The second table says for what the seconds of a single fit go: sums of readers, the relaxation, and
forests of the local search and of cross-fitting. Only the forests do not wait for each other. The
last column is the greatest ratio that two cores can reach where these are shared evenly, and
nothing is lost by it (Amdahl's law).

Seconds are those of the clock, so that nothing else should run beside it.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from _common import Column, Table, add_data_option, add_settings_option, option_parser, use_one_core
from comparison.data_sets import OWN, BenchmarkSet, open_set
from comparison.systems import SYSTEMS
from joblib.externals.loky import get_reusable_executor

from sklearn_dpads.search.sums import Sums
from sklearn_dpads.training import DiscreteFit, ForestTrainer

# A fit that takes a moment, so that processes have started for the next one.
SHORT = {"max_iter": 1, "max_refinements": 0}
# What is timed of a single fit, each with its name in the table.
PARTS: dict[str, tuple[type, str]] = {
    "sums": (Sums, "run"),
    "relaxation": (ForestTrainer, "train"),
    "forests": (DiscreteFit, "run"),
}


def fitted(data: BenchmarkSet, seed: int, settings: dict[str, Any]) -> tuple[float, Any]:
    """Seconds of a fit, and the estimator."""
    model = SYSTEMS["dpads"].build(data, seed=seed, settings=settings)
    start = time.perf_counter()
    model.fit(data.X_train, data.y_train)
    return time.perf_counter() - start, model


def found(model: Any) -> list[tuple[object, ...]]:
    """What a fit has found, with all numbers to the last bit."""
    return [(r.program.to_json(), r.score, r.loss) for r in model.programs_]


def check_same(data: BenchmarkSet, programs: list[Any], wanted: list[Any]) -> None:
    """Exit where a fit has found other programs, or other numbers, than one on one core."""
    if programs != wanted:
        raise SystemExit(f"{data.name}: other programs with n_jobs=2 than with n_jobs=1")


def processor_time() -> float:
    """Seconds of this process, and of those it started that have ended."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def let_end() -> None:
    """Let the processes end that joblib keeps for what comes next."""
    get_reusable_executor().shutdown(wait=True)


def compare(table: Table, data: BenchmarkSet, seed: int, settings: dict[str, Any]) -> None:
    """Print the rows of a set."""
    for n_restarts in (1, 2):
        given = {**settings, "n_restarts": n_restarts}
        let_end()
        start = processor_time()
        alone, model = fitted(data, seed, {**given, "n_jobs": 1})
        wanted = found(model)
        table.row(data.name, n_restarts, "1", alone, processor_time() - start, 1.0)
        start = processor_time()
        seconds, model = fitted(data, seed, {**given, "n_jobs": 2})
        let_end()
        check_same(data, found(model), wanted)
        table.row(
            data.name, n_restarts, "2, fresh", seconds, processor_time() - start, alone / seconds
        )
        if n_restarts > 1:
            fitted(data, seed, {**given, "n_jobs": 2, **SHORT})
            seconds, model = fitted(data, seed, {**given, "n_jobs": 2})
            check_same(data, found(model), wanted)
            table.row(data.name, n_restarts, "2, kept", seconds, None, alone / seconds)


@contextmanager
def timed(seconds: dict[str, float]) -> Iterator[None]:
    """Add up what the parts of fits take."""
    usual = {name: getattr(*place) for name, place in PARTS.items()}

    def watched(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **settings: Any) -> Any:
            start = time.perf_counter()
            try:
                return method(*args, **settings)
            finally:
                seconds[name] += time.perf_counter() - start

        return run

    for name, (of, method) in PARTS.items():
        setattr(of, method, watched(name, usual[name]))
    try:
        yield
    finally:
        for name, (of, method) in PARTS.items():
            setattr(of, method, usual[name])


def divide(table: Table, data: BenchmarkSet, seed: int, settings: dict[str, Any]) -> None:
    """Print for what the seconds of a single fit go."""
    seconds = dict.fromkeys(PARTS, 0.0)
    with timed(seconds):
        whole, _ = fitted(data, seed, settings)
    bound = whole / (whole - seconds["forests"] / 2)
    rest = whole - sum(seconds.values())
    table.row(data.name, whole, *seconds.values(), rest, bound)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = option_parser(__doc__)
    add_data_option(parser)
    parser.add_argument("--sets", nargs="+", default=[OWN], metavar="NAME", help=f"default: {OWN}")
    parser.add_argument("--seed", type=int, default=0)
    add_settings_option(parser)
    options = parser.parse_args(arguments)
    use_one_core()
    sets = [open_set(name, options.data) for name in options.sets]
    settings = dict(options.settings)
    # What is imported late, and compiled once, is no part of a fit.
    fitted(sets[0], options.seed, settings)
    named, lasting = Column("data set", 24), Column("seconds", 7, ".1f")
    both = Table(
        named,
        Column("searches", 8, "d"),
        Column("n_jobs", 8),
        lasting,
        Column("processor", 9, ".1f"),
        Column("ratio", 5, ".2f"),
    )
    for data in sets:
        compare(both, data, options.seed, settings)
    print()
    parts = [Column(name, 10, ".1f") for name in (*PARTS, "the rest")]
    single = Table(named, lasting, *parts, Column("at most", 7, ".2f"))
    for data in sets:
        divide(single, data, options.seed, settings)


if __name__ == "__main__":
    main()
