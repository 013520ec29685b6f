"""Programs through JSON, and JSON that is refused."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import make_production

from .. import strategies
from ..strategies import QUICK
from ..user_functions import (
    PRODUCTIONS,
    SOFT_SIGN,
    soft_sign,
    softmax_share,
)
from .compare import assert_same_expression, assert_same_program


@st.composite
def cases(draw):
    grammar = draw(strategies.grammars())
    return draw(strategies.programs(grammar, parameters=strategies.any_finite))


@QUICK
@given(cases(), st.none() | st.integers(0, 4))
def test_round_trip_is_exact(program, indent):
    again = Program.from_json(program.to_json(indent=indent), productions=PRODUCTIONS)
    assert_same_program(again, program)


def example() -> Program:
    grammar = Grammar.paper({"acc": [0, 1]}).with_production(SOFT_SIGN)
    text = (
        "if Fold(|Affine[acc](0.1*x0 + previous)|) >= 0: SlideWindowAvg[5](Constant(1)) "
        "else: SlideWindowAvg[all](Constant(2))"
    )
    return Program.parse(text, grammar)


def test_numpy_labels_become_plain_ones():
    program = Program(example().expression, 2, classes=(np.str_("a"), np.str_("b")))
    again = Program.from_json(program.to_json(), productions=[SOFT_SIGN])
    assert again.classes == ("a", "b")
    assert [type(label) for label in again.classes] == [str, str]


def test_the_text_states_format_and_version():
    data = json.loads(example().to_json())
    assert (data["format"], data["version"]) == ("sklearn_dpads.program", 1)


def test_version_1_is_read():
    text = (
        '{"format": "sklearn_dpads.program", "version": 1, "n_features": 2, '
        '"feature_names": ["speed", "turn"], "classes": ["rest", "walk"], "n_outputs": 1, '
        '"expression": {"production": {"symbol": "SlideWindowAvg", "window": 5, '
        '"of": "frames"}, "params": {}, "args": [{"production": {"symbol": "Affine", '
        '"group": "all", "features": [0, 1]}, "params": {"weight": [[0.5, -1.25]], '
        '"bias": [3.0]}, "args": []}]}}'
    )
    program = Program.from_json(text)
    assert program.to_json() == text
    assert str(program) == "SlideWindowAvg[5](Affine[all](0.5*speed - 1.25*turn + 3))"


def test_options_of_the_data_are_kept():
    options = {"sample": "trial", "sep": ";"}
    program = replace(example(), data_options=options)
    assert json.loads(program.to_json())["data_options"] == options
    read = Program.from_json(program.to_json(), productions=PRODUCTIONS)
    assert read.data_options == options
    assert read.to_json() == program.to_json()
    assert read.with_expression(read.expression).data_options == options
    with pytest.raises(ValueError, match="there are keys, sample"):
        replace(example(), data_options={"code": "x"})


def change(path, value):
    """Give the example's JSON with one entry replaced; None deletes it."""
    data = copy.deepcopy(json.loads(example().to_json()))
    *parents, last = path
    place = data
    for key in parents:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(data)


