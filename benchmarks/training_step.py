"""Time of a training step of the derivation graph, beside that of an LSTM.

The graphs are over 18 features in 11 groups, nodes shared, to depth 4: of the grammar of the
paper, whose windows average frames, without and with Fold; of the default grammar, where it
holds more; and of its first two levels alone, above neural completions. A step is taking a
batch, forward, backward and an update by the optimizer of the search, of the parameters
(theta), of the architecture weights (w), or of both at once; training takes theta and w in
turn. The LSTM has 64 units and Adam. All steps of one length run interleaved; medians,
on one core.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from _common import Column, Table, option_parser, use_one_core
from torch import Tensor, nn

from sklearn_dpads import Grammar
from sklearn_dpads.engine import Runtime, Schedule, initialize
from sklearn_dpads.grammar import LIST_TO_ATOM
from sklearn_dpads.graph import DerivationGraph, derivation_graph
from sklearn_dpads.program import Sequences
from sklearn_dpads.training import (
    ForestAdam,
    LabelledStreams,
    Training,
    losses,
    make_targets,
)

GROUP_SIZES = (2, 2, 2, 2, 2, 2, 1, 2, 1, 1, 1)
DEPTH, N_SEQUENCES, N_WARM_UP = 4, 1000, 3
MOVING = ("theta", "w", "both")

Step = Callable[[], None]


@dataclass(frozen=True)
class Data:
    """Random labelled sequences.

    Parameters
    ----------
    frames : ndarray of shape (n_samples, n_timesteps, n_features)
        The sequences.
    codes : ndarray of int of shape (n_samples,)
        Classes, 0 and 1.
    batches : iterator of ndarray of int of shape (batch_size,)
        Random positions, without end.
    """

    frames: np.ndarray
    codes: np.ndarray
    batches: itertools.cycle

    @classmethod
    def draw(cls, n_timesteps: int, batch_size: int) -> Data:
        rng = np.random.default_rng(0)
        batches = [rng.permutation(N_SEQUENCES)[:batch_size] for _ in range(8)]
        return cls(
            rng.standard_normal((N_SEQUENCES, n_timesteps, sum(GROUP_SIZES))),
            rng.integers(0, 2, N_SEQUENCES),
            itertools.cycle(batches),
        )


def default_grammar() -> Grammar:
    """The default grammar over the groups."""
    ends = np.cumsum(GROUP_SIZES).tolist()
    groups = zip(ends, GROUP_SIZES, strict=True)
    return Grammar.paper(
        {f"g{i}": list(range(end - size, end)) for i, (end, size) in enumerate(groups)}
    )


def graphs() -> dict[str, DerivationGraph]:
    """The graphs to measure."""
    grammar = default_grammar()
    more = [p for p in grammar.productions if getattr(p, "of", "frames") != "frames"]
    paper = grammar.without(*(p.label for p in more))

    def unfolded(grammar: Grammar, depth: int) -> DerivationGraph:
        return derivation_graph(
            grammar,
            LIST_TO_ATOM,
            n_features=sum(GROUP_SIZES),
            n_outputs=1,
            depth=depth,
            max_depth=DEPTH,
        )

    chosen = {
        "without Fold": unfolded(paper.without("Fold"), DEPTH),
        "with Fold": unfolded(paper, DEPTH),
    }
    if more:
        chosen["default"] = unfolded(grammar, DEPTH)
    chosen["2 levels"] = unfolded(grammar, 2)
    return chosen


def graph_step(schedule: Schedule, data: Data, moving: str) -> Step:
    """A step of a graph that moves theta, w or both."""
    settings = Training()
    (graph,) = schedule.graphs
    packed = schedule.pack([initialize(graph, 0)])
    tensors = {"theta": packed.theta, "w": packed.logits, "both": packed.tensors()}[moving]
    optimizer = ForestAdam(
        tensors,
        packed.owners,
        1,
        learning_rate=settings.learning_rate_init,
        weight_decay=settings.weight_decay,
        clip=settings.clip,
    )
    n_samples, n_timesteps, _ = data.frames.shape
    streams = schedule.streams(Sequences(data.frames, np.full(n_samples, n_timesteps)))
    targets = make_targets(data.codes, 2, np.ones(n_samples), torch.float32, "cpu")
    labelled = LabelledStreams(streams, targets)
    runtime, active = Runtime(bound=settings.bound), torch.ones(1)

    def step() -> None:
        batch, labels = labelled.take(next(data.batches), need_frames=schedule.plan.needs_frames)
        optimizer.flat.requires_grad_(True)
        state = packed.with_tensors({**packed.tensors(), **optimizer.tensors()})
        values = losses(schedule.forward(state, batch, runtime), labels, settings.f1_weight)
        (gradient,) = torch.autograd.grad(values.sum(), optimizer.flat)
        optimizer.flat.requires_grad_(False)
        optimizer.step(gradient, active)

    return step


def lstm_step(data: Data, hidden_size: int) -> Step:
    """A step of an LSTM with a linear layer on its last state."""
    lstm = nn.LSTM(data.frames.shape[2], hidden_size, batch_first=True)
    linear = nn.Linear(hidden_size, 1)
    optimizer = torch.optim.Adam([*lstm.parameters(), *linear.parameters()])
    frames = torch.as_tensor(data.frames, dtype=torch.float32)
    labels = torch.as_tensor(data.codes, dtype=torch.float32)

    def step() -> None:
        index: Tensor = torch.as_tensor(next(data.batches))
        states, _ = lstm(frames[index])
        logits = linear(states[:, -1])[:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def interleaved_medians(steps: Mapping[str, Step], repeats: int) -> dict[str, float]:
    """Median milliseconds of each step, all of them taken in turn."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for i in range(N_WARM_UP + repeats):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if i >= N_WARM_UP:
                times[name].append((time.perf_counter() - start) * 1e3)
    return {name: float(np.median(of)) for name, of in times.items()}


