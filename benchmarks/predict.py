"""Time and memory of a prediction, against the same thing written by hand in numpy.

    python benchmarks/predict.py

A row is a way in which sequences may be given: seconds of the processor for the program, how many
times as long as by hand, and the peak of memory beside the sequences, in parts of their size; the
first of all numbers of a call, and the last two by the function of ``to_python``, which checks no
values. Sequences in lists are read one by one by hand. ``--tune`` times other values of one of the
numbers that were tuned, for two programs: the usual one, and one that reads all columns.
"""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _common import Column, Table, option_parser, use_one_core

from sklearn_dpads import Grammar, Program
from sklearn_dpads.inputs import finite, padded
from sklearn_dpads.program import blocks

TEXT = "Add(SlideWindowAvg[5](Affine[all](x0 + x1)), SlideWindowStd[1/3](Affine[all](2*x2 - 1)))"
PROGRAM = Program.parse(TEXT, Grammar.default(6), n_features=6)
ALL = "Affine[all](x0 + x1 + x2 + x3 + x4 + x5)"
WIDE = Program.parse(
    f"Add(SlideWindowAvg[all]({ALL}), Add(SlideWindowStd[5]({ALL}), SlideWindowMax[1/3]({ALL})))",
    Grammar.default(6),
    n_features=6,
)
SHAPES = ((10_000, 300), (100_000, 13), (1_000, 100), (1, 100_000))
# Where they stand, and values around those that were chosen.
TUNED: dict[str, tuple[Any, str, tuple[int, ...]]] = {
    "part": (padded, "_PART", tuple(2**i for i in range(14, 24, 2))),
    "views": (padded, "_VIEWS", (1, 2, 4, 8, 16)),
    "piece": (blocks, "_PIECE", tuple(2**i for i in range(12, 21))),
    "short": (blocks, "_SHORT", (1, 16, 32, 64, 128, 256)),
    "wide": (blocks, "_WIDE", (1, 2, 3, 4, 6, 8)),
    "block": (finite, "_BLOCK", tuple(2**i for i in range(13, 22))),
}


def by_hand(X: np.ndarray) -> np.ndarray:
    """What the program computes."""
    last, first = X[:, -5:], X[:, : max(1, X.shape[1] // 3)]
    total = last[..., 0].mean(1) + last[..., 1].mean(1)
    return np.asarray(total + 2 * first[..., 2].std(1) - 1)[:, None]


def one_by_one(X: Any) -> np.ndarray:
    """The same for sequences of unequal length."""
    return np.concatenate([by_hand(x[None]) for x in X])


def padded_by_hand(X: np.ndarray) -> np.ndarray:
    """The same for sequences that are padded with NaN."""
    return one_by_one([x[: len(x) - np.isnan(x).all(axis=1).sum()] for x in X])


def data_sets(folder: Path) -> Iterator[tuple[str, Any, Callable[[Any], np.ndarray]]]:
    """Sequences in every way that they may be given, and how they are read by hand."""
    rng = np.random.default_rng(0)
    for n, length in SHAPES:
        X = rng.normal(size=(n, length, 6))
        yield f"{n} x {length} x 6", X, by_hand
        if n == SHAPES[0][0]:
            np.save(folder / "X.npy", X)
            yield "the same in a file", np.load(folder / "X.npy", mmap_mode="r"), by_hand
            yield "the same as float32", X.astype(np.float32), by_hand
            yield "the same, features before frames", _features_first(X), by_hand
    lengths = rng.integers(50, 500, size=2_000)
    members = [rng.normal(size=(length, 6)) for length in lengths]
    yield "2000 x 50 to 500 x 6, a list", members, one_by_one
    padded = np.full((len(members), 500, 6), np.nan)
    for row, x in zip(padded, members, strict=True):
        row[: len(x)] = x
    yield "the same, padded with NaN", padded, padded_by_hand
    members = [rng.normal(size=(length, 6)) for length in (*[50] * 299, 60_000)]
    yield "299 x 50 x 6, 1 x 60000 x 6", members, one_by_one


def _features_first(X: np.ndarray) -> np.ndarray:
    """The same array, in which a feature's frames lie side by side."""
    return X.transpose(0, 2, 1).copy().transpose(0, 2, 1)


def seconds(function: Callable[[Any], Any], X: Any) -> float:
    """The least of five times of the processor."""
    times = []
    for _ in range(5):
        start = time.process_time()
        function(X)
        times.append(time.process_time() - start)
    return min(times)


def peak(function: Callable[[Any], Any], X: Any) -> float:
    """Most memory that is held at a time beside the sequences, in parts of their size."""
    tracemalloc.start()
    function(X)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / sum(x.nbytes for x in X)


def exported() -> Callable[[Any], Any]:
    """The function that ``to_python`` writes."""
    namespace: dict[str, Any] = {}
    exec(PROGRAM.to_python(), namespace)
    function: Callable[[Any], Any] = namespace["program"]
    return function


def compare(folder: Path) -> None:
    """Print a row for every way in which sequences may be given."""
    table = Table(
        Column("sequences", 33),
        Column("s", 7, ".4f"),
        Column("by hand", 7, ".2f"),
        Column("memory", 7, ".2f"),
        Column("to_python: by hand", 18, ".2f"),
        Column("memory", 7, ".2f"),
    )
    function = exported()
    for name, X, hand in data_sets(folder):
        close = {"atol": 1e-4 if X[0].dtype == np.float32 else 1e-9}
        np.testing.assert_allclose(PROGRAM(X), hand(X), **close)
        spent, usual = seconds(PROGRAM, X), seconds(hand, X)
        row: list[Any] = [name, spent, spent / usual, peak(PROGRAM, X), None, None]
        if isinstance(X, np.ndarray):
            np.testing.assert_allclose(function(X), hand(X), **close)
            row[-2:] = seconds(function, X) / usual, peak(function, X)
        table.row(*row)


def tune(name: str, folder: Path) -> None:
    """Print a row for every way in which sequences may be given, and other values of a number."""
    table = Table(
        Column(name, 8, "d"),
        Column("sequences", 33),
        Column("s", 8, ".4f"),
        Column("all columns: s", 14, ".4f"),
        Column("memory", 7, ".2f"),
    )
    module, constant, values = TUNED[name]
    for title, X, _ in data_sets(folder):
        for value in values:
            setattr(module, constant, value)
            table.row(value, title, seconds(PROGRAM, X), seconds(WIDE, X), peak(WIDE, X))


def main(argv: list[str] | None = None) -> None:
    """Print the table."""
    parser = option_parser(__doc__)
    parser.add_argument("--tune", choices=list(TUNED), help="try other values of a number")
    options = parser.parse_args(argv)
    use_one_core()
    with tempfile.TemporaryDirectory() as folder:
        if options.tune is None:
            compare(Path(folder))
        else:
            tune(options.tune, Path(folder))


if __name__ == "__main__":
    main()
