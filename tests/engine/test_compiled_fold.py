"""The compiled loop of ``Fold`` beside the one in torch."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sklearn_dpads import Grammar
from sklearn_dpads.engine import (
    Runtime,
    Schedule,
    fold_walk,
    from_expression,
    hard_gate,
    recurrence,
    soft_gate,
    straight_through_gate,
)
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST, Affine, Fold, Multiply
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.program import Sequences

from .. import strategies
from ..graph.build import RICH_SUMS, SIGNATURES_OF_PROGRAMS, space
from ..user_functions import SHARE
from .run import ragged, random_parameters, trainable
from .test_forest import many_graphs

numba = pytest.importorskip("numba")

SKEWED = (3, 40, 2, 1, 2, 37, 3)
GATES = (soft_gate(), soft_gate(3.0), hard_gate, straight_through_gate(2.0))
SOME = settings(
    deadline=None,
    derandomize=True,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def in_torch(monkeypatch):
    """Run a function as where numba is absent."""

    def run(function, *arguments, **keywords):
        with monkeypatch.context() as patch:
            patch.setattr(recurrence, "kernels", lambda: None)
            return function(*arguments, **keywords)

    return run


@pytest.fixture
def walks(monkeypatch):
    """Count the compiled walks."""
    counted = []
    apply = fold_walk.Walk.apply
    monkeypatch.setattr(
        fold_walk.Walk, "apply", lambda *given: (counted.append(None), apply(*given))[1]
    )
    return counted


def values_and_gradients(graphs, parameters, data, runtime=None, dtype=torch.float64):
    """Outputs, and the gradients of a fixed sum of them; of frames inside of sequences alone."""
    schedule = Schedule(graphs)
    packed = schedule.pack(parameters, dtype=dtype)
    tensors = trainable(packed)
    batch = schedule.streams(data, dtype=dtype).batch()
    values = schedule.forward(packed.with_tensors(tensors), batch, runtime)
    if schedule.per_frame:
        steps = torch.arange(batch.frames.shape[0])[:, None]
        values = torch.where((steps < batch.lengths).flatten(), values, 0.0)
    by = torch.linspace(-1, 1, values[0].numel(), dtype=dtype).view_as(values[0])
    total = (values * by).sum()
    gradients = torch.autograd.grad(total, list(tensors.values()), materialize_grads=True)
    return {"values": values.detach(), **dict(zip(tensors, gradients, strict=True))}


def assert_close(found, wanted, tolerance):
    """Compare with the size of each tensor, since a sum of large terms may be small."""
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert torch.equal(found[name].isfinite(), value.isfinite())
        size = float(value[value.isfinite()].abs().max()) if value.isfinite().any() else 0.0
        torch.testing.assert_close(
            found[name], value, rtol=tolerance, atol=tolerance * size, equal_nan=True
        )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@pytest.mark.parametrize(
    ("gate", "n_outputs", "bound", "lengths"),
    [
        (GATES[0], 3, 1e4, (5, 1, 4, 7)),
        (GATES[1], 1, None, SKEWED),
        (GATES[2], 3, 1.5, (5, 1, 4, 7)),
        (GATES[3], 1, 1.5, (6, 6, 6)),
    ],
)
def test_values_and_gradients_are_those_of_torch(
    signature, gate, n_outputs, bound, lengths, dtype, in_torch, walks
):
    """Relaxed graphs with and without completions, and programs, in one forest."""
    graphs = many_graphs(signature, n_outputs)
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    given = graphs, parameters, ragged(lengths=lengths), Runtime(gate, bound), dtype
    found = values_and_gradients(*given)
    assert len(walks) == 1
    wanted = in_torch(values_and_gradients, *given)
    assert len(walks) == 1
    assert_close(found, wanted, 1e-10 if dtype == torch.float64 else 3e-6)


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@SOME
@given(data=st.data())
def test_forests_of_programs_are_as_in_torch(signature, in_torch, data):
    grammar = data.draw(strategies.grammars(user=False))
    expressions = [
        data.draw(strategies.expressions(grammar, signature, 2, max_depth=4)) for _ in range(3)
    ]
    sequences = strategies.pad(data.draw(strategies.sequences(grammar.min_features)))
    graphs = [discrete_graph(e, grammar, sequences.frames.shape[2]) for e in expressions]
    parameters = [from_expression(g, e) for g, e in zip(graphs, expressions, strict=True)]
    for gate in (hard_gate, straight_through_gate()):
        given = graphs, parameters, sequences, Runtime(gate, 1e4)
        assert_close(values_and_gradients(*given), in_torch(values_and_gradients, *given), 1e-9)


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
def test_it_makes_no_difference_how_many_frames_are_walked_at_a_time(signature, monkeypatch):
    graphs = many_graphs(signature, 3)
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    found = []
    for chunk in (1, 10**9):
        monkeypatch.setattr(fold_walk, "CHUNK", chunk)
        found.append(values_and_gradients(graphs, parameters, ragged(lengths=SKEWED)))
    assert_close(*found, 1e-10)


def squares(n=1):
    """Folds of products that grow, and their parameters."""
    graph = space(Grammar((Fold(), Multiply(), Affine("a", (0,)))), max_depth=3, n_features=1)
    parameters = [random_parameters(graph, seed) for seed in range(n)]
    for values in parameters[-1].theta.values():
        values.update({name: 5.0 + 0 * value for name, value in values.items()})
    return [graph] * n, parameters


def test_one_that_explodes_leaves_the_others_alone(in_torch):
    graphs, parameters = squares(3)
    data = Sequences(np.ones((4, 30, 1)), np.array([30, 2, 30, 17]))
    together = values_and_gradients(graphs, parameters, data, Runtime(bound=1e4))
    assert together["values"][2].abs().max() == 1e4
    alone = values_and_gradients(graphs[:2], parameters[:2], data, Runtime(bound=1e4))
    for name, value in alone.items():
        assert together[name].isfinite().all()
        torch.testing.assert_close(together[name][: len(value)], value, rtol=1e-10, atol=1e-10)
    wanted = in_torch(values_and_gradients, graphs, parameters, data, Runtime(bound=1e4))
    assert_close(together, wanted, 1e-9)


def test_what_is_not_finite_is_so_in_torch_too(in_torch):
    graphs, parameters = squares()
    data = Sequences(np.ones((3, 30, 1)), np.array([30, 2, 17]))
    found = values_and_gradients(graphs, parameters, data)
    assert found["values"].isinf().tolist() == [[[True, False, True]]]
    wanted = in_torch(values_and_gradients, graphs, parameters, data)
    # The last bit of a number that has grown this far depends on the processor.
    torch.testing.assert_close(found["values"], wanted["values"], rtol=1e-12, atol=0.0)
    assert all(torch.equal(found[name].isnan(), value.isnan()) for name, value in wanted.items())


@pytest.mark.parametrize(("n_frames", "wanted"), [(25, 1e-25), (35, 0.0)])
def test_gradients_that_fade_are_0_in_the_end(n_frames, wanted):
    graph = space(Grammar((Fold(), Affine("a", (0,)))), max_depth=2, n_features=1)
    parameters = random_parameters(graph, 0)
    for values in parameters.theta.values():
        values.update({name: np.full_like(value, 0.1) for name, value in values.items()})
    data = Sequences(np.zeros((1, n_frames, 1)), np.array([n_frames]))
    found = values_and_gradients([graph], [parameters], data, dtype=torch.float32)
    assert abs(found["initial1"].item()) == pytest.approx(wanted, rel=1e-4, abs=0.0)


def test_what_stands_behind_a_sequence_is_not_looked_at():
    for signature in SIGNATURES_OF_PROGRAMS:
        graphs = many_graphs(signature, 1)
        schedule = Schedule(graphs)
        packed = schedule.pack([random_parameters(g, 0) for g in graphs], dtype=torch.float64)
        assert schedule.plan.folds
        batch = schedule.streams(ragged(lengths=SKEWED), dtype=torch.float64).batch()
        weights = schedule._effective_weights(packed)[::-1]
        found = []
        for filler in (0.0, torch.nan):
            steps = torch.arange(batch.frames.shape[0])[:, None]
            batch.frames[steps >= batch.lengths] = filler
            source = schedule._fold_source.evaluate(
                packed.theta, *weights, batch, schedule.per_frame, soft_gate(), None
            )
            found.append(torch.cat([value.flatten() for value in source.values()]))
        assert found[0].isfinite().all()
        assert torch.equal(*found)


def test_equal_steps_give_equal_bits():
    graphs = many_graphs(LIST_TO_LIST, 3)
    given = graphs, [random_parameters(g, 0) for g in graphs], ragged(lengths=SKEWED)
    one, other = (values_and_gradients(*given, dtype=torch.float32) for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_gates_and_productions_of_users_take_the_path_of_torch(walks):
    graph = space(RICH_SUMS, max_depth=3)
    given = [graph], [random_parameters(graph, 0)], ragged()
    values_and_gradients(*given, Runtime(soft_gate()))
    assert len(walks) == 1
    values_and_gradients(*given, Runtime(lambda c: torch.sigmoid(c)))
    assert len(walks) == 1
    graph = space(RICH_SUMS.with_production(SHARE), max_depth=3)
    values_and_gradients([graph], [random_parameters(graph, 0)], ragged())
    assert len(walks) == 1


@pytest.mark.parametrize("why", ["absent", "interpreted"])
def test_without_numba_torch_walks(why, walks, monkeypatch):
    if why == "absent":
        monkeypatch.setitem(sys.modules, "numba", None)
    else:
        monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    fold_walk.kernels.cache_clear()
    try:
        graph = space(RICH_SUMS, LIST_TO_ATOM, max_depth=3)
        values_and_gradients([graph], [random_parameters(graph, 0)], ragged())
    finally:
        fold_walk.kernels.cache_clear()
    assert not walks


@pytest.mark.parametrize("when", ["asked", "written"])
def test_where_nothing_can_be_kept_it_is_compiled_anew(when, monkeypatch):
    kernels = fold_walk.kernels()
    called = []

    def compiling(*, cache=False, **options):
        assert options == kernels.OPTIONS
        if cache and when == "asked":
            raise RuntimeError("cannot cache function: no locator available")

        def full(*arguments):
            raise OSError("No space left on device")

        return lambda function: full if cache else function

    monkeypatch.setattr(kernels, "njit", compiling)
    compiled = kernels._Whole(called.append)
    compiled(1)
    compiled(2)
    assert called == [1, 2]
