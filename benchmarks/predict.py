"""Time and memory of a prediction, against the same thing written by hand in numpy.

    python benchmarks/predict.py

A row is a shape of the data: seconds of the processor for the program, how many times as long as
by hand, and the peak of memory beside the sequences, in parts of their size. The last row has
one sequence of 60,000 frames among 299 of 50. ``--parts`` times other sizes of the parts that are
computed at a time, too.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from _common import Column, Table, option_parser, use_one_core

import sklearn_dpads.inputs.sequences as sequences
from sklearn_dpads import Grammar, Program

TEXT = "Add(SlideWindowAvg[5](Affine[all](x0 + x1)), SlideWindowStd[1/3](Affine[all](2*x2 - 1)))"
PROGRAM = Program.parse(TEXT, Grammar.default(6), n_features=6)
SHAPES = ((10_000, 300), (100_000, 13), (1_000, 100), (1, 100_000))
PARTS = tuple(2**i for i in range(14, 24, 2))


def by_hand(X: np.ndarray) -> np.ndarray:
    """What the program computes."""
    last, first = X[:, -5:], X[:, : max(1, X.shape[1] // 3)]
    total = last[..., 0].mean(1) + last[..., 1].mean(1)
    return np.asarray(total + 2 * first[..., 2].std(1) - 1)[:, None]


def ragged(X: Any) -> np.ndarray:
    """The same for sequences of unequal length."""
    return np.concatenate([by_hand(x[None]) for x in X])


def seconds(function: Callable[[Any], Any], X: Any) -> float:
    """The least of three times of the processor."""
    times = []
    for _ in range(3):
        start = time.process_time()
        function(X)
        times.append(time.process_time() - start)
    return min(times)


def peak(X: Any) -> int:
    """Most bytes that the program holds at a time beside its sequences."""
    tracemalloc.start()
    PROGRAM(X)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def main(argv: list[str] | None = None) -> None:
    """Print the table."""
    parser = option_parser(__doc__)
    parser.add_argument("--parts", action="store_true", help="try other sizes of the parts")
    options = parser.parse_args(argv)
    use_one_core()
    rng = np.random.default_rng(0)
    data: dict[str, Any] = {
        f"{n} x {length} x 6": rng.normal(size=(n, length, 6)) for n, length in SHAPES
    }
    data["299 x 50 x 6, 1 x 60000 x 6"] = [
        rng.normal(size=(length, 6)) for length in (*[50] * 299, 60_000)
    ]
    table = Table(
        Column("values of a part", 16, "d"),
        Column("sequences", 27),
        Column("s", 8, ".3f"),
        Column("by hand", 8, ".2f"),
        Column("memory", 7, ".2f"),
    )
    usual = sequences._PART
    for part in PARTS if options.parts else (usual,):
        sequences._PART = part
        for name, X in data.items():
            hand = ragged if isinstance(X, list) else by_hand
            np.testing.assert_allclose(PROGRAM(X), hand(X), atol=1e-9)
            size = sum(x.nbytes for x in X)
            spent = seconds(PROGRAM, X)
            table.row(part, name, spent, spent / seconds(hand, X), peak(X) / size)
    sequences._PART = usual


if __name__ == "__main__":
    main()