CONDITION = ("expression", "args", 0)
AFFINE = (*CONDITION, "args", 0, "args", 0)
AFFINE_PATH = "expression.args[0].args[0].args[0]"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ("format",),
            "pickle",
            "The JSON is not of format 'sklearn_dpads.program'; found 'pickle'.",
        ),
        (
            ("version",),
            2,
            "The program is of version 2 of the format; this release reads version 1. Use the "
            "release that wrote it, or a newer one.",
        ),
        (("version",), None, "The program is of version None of the format; "),
        (
            ("code",),
            "import os",
            "program has an unknown key 'code'; known are format, version, n_features, "
            "feature_names, classes, n_outputs, digits, data_options, scales, expression.",
        ),
        (("classes",), None, "program lacks the key 'classes'."),
        (("data_options",), ["trial"], "data_options must be texts by name, or None; got a list."),
        (("data_options",), {"run": "rm"}, "data_options has no 'run'; there are keys, sample, "),
        (("data_options",), {"time": 3}, "data_options: time must be a text of at most 10000"),
        (("data_options",), {"time": "t" * 10_001}, "data_options: time must be a text of at most"),
        (("n_features",), 0, "program.n_features must be a positive integer; got 0."),
        (("n_features",), 1, "Affine[acc] reads column 1, but frames have 1 features."),
        (("feature_names",), "ab", "program.feature_names must be an array; got 'ab'."),
        (("feature_names",), [1, 2], "program.feature_names holds 1, which does not belong there."),
        (("classes",), [[1]], "program.classes holds [1], which does not belong there."),
        (("expression",), 3, "expression must be an object; got 3."),
        (
            (*CONDITION, "hook"),
            1,
            "expression.args[0] has an unknown key 'hook'; known are production, params, args.",
        ),
        (
            (*CONDITION, "production", "symbol"),
            "Eval",
            "expression.args[0].production: 'Eval' is not a production; known are Map, ",
        ),
        (
            (*CONDITION, "production"),
            "Fold",
            "expression.args[0].production must be an object with a symbol; got 'Fold'.",
        ),
        (
            (*CONDITION, "production", "start"),
            1,
            "expression.args[0].production has an unknown key 'start'; known are symbol, mixed.",
        ),
        (
            (*CONDITION, "args"),
            [],
            "expression.args[0].args: Fold takes 1 argument(s); got 0.",
        ),
        (
            ("expression", "production", "on"),
            "atom->list",
            "'atom->list' is not a signature; allowed are ",
        ),
        (
            ("expression", "production", "on"),
            "atom->atom",
            "expression: Argument 0 of ITE must be atom->atom; Fold is list->atom.",
        ),
        (
            ("expression", "args", 1, "production", "window"),
            2.5,
            "expression.args[1].production: SlideWindowAvg needs a window of at least 1 frame",
        ),
        (
            ("expression", "args", 1, "production", "of"),
            "sum",
            "expression.args[1].production: of='sum' is not allowed; ",
        ),
        (
            (*AFFINE, "production", "features"),
            [0, 0],
            f"{AFFINE_PATH}.production.features must be distinct columns, not negative; "
            "got [0, 0].",
        ),
        (
            (*AFFINE, "production", "features"),
            [True],
            f"{AFFINE_PATH}.production.features holds True, which does not belong there.",
        ),
        (
            (*AFFINE, "production", "group"),
            5,
            f"{AFFINE_PATH}.production.group holds 5, which does not belong there.",
        ),
        (
            (*AFFINE, "params", "weight"),
            [["1", "2"]],
            f"{AFFINE_PATH}.params.weight must hold numbers in one or two levels of arrays.",
        ),
        (
            (*AFFINE, "params", "weight"),
            [[1.0]],
            f"{AFFINE_PATH}: Affine[acc] of width 1 needs parameters of shapes ",
        ),
        (
            (*AFFINE, "params", "weight"),
            [[1.0], 2.0],
            f"{AFFINE_PATH}.params.weight can't be read as an array: ",
        ),
        (
            (*AFFINE, "params", "weight"),
            [[1.0, 10**400]],
            f"{AFFINE_PATH}.params.weight can't be read as an array: ",
        ),
        ((*AFFINE, "params"), [], f"{AFFINE_PATH}.params must be an object; got []."),
        (
            (*AFFINE, "params", "bias"),
            None,
            f"{AFFINE_PATH}: Affine[acc] of width 1 needs parameters of shapes ",
        ),
    ],
)
def test_what_does_not_belong_is_refused_by_name(path, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        Program.from_json(change(path, value), productions=[SOFT_SIGN])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "The text is not JSON: "),
        ("[]", "The JSON is not of format 'sklearn_dpads.program'; found 'list'."),
        ('{"a": 1, "a": 2}', "The key 'a' stands twice in one object of the JSON."),
        ('{"a": NaN}', "The JSON holds NaN; a program has finite numbers only."),
        ("[" * 100_000, "The program is nested too deeply to be read."),
    ],
)
def test_texts_that_are_no_programs(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        Program.from_json(text)


def test_user_productions_must_be_passed():
    message = (
        "expression.args[0].args[0].production: the program holds a user's production "
        f"'soft_sign', computed by {soft_sign.__module__}:soft_sign. It is not imported on "
        "reading; pass it in productions=."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Program.from_json(example().to_json())


def test_a_user_production_of_another_function_is_refused():
    other = make_production("soft_sign", softmax_share, arity=1)
    with pytest.raises(ValueError, match="Pass the one it was fitted with.$"):
        Program.from_json(example().to_json(), productions=[other])
    again = Program.from_json(example().to_json(), productions=[SOFT_SIGN])
    assert_same_expression(again.expression, example().expression)


def test_labels_that_json_has_no_word_for_are_refused():
    program = Program(example().expression, 2, classes=(1 + 2j, 2j))
    with pytest.raises(TypeError, match=r"^JSON holds class labels of type str, int, float"):
        program.to_json()


def test_parameters_that_are_not_finite_are_refused():
    text = "Fold(Constant(nan))"
    program = Program.parse(text, Grammar.paper(1))
    with pytest.raises(ValueError, match="^Parameter 'value' of Constant is not finite"):
        program.to_json()
