"""Steps and a fit on the graphics card, beside the same on one core of the processor.

    python benchmarks/device.py

To be run where there is a card that torch can use; elsewhere it says so and measures the processor
alone. A step is one of the relaxed graph of the default grammar to depth 4, with 18 features in 11
groups; seconds are those of the clock, for the card works beside the processor. The data are drawn.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from _common import Column, Table, option_parser, use_one_core

from sklearn_dpads import DPadsClassifier, Grammar
from sklearn_dpads.engine import Runtime, Schedule, initialize
from sklearn_dpads.grammar import LIST_TO_ATOM
from sklearn_dpads.graph import derivation_graph
from sklearn_dpads.program import Sequences

GROUPS = {f"g{i}": list(range(i, min(i + 2, 18))) for i in range(0, 18, 2)}
SHAPES = ((200, 13), (200, 100), (5_000, 100))
N_STEPS = 10


def seconds_of_a_step(device: str, n_samples: int, n_timesteps: int) -> float:
    """Forward and backward, after two steps that don't count."""
    graph = derivation_graph(
        Grammar.paper(GROUPS), LIST_TO_ATOM, n_features=18, n_outputs=1, depth=4, max_depth=4
    )
    frames = np.random.default_rng(0).standard_normal((n_samples, n_timesteps, 18))
    schedule = Schedule([graph], device=device)
    packed = schedule.pack([initialize(graph, 0)])
    tensors = {name: t.requires_grad_() for name, t in packed.tensors().items()}
    lengths = np.full(n_samples, n_timesteps)
    batch = schedule.streams(Sequences(frames, lengths)).batch()
    begin = 0.0
    for step in range(N_STEPS + 2):
        if step == 2:
            wait(device)
            begin = time.perf_counter()
        values = schedule.forward(packed.with_tensors(tensors), batch, Runtime())
        torch.autograd.grad(values.sum(), list(tensors.values()), allow_unused=True)
    wait(device)
    return (time.perf_counter() - begin) / N_STEPS


def wait(device: str) -> None:
    """Let the card end what it was given."""
    if device == "cuda":
        torch.cuda.synchronize()


def seconds_of_a_fit(device: str) -> tuple[float, float]:
    """A fit of small data, and how well it does on what it was fitted to."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 25, 18))
    y = rng.integers(0, 2, 400)
    X[:, :, 0] += 0.4 * y[:, None]
    X[:, 12:, 3] *= 1.0 + 0.5 * y[:, None]
    clf = DPadsClassifier(feature_groups=GROUPS, device=device, random_state=0)
    begin = time.perf_counter()
    clf.fit(X, y)
    return time.perf_counter() - begin, float(clf.score(X, y))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure on all devices there are."""
    option_parser(__doc__).parse_args(arguments)
    use_one_core()
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    if len(devices) == 1:
        print("torch sees no card here; the processor alone is measured.")
    table = Table(
        Column("what", 24),
        *(Column(f"{device} s", 9, ".4f") for device in devices),
        Column("cpu / cuda", 10, ".2f"),
    )
    for shape in SHAPES:
        found = [seconds_of_a_step(device, *shape) for device in devices]
        table.row(f"step, {shape[0]} x {shape[1]}", *found, ratio(found))
    fits = [seconds_of_a_fit(device) for device in devices]
    table.row("fit, 400 x 25", *(fit[0] for fit in fits), ratio([fit[0] for fit in fits]))
    table.row("accuracy", *(fit[1] for fit in fits), None)


def ratio(found: Sequence[float]) -> float | None:
    """How many times as fast the card is."""
    return found[0] / found[1] if len(found) > 1 else None


if __name__ == "__main__":
    main()
