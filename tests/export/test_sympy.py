"""Programs as sympy expressions."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import LIST_TO_LIST, CenteredWindowAvg

from .. import reference
from ..program.cases import (
    EXPORTS,
    cases,
    holds,
    values_of,
)
from ..user_functions import PRODUCTIONS

# Written out, a fold of depth n grows as fast as its body repeats the accumulator.
SMALL = settings(EXPORTS, max_examples=40)
X = sympy.IndexedBase("x")


def user_modules(width: int) -> dict:
    """What the undefined functions of user's productions mean, in plain Python, and the step.

    Left to itself, sympy prints a step as cases, and may simplify their conditions without end.
    """
    modules = {"Heaviside": np.heaviside}
    for production in PRODUCTIONS:
        combine = reference.COMBINE[production.name]
        modules[production.name] = lambda *parts, combine=combine: combine(*([p] for p in parts))[0]
        for i in range(width):
            modules[f"{production.name}_{i}"] = lambda *parts, combine=combine, i=i: combine(
                *(list(parts[k : k + width]) for k in range(0, len(parts), width))
            )[i]
    return modules


def evaluate(program: Program, expression, arguments: dict) -> np.ndarray:
    modules = [{**user_modules(program.n_outputs), "step": np.heaviside}, "numpy"]
    # Left to sympy, a step may become cases, all of which numpy computes, frames before the
    # first among them.
    expression = expression.replace(sympy.Heaviside, sympy.Function("step"))
    # Where sums are left open, sympy would take what they run over out of them.
    function = sympy.lambdify(list(arguments), expression, modules, cse=set(arguments) == {X})
    return np.asarray(function(*arguments.values()), dtype=float)


@SMALL
@given(cases(user=True, max_depth=3, max_timesteps=4))
def test_with_the_frames_numbered_it_computes_what_the_program_computes(case):
    program, frames_of = case
    for frames, expected in zip(frames_of, values_of(program, frames_of), strict=True):
        expression = program.to_sympy(len(frames))
        values = evaluate(program, expression, {X: np.array(frames)})
        expected = expected[: len(frames)] if expected.ndim == 2 else expected
        shape = expected.shape if expected.ndim == 2 else (len(expected), 1)
        np.testing.assert_allclose(
            values.reshape(shape), expected.reshape(shape), rtol=1e-9, atol=1e-9
        )


@SMALL
@given(cases(user=True, max_timesteps=5))
def test_with_the_number_of_frames_open_sums_stay_sums(case):
    program, frames_of = case
    assume(not holds(program, "Fold"))
    expression = program.to_sympy()
    frames = max(frames_of, key=len)
    (expected,) = values_of(program, [frames])
    arguments = {X: np.array(frames), sympy.Symbol("T"): len(frames)}
    if program.expression.signature == LIST_TO_LIST:
        for t, row in enumerate(expected):
            values = evaluate(program, expression, {**arguments, sympy.Symbol("t"): t})
            np.testing.assert_allclose(values.ravel(), row, rtol=1e-9, atol=1e-9)
    else:
        values = evaluate(program, expression, arguments)
        np.testing.assert_allclose(values.ravel(), expected, rtol=1e-9, atol=1e-9)


def parse(text: str, **names) -> Program:
    grammar = Grammar.paper({"all": [0, 1]}, windows=[2]).with_production(
        *PRODUCTIONS, CenteredWindowAvg(3)
    )
    return Program.parse(text, grammar, **names)


def test_a_fold_is_written_out():
    expression = parse("Fold(Affine[all](x0 + 2*previous), initial=5)").to_sympy(3)
    assert expression == 4 * X[0, 0] + 2 * X[1, 0] + X[2, 0] + 40


def test_a_window_is_a_sum():
    t, big = sympy.Symbol("s"), sympy.Symbol("T")
    text = "SlideWindowAvg[2](Affine[all](x1))"
    first = sympy.Max(0, big - 2)
    assert parse(text).to_sympy() == sympy.Sum(X[t, 1], (t, first, big - 1)) / (big - first)
    assert parse(text).to_sympy(4) == (X[2, 1] + X[3, 1]) / 2
    assert parse(f"MapPrefix({text})").to_sympy(2) == sympy.Matrix(
        [X[0, 1], (X[0, 1] + X[1, 1]) / 2]
    )


def test_values_can_be_substituted():
    expression = parse(
        "if SlideWindowAvg[2](Affine[all](x0 - 1.5)) >= 0: SlideWindowAvg[2](Constant(7)) "
        "else: Fold(Multiply(Affine[all](x1), Affine[all](x0 + previous)))"
    ).to_sympy(2)
    frames = np.array([[1.0, 2.0], [1.5, 4.0]])
    known = {X[t, j]: frames[t, j] for t in range(2) for j in range(2)}
    assert expression.subs(known) == pytest.approx(14.0)
    assert expression.subs({**known, X[1, 0]: 2.0}) == 7


def test_several_outputs_are_a_column():
    text = "SlideWindowAvg[2](Affine[all](a: x0, b: 2))"
    assert parse(text, classes=("a", "b")).to_sympy(1) == sympy.Matrix([X[0, 0], 2])
    program = parse("Map(|Affine[all](a: x0, b: x1)|)", classes=("a", "b"))
    t = sympy.Symbol("t")
    functions = [sympy.Function(f"soft_sign_{i}")(X[t, 0], X[t, 1]) for i in range(2)]
    assert program.to_sympy() == sympy.Matrix(functions)


def test_choices_inside_sums_conditions_and_folds_are_steps():
    choice = "if Affine[all](x0) >= 0: Affine[all](x1) else: Constant(-1)"
    step = sympy.Heaviside(X[0, 0], 1)
    inner = step * X[0, 1] - (1 - step)
    assert sympy.expand(parse(f"Fold({choice})").to_sympy(1) - inner) == 0
    window = f"SlideWindowAvg[all,values]({choice})"
    program = parse(f"if {window} >= 0: {window} else: SlideWindowAvg[2](Constant(2))")
    frames = np.random.default_rng(0).normal(size=(40, 2))
    expected = program([frames])[0, 0]
    assert evaluate(program, program.to_sympy(40), {X: frames}) == pytest.approx(expected)
    known = {X: frames, sympy.Symbol("T"): 40}
    assert evaluate(program, program.to_sympy(), known) == pytest.approx(expected)


def test_a_condition_without_a_feature_is_decided():
    text = "Map(if Constant(-1) >= 0: Constant(2) else: Affine[all](x0))"
    assert parse(text).to_sympy() == X[sympy.Symbol("t"), 0]


def test_fold_needs_the_number_of_frames():
    with pytest.raises(ValueError, match=r"^The program holds Fold, .*; give n_timesteps"):
        parse("Fold(Affine[all](x0))").to_sympy()


@pytest.mark.parametrize("n_timesteps", [0, -1, 2.0, True])
def test_the_number_of_frames_must_be_a_positive_integer(n_timesteps):
    with pytest.raises(ValueError, match="^n_timesteps must be a positive integer; got "):
        parse("Map(Affine[all](x0))").to_sympy(n_timesteps)


def test_numbers_must_be_finite():
    with pytest.raises(ValueError, match="^to_sympy takes programs with finite numbers only"):
        parse("Map(Constant(inf))").to_sympy()


def test_without_sympy_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    message = r"^to_sympy needs sympy, which is not installed\. .*sklearn_dpads\[export\]$"
    with pytest.raises(ImportError, match=message):
        parse("Map(Constant(1))").to_sympy()
