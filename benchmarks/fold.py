"""Time of Fold in training: the compiled loop, the one in torch, and the arithmetic.

    python benchmarks/fold.py

A row is a kind of data and of forest. Times are of the processor, forward and backward: of the
bodies of Fold alone, and at the end of whole graphs, without batches and optimizer; the least of
some, taken in turn. The arithmetic is the multiply-adds of the bodies on real frames, forward and
for all gradients, at the speed at which numpy multiplies two matrices of 512 x 512 in the same
run; in brackets, how many times as long it took. The graphs are the full one of training_step.py,
of depth 4, and programs drawn from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from _common import Column, Table, option_parser, use_one_core
from training_step import DEPTH, GROUP_SIZES, default_grammar

from sklearn_dpads.engine import Runtime, Schedule, initialize, recurrence
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST, Signature
from sklearn_dpads.graph import DerivationGraph, derivation_graph
from sklearn_dpads.program import Sequences

Step = Callable[[], None]


@dataclass(frozen=True)
class Case:
    """A row of the table.

    Parameters
    ----------
    name : str
        What it is.
    lengths : list of int
        Frames of each sequence.
    signature : Signature
        With a label per sequence, or per frame.
    n_programs : int, default=0
        Programs of the forest; 0 is the full graph.
    """

    name: str
    lengths: list[int]
    signature: Signature = LIST_TO_ATOM
    n_programs: int = 0


CASES = (
    Case("200 x 13", [13] * 200),
    Case("1000 x 13", [13] * 1000),
    Case("200 x 100", [100] * 200),
    Case("200 x 300", [300] * 200),
    Case("198 x 13, 2 x 300", [13] * 198 + [300] * 2),
    Case("4 x 2000, per frame", [2000] * 4, LIST_TO_LIST),
    Case("4 x 5000, per frame", [5000] * 4, LIST_TO_LIST),
    Case("200 x 100, 100 programs", [100] * 200, LIST_TO_ATOM, 100),
)


def forest(case: Case) -> list[DerivationGraph]:
    """The full graph, or programs with Fold, chosen edge by edge."""
    grammar = default_grammar()
    more = [p for p in grammar.productions if getattr(p, "of", "frames") != "frames"]
    whole = derivation_graph(
        grammar.without(*(p.label for p in more)),
        case.signature,
        n_features=sum(GROUP_SIZES),
        n_outputs=1,
        depth=DEPTH,
        max_depth=DEPTH,
    )
    if not case.n_programs:
        return [whole]
    rng = np.random.default_rng(0)
    (root,) = (key for key in whole.edges if key.parent is None)
    programs = []
    while len(programs) < case.n_programs:
        graph = whole.restrict({root: ("Fold",)})
        while not graph.is_discrete:
            edge = graph.compound_edges()[0]
            graph = graph.restrict({edge.key: (edge.labels[rng.integers(len(edge.labels))],)})
        programs.append(graph)
    return programs


def multiply_adds(schedule: Schedule, lengths: list[int]) -> float:
    """Those of the bodies of Fold, forward and backward."""
    source = schedule._fold_source
    code = source.code
    assert code is not None
    layout = schedule.plan
    of_frames = sum(
        len(source.block.leaf_edges(width)) * width for width in source.block.leaf_widths
    ) * (layout.graphs[0].n_features + 1)
    others = len(code.terms) + sum(kind != 0 for kind in code.ops[:, 0])
    # Frames have no gradient; of a product, both factors have.
    return sum(lengths) * (2.0 * of_frames + 3.0 * others)


def speed() -> float:
    """Multiply-adds per second of a product of matrices."""
    a = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32)
    return 512**3 / least(lambda: a @ a, 20)


def least(step: Callable[[], object], repeats: int) -> float:
    """Seconds of the processor, the least of some times."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        step()
        times.append(time.process_time() - start)
    return min(times)


@contextmanager
def in_torch() -> Iterator[None]:
    """Have Fold evaluated as where numba is absent."""
    usual = recurrence.kernels
    recurrence.kernels = lambda: None
    try:
        yield
    finally:
        recurrence.kernels = usual


def steps_of(schedule: Schedule, lengths: list[int]) -> tuple[Step, Step]:
    """Passes forward and backward on random sequences: of Fold alone, and of all."""
    rng = np.random.default_rng(0)
    frames = rng.standard_normal((len(lengths), max(lengths), sum(GROUP_SIZES)))
    batch = schedule.streams(Sequences(frames, np.array(lengths))).batch()
    packed = schedule.pack([initialize(g, seed) for seed, g in enumerate(schedule.graphs)])
    tensors = {name: value.requires_grad_() for name, value in packed.tensors().items()}
    packed, runtime = packed.with_tensors(tensors), Runtime(bound=1e4)

    def backward(values: torch.Tensor) -> None:
        torch.autograd.grad(values.mean(), list(tensors.values()), allow_unused=True)

    def alone() -> None:
        flat, weights = schedule._effective_weights(packed)
        folds = schedule._fold_source.evaluate(
            packed.theta, weights, flat, batch, schedule.per_frame, runtime.gate, runtime.bound
        )
        backward(torch.cat([value.flatten() for value in folds.values()]))

    return alone, lambda: backward(schedule.forward(packed, batch, runtime))


def main(argv: list[str] | None = None) -> None:
    """Print the table."""
    parser = option_parser(__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="passes (default: 5)")
    parser.add_argument(
        "--cases", type=int, nargs="+", help="numbers of rows, from 0 (default: all)"
    )
    options = parser.parse_args(argv)
    use_one_core()
    if recurrence.kernels() is None:
        raise SystemExit("numba is not installed: pip install 'sklearn_dpads[fast]'")
    table = Table(
        Column("sequences x frames", 24),
        Column("arithmetic ms", 13, ".2f"),
        Column("compiled ms", 14),
        Column("torch ms", 17),
        Column("ratio", 5, ".1f"),
        Column("whole: compiled ms", 18, ".1f"),
        Column("torch ms", 8, ".1f"),
        Column("ratio", 5, ".1f"),
    )
    for number in options.cases or range(len(CASES)):
        report(table, CASES[number], options.repeats)


def report(table: Table, case: Case, repeats: int) -> None:
    """Print a row."""
    schedule = Schedule(forest(case))
    steps = steps_of(schedule, case.lengths)
    for step in steps:
        step()
    compiled, torchs = [np.inf, np.inf], [np.inf, np.inf]
    arithmetic = np.inf
    for _ in range(repeats):
        arithmetic = min(arithmetic, multiply_adds(schedule, case.lengths) / speed())
        compiled = [min(t, least(s, 3)) for t, s in zip(compiled, steps, strict=True)]
        with in_torch():
            torchs = [min(t, least(s, 1)) for t, s in zip(torchs, steps, strict=True)]
    cells = [f"{1e3 * s:.2f} ({s / arithmetic:.1f})" for s in (compiled[0], torchs[0])]
    table.row(
        case.name,
        1e3 * arithmetic,
        *cells,
        torchs[0] / compiled[0],
        1e3 * compiled[1],
        1e3 * torchs[1],
        torchs[1] / compiled[1],
    )


if __name__ == "__main__":
    main()
