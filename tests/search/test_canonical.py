"""Programs that compute the same, in one form."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import SlideWindowAvg
from sklearn_dpads.program import Sequences, evaluate
from sklearn_dpads.search.drafts import canonical, of_values

GRAMMAR = Grammar.paper({"a": [0], "b": [1, 2]}, windows=(5, None)).with_production(
    SlideWindowAvg(5, "values")
)

AFFINE = "Add(Affine[a](2*x0 - 1), Affine[b](x1 + 3*x2 + 0.5))"
PRODUCT = "Multiply(Affine[a](2*x0 - 1), Affine[b](x1))"


def parse(text):
    return Program.parse(text, GRAMMAR, n_features=3).expression


def values(expression):
    lengths = np.array([9, 4, 1])
    frames = np.random.default_rng(0).standard_normal((3, 9, 3))
    frames[np.arange(9) >= lengths[:, None]] = 0.0
    return evaluate(expression, Sequences(frames, lengths))


@pytest.mark.parametrize("window", ["5", "all"])
def test_an_affine_function_is_applied_to_the_mean_frame(window):
    expression = parse(f"SlideWindowAvg[{window},values]({AFFINE})")
    form = canonical(expression, GRAMMAR)
    assert form.skeleton() == parse(f"SlideWindowAvg[{window}]({AFFINE})").skeleton()
    np.testing.assert_allclose(values(form), values(expression), atol=1e-12)
    assert of_values(form, GRAMMAR).skeleton() == expression.skeleton()
    np.testing.assert_allclose(values(of_values(form, GRAMMAR)), values(form), atol=1e-12)


def test_what_is_changed_shares_its_parameters():
    expression = parse(f"SlideWindowAvg[all,values]({AFFINE})")
    form = canonical(expression, GRAMMAR)
    for (_, old), (_, new) in zip(expression.walk(), form.walk(), strict=True):
        assert all(new.params[name] is value for name, value in old.params.items())


@pytest.mark.parametrize(
    "text",
    [
        f"SlideWindowAvg[all,values]({PRODUCT})",
        "SlideWindowAvg[5,values](if Affine[a](x0) >= 0: Affine[b](x1) else: Affine[a](x0))",
        "Fold(Affine[a](x0 + 0.5*previous), initial=0)",
    ],
)
def test_other_functions_stay_as_they_are(text):
    expression = parse(text)
    assert canonical(expression, GRAMMAR) is expression
    assert of_values(expression, GRAMMAR) is expression


def test_windows_inside_are_changed_too():
    text = (
        f"if SlideWindowAvg[5,values](Affine[a](x0)) >= 0: {{}} else: SlideWindowAvg[5]({PRODUCT})"
    )
    expression = parse(text.format(f"SlideWindowAvg[all,values]({PRODUCT})"))
    form = canonical(expression, GRAMMAR)
    assert form.args[0].production == SlideWindowAvg(5)
    assert form.args[1] is expression.args[1]
    assert form.args[2] is expression.args[2]
    np.testing.assert_allclose(values(form), values(expression), atol=1e-12)


def test_a_window_that_the_grammar_lacks_is_not_put_in():
    expression = parse(f"SlideWindowAvg[5,values]({AFFINE})")
    poorer = GRAMMAR.without("SlideWindowAvg[5]")
    assert canonical(expression, poorer) is expression


def test_what_algebra_shows_to_be_superfluous_is_left_out():
    expression = parse(f"SlideWindowAvg[all](Multiply(Constant(2), {AFFINE}))")
    form = canonical(expression, GRAMMAR)
    assert form.skeleton() == expression.skeleton()
    expression = parse("SlideWindowAvg[5](Multiply(Affine[a](2*x0 - 1), Constant(2)))")
    form = canonical(expression, GRAMMAR)
    assert form.skeleton() == parse("SlideWindowAvg[5](Affine[a](x0))").skeleton()
    np.testing.assert_allclose(values(form), values(expression), atol=1e-12)
