"""Reduced programs compute the same with fewer productions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.program import reduced

from .. import strategies

GRAMMAR = Grammar.paper({"a": [0, 1], "b": [2]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Add(Affine[a](x0 + 1), Constant(2))", "Affine[a](x0 + 3)"),
        ("Add(Constant(2), Affine[a](x0 + 1))", "Affine[a](x0 + 3)"),
        ("Add(Affine[a](x0 + 1), Affine[a](x1 + 1))", "Affine[a](x0 + x1 + 2)"),
        ("Multiply(Constant(2), Constant(3))", "Constant(6)"),
        ("Multiply(Add(Constant(1), Constant(1)), Affine[b](x2 + 1))", "Affine[b](2*x2 + 2)"),
        ("if Constant(-1) >= 0: Affine[a](x0) else: Affine[b](x2)", "Affine[b](x2)"),
        ("Add(Affine[a](x0), Affine[b](x2))", "Add(Affine[a](x0), Affine[b](x2))"),
        ("Multiply(Affine[a](x0), Affine[a](x0))", "Multiply(Affine[a](x0), Affine[a](x0))"),
    ],
)
def test_constants_and_like_terms_are_taken_over(text, expected):
    program = Program.parse(f"SlideWindowAvg[5]({text})", GRAMMAR)
    short = program.with_expression(reduced(program.expression))
    assert short.to_text(width=None) == f"SlideWindowAvg[5]({expected})"


def test_a_constant_condition_over_lists_leaves_one_branch():
    text = (
        "if SlideWindowAvg[5](Constant(1)) >= 0: Fold(Affine[a](x0 + previous)) "
        "else: SlideWindowAvg[5](Affine[b](x2))"
    )
    short = reduced(Program.parse(text, GRAMMAR).expression)
    assert short.skeleton() == "Fold(Affine[a])"


def test_what_an_affine_reads_of_an_accumulator_is_scaled_too():
    program = Program.parse(
        "Fold(Multiply(Affine[a](x0 + 0.5*previous + 1), Constant(0.5)))", GRAMMAR
    )
    short = program.with_expression(reduced(program.expression))
    X = np.random.default_rng(0).standard_normal((5, 9, 3))
    assert short.n_productions == 2
    np.testing.assert_allclose(short(X), program(X), rtol=1e-12)


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_reduced_programs_compute_the_same(data):
    grammar = data.draw(strategies.grammars())
    program = data.draw(strategies.programs(grammar))
    lists = data.draw(strategies.sequences(program.n_features))
    X = [np.array(frames) for frames in lists]
    short = program.with_expression(reduced(program.expression))
    assert short.n_productions <= program.n_productions
    with np.errstate(all="ignore"):
        before, after = program(X), short(X)
    moderate = np.isfinite(before) & (np.abs(before) < 1e6)
    np.testing.assert_allclose(after[moderate], before[moderate], rtol=1e-6, atol=1e-6)
