"""Programs of one output side by side: what holds for all of them, in every medium."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import ATOM_TO_ATOM, OneVsRest, make_production
from sklearn_dpads.program import Expression

from .. import reference, strategies
from .cases import values_of
from .compare import assert_same_program

SOME = settings(
    deadline=None,
    derandomize=True,
    max_examples=20,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
GRAMMAR = Grammar.default({"a": [0, 1], "b": [2]})
TEXT = """
OneVsRest(
    rest: Add(
        SlideWindowAvg[10](Affine[a](2*x0 - 1)),
        SlideWindowStd[all](Affine[b](3*x2))
    ),
    "if x":
        if SlideWindowAvg[5](Affine[a](x1)) >= 0:
            SlideWindowAvg[5](Affine[b](x2))
        else:
            Fold(Affine[a](x0 + 0.5*previous), initial=1),
    3: SlideWindowMax[1/3](Multiply(Affine[b](x2 - 1), Affine[a](x1)))
)
"""
CLASSES = ("rest", "if x", 3)
X = np.random.default_rng(0).normal(size=(4, 12, 3))


@pytest.fixture
def program():
    return Program.parse(TEXT, GRAMMAR, classes=CLASSES)


@st.composite
def cases(draw, user=True):
    grammar = draw(strategies.grammars(user=user))
    program = draw(strategies.one_vs_rest(grammar))
    frames_of = draw(strategies.sequences(program.n_features))
    trace = reference.trace(program.expression, frames_of)
    assume(trace.smallest_condition > 1e-6 and trace.largest_value < 1e6)
    return grammar, program, frames_of, trace.values


@SOME
@given(cases())
def test_values_are_those_of_the_programs_side_by_side(case):
    _, program, frames_of, expected = case
    values = values_of(program, frames_of)
    for row, frames, wanted in zip(values, frames_of, expected, strict=True):
        assert_allclose(row[: len(frames)] if row.ndim == 2 else row, wanted, atol=1e-9)


@SOME
@given(cases(), st.none() | st.integers(1, 100))
def test_text_and_json_lose_nothing(case, width):
    grammar, program, *_ = case
    text = program.to_text(17, width=width)
    again = Program.parse(text, grammar, n_features=program.n_features, classes=program.classes)
    assert_same_program(again, program)
    user = [p for p in grammar.productions if hasattr(p, "function_path")]
    assert_same_program(Program.from_json(program.to_json(), productions=user), program)


@SOME
@given(cases(user=False))
def test_exports_and_streams_agree(case):
    _, program, frames_of, _ = case
    X = [np.array(frames) for frames in frames_of]
    expected = program(X)
    namespace = {}
    exec(program.to_python("f"), namespace)
    per_frame = expected.ndim == 3
    last = [row[len(x) - 1] if per_frame else row for row, x in zip(expected, X, strict=True)]
    for x, wanted in zip(X, last, strict=True):
        given_ = namespace["f"](x)
        assert_allclose(given_[-1] if per_frame else given_, wanted, atol=1e-9)
    if "CenteredWindow" not in program.expression.skeleton():
        for x, wanted in zip(X, last, strict=True):
            assert_allclose(program.stream().extend(x)[-1], wanted, atol=1e-9)
    split = program.trace(X)
    whole = split.baseline_history + split.contribution_history.sum(2) + split.remainder_history
    assert_allclose(whole, split.output_history, atol=1e-8)


def test_cost_numbers_and_depth_are_those_of_the_programs(program):
    parts = program.expression.args
    assert program.cost == sum(part.cost for part in parts)
    assert program.n_parameters == sum(part.n_parameters for part in parts)
    assert program.depth == max(part.depth for part in parts)


def test_it_is_printed_as_it_is_written(program):
    assert str(program) == TEXT.strip()
    assert program.compact() == (
        'rest: avg10(x0) + std(x2); "if x": (avg5(x1) > 0 ? avg5(x2) : fold(x0)); '
        "3: max1/3(x2)·max1/3(x1)"
    )


def test_torch_onnx_and_sympy_have_a_value_for_each_class(program):
    import torch

    module = program.to_torch(dtype=torch.float64)
    assert_allclose(module(torch.as_tensor(X)).detach().numpy(), program(X))
    model = program.to_onnx(dtype="float64")
    assert [d.dim_value for d in model.graph.output[0].type.tensor_type.shape.dim][1] == 3
    assert program.to_sympy(n_timesteps=2).shape == (3, 1)


def test_parts_are_called_by_their_classes(program):
    latex = program.to_latex()
    assert r"\begin{pmatrix}" in latex
    assert r"y_{\mathrm{if\ x}}" in latex
    assert 'label="if x"' in program.to_dot()
    assert "rest: Add" in str(program.trace(X))
    assert "if x:\n  If this is at least 0" in program.describe(X)
    assert '<span class="role">rest</span>' in program._repr_html_()
    assert "values_1[1] = choice_1[0]" in program.to_c(max_frames=50)
    names = [row.name for row in program.knock_out(X, np.array(["rest", "3", "3", "if x"]))]
    assert "rest: std(x2)" in names


def test_what_is_no_program_for_each_class_is_refused():
    for text, message in (
        ("OneVsRest(a: Fold(Constant(1)))", "takes 2 to 1000 programs"),
        ("OneVsRest(a: Fold(Constant(1)), a: Fold(Constant(1)))", "a second output"),
        ("OneVsRest(Fold(Constant(1)), b: Fold(Constant(1)))", "expected ':'"),
        ("OneVsRest(a: Fold(Constant(p: 1, q: 2)), b: Fold(Constant(1)))", "single number"),
        ("Fold(OneVsRest(a: Constant(1), b: Constant(2)))", "no atom->atom production"),
    ):
        with pytest.raises(ValueError, match=message):
            Program.parse(text, GRAMMAR)
    with pytest.raises(ValueError, match="the output rest"):
        Program.parse(TEXT.replace("rest", "walk"), GRAMMAR, classes=CLASSES)
    with pytest.raises(ValueError, match="is over lists"):
        OneVsRest(ATOM_TO_ATOM, 2)


def test_a_file_may_not_name_more_programs_than_it_has(program):
    data = json.loads(program.to_json())
    for number, message in ((10**9, "takes 2 to 1000"), (True, "takes 2"), (4, "takes 4")):
        data["expression"]["production"]["n_programs"] = number
        with pytest.raises(ValueError, match=message):
            Program.from_json(json.dumps(data))


def test_width_is_the_number_of_programs(program):
    with pytest.raises(ValueError, match="gives 3 values, but width 2"):
        Expression(program.expression.production, 2, args=program.expression.args)


def test_no_grammar_derives_it():
    with pytest.raises(ValueError, match="no grammar derives it"):
        Grammar((*GRAMMAR.productions, OneVsRest()))
    with pytest.raises(ValueError, match="word of the language"):
        make_production("OneVsRest", abs, arity=1)


def test_what_decides_nothing_can_be_taken_out(program):
    shorter = program.simplify(X)
    assert shorter.agreement == 1.0
    assert shorter.program.n_outputs == 3
    decided = [p(X).argmax(axis=1) for p in (shorter.program, program)]
    assert_array_equal(*decided)
