"""The number of torch calls: what it may grow with, and what not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from sklearn_dpads import Grammar
from sklearn_dpads.engine import Runtime, Schedule, fold_walk, initialize
from sklearn_dpads.engine import recurrence as _recurrence
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST
from sklearn_dpads.graph import split
from sklearn_dpads.program import Sequences

from ..graph.build import (
    RICH_SUMS,
    SIGNATURES_OF_PROGRAMS,
    WITH_FILTERS,
    random_program,
    space,
)

WITHOUT_FOLD = WITH_FILTERS.without("Fold")


class Counter(TorchDispatchMode):
    """Counts the operations that torch dispatches, those of the backward pass too."""

    def __init__(self):
        super().__init__()
        self.n_calls = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.n_calls += 1
        return func(*args, **(kwargs or {}))


def n_calls(graphs, n_timesteps=6, n_samples=4):
    """Calls of one forward and backward pass."""
    rng = np.random.default_rng(0)
    schedule = Schedule(graphs)
    packed = schedule.pack([initialize(g, seed) for seed, g in enumerate(graphs)])
    frames = rng.standard_normal((n_samples, n_timesteps, graphs[0].n_features))
    data = Sequences(frames, np.full(n_samples, n_timesteps))
    batch = schedule.streams(data).batch(need_frames=schedule.plan.needs_frames)
    tensors = {name: value.requires_grad_() for name, value in packed.tensors().items()}
    # The constants of a schedule are moved to the precision of the first pass.
    schedule.forward(packed, batch)
    with Counter() as counter:
        outputs = schedule.forward(packed.with_tensors(tensors), batch, Runtime(bound=1e4))
        torch.autograd.grad(outputs.sum(), list(tensors.values()), allow_unused=True)
    return counter.n_calls


def test_the_counter_sees_both_passes():
    x = torch.ones(3, requires_grad=True)
    with Counter() as counter:
        torch.autograd.grad((x * x).sum(), x)
    assert counter.n_calls >= 4


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@pytest.mark.parametrize(("n_outputs", "depth"), [(1, 3), (3, 2)])
@pytest.mark.parametrize("compiled", [True, False])
def test_not_with_the_number_of_graphs(signature, n_outputs, depth, compiled, monkeypatch):
    monkeypatch.setattr(_recurrence, "MOST_DENSE_STATES", 0)
    monkeypatch.setattr(fold_walk, "CHUNK", 10**9)
    if not compiled:
        monkeypatch.setattr(_recurrence, "kernels", lambda: None)
    graph = space(WITH_FILTERS, signature, n_outputs=n_outputs, depth=depth)
    assert n_calls([graph] * 2) == n_calls([graph] * 20)


def test_not_with_the_number_of_different_programs():
    """As many kinds of production at each level, in twice as many programs."""
    rng = np.random.default_rng(0)
    graph = space(WITHOUT_FOLD, n_outputs=3)
    programs = [random_program(graph, rng) for _ in range(200)]
    few, many = n_calls(programs[:100]), n_calls(programs)
    # A kind of production that no program of the first half has at some level.
    assert many <= 1.05 * few
    # One program after the other would take some tens of calls each.
    assert many < 0.2 * sum(n_calls([program]) for program in programs[:100])


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_not_with_the_number_of_feature_groups(signature):
    counts = set()
    for n_groups in (3, 12):
        groups = {f"g{i}": [i % 4, (i + 1) % 4] for i in range(n_groups)}
        counts.add(n_calls([space(Grammar.paper(groups), signature, n_outputs=3, n_features=4)]))
    assert len(counts) == 1


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_not_with_the_number_of_nodes(signature):
    """Without sharing there are several times the nodes, in as many levels and kinds."""
    graphs = [
        space(WITHOUT_FOLD, signature, n_outputs=3, node_sharing=sharing)
        for sharing in (True, False)
    ]
    assert len(graphs[1].slots) > 3 * len(graphs[0].slots)
    one, other = (n_calls([graph]) for graph in graphs)
    assert other <= 1.2 * one


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_without_fold_not_with_the_number_of_frames(signature):
    for graph in (space(WITHOUT_FOLD, signature), *split(space(WITHOUT_FOLD, signature))):
        # Shorter sequences than the longest window of values would take fewer.
        assert n_calls([graph], n_timesteps=10) == n_calls([graph], n_timesteps=50)


def test_with_fold_not_with_the_number_of_frames():
    pytest.importorskip("numba")
    graph = space(RICH_SUMS, LIST_TO_ATOM, n_outputs=3)
    assert n_calls([graph], n_timesteps=10) == n_calls([graph], n_timesteps=20)


def test_without_compiled_loop_in_proportion_to_the_number_of_frames(monkeypatch):
    monkeypatch.setattr(_recurrence, "kernels", lambda: None)
    graph = space(RICH_SUMS, LIST_TO_ATOM, n_outputs=3)
    five, ten, twenty = (n_calls([graph], n_timesteps=t) for t in (5, 10, 20))
    assert ten - five > 0
    assert twenty - ten == pytest.approx(2 * (ten - five), abs=4)


def test_not_with_the_number_of_sequences():
    for signature in (LIST_TO_ATOM, LIST_TO_LIST):
        graph = space(RICH_SUMS, signature, max_depth=3)
        assert n_calls([graph], n_samples=2) == n_calls([graph], n_samples=30)