def build(names_and_graphs: Mapping[str, DerivationGraph]) -> dict[str, Schedule]:
    """Schedules of the graphs; prints their sizes."""
    table = Table(
        Column("graph", 12),
        Column("slots", 7, "d"),
        Column("edges", 7, "d"),
        Column("candidates on edges", 19, "d"),
        Column("parameters", 10, "d"),
        Column("schedule built in ms", 20, ".0f"),
    )
    schedules = {}
    for name, graph in names_and_graphs.items():
        parameters = initialize(graph, 0)
        start = time.perf_counter()
        schedules[name] = Schedule([graph])
        milliseconds = (time.perf_counter() - start) * 1e3
        table.row(
            name,
            len(graph.slots),
            len(graph.edges),
            sum(len(edge.labels) for edge in graph.edges.values()),
            sum(v.size for arrays in parameters.theta.values() for v in arrays.values()),
            milliseconds,
        )
    return schedules


def main() -> None:
    parser = option_parser(__doc__)
    parser.add_argument(
        "--timesteps", type=int, nargs="+", default=[13, 100], help="default: 13 100"
    )
    parser.add_argument("--batch-size", type=int, default=200, help="default: 200")
    parser.add_argument("--repeats", type=int, default=20, help="default: 20")
    parser.add_argument("--hidden-size", type=int, default=64, help="of the LSTM (default: 64)")
    options = parser.parse_args()
    if not 1 <= options.batch_size <= N_SEQUENCES:
        parser.error(f"--batch-size must be from 1 to {N_SEQUENCES}")
    use_one_core()
    schedules = build(graphs())
    print(f"\nmilliseconds per step, batch {options.batch_size}; in brackets, in steps of the LSTM")
    table = Table(
        Column("frames", 6, "d"),
        Column("model", 12),
        *(Column(f"step of {moving}", 16) for moving in MOVING),
    )
    for n_timesteps in options.timesteps:
        data = Data.draw(n_timesteps, options.batch_size)
        report(table, schedules, data, options.hidden_size, options.repeats)


def report(
    table: Table, schedules: Mapping[str, Schedule], data: Data, hidden_size: int, repeats: int
) -> None:
    """Measure all steps on sequences of one length, and print a row per model."""
    steps = {"LSTM": lstm_step(data, hidden_size)}
    for name, schedule in schedules.items():
        for moving in MOVING:
            steps[f"{name} {moving}"] = graph_step(schedule, data, moving)
    medians = interleaved_medians(steps, repeats)
    scale = medians["LSTM"]
    n_timesteps = data.frames.shape[1]
    table.row(n_timesteps, "LSTM", "", "", f"{scale:.1f}")
    for name in schedules:
        cells: Sequence[str] = [
            f"{medians[f'{name} {moving}']:.1f} ({medians[f'{name} {moving}'] / scale:.2f})"
            for moving in MOVING
        ]
        table.row(n_timesteps, name, *cells)


if __name__ == "__main__":
    main()
