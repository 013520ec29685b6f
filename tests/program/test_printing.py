"""What a reader sees."""

from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import Affine, Fold
from sklearn_dpads.program import Expression
from sklearn_dpads.program.numbers import format_number

from ..user_functions import PRODUCTIONS

NAMES = ["acc_x", "acc_y", "left paw", "previous"]
GRAMMAR = Grammar.paper({"acc": [0, 1], "the rest": [2, 3]}).with_production(*PRODUCTIONS)


def show(text, *, classes=None, precision=4, width=88):
    program = Program.parse(text, GRAMMAR, feature_names=NAMES, classes=classes)
    return program.to_text(precision, width=width)


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [
        (0.0, 4, "0"),
        (-0.0, 4, "0"),
        (1.0, 4, "1"),
        (-2.50001, 4, "-2.5"),
        (0.1, 17, "0.1"),
        (0.1 + 0.2, 17, "0.30000000000000004"),
        (0.1 + 0.2, 25, "0.30000000000000004"),
        (1234567.0, 3, "1230000"),
        (1234567.0, 17, "1234567"),
        (-1.5e-7, 4, "-1.5e-7"),
        (1e20, 4, "1e20"),
        (1e22, 17, "1e22"),
        (5e-324, 17, "5e-324"),
        (1.7976931348623157e308, 2, "1.7976931348623157e308"),
        (9.9999, 2, "10"),
        (np.float64(0.25), 4, "0.25"),
        (float("inf"), 4, "inf"),
        (float("nan"), 4, "nan"),
    ],
)
def test_numbers(value, precision, text):
    assert format_number(value, precision) == text


def test_an_affine_reads_like_a_formula():
    text = "SlideWindowAvg[5](Affine[acc](0.313*acc_x - 1.2*acc_y + 0.4))"
    assert show(text, precision=2) == text.replace("0.313", "0.31")


def test_unit_weights_and_zeros_are_not_written():
    text = "Fold(Affine[acc](-1*acc_y + 0*acc_x + 1*previous + 0))"
    assert show(text) == "Fold(Affine[acc](-acc_y + previous))"
    assert show("Fold(Affine[acc](0*acc_x))") == "Fold(Affine[acc](0))"


def test_names_that_could_mislead_are_quoted():
    text = 'Fold(Affine["the rest"]("left paw" + 2*"previous" + 3*previous))'
    assert show(text) == text


def test_a_choice_stands_on_lines_of_its_own():
    text = """\
        if SlideWindowAvg[5](Affine[acc](-2.1*acc_x + 0.3)) >= 0:
            SlideWindowAvg[all](Constant(1))
        else:
            if Fold(Affine[acc](acc_x + previous)) >= 0:
                SlideWindowAvg[10](Constant(2))
            else:
                SlideWindowAvg[10](Affine[acc](acc_y))"""
    assert show(text) == dedent(text)


def test_a_choice_inside_a_production_stays_on_the_line_where_it_fits():
    text = (
        "SlideWindowAvg[5](if Affine[acc](acc_x) >= 0: "
        "Add((if Constant(1) >= 0: Constant(2) else: Constant(3)), Constant(4)) "
        "else: Constant(5))"
    )
    assert show(text, width=None) == text
    assert show(text, width=60) == dedent(
        """\
        SlideWindowAvg[5](
            if Affine[acc](acc_x) >= 0:
                Add(
                    (
                        if Constant(1) >= 0:
                            Constant(2)
                        else:
                            Constant(3)
                    ),
                    Constant(4)
                )
            else:
                Constant(5)
        )"""
    )


def test_nested_conditions_are_in_parentheses():
    text = "Map(if (if Constant(1) >= 0: Constant(2) else: Constant(3)) >= 0: Input else: Input)"
    grammar = Grammar.paper(1)
    assert Program.parse(text, grammar).to_text(width=None) == text


def test_outputs_are_named_by_their_class_one_on_a_line():
    text = """\
        SlideWindowAvg[5](
            Affine[acc](
                walk: 0.25*acc_x - 1.25*acc_y + 0.5,
                "run fast": -acc_x,
                3: acc_y + 0.125
            )
        )"""
    assert show(text, classes=["walk", "run fast", "3"]) == dedent(text)


