"""Programs as source of a numpy function."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import LIST_TO_ATOM

from ..program.cases import EXPORTS, cases, values_of
from ..strategies import pad
from ..user_functions import PRODUCTIONS, SOFT_SIGN

FUNCTIONS = {
    "soft_sign": "{0} / (1 + np.abs({0}))",
    "blend": "{0} / (1 + np.exp(-{1})) + 0.5 * {1}",
    "tanh": "np.tanh({0})",
    "share": "np.exp({0}) / np.exp({0}).sum(axis=-1, keepdims=True) + 0.1 * {0}",
}


def run(source: str, name: str = "program"):
    namespace: dict = {}
    exec(compile(source, "exported", "exec"), namespace)
    return namespace[name]


def needed(program: Program) -> dict[str, str]:
    held = {node.production.label for _, node in program.expression.walk()}
    return {name: text for name, text in FUNCTIONS.items() if name in held}


@EXPORTS
@given(cases(user=True), st.integers(0, 3), st.sampled_from([0.0, 1e6, np.nan]))
def test_the_source_computes_what_the_program_computes(case, extra, filler):
    program, frames_of = case
    function = run(program.to_python(functions=needed(program)))
    data = pad(frames_of, extra, filler)
    expected = values_of(program, frames_of)
    found = function(data.frames, data.lengths)
    if found.ndim == 3:
        assert np.isnan(found[:, expected.shape[1] :]).all()
        found = found[:, : expected.shape[1]]
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)
    assert found.shape == expected.shape


@EXPORTS
@given(cases(user=True))
def test_one_sequence_alone_and_padding_with_nan(case):
    program, frames_of = case
    function = run(program.to_python("f", functions=needed(program)), "f")
    data = pad(frames_of, 1, np.nan)
    together = function(data.frames)
    for values, frames in zip(together, frames_of, strict=True):
        alone = function(frames)
        valid = values if values.ndim == 1 else values[: len(frames)]
        np.testing.assert_allclose(alone, valid, rtol=1e-12, atol=1e-12)


@EXPORTS
@given(cases(user=True))
def test_the_source_needs_numpy_alone(case):
    program, _ = case
    tree = ast.parse(program.to_python(functions=needed(program)))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    allowed = {"import numpy as np", "from types import SimpleNamespace"}
    assert {ast.unparse(node) for node in imports} <= allowed
    for node in tree.body:
        assert isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.Assign)


def test_the_input_is_never_written_to():
    program = Program.parse("Map(Input)", Grammar.paper(1))
    X = np.ones((2, 3, 1))
    values = run(program.to_python())(X, [3, 1])
    assert (X == 1).all()
    np.testing.assert_array_equal(np.isnan(values[:, :, 0]).sum(axis=1), [0, 2])


def test_names_stand_beside_the_numbers():
    names = ["acc_x", "left paw\n", "turn"]
    grammar = Grammar.paper({"all": names}, feature_names=names)
    text = 'Fold(Affine[all](a: 2*"left paw\\n" + previous[b c], "b c": 0.5*turn - 1))'
    text = text.replace("[b c]", '["b c"]')
    program = Program.parse(text, grammar, feature_names=names, classes=("a", "b c"))
    source = program.to_python()
    for line in [
        '# The outputs are a, "b c".',
        '    # Affine[all], a column for each of a, "b c"',
        '            [2.0, 0.0],  # "left paw\\n"',
        "            [0.0, 0.5],  # turn",
        '            [1.0, 0.0],  # previous["b c"]',
    ]:
        assert line in source.splitlines()
    X = np.random.default_rng(0).normal(size=(2, 4, 3))
    np.testing.assert_allclose(run(source)(X), program(X))


def test_a_single_output_says_what_its_sign_means():
    grammar = Grammar.paper(2)
    program = Program.parse(
        "SlideWindowAvg[all](Affine[x1](2*x1 - 0.5))", grammar, classes=("rest", "walk")
    )
    lines = program.to_python().splitlines()
    assert "# A value above 0 means walk, any other rest." in lines
    assert "        2.0 * x[..., 1:2]  # x1" in lines
    assert "        - 0.5" in lines


@pytest.mark.parametrize("name", ["a b", "class", "np", "_f", "len", "", "1a"])
def test_names_that_cannot_name_a_function(name):
    program = Program.parse("Fold(Constant(1))", Grammar.paper(1))
    with pytest.raises(ValueError, match=f"^name={re.escape(repr(name))} can't name the function"):
        program.to_python(name)


def test_the_name_must_be_a_str():
    program = Program.parse("Fold(Constant(1))", Grammar.paper(1))
    with pytest.raises(TypeError, match="^name must be a str; got None"):
        program.to_python(None)


def user_program() -> Program:
    grammar = Grammar.paper(1).with_production(*PRODUCTIONS)
    return Program.parse("Fold(|Affine[x0](x0)|)", grammar)


def test_user_productions_need_a_numpy_expression():
    message = (
        "The program holds the user's production 'soft_sign', computed by the torch function "
        f"{SOFT_SIGN.function_path}, which numpy source can't call. Give its numpy expression of "
        "{0}, as in functions={'soft_sign': '…{0}…'}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        user_program().to_python()


def test_expressions_of_what_the_program_has_not_are_refused():
    functions = {"soft_sign": "{0}", "tanh": "np.tanh({0})"}
    with pytest.raises(ValueError, match="^functions names 'tanh', but the program's own"):
        user_program().to_python(functions=functions)


@pytest.mark.parametrize("template", ["{1}", "{", "{name}"])
def test_expressions_of_other_arguments_are_refused(template):
    with pytest.raises(ValueError, match=r"is no expression of 1 argument\(s\)"):
        user_program().to_python(functions={"soft_sign": template})


def test_numbers_must_be_finite():
    program = Program.parse("Fold(Constant(nan))", Grammar.paper(1))
    with pytest.raises(ValueError, match="^to_python takes programs with finite numbers only"):
        program.to_python()


@pytest.mark.parametrize(
    ("X", "lengths", "message"),
    [
        (np.ones((2, 3, 2)), None, r"^X must have shape .* but has \(2, 3, 2\)\.$"),
        (np.ones(3), None, r"^X must have shape .* but has \(3,\)\.$"),
        (np.ones((2, 3, 1)), [3, 0], r"^Every sequence needs a length from 1 to 3\.$"),
        (np.ones((2, 3, 1)), [3, 4], r"^Every sequence needs a length from 1 to 3\.$"),
        (np.ones((2, 3, 1)), [3], r"^Every sequence needs a length from 1 to 3\.$"),
        (np.ones((1, 0, 1)), None, r"^Every sequence needs a length from 1 to 0\.$"),
    ],
)
def test_the_function_refuses_what_does_not_fit(X, lengths, message):
    program = Program.parse("Fold(Affine[x0](x0))", Grammar.paper(1))
    assert program.expression.signature == LIST_TO_ATOM
    with pytest.raises(ValueError, match=message):
        run(program.to_python())(X, lengths)
