"""Contributions against the laws that define them."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import ITE, Multiply, UserProduction

from ..user_functions import BLEND, SHARE, TANH
from .trace_cases import (
    FEW,
    cases,
    gated,
    parse,
    some_sequences,
    three,
)

USER = Grammar.paper({"motion": [0, 1], "height": [2]})
for production in (TANH, BLEND, SHARE):
    USER = USER.with_production(production)


def frame_of(program, value):
    return np.full(program.n_features, value)


@FEW
@given(cases(), st.sampled_from([None, "mean", 0.75]))
def test_baseline_contributions_and_remainder_add_up_to_the_output(case, reference):
    program, X = case
    if isinstance(reference, float):
        reference = frame_of(program, reference)
    trace = program.trace(X, reference=reference)
    total = trace.baseline + trace.contributions.sum(axis=-2) + trace.remainder
    assert_allclose(total, program(X), rtol=1e-8, atol=1e-8)
    history = trace.baseline_history + trace.contribution_history.sum(axis=-2)
    history += trace.remainder_history
    assert_allclose(history, trace.output_history, rtol=1e-8, atol=1e-8)
    if not any(isinstance(n.expression.production, UserProduction) for n in trace.nodes):
        assert not np.nan_to_num(trace.remainder).any()


def is_linear(program):
    kinds = ITE | Multiply | UserProduction
    return not any(isinstance(node.production, kinds) for _, node in program.expression.walk())


@FEW
@given(cases(user=False).filter(lambda case: is_linear(case[0])))
def test_in_a_linear_program_a_feature_brings_what_is_lost_without_it(case):
    program, X = case
    reference = frame_of(program, 0.5)
    trace = program.trace(X, reference=reference)
    for j in range(program.n_features):
        without = [x.copy() for x in X]
        for x in without:
            x[:, j] = reference[j]
        lost = program(X) - program(without)
        assert_allclose(trace.contributions[..., j, :], lost, rtol=1e-8, atol=1e-8)
    at_reference = program([np.tile(reference, (len(x), 1)) for x in X])
    assert_allclose(trace.baseline, at_reference, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("window", ["2", "all,values"])
def test_a_product_of_two_sums_is_shared_as_shapley_does(window):
    grammar = Grammar.paper({"all": [0, 1, 2]}, windows=[2, None])
    program = parse(
        f"SlideWindowAvg[{window}](Multiply("
        "Affine[all](speed + 2*turn - height + 1), Affine[all](3*speed - turn - 2)))",
        grammar=grammar,
    )
    X, reference = np.array(some_sequences(1)), np.array([0.5, -1.0, 2.0])
    expected = np.zeros(3)
    for order in permutations(range(3)):
        mixed = np.broadcast_to(reference, X.shape).copy()
        before = program(mixed)[0, 0]
        for j in order:
            mixed[..., j] = X[..., j]
            after = program(mixed)[0, 0]
            expected[j] += (after - before) / 6
            before = after
    trace = program.trace(X, reference=reference)
    assert_allclose(trace.contributions[0, :, 0], expected)


def test_a_condition_gets_no_contribution_and_the_baseline_is_that_of_the_branch_taken():
    X = np.array([[[4.0, 1, 3]], [[4.0, 1, 0]]])
    trace = three().trace(X)
    assert_allclose(trace.baseline, [[1, 0, -3], [2, 0, -1]])
    speed, turn, height = np.moveaxis(trace.contributions, 1, 0)
    assert_allclose(speed, [[0, 4, 8], [0, 0, 0]])
    assert_allclose(turn, [[0, 0, 1], [0, 0, 0]])
    assert not height.any()


def test_a_fold_hands_contributions_on():
    trace = parse("Fold(Affine[motion](0.5*speed - turn + 0.9*previous), initial=-0.3)").trace(
        np.array([[[2.0, 1, 0], [4, 3, 0]]])
    )
    assert_allclose(trace.contributions[0, :, 0], [0.9 * 1 + 2, -0.9 - 3, 0])
    assert_allclose(trace.baseline[0], -0.3 * 0.81)


def test_a_users_production_of_one_feature_gives_it_all():
    program = parse("SlideWindowAvg[all](tanh(Affine[height](2*height - 1)))", grammar=USER)
    X = np.full((1, 3, 3), 2.0)
    trace = program.trace(X, reference=[0, 0, 0.5])
    assert_allclose(trace.contributions[0, :, 0], [0, 0, np.tanh(3.0)])
    assert_allclose(trace.baseline, [[0.0]])
    assert not trace.remainder.any()


def test_a_users_production_of_more_features_gives_a_remainder():
    program = parse(
        "SlideWindowAvg[all](Add(Affine[height](3*height), tanh(Affine[motion](speed - turn))))",
        grammar=USER,
    )
    X = np.array([[[2.0, 1.0, 1.0]], [[2.0, 0.0, 1.0]]])
    trace = program.trace(X)
    assert_allclose(trace.contributions[..., 0], [[0, 0, 3], [np.tanh(2), 0, 3]])
    assert_allclose(trace.remainder[:, 0], [np.tanh(1), 0])
    assert "of no single feature 0.381" in str(trace)


def test_the_mean_frame_is_that_of_all_frames():
    X = some_sequences()
    trace = gated().trace(X, reference="mean")
    assert_allclose(trace.reference, np.concatenate(X).mean(axis=0))
