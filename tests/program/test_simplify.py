"""Programs without the parts that decide nothing on given data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import LIST_TO_LIST, CenteredWindowAvg
from sklearn_dpads.program import evaluate
from sklearn_dpads.program.evaluate import LastValues
from sklearn_dpads.program.simplify import removals

from ..strategies import pad
from .cases import EXPORTS, cases, values_of
from .compare import assert_same_program

GRAMMAR = Grammar.paper({"all": [0, 1, 2]}, windows=[5]).with_production(CenteredWindowAvg(3))


def parse(text: str, **names) -> Program:
    return Program.parse(text, GRAMMAR, **names)


def decisions(values: np.ndarray) -> np.ndarray:
    valid = values[~np.isnan(values).all(axis=-1)]
    return valid[:, 0] > 0 if valid.shape[1] == 1 else valid.argmax(axis=1)


def count_parts(program: Program) -> int:
    numbers = sum(
        np.count_nonzero(v) for _, e in program.expression.walk() for v in e.params.values()
    )
    return program.n_productions + numbers


@EXPORTS
@given(cases(max_depth=3), st.sampled_from([1.0, 0.8, 0.5, 0.0]))
def test_the_agreement_stated_is_kept_and_true(case, min_agreement):
    program, frames_of = case
    result = program.simplify([np.array(f) for f in frames_of], min_agreement=min_agreement)
    before, after = (decisions(values_of(p, frames_of)) for p in (program, result.program))
    assert result.agreement == pytest.approx((before == after).mean())
    assert result.agreement >= min_agreement
    assert result.n_decisions == len(before)
    assert result.n_parts == count_parts(program)
    assert result.n_removed == count_parts(program) - count_parts(result.program)
    assert result.n_removed >= 0
    assert result.program.expression.signature == program.expression.signature
    assert result.program.n_outputs == program.n_outputs


@EXPORTS
@given(cases(max_depth=3))
def test_nothing_more_can_be_removed_and_the_result_is_the_same_each_time(case):
    program, frames_of = case
    X = [np.array(frames) for frames in frames_of]
    result = program.simplify(X)
    assert_same_program(program.simplify(X).program, result.program)
    twice = result.program.simplify(X)
    assert twice.n_removed == 0
    assert_same_program(twice.program, result.program)


@EXPORTS
@given(cases(user=True), st.data())
def test_what_is_kept_changes_no_value(case, data):
    program, frames_of = case
    sequences, expression = pad(frames_of), program.expression
    evaluator = LastValues(sequences, expression.signature)
    for _ in range(4):
        evaluator.keep(expression)
        expected = evaluate(expression, sequences)
        np.testing.assert_allclose(evaluator.evaluate(expression), expected, rtol=1e-12)
        possible = list(removals(expression, np.ones(program.n_features)))
        if not possible:
            break
        expression = data.draw(st.sampled_from(possible)).apply(expression)
        with np.errstate(over="ignore", invalid="ignore"):
            expected = evaluate(expression, sequences)
            found = evaluator.evaluate(expression)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


X = np.random.default_rng(0).normal(size=(60, 8, 3))


def test_small_terms_and_small_arguments_go():
    program = parse(
        "SlideWindowAvg[5](Add(Affine[all](2*x0 + 1e-6*x1 + 1e-9), Affine[all](1e-7*x2)))"
    )
    result = program.simplify(X)
    assert result.program.to_text() == "SlideWindowAvg[5](Affine[all](2*x0))"
    assert (result.agreement, result.n_removed, result.n_parts) == (1.0, 5, 8)


def test_branches_never_taken_go_and_no_value_changes():
    inner = "if Affine[all](1e-3*x0 + 1) >= 0: Affine[all](x1) else: Constant(5)"
    program = parse(
        f"if SlideWindowAvg[5](Affine[all](1e-3*x1 - 1)) >= 0: Fold(Constant(1)) "
        f"else: Fold(Multiply(Add(Affine[all](x2 + 0.3*previous), ({inner})), Constant(1)))"
    )
    result = program.simplify(X)
    kept = "Fold(Add(Affine[all](x2 + 0.3*previous), Affine[all](x1)))"
    assert result.program.to_text() == kept
    np.testing.assert_array_equal(result.program(X), program(X))


def test_conditions_on_lists_go_where_one_branch_is_never_taken():
    program = parse(
        "if CenteredWindowAvg[3](Affine[all](x0 + 100)) >= 0: Map(Affine[all](x1)) else: "
        "MapPrefix(SlideWindowAvg[5](Affine[all](x2)))"
    )
    assert program.expression.signature == LIST_TO_LIST
    result = program.simplify(X)
    assert result.program.to_text() == "Map(Affine[all](x1))"
    assert result.n_decisions == 60 * 8


def test_frames_past_the_end_decide_nothing():
    program = parse("Map(if Affine[all](x0) >= 0: Affine[all](x1) else: Constant(5))")
    sequences = [np.array([[1.0, 2.0, 0.0]]), np.array([[2.0, -1.0, 0.0], [3.0, 1.0, 0.0]])]
    result = program.simplify(sequences)
    assert result.program.to_text() == "Map(Affine[all](x1))"
    assert result.n_decisions == 3


def test_a_bias_takes_over_what_a_term_is_on_average():
    steady = X + np.array([0.0, 100.0, 0.0])
    steady[..., 1] = 100 + 1e-6 * steady[..., 1]
    result = parse("SlideWindowAvg[5](Affine[all](x0 + 0.5*x1 - 50))").simplify(steady)
    weight, bias = (result.program.expression.args[0].params[k] for k in ("weight", "bias"))
    np.testing.assert_array_equal(weight, [[1.0, 0.0, 0.0]])
    assert abs(bias[0]) < 1e-3


def test_the_largest_of_several_outputs_decides():
    program = parse(
        "SlideWindowAvg[5](Affine[all](a: x0 + 7, b: x1 + 1e-9*x2 + 7, c: x2 - 1e3))",
        classes=("a", "b", "c"),
    )
    result = program.simplify(X)
    assert result.agreement == 1.0
    after = result.program(X).argmax(axis=1)
    np.testing.assert_array_equal(after, program(X).argmax(axis=1))
    assert result.program.to_text(width=None) == (
        "SlideWindowAvg[5](Affine[all](a: x0 + 7, b: x1 + 7, c: 0))"
    )


def test_less_agreement_removes_more():
    program = parse("SlideWindowAvg[5](Affine[all](x0 + 0.2*x1 + 0.002*x2))")
    strict, loose = program.simplify(X), program.simplify(X, min_agreement=0.85)
    assert strict.agreement == 1.0
    assert 0.85 <= loose.agreement < 1.0
    assert loose.n_removed > strict.n_removed
    assert loose.program.to_text() == "SlideWindowAvg[5](Affine[all](x0))"


def test_what_decides_stays():
    program = parse("SlideWindowAvg[5](Affine[all](x0 - x1))")
    result = program.simplify(X)
    assert result.n_removed == 0
    assert_same_program(result.program, program)


def test_the_start_of_a_fold_goes_where_it_is_forgotten():
    result = parse("Fold(Affine[all](x0 + 1e-3*previous), initial=3)").simplify(X)
    assert result.program.to_text() == "Fold(Affine[all](x0))"


def test_edits_that_overflow_are_not_made():
    # Without the small factor the fold explodes.
    program = parse("Fold(Multiply(Constant(0.1), Affine[all](x0 + 9*previous)))")
    long = np.abs(np.random.default_rng(0).normal(size=(2, 400, 3)))
    values = program.simplify(long).program(long)
    assert np.isfinite(values).all()


def test_it_says_what_it_did():
    program = parse("SlideWindowAvg[5](Affine[all](x0 + 0.2*x1 + 0.002*x2))")
    result = program.simplify(X, min_agreement=0.85)
    same = round(result.agreement * 60)
    assert str(result) == (
        "SlideWindowAvg[5](Affine[all](x0))\n"
        f"decides as the original does in {same} of 60 cases; 2 of 5 parts removed"
    )


@pytest.mark.parametrize("min_agreement", [-0.1, 1.1, float("nan")])
def test_the_agreement_must_be_a_share(min_agreement):
    with pytest.raises(ValueError, match="^min_agreement must be from 0 to 1; got "):
        parse("Fold(Affine[all](x0))").simplify(X, min_agreement=min_agreement)


@pytest.mark.parametrize("min_agreement", ["1", None, True])
def test_the_agreement_must_be_a_number(min_agreement):
    with pytest.raises(TypeError, match="^min_agreement must be a number from 0 to 1; got "):
        parse("Fold(Affine[all](x0))").simplify(X, min_agreement=min_agreement)


def test_values_must_be_finite():
    with pytest.raises(ValueError, match="^The program gives values on X that are not finite"):
        parse("Map(Constant(inf))").simplify(X)


def test_the_data_are_checked():
    with pytest.raises(ValueError, match="Program"):
        parse("Fold(Affine[all](x0))").simplify(X[..., :2])
