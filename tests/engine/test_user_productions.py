"""Productions of a user's own in a forest."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads import Grammar
from sklearn_dpads.engine import Runtime, Schedule
from sklearn_dpads.grammar import (
    Add,
    Affine,
    Constant,
    Fold,
    SlideWindowAvg,
    make_production,
)

from ..graph.build import space
from ..user_functions import BLEND, SHARE
from .run import (
    outputs,
    ragged,
    random_parameters,
    trainable,
)

EXP = make_production("exp", torch.exp, arity=1)
LEAVES = (Add(), Affine("a", (0,)), Constant())


def test_members_of_a_group_are_independent_rows():
    """The softmax in SHARE runs over the width alone, not over graphs or positions."""
    grammar = Grammar((SlideWindowAvg(5), SHARE, BLEND, *LEAVES))
    graph = space(grammar, n_outputs=3, max_depth=3, n_features=3)
    parameters = [random_parameters(graph, seed) for seed in range(4)]
    together = outputs([graph] * 4, parameters, ragged())
    for p, values in zip(parameters, together, strict=True):
        np.testing.assert_allclose(values, outputs([graph], [p], ragged())[0], rtol=1e-10)


@pytest.mark.parametrize("window", [Fold(), SlideWindowAvg(5), SlideWindowAvg(5, "values")])
def test_a_function_that_overflows_in_one_graph_leaves_the_others_alone(window):
    grammar = Grammar((window, EXP, *LEAVES))
    graph = space(grammar, max_depth=4, n_features=3)
    parameters = [random_parameters(graph, seed) for seed in (0, 1)]
    for values in parameters[1].theta.values():
        for name, value in values.items():
            values[name] = 100 * value
    alone = gradients([graph], parameters[:1])
    together = gradients([graph, graph], parameters)
    for name, gradient in together.items():
        assert gradient.isfinite().all()
        torch.testing.assert_close(gradient[: len(alone[name])], alone[name], rtol=1e-4, atol=1e-5)


def test_values_are_clipped_to_the_bound():
    graph = space(Grammar((SlideWindowAvg(1), EXP, Affine("a", (0,)))), max_depth=3, n_features=3)
    (*_, body, _) = graph.edges
    graph = graph.restrict({body: ("exp",)})
    parameters = random_parameters(graph, 0)
    for values in parameters.theta.values():
        values["weight"], values["bias"] = np.zeros((1, 1)), np.array([50.0])
    for value in outputs([graph], [parameters], ragged(), bound=1e4)[0]:
        assert value == 1e4
    for value in outputs([graph], [parameters], ragged())[0]:
        assert value == pytest.approx(np.exp(50.0))


def gradients(graphs, parameters):
    schedule = Schedule(graphs)
    packed = schedule.pack(parameters)
    tensors = trainable(packed)
    batch = schedule.streams(ragged()).batch()
    values = schedule.forward(packed.with_tensors(tensors), batch, Runtime(bound=1e4))
    assert values.isfinite().all()
    found = torch.autograd.grad(values.sum(), list(tensors.values()), materialize_grads=True)
    return dict(zip(tensors, found, strict=True))
