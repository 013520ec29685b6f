"""Programs in plain sentences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program

from .. import strategies
from ..strategies import QUICK
from ..user_functions import TANH

NAMES = [f"f{i}" for i in range(7)]
GRAMMAR = Grammar.default({"all": NAMES}, feature_names=NAMES)
X = np.random.default_rng(0).normal(size=(200, 20, 7)) * [1, 2, 3, 4, 5, 6, 7]


def said(text, classes=("no", "yes"), data=X):
    program = Program.parse(text, GRAMMAR, feature_names=NAMES, classes=classes)
    return program.describe(data).splitlines()


def test_features_stand_in_the_order_of_what_they_add():
    line = said("Map(Affine[all](f0 - f1 + 0.5*f2 + 10*f6 - 0.1*f3))")[1]
    largest = 10 * X[..., 6].std()
    assert line.startswith(f"Each frame: more f6 ({largest:.2g})")
    order = [text.split(" (")[0] for text in line.split(": ")[1].split(", ")]
    assert order[:4] == ["more f6", "less f1", "more f2", "more f0"]
    assert order[4].startswith("1 other feature; it varies by ")


@pytest.mark.parametrize("per_frame", [True, False])
def test_branches_have_the_share_that_comes_to_them(per_frame):
    wrap = "Map({})" if per_frame else "SlideWindowAvg[1]({})"
    condition, then, other = (wrap.format(f"Affine[all]({t})") for t in ("f0", "f1", "f2"))
    inner = f"if {condition} >= 0: {then} else: {other}"
    outer = wrap.format("Affine[all](f0 - 1)")
    lines = said(f"if {outer} >= 0: {other} else: ({inner})")
    shares = [line.split(" as in ")[1].split("%")[0] for line in lines if " as in " in line]
    values = X[..., 0].ravel() if per_frame else X[:, -1, 0]
    assert int(shares[0]) == round(100 * np.mean(values >= 1))
    below = values[values < 1]
    assert int(shares[1]) == round(100 * np.mean(below >= 0))
    assert ("of the frames" if per_frame else "of the sequences") in lines[1]


def test_sums_and_classes():
    lines = said(
        "Add(SlideWindowAvg[all](Affine[all](a: f0, b: -f0, c: f1)),"
        " Add(SlideWindowMax[1/3](Affine[all](a: f2, b: 2, c: 3)), SlideWindowAvg[5](Constant(a: 1,"
        " b: 2, c: 3))))",
        "abc",
    )
    assert lines[0] == "Gives 3 values for a sequence; the class of the largest wins."
    assert lines[1] == "The sum of 3 parts:"
    assert lines[2].startswith("  The mean of all frames so far: a for more f0 (0.2")
    assert "; b for less f0 (0.2" in lines[2]
    assert lines[3].startswith("  The largest value of part 1 of 3 of all frames so far: a for")
    assert lines[4] == "  The constant 1, 2, 3."


def test_values_of_windows_and_folds():
    lines = said("SlideWindowMax[all,values](Multiply(Affine[all](f0), Affine[all](f1)))")
    assert lines[1].startswith("The largest value over all frames so far of what this gives for")
    assert lines[2] == "  The product of 2 parts:"
    assert lines[3].startswith("    Each frame: more f0")
    assert said("Fold(Affine[all](f0 + 0.5*previous))")[1].startswith("Fold")


def test_what_a_fold_takes_of_the_value_before():
    lines = said("Fold(Multiply(Affine[all](2*f0 - 0.9*previous), Affine[all](0.5*previous + 1)))")
    assert lines[3].startswith("    Each frame: more f0 (")
    assert ", -0.9 times the value before" in lines[3]
    assert lines[4].startswith("    Each frame: 0.5 times the value before")
    several = "Fold(Affine[all](a: f0 + 0.5*previous[b], b: 2, c: f1 + 0.25*previous[c]))"
    (line,) = said(several, "abc")[2:]
    assert ", 0.5 times the value of b before; c for " in line
    assert ", 0.25 times the value of c before; it varies by " in line


def test_a_function_of_the_users_is_applied_to_what_its_place_reads():
    grammar = GRAMMAR.with_production(TANH)
    text = "SlideWindowStd[5](tanh(Affine[all](2*f0)))"
    first, second = Program.parse(text, grammar, feature_names=NAMES).describe(X).splitlines()[1:]
    assert first.startswith("tanh")
    assert second.startswith("  The standard deviation of the last 5 frames: more f0 (")


def test_of_one_sequence_the_value_is_told_and_what_is_read():
    text = "Add(SlideWindowAvg[all](Affine[all](f0 - 3*f1 + 1)), SlideWindowAvg[5](Constant(2)))"
    value = X[0, :, 0].mean() - 3 * X[0, :, 1].mean() + 1
    assert said(text, data=X[:1])[2:] == [
        f"  The mean of all frames so far: less f1, more f0; it is {value:.2g} in the only"
        " sequence here.",
        "  The constant 2.",
    ]
    ends = [X[0, -1, 0], -X[0, -1, 0]]
    (line,) = said("SlideWindowAvg[1](Affine[all](a: f0, b: -f0))", "ab", X[:1])[1:]
    assert line.split(": ", 1)[1] == (
        f"a for more f0; b for less f0; it is {ends[0]:.2g}, {ends[1]:.2g} in the only sequence"
        " here."
    )


def test_features_that_do_not_vary_are_read_all_the_same():
    (line,) = said("SlideWindowAvg[5](Affine[all](f0 - 1))", data=np.ones((3, 4, 7)))[1:]
    assert line == "The mean of the last 5 frames: more f0; it varies by 0."
    (line,) = said("SlideWindowAvg[5](Affine[all](1))")[1:]
    assert line == "The mean of the last 5 frames: a constant alone; it varies by 0."


@QUICK
@given(st.data())
def test_every_program_is_described(data):
    grammar = data.draw(strategies.grammars())
    program = data.draw(strategies.programs(grammar))
    sequences = data.draw(strategies.sequences(program.n_features))
    lines = program.describe([np.array(frames) for frames in sequences]).splitlines()
    assert len(lines) >= 2
    assert all(line.strip() for line in lines)
