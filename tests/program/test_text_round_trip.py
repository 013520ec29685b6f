"""Whatever is printed is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import ATOM_TO_ATOM, LIST_TO_ATOM

from .. import strategies
from ..strategies import QUICK
from .compare import assert_same_program

precisions = st.integers(1, 20)
any_number = st.floats()
ordinary = st.floats(-1e6, 1e6)
widths = st.none() | st.integers(1, 100)


@st.composite
def cases(draw, parameters=any_number):
    grammar = draw(strategies.grammars())
    return grammar, draw(strategies.programs(grammar, parameters=parameters))


def read(text: str, grammar: Grammar, program: Program) -> Program:
    return Program.parse(
        text,
        grammar,
        n_features=program.n_features,
        feature_names=program.feature_names,
        classes=program.classes,
    )


@QUICK
@given(cases(), widths)
def test_seventeen_digits_lose_nothing(case, width):
    grammar, program = case
    text = program.to_text(precision=17, width=width)
    assert_same_program(read(text, grammar, program), program)


@QUICK
@given(cases(ordinary), precisions, widths)
def test_printing_settles_after_one_rounding(case, precision, width):
    grammar, program = case
    text = program.to_text(precision, width=width)
    again = read(text, grammar, program)
    assert again.expression.skeleton() == program.expression.skeleton()
    assert again.to_text(precision, width=width) == text


@QUICK
@given(cases(), widths)
def test_layout_changes_white_space_alone(case, width):
    _, program = case
    # Parentheses come and go where a branch stands on a line of its own.
    bare = str.maketrans("", "", " \n()")
    one_line = program.to_text(width=None)
    assert "\n" not in one_line
    assert program.to_text(width=width).translate(bare) == one_line.translate(bare)


@QUICK
@given(cases())
def test_class_names_in_a_text_need_no_classes_to_be_read(case):
    grammar, program = case
    again = Program.parse(program.to_text(17), grammar, feature_names=program.feature_names)
    assert again.classes is None
    assert again.n_outputs == program.n_outputs
    assert again.expression.skeleton() == program.expression.skeleton()


@QUICK
@given(st.data())
def test_bodies_of_a_fold_inside_conditions(data):
    grammar = data.draw(strategies.grammars())
    fold = next(p for p in grammar.of(LIST_TO_ATOM) if p.symbol == "Fold")
    body = data.draw(
        strategies.expressions(grammar, ATOM_TO_ATOM, 3, accumulator=3, parameters=any_number)
    )
    expression = type(body)(fold, 3, args=(body,), params={"initial": [0.0, 0.0, 0.0]})
    program = Program(expression, grammar.min_features, classes=(0, 1, 2))
    assert_same_program(read(program.to_text(17), grammar, program), program)


@pytest.mark.parametrize("precision", [0, -1, 2.0, True])
def test_precision_must_be_a_positive_integer(precision):
    program = Program.parse("Fold(Constant(1))", Grammar.paper(1))
    with pytest.raises(ValueError, match="^precision must be a positive integer; got "):
        program.to_text(precision)


@pytest.mark.parametrize("width", [0, 7.5])
def test_width_must_be_a_positive_integer(width):
    program = Program.parse("Fold(Constant(1))", Grammar.paper(1))
    with pytest.raises(ValueError, match="^width must be a positive integer; got "):
        program.to_text(width=width)