def test_outputs_without_classes_are_numbered():
    text = "SlideWindowAvg[5](Constant(y0: 1, y1: 2, y2: -3))"
    assert show(text) == text


def test_long_sums_are_broken_between_terms():
    text = "Fold(Affine[acc](0.25*acc_x - 1.25*acc_y - 0.5*previous + 0.125))"
    assert show(text, width=34) == dedent(
        """\
        Fold(
            Affine[acc](
                0.25*acc_x - 1.25*acc_y
                - 0.5*previous + 0.125
            )
        )"""
    )


def test_a_fold_shows_where_it_starts_unless_at_zero():
    scalar = "Fold(Affine[acc](acc_x + previous), initial=-2.5)"
    assert show(scalar) == scalar
    vector = "Fold(Constant(a: 1, b: 2, c: 3), initial=(a: 1, b: 0, c: 2))"
    assert show(vector, classes="abc") == vector
    assert show(vector.replace("1, b: 0, c: 2)", "0, b: 0, c: 0)"), classes="abc") == (
        "Fold(Constant(a: 1, b: 2, c: 3))"
    )


def test_parts_of_the_accumulator_are_named_like_the_outputs():
    text = "Fold(Affine[acc](a: previous[b], b: acc_x - 2*previous[a], c: 0))"
    assert show(text, classes="abc") == text
    own = "Fold(Affine[acc](a: 0.5*previous, b: acc_x - 2*previous, c: 0))"
    assert show(own, classes="abc") == own
    named = own.replace("2*previous", "2*previous[b]")
    assert show(named, classes="abc") == own


def test_user_productions_are_printed_by_their_template():
    text = "Fold(|blend tanh(Constant(1)) into ||Constant(2)|| done|)"
    assert show(text) == text
    assert show(text, width=34) == dedent(
        """\
        Fold(
            |
                blend
                    tanh(Constant(1)) into
                    ||Constant(2)||
                done
            |
        )"""
    )


def test_lines_keep_to_the_width_where_they_can():
    rows = ", ".join(f"c{i}: {i}.5*acc_x - 0.25*acc_y + 1" for i in range(6))
    text = show(f"SlideWindowAvg[10](Affine[acc]({rows}))", classes=[f"c{i}" for i in range(6)])
    assert max(map(len, text.splitlines())) <= 88
    assert len(text.splitlines()) == 10


def test_columns_of_the_same_name_are_told_apart():
    body = Expression(Affine("g", (0, 1)), 1, 1, (), _affine([[1.0, 2.0]], [[3.0]]))
    fold = Expression(Fold(), 1, args=(body,), params={"initial": [0.0]})
    program = Program(fold, 2, ("speed", "speed"))
    text = 'Fold(Affine[g]("speed#0" + 2*"speed#1" + 3*previous))'
    assert program.to_text() == text
    grammar = Grammar((Fold(), Affine("g", (0, 1))))
    again = Program.parse(text, grammar, feature_names=["speed", "speed"])
    assert again.to_text() == text


def _affine(weight, recurrent):
    return {"weight": weight, "bias": [0.0], "recurrent": recurrent}


def test_four_digits_are_printed_where_none_are_asked_for_and_none_are_known():
    program = Program.parse("Fold(Constant(0.123456789))", Grammar.paper(1))
    assert program.to_text() == str(program) == "Fold(Constant(0.1235))"
    known = Program(program.expression, 1, digits=6)
    assert known.to_text() == str(known) == "Fold(Constant(0.123457))"
    assert known.to_text(2) == "Fold(Constant(0.12))"


@pytest.mark.parametrize("text", ["56.3*(x0 - 101325) + 0.849", "2*(x0 + 1234.5) - 0.01"])
def test_a_constant_far_from_the_weights_is_printed_as_it_was_read(text):
    whole = f"SlideWindowAvg[all](Affine[x0]({text}))"
    grammar = Grammar.paper(1)
    once = Program.parse(whole, grammar)
    twice = Program.parse(str(once), grammar)
    thrice = Program.parse(str(twice), grammar)
    assert str(once) == str(twice) == str(thrice)
    X = np.linspace(-101326, 101326, 9).reshape(3, 3, 1)
    assert_allclose(thrice(X), once(X), rtol=1e-9)
