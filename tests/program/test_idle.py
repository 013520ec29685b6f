"""Parts that give the same for all frames are left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import Affine
from sklearn_dpads.program import without_idle

from .. import strategies

GRAMMAR = Grammar.paper({"a": [0, 1], "b": [2]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Add(Affine[a](x0 + 1), Affine[b](2))", "Affine[a](x0 + 3)"),
        ("Multiply(Affine[b](0), Affine[a](x0))", "Constant(0)"),
        ("Multiply(Affine[b](2), Affine[a](x0 + 1))", "Affine[a](2*x0 + 2)"),
        ("Add(Multiply(Affine[b](2), Affine[b](3)), Affine[a](x0))", "Affine[a](x0 + 6)"),
        (
            "if Affine[a](x0) >= 0: Affine[b](2) else: Affine[b](x2)",
            "if Affine[a](x0) >= 0: Constant(2) else: Affine[b](x2)",
        ),
        ("Affine[a](x0)", "Affine[a](x0)"),
    ],
)
def test_they_become_constants_of_others(text, expected):
    program = Program.parse(f"SlideWindowAvg[5]({text})", GRAMMAR)
    short = program.with_expression(without_idle(program.expression, GRAMMAR.productions))
    assert short.to_text(width=None) == f"SlideWindowAvg[5]({expected})"


def test_a_summand_of_another_reader_goes():
    text = "Add(SlideWindowStd[5](Affine[b](2)), SlideWindowAvg[5](Affine[a](x0)))"
    short = without_idle(Program.parse(text, GRAMMAR).expression, GRAMMAR.productions)
    assert short.skeleton() == "SlideWindowAvg[5](Affine[a])"
    assert short.args[0].params["bias"][0] == 2.0


def test_without_a_constant_in_the_grammar_an_affine_stays():
    program = Program.parse("SlideWindowAvg[5](Affine[a](2))", GRAMMAR)
    short = without_idle(program.expression, [Affine("a", (0, 1))])
    assert short.skeleton() == program.expression.skeleton()


def test_single_outputs_of_a_product_become_constants():
    text = (
        "SlideWindowAvg[5](Add(Affine[a](p: x0, q: x1, r: 1), Multiply("
        "Affine[a](p: x0, q: 2, r: 3), Affine[b](p: x2, q: 3, r: x2))))"
    )
    program = Program.parse(text, GRAMMAR, classes="pqr")
    short = program.with_expression(without_idle(program.expression, GRAMMAR.productions))
    assert short.n_parameters == program.n_parameters - 1
    left, product = short.expression.args[0].args
    assert left.params["bias"].tolist() == [0.0, 6.0, 1.0]
    assert [arg.params["bias"].tolist() for arg in product.args] == [[0, 0, 3], [0, 0, 0]]
    X = np.random.default_rng(0).normal(size=(4, 7, 3))
    assert_allclose(short(X), program(X), rtol=1e-12)


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_values_stay(data):
    grammar = data.draw(strategies.grammars())
    numbers = st.sampled_from([0.0, 0.0, 0.0, 1.0, -2.5])
    program = data.draw(strategies.programs(grammar, parameters=numbers))
    lists = data.draw(strategies.sequences(program.n_features))
    X = [np.array(frames) for frames in lists]
    short = program.with_expression(without_idle(program.expression, grammar.productions))
    assert short.n_productions <= program.n_productions
    assert short.n_parameters <= program.n_parameters
    with np.errstate(all="ignore"):
        before, after = program(X), short(X)
    moderate = np.isfinite(before) & (np.abs(before) < 1e6)
    assert_allclose(after[moderate], before[moderate], rtol=1e-6, atol=1e-6)
