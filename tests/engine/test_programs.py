"""Discrete programs in torch against the plain reference and the numpy evaluation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sklearn_dpads.engine import (
    from_expression,
    hard_gate,
    initialize,
    to_expression,
)
from sklearn_dpads.grammar import (
    LIST_TO_ATOM,
    LIST_TO_LIST,
    CenteredWindowAvg,
    Fold,
    SlideWindowAvg,
    TemporalFilter,
)
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.program import Sequences, evaluate

from .. import reference, strategies
from ..graph.build import (
    RICH_SUMS,
    SIGNATURES_OF_PROGRAMS,
    random_program,
    space,
)
from ..strategies import pad
from ..user_functions import PRODUCTIONS
from .run import outputs, ragged

SOME = settings(
    deadline=None,
    derandomize=True,
    max_examples=30,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@st.composite
def forests(draw, signature, *, clear=1e-6, largest=1e6):
    """Some expressions of one grammar, and sequences on which they are well defined."""
    grammar = draw(strategies.grammars())
    width = draw(st.integers(1, 3))
    sequences = draw(strategies.sequences(grammar.min_features))
    expressions = []
    for _ in range(draw(st.integers(1, 3))):
        expression = draw(strategies.expressions(grammar, signature, width, max_depth=4))
        trace = reference.trace(expression, sequences)
        assume(trace.smallest_condition > clear)
        assume(trace.largest_value < largest)
        expressions.append(expression)
    return grammar, expressions, sequences


def in_torch(grammar, expressions, data, dtype=torch.float64):
    graphs = [discrete_graph(e, grammar, data.frames.shape[2]) for e in expressions]
    parameters = [from_expression(g, e) for g, e in zip(graphs, expressions, strict=True)]
    return outputs(graphs, parameters, data, dtype=dtype, gate=hard_gate)


def in_numpy(expression, data):
    values = evaluate(expression, data)
    if expression.signature == LIST_TO_ATOM:
        return list(values)
    return [value[:length] for value, length in zip(values, data.lengths, strict=True)]


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@SOME
@given(data=st.data())
def test_forests_of_programs_agree_with_the_reference(signature, data):
    grammar, expressions, sequences = data.draw(forests(signature))
    found = in_torch(grammar, expressions, pad(sequences))
    for expression, values in zip(expressions, found, strict=True):
        expected = reference.evaluate(expression, sequences)
        for value, wanted in zip(values, expected, strict=True):
            np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@SOME
@given(data=st.data())
def test_float32_agrees_with_numpy_to_single_precision(signature, data):
    grammar, expressions, sequences = data.draw(forests(signature, clear=1e-2, largest=50))
    padded = pad(sequences)
    found = in_torch(grammar, expressions, padded, torch.float32)
    for expression, values in zip(expressions, found, strict=True):
        largest = max(1.0, reference.trace(expression, sequences).largest_value)
        for value, wanted in zip(values, in_numpy(expression, padded), strict=True):
            assert value.dtype == np.float32
            np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-5 * largest)


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@SOME
@given(st.data(), st.integers(1, 4), st.sampled_from([0.0, -3.0, 1e3]))
def test_padding_never_changes_a_program(signature, data, extra, filler):
    grammar, expressions, sequences = data.draw(forests(signature))
    found = in_torch(grammar, expressions, pad(sequences))
    longer = in_torch(grammar, expressions, pad(sequences, extra, filler))
    for values, others in zip(found, longer, strict=True):
        for value, other in zip(values, others, strict=True):
            np.testing.assert_allclose(other, value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("signature", SIGNATURES_OF_PROGRAMS, ids=str)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_a_large_forest_of_all_kinds_of_programs_agrees_with_numpy(signature, n_outputs):
    more = (*PRODUCTIONS, SlideWindowAvg(2), CenteredWindowAvg(5), TemporalFilter(3))
    grammar = RICH_SUMS.with_production(*more, TemporalFilter(7))
    graph = space(grammar, signature, n_outputs=n_outputs)
    rng = np.random.default_rng(n_outputs)
    graphs = [random_program(graph, rng) for _ in range(120)]
    used = {p.label for g in graphs for slot in g.slots.values() for p in slot.candidates}
    kinds = {p.label for slot in graph.slots.values() for p in slot.candidates}
    assert used == kinds
    parameters = [initialize(g, seed) for seed, g in enumerate(graphs)]
    data = ragged(lengths=(5, 1, 12, 9, 12))
    found = outputs(graphs, parameters, data, gate=hard_gate)
    for g, p, values in zip(graphs, parameters, found, strict=True):
        for value, wanted in zip(values, in_numpy(to_expression(g, p), data), strict=True):
            np.testing.assert_allclose(value, wanted, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_every_prefix_form_is_the_value_on_each_prefix(n_outputs):
    """Frame t of MapPrefix(g) in one pass, against g on the first t frames alone."""
    grammar = RICH_SUMS.with_production(TemporalFilter(5))
    whole = space(grammar, LIST_TO_LIST, n_outputs=n_outputs)
    (root,) = (key for key in whole.edges if key.parent is None)
    prefixes = whole.restrict({root: ("MapPrefix",)})
    rng = np.random.default_rng(5)
    graphs = [random_program(prefixes, rng) for _ in range(90)]
    expressions = [to_expression(g, initialize(g, i)) for i, g in enumerate(graphs)]
    outermost = {e.args[0].production.symbol for e in expressions}
    assert outermost == {"Fold", "SlideWindowAvg", "ITE", "Add", "Multiply", "TemporalFilter"}
    data = ragged(1, lengths=(6, 6, 6))
    scanned = in_torch(grammar, expressions, data)
    for t in range(1, 7):
        prefix = Sequences(data.frames[:, :t], np.full(3, t))
        alone = in_torch(grammar, [e.args[0] for e in expressions], prefix)
        for values, wanted in zip(scanned, alone, strict=True):
            for value, last in zip(values, wanted, strict=True):
                np.testing.assert_allclose(value[t - 1], last, rtol=1e-9, atol=1e-9)


def test_folds_of_unequal_lengths_stop_where_each_sequence_ends():
    graph = space(RICH_SUMS, max_depth=3, n_outputs=3)
    (root,) = (key for key in graph.edges if key.parent is None)
    rng = np.random.default_rng(0)
    graphs = [random_program(graph.restrict({root: ("Fold",)}), rng) for _ in range(10)]
    assert all(isinstance(g.slots[g.root].candidates[0], Fold) for g in graphs)
    parameters = [initialize(g, i) for i, g in enumerate(graphs)]
    data = ragged(lengths=(1, 3, 8, 2))
    together = outputs(graphs, parameters, data, gate=hard_gate)
    for i, length in enumerate(data.lengths):
        cut = Sequences(data.frames[i : i + 1, :length], data.lengths[i : i + 1])
        alone = outputs(graphs, parameters, cut, gate=hard_gate)
        for values, (value,) in zip(together, alone, strict=True):
            np.testing.assert_allclose(values[i], value, rtol=1e-10, atol=1e-12)
