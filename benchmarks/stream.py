"""Time and memory of programs while frames arrive.

    python benchmarks/stream.py

A row is a program on frames of six features: microseconds of the processor that a frame takes,
milliseconds of the clock that the slowest takes, and the KiB that the stream holds after so many
frames. ``--frames`` sets the numbers of frames; the last is that of the times.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Sequence

import numpy as np
from _common import Column, Table, option_parser, use_one_core

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import TemporalFilter

GRAMMAR = Grammar.default(6).with_production(TemporalFilter(21))
FILTER = "TemporalFilter[21](Affine[all](x0 - x1), frequency=0.8, spread=4)"
CONDITION = """
if SlideWindowMax[50](Affine[all](x2 - 1)) >= 0:
    Fold(Affine[all](0.5*x0 + 0.5*previous))
else:
    SlideWindowChange[20](Affine[all](x1))
"""
PROGRAMS = {
    "Avg[20] + Max[50]": (
        "Add(SlideWindowAvg[20](Affine[all](x0 + x1)), SlideWindowMax[50](Affine[all](2*x2 - 1)))"
    ),
    "Avg[all] + Std[20]": (
        "Add(SlideWindowAvg[all](Affine[all](x0 + x1)), SlideWindowStd[20](Affine[all](2*x2)))"
    ),
    "Avg[20,values]": "SlideWindowAvg[20,values](Affine[all](x0 - x1))",
    "Fold": "Fold(Affine[all](0.5*x0 + 0.5*previous))",
    "TemporalFilter[21]": FILTER,
    "if Max[50] …": CONDITION,
    "Avg[2/3]": "SlideWindowAvg[2/3](Affine[all](x0))",
}
_CHUNK = 1_000


def times_of(program: Program, n_frames: int) -> tuple[float, float]:
    """Microseconds of the processor for a frame, and milliseconds of the clock for the slowest."""
    rng, stream = np.random.default_rng(0), program.stream()
    spent, slowest = 0.0, 0.0
    while stream.n_frames < n_frames:
        frames = list(rng.normal(size=(_CHUNK, 6)))
        start = time.process_time()
        for frame in frames:
            before = time.perf_counter()
            stream.update(frame)
            slowest = max(slowest, time.perf_counter() - before)
        spent += time.process_time() - start
    return spent / stream.n_frames * 1e6, slowest * 1e3


def memory_of(program: Program, numbers: Sequence[int]) -> list[float]:
    """KiB that a stream holds after so many frames."""
    rng, found = np.random.default_rng(0), []
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    stream = program.stream()
    for n_frames in numbers:
        while stream.n_frames < n_frames:
            stream.extend(rng.normal(size=(min(_CHUNK, n_frames - stream.n_frames), 6)))
        found.append((tracemalloc.get_traced_memory()[0] - before) / 1024)
    tracemalloc.stop()
    return found


def main(argv: list[str] | None = None) -> None:
    """Print the table."""
    parser = option_parser(__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    options = parser.parse_args(argv)
    use_one_core()
    table = Table(
        Column("program", 20),
        Column("µs", 6, ".1f"),
        Column("slowest", 8, ".2f"),
        *(Column(f"KiB, {n}", 13, ".1f") for n in options.frames),
    )
    for name, text in PROGRAMS.items():
        program = Program.parse(text, GRAMMAR, n_features=6)
        times = times_of(program, options.frames[-1])
        table.row(name, *times, *memory_of(program, options.frames))


if __name__ == "__main__":
    main()
