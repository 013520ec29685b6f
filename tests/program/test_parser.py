"""Texts that are no programs, and how each is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import make_production

from ..user_functions import SOFT_SIGN, blend, soft_sign

NAMES = ["acc_x", "acc_y", "gyro z"]
GRAMMAR = Grammar.paper({"acc": [0, 1], "gyro": [2]})


def parse(text, **options):
    return Program.parse(text, GRAMMAR, feature_names=NAMES, **options)


OVER_SEQUENCES = (
    "expected a production over sequences, such as the grammar's (Fold, SlideWindowAvg[5], "
    "SlideWindowAvg[10], SlideWindowAvg[all], SlideWindowAvg[all,values], ITE, Add, Multiply, "
    "Map, MapPrefix)."
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "Line 1, column 1: found the end of the text, expected a production, 'if' or '('.",
        ),
        ("Map", "Line 1, column 4: found the end of the text, expected '(' after Map."),
        ("Map(Constant(1)", "Line 1, column 16: found the end of the text, expected ')'."),
        ("Map(Constant(1)) )", "Line 1, column 18: found ')', expected the end of the program."),
        ("Map(Constant(x))", "Line 1, column 14: found 'x', expected a number."),
        ("Map(Constant())", "Line 1, column 14: found ')', expected a number."),
        ("Map(3)", "Line 1, column 5: found '3', expected a production, 'if' or '('."),
        ("Foo(Input)", "Line 1, column 1: found 'Foo', " + OVER_SEQUENCES),
        ("Add(Input, Input)", "Line 1, column 12: found 'Input', " + OVER_SEQUENCES),
        (
            "SlideWindowAvg[0](Constant(1))",
            "Line 1, column 1: 'SlideWindowAvg' starts SlideWindowAvg[0], which can't be read: "
            "Line 1, column 16: found '0', expected a window in frames, a part such as 1/3, or "
            "'all', as an integer of at least 1.",
        ),
        (
            "SlideWindowMax[4/3](Constant(1))",
            "Line 1, column 1: 'SlideWindowMax' starts SlideWindowMax[4/3], which can't be read: "
            "Line 1, column 16: '4' is no part: of 3 parts there are 1/3 to 3/3.",
        ),
        (
            "Map(\n  Fold(Constant(1)))",
            "Line 2, column 3: 'Fold' starts Fold, which is no atom->atom production; the "
            "grammar has ITE, Add, Multiply, Affine[acc], Affine[gyro], Constant, Input.",
        ),
        ("Map(Add(Constant(1)))", "Line 1, column 5: 'Add' has 1 argument(s), but Add takes 2."),
        (
            "Map(Constant(1), Constant(2))",
            "Line 1, column 1: 'Map' has 2 argument(s), but Map takes 1.",
        ),
        (
            "Map(Affine[acc](turn))",
            "Line 1, column 17: found 'turn', expected a feature of Affine[acc], which reads "
            "acc_x, acc_y.",
        ),
        (
            'Fold(Affine[gyro]("gyro"))',
            'Line 1, column 19: found "gyro", expected a feature of Affine[gyro], which reads '
            '"gyro z", or previous.',
        ),
        (
            "Map(Affine[speed](1))",
            "Line 1, column 5: 'Affine' starts Affine[speed], which is no atom->atom "
            "production; the grammar has ITE, Add, Multiply, Affine[acc], Affine[gyro], "
            "Constant, Input.",
        ),
        ("Map(Affine(1))", "Line 1, column 11: found '(', expected '[' after Affine."),
        (
            "Map(Affine[3](1))",
            "Line 1, column 12: found '3', expected the name of a feature group.",
        ),
        ("Map(Affine[acc](2 acc_x))", "Line 1, column 19: found 'acc_x', expected ')'."),
        (
            "Map(Affine[acc](2*3))",
            "Line 1, column 19: found '3', expected a number or a feature.",
        ),
        (
            "Map(Affine[acc](acc_x - 2*acc_x))",
            "Line 1, column 25: '2' starts a second term of its kind; write one.",
        ),
        (
            "Map(Affine[acc](1 + acc_x + 2))",
            "Line 1, column 29: '2' starts a second term of its kind; write one.",
        ),
        (
            "Map(Affine[acc](previous))",
            "Line 1, column 17: 'previous' is the accumulator of Fold, but stands outside Fold.",
        ),
        (
            "Fold(Affine[acc](previous[a]))",
            "Line 1, column 27: 'a' names a part of the accumulator, which is a single number "
            "here.",
        ),
        (
            "Fold(if Affine[acc](previous) >= 0: Constant(a: 1, b: 1) else: Constant(a: 1, b: 1))",
            "Line 1, column 21: 'previous' needs the name of an output, as in previous[...]: a, b.",
        ),
        (
            "Fold(Affine[acc](a: previous[c], b: 1))",
            "Line 1, column 30: found 'c', expected an output (a, b).",
        ),
        (
            "Fold(Constant(1), start=2)",
            "Line 1, column 19: found 'start', expected 'initial' after the body of Fold.",
        ),
        ("Fold(Constant(1), initial=x)", "Line 1, column 27: found 'x', expected a number."),
        (
            "Fold(Constant(1), initial=(a: 1, b: 2))",
            "Line 1, column 15: found '1', expected the output a, as in 'a: ...'.",
        ),
        (
            "if Map(Constant(1)) > 0: Map(Constant(1)) else: Map(Constant(1))",
            "Line 1, column 21: found '>', expected '>=' after a condition.",
        ),
        (
            "if Map(Constant(1)) >= 1: Map(Constant(1)) else: Map(Constant(1))",
            "Line 1, column 24: found '1', expected '0', which every condition is compared with.",
        ),
        (
            "if Map(Constant(1)) >= 0: Map(Constant(1))",
            "Line 1, column 43: found the end of the text, expected 'else'.",
        ),
        (
            "if Map(Constant(1)) >= 0: else: Map(Constant(1))",
            "Line 1, column 27: found 'else', expected a production, 'if' or '('.",
        ),
        (
            "if Fold(Constant(1)) >= 0: Map(Constant(1)) else: Map(Constant(1))",
            "Line 1, column 4: 'Fold' starts Fold, which is no list->list production; the "
            "grammar has Map, MapPrefix, ITE, Add, Multiply.",
        ),
        (
            "Map(if Constant(a: 1, b: 2) >= 0: Constant(1) else: Constant(2))",
            "Line 1, column 17: 'a' names an output, but the value of this place is a single "
            "number.",
        ),
        (
            "Map(Constant(1, 2))",
            "Line 1, column 14: found '1', expected the output y0, as in 'y0: ...'.",
        ),
        (
            "Map(Constant(a: 1, a: 2))",
            "Line 1, column 20: 'a' names a second output; names must differ.",
        ),
        (
            "Map(Add(Constant(a: 1, b: 2), Constant(a: 1)))",
            "Line 1, column 31: 'Constant' has 1 output(s), but there are 2: a, b.",
        ),
        (
            "Map(Add(Constant(1), Constant(2, 3)))",
            "Line 1, column 34: '3' is one output more than the 1 of this place.",
        ),
        (
            "Map(Add(Constant(1), Input))",
            "Line 1, column 22: 'Input' gives 3 values, but 1 stand(s) in this place.",
        ),
        (
            'Map(Affine["acc](1))',
            "Line 1, column 12: found '\"', expected a quoted name closed on the same line.",
        ),
        (
            r'Map(Affine["\q"](1))',
            r"""Line 1, column 12: found '"\q"', expected a quoted name (Invalid \escape).""",
        ),
    ],
)
def test_each_error_names_its_token_place_and_remedy(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse(text)


def test_rows_must_be_named_by_the_classes_in_order():
    message = "Line 1, column 14: found 'b', expected the output a, as in 'a: ...'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse("Map(Constant(b: 1, a: 2, c: 3))", classes=["a", "b", "c"])


def test_the_grammar_must_fit_the_frames():
    message = "Feature group 'gyro' reads column 2, but frames have 2 features (columns 0 to 1)."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Program.parse("Map(Constant(1))", GRAMMAR, n_features=2)


def test_deep_nesting_is_refused():
    with pytest.raises(ValueError, match="^The program is nested too deeply to be read.$"):
        parse("(" * 100_000)


def test_templates_that_start_alike_are_refused():
    twin = make_production("length", soft_sign, arity=1, template="|{0}| long")
    grammar = GRAMMAR.with_production(SOFT_SIGN, twin)
    message = "The templates of 'soft_sign' and 'length' both start with '|', so that"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        Program.parse("Map(Constant(1))", grammar)


def test_template_words_are_expected_in_order():
    mix = make_production("mix", blend, arity=2, template="mix {0} with {1}")
    grammar = GRAMMAR.with_production(mix)
    message = "Line 1, column 21: found 'and', expected 'with'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Program.parse("Map(mix Constant(1) and Constant(2))", grammar)


def test_the_number_of_features_comes_from_names_or_the_grammar():
    assert parse("Map(Constant(1))").n_features == 3
    assert Program.parse("Map(Constant(1))", GRAMMAR).n_features == 3
    assert Program.parse("Map(Constant(1))", GRAMMAR, n_features=7).n_features == 7


def test_sets_are_refused_where_their_order_would_count():
    with pytest.raises(TypeError, match="classes must be in an order"):
        parse("Map(Constant(1))", classes={"rest", "walk"})
    with pytest.raises(TypeError, match="feature_names must be in an order"):
        Program.parse("Map(Constant(1))", GRAMMAR, feature_names={"a", "b", "c"})
    with pytest.raises(TypeError, match="classes must be in an order"):
        replace(parse("Map(Constant(1))"), classes=frozenset({"rest", "walk"}))


def test_input_alone_is_as_wide_as_a_frame():
    assert parse("Map(Input)").n_outputs == 3


def test_white_space_and_parentheses_mean_nothing():
    one = parse("Map((Affine[acc](acc_x-1)))")
    other = parse("\n Map ( Affine [ acc ] (\n acc_x\n -\n 1 ) )\n")
    assert one.to_text() == other.to_text() == "Map(Affine[acc](acc_x - 1))"
