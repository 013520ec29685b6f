"""Relaxed values of compound graphs against plain recursion over the graph."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_dpads import Grammar
from sklearn_dpads.engine import (
    Parameters,
    architecture_weights,
    hard_gate,
    soft_gate,
    straight_through_gate,
)
from sklearn_dpads.grammar import (
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    SIGNATURES,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
    SlideWindowAvg,
    TemporalFilter,
)
from sklearn_dpads.graph import split
from sklearn_dpads.program import Sequences

from ..graph.build import random_part, space
from ..user_functions import BLEND
from .oracle import Oracle, sigmoid
from .run import outputs, ragged, random_parameters

ALL = Grammar(
    (
        *(Map(), MapPrefix(), CenteredWindowAvg(3), Fold(mixed=True), TemporalFilter(3)),
        *(SlideWindowAvg(2), SlideWindowAvg(None), SlideWindowAvg(3, "values")),
        *(ITE(signature) for signature in SIGNATURES),
        *(Add(), Multiply(), BLEND, Affine("a", (0, 2)), Affine("b", (1,)), Constant(), Input()),
    )
)


def assert_agrees_with_recursion(graphs, parameters, data, by_hand=sigmoid, **runtime):
    found = outputs(graphs, parameters, data, **runtime)
    for graph, values, p in zip(graphs, found, parameters, strict=True):
        oracle = Oracle(graph, p, by_hand)
        for frames, length, value in zip(data.frames, data.lengths, values, strict=True):
            np.testing.assert_allclose(value, oracle(frames[:length]), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("node_sharing", [True, False])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize(
    ("signature", "depth"), [(LIST_TO_ATOM, 2), (LIST_TO_ATOM, 3), (LIST_TO_LIST, 3)]
)
def test_whole_graphs(signature, depth, n_outputs, node_sharing):
    graph = space(ALL, signature, n_outputs=n_outputs, max_depth=depth, node_sharing=node_sharing)
    data = ragged(depth, lengths=(3, 1, 4))
    assert_agrees_with_recursion([graph], [random_parameters(graph, 1)], data)


@pytest.mark.parametrize("node_sharing", [True, False])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("signature", [LIST_TO_ATOM, LIST_TO_LIST], ids=str)
def test_forests_of_pruned_graphs_with_neural_completions(signature, n_outputs, node_sharing):
    """Frontiers at depths 1, 2 and 3 beside graphs without: perceptrons and LSTMs."""
    rng = np.random.default_rng(n_outputs + 5)
    graphs = []
    for depth in (1, 2, 3, 4):
        graph = space(ALL, signature, n_outputs=n_outputs, depth=depth, node_sharing=node_sharing)
        graphs += [random_part(graph, rng) for _ in range(4)]
    neural = {
        (str(key.signature), key.accumulator > 0)
        for graph in graphs
        for key, slot in graph.slots.items()
        if slot.is_neural
    }
    assert {("list->atom", False), ("atom->atom", False), ("atom->atom", True)} <= neural
    parameters = [random_parameters(graph, seed) for seed, graph in enumerate(graphs)]
    assert_agrees_with_recursion(graphs, parameters, ragged(lengths=(3, 1, 4)))


def test_a_sharper_gate_and_a_hard_one():
    graph = space(ALL, LIST_TO_LIST, n_outputs=3, max_depth=3)
    parameters = [random_parameters(graph, 2)]
    data = ragged(lengths=(3, 2))
    sharper = soft_gate(sharpness=3.0)
    assert_agrees_with_recursion([graph], parameters, data, lambda c: sigmoid(3 * c), gate=sharper)
    for gate in (hard_gate, straight_through_gate(2.0)):
        assert_agrees_with_recursion(
            [graph], parameters, data, lambda c: (c >= 0).astype(float), gate=gate
        )


def test_mixture_by_hand():
    """softmax(w) of an affine map and a constant, of the mean of the last two frames."""
    grammar = Grammar((SlideWindowAvg(2), Affine("a", (0,)), Constant()))
    graph = space(grammar, max_depth=2)
    parameters = random_parameters(graph, 0)
    body = list(graph.edges)[1]
    slot = graph.edges[body].target
    parameters.logits[body] = {"Affine[a]": np.log(3.0), "Constant": 0.0}
    parameters.theta[slot, "Affine[a]"] = {
        "weight": np.array([[2.0]]),
        "bias": np.array([-1.0]),
    }
    parameters.theta[slot, "Constant"] = {"value": np.array([10.0])}
    data = Sequences(np.array([[[1.0], [2.0], [4.0]], [[5.0], [0.0], [0.0]]]), np.array([3, 1]))
    ((first,), (second,)) = outputs([graph], [parameters], data)[0]
    assert first == pytest.approx(0.75 * (2 * 3 - 1) + 0.25 * 10)
    assert second == pytest.approx(0.75 * (2 * 5 - 1) + 0.25 * 10)


def test_relaxed_fold_folds_the_mixture():
    """One accumulator of the mixture, not one per candidate mixed at the end."""
    grammar = Grammar((Fold(), Multiply(), Affine("a", (0,)), Constant()))
    graph = space(grammar, max_depth=3)
    parameters = random_parameters(graph, 4)
    data = ragged(n_features=1, lengths=(4,))
    ((value,),) = outputs([graph], [parameters], data)
    root, body, left, right = graph.edges
    weights = architecture_weights(graph, parameters)
    state = parameters.theta[graph.root, "Fold"]["initial"][0]

    def leaves(key, x, state):
        target, w = graph.edges[key].target, weights[key]
        affine = parameters.theta[target, "Affine[a]"]
        line = affine["weight"][0, 0] * x + affine["bias"][0] + affine["recurrent"][0, 0] * state
        constant = parameters.theta[target, "Constant"]["value"][0]
        return w["Affine[a]"] * line + w["Constant"] * constant

    for x in data.frames[0, :, 0]:
        product = leaves(left, x, state) * leaves(right, x, state)
        state = weights[body]["Multiply"] * product + leaves(body, x, state)
    assert value == pytest.approx(state)
    assert weights[root] == {"Fold": 1.0}


def test_architecture_weights_are_the_softmax_of_the_logits():
    graph = space(ALL, max_depth=2)
    parameters = random_parameters(graph, 0)
    for key, weights in architecture_weights(graph, parameters).items():
        logits = parameters.logits[key]
        total = sum(np.exp(value) for value in logits.values())
        assert weights == pytest.approx({k: np.exp(v) / total for k, v in logits.items()})


def test_bounds_clip_products_and_accumulators():
    grammar = Grammar((Fold(), SlideWindowAvg(1), Multiply(), Affine("a", (0,))))
    graph = space(grammar, max_depth=3)
    data = Sequences(np.full((1, 6, 1), 3.0), np.array([6]))
    (root, *_) = graph.edges
    for label, limit in (("SlideWindowAvg[1]", 5.0), ("Fold", 5.0)):
        part = graph.restrict({root: (label,)})
        part = part.restrict({part.compound_edges()[0].key: ("Multiply",)})
        ((free,),) = outputs([part], [ones(part)], data)
        ((clipped,),) = outputs([part], [ones(part)], data, bound=limit)
        assert free > limit
        assert clipped == limit
        ((loose,),) = outputs([part], [ones(part)], data, bound=1e300)
        assert loose == free


@pytest.mark.parametrize("signature", [LIST_TO_ATOM, LIST_TO_LIST], ids=str)
def test_padding_never_changes_a_relaxed_value(signature):
    rng = np.random.default_rng(0)
    graphs = split(space(ALL, signature, depth=2, n_outputs=3))
    graphs += [random_part(space(ALL, signature, n_outputs=3), rng) for _ in range(3)]
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    # Sequences of equal length can be padded, too, and one may fill the array.
    for lengths in ((4, 4, 4), (5, 1, 4), (1, 1, 1)):
        data = ragged(lengths=lengths)
        garbage = rng.standard_normal((len(lengths), 3, 3))
        frames = np.concatenate([data.frames, garbage], axis=1)
        for row, length in zip(frames, lengths, strict=True):
            row[length:] = 100 * rng.standard_normal((len(row) - length, 3))
        wanted = outputs(graphs, parameters, data)
        found = outputs(graphs, parameters, Sequences(frames, data.lengths))
        for values, others in zip(wanted, found, strict=True):
            for value, other in zip(values, others, strict=True):
                np.testing.assert_allclose(other, value, rtol=1e-9, atol=1e-9)


def ones(graph):
    parameters = Parameters(logits=random_parameters(graph, 0).logits)
    for key, values in random_parameters(graph, 0).theta.items():
        parameters.theta[key] = {name: np.ones_like(value) for name, value in values.items()}
    return parameters
