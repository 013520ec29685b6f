"""Of all numbers that say the same, a program has those that mean something by themselves."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.estimator.scales import ScaleTable
from sklearn_dpads.estimator.scaling import FrameScaling
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST
from sklearn_dpads.inputs.outputs import probabilities
from sklearn_dpads.inputs.sequences import check_sequences
from sklearn_dpads.program import evaluate
from sklearn_dpads.program.identified import Sizes, identified
from sklearn_dpads.program.scales import Scales, readings, scales_from_data, scales_to_data

from .. import reference, strategies
from ..strategies import QUICK, pad
from ..user_functions import PRODUCTIONS

NAMES = ["speed", "turn", "pa"]
GRAMMAR = Grammar.default({"motion": ["speed", "turn"], "pa": ["pa"]}, feature_names=NAMES)
X = np.random.default_rng(0).normal(size=(40, 12, 3)) * [2.0, 0.5, 3.0] + [1.0, 0.0, 101_325.0]
DATA = check_sequences(X, estimator_name="Program")


def read(text, classes=("no", "yes")) -> Program:
    return Program.parse(text, GRAMMAR, feature_names=NAMES, classes=classes)


def scales_on(expression, data) -> Scales:
    scaling = FrameScaling.identity(data.n_features)
    return ScaleTable(data, scaling, expression.signature).of(expression)


def fixed(program: Program, data=DATA) -> Program:
    scales = scales_on(program.expression, data)
    expression = identified(program.expression, Sizes.on(program.expression, data), scales)
    return replace(program, expression=expression, digits=5, scales=scales)


@st.composite
def programs_on_data(draw):
    grammar = draw(strategies.grammars())
    signature = draw(st.sampled_from([LIST_TO_ATOM, LIST_TO_LIST]))
    program = draw(strategies.programs(grammar, signature=signature))
    frames = draw(strategies.sequences(grammar.min_features))
    trace = reference.trace(program.expression, frames)
    assume(trace.smallest_condition > 1e-3)
    assume(trace.largest_value < 1e4)
    return grammar, program, pad(frames)


def outcomes(expression, data):
    values = evaluate(expression, data)
    return probabilities(values[data.mask()] if values.ndim == 3 else values)


@settings(QUICK, max_examples=60, phases=[Phase.explicit, Phase.generate])
@given(programs_on_data())
def test_no_decision_and_no_probability_changes(case):
    _, program, data = case
    found = fixed(program, data)
    assert found.expression.skeleton() == program.expression.skeleton()
    expected = outcomes(program.expression, data)
    assert_allclose(outcomes(found.expression, data), expected, atol=1e-9)
    # What is fixed stays as it is.
    again = fixed(found, data)
    for (_, one), (_, other) in zip(found.expression.walk(), again.expression.walk(), strict=True):
        for name, values in one.params.items():
            assert_allclose(other.params[name], values, rtol=1e-6, atol=1e-9)


@QUICK
@given(programs_on_data(), st.sampled_from([0.0, 1e3, -1e6]))
def test_what_is_printed_around_means_is_read_back(case, shift):
    grammar, program, data = case
    scales = Scales(
        {
            name: {feature: (c + shift, s) for feature, (c, s) in features.items()}
            for name, features in scales_on(program.expression, data).streams.items()
        }
    )
    scaled = replace(program, scales=scales, digits=17)
    read = Program.parse(
        str(scaled),
        grammar,
        n_features=program.n_features,
        feature_names=program.feature_names,
        classes=program.classes,
    )
    for (_, one), (_, other) in zip(program.expression.walk(), read.expression.walk(), strict=True):
        for name, values in one.params.items():
            assert_allclose(other.params[name], values, rtol=1e-9, atol=1e-15 * abs(shift) * 1e2)
    assert Program.from_json(scaled.to_json(), productions=PRODUCTIONS).scales == scales


def test_tables_of_classes_sum_to_zero():
    program = read(
        "Add(SlideWindowAvg[5](Affine[motion](a: speed + 2*turn + 1, b: 2*speed, c: speed - 3)),"
        " SlideWindowMax[1/3](Affine[pa](a: pa, b: 2*pa, c: 6*pa)))",
        "abc",
    )
    first, second = (arg.args[0].params["weight"] for arg in fixed(program).expression.args)
    assert_allclose(first[:, 0], [-1 / 3, 2 / 3, -1 / 3])
    # A 0 stays one, and with it its column.
    assert_allclose(first[:, 1], [2.0, 0.0, 0.0])
    assert_allclose(second[:, 0], [-2.0, -1.0, 3.0])


def test_maxima_of_values_keep_their_tables():
    text = "SlideWindowMax[all,values](Affine[motion](a: speed, b: 2*turn, c: 3*speed))"
    program = Program.parse(text, GRAMMAR, feature_names=NAMES, classes="abc")
    weight = fixed(program).expression.args[0].params["weight"]
    assert_array_equal(weight, program.expression.args[0].params["weight"])


def test_factors_are_as_large_as_each_other():
    program = read(
        "SlideWindowAvg[5](Multiply(Affine[motion](-100*speed), Multiply(Affine[motion](turn),"
        " Affine[motion](0.01*speed + 3))))"
    )
    found = fixed(program).expression
    sizes = Sizes.on(found, DATA)
    roots = [sizes.roots[path][0] for path in ((0, 0), (0, 1, 0), (0, 1, 1))]
    assert_allclose(roots, roots[0])
    assert sizes.means[0, 0][0] >= 0
    assert sizes.means[0, 1, 0][0] >= 0


def test_an_output_that_a_factor_gives_nothing_to_leaves_the_others_as_large():
    text = (
        "SlideWindowAvg[5](Multiply(Affine[motion](a: -100*speed, b: 0, c: 9*turn),"
        " Affine[motion](a: turn, b: 2*speed, c: speed)))"
    )
    program = Program.parse(text, GRAMMAR, feature_names=NAMES, classes="abc")
    found = fixed(program).expression
    sizes = Sizes.on(found, DATA)
    assert_allclose(sizes.roots[0, 0][[0, 2]], sizes.roots[0, 1][[0, 2]])
    assert found.args[0].args[0].params["weight"][1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("condition", "printed"),
    [
        ("SlideWindowAvg[all](Affine[motion](-0.5*speed + 0.62))", "(-speed + 1.24)"),
        ("SlideWindowAvg[all](Affine[pa](0.01*pa - 1013.3))", "((pa - 101"),
    ],
)
def test_a_condition_of_one_feature_is_a_threshold_in_its_unit(condition, printed):
    leaf = "SlideWindowAvg[5](Affine[motion](speed))"
    program = fixed(read(f"if {condition} >= 0: {leaf} else: {leaf}"))
    assert printed in program.to_text(width=None)


def test_a_condition_of_more_features_has_a_largest_weight_of_one_per_deviation():
    leaf = "SlideWindowAvg[5](Affine[motion](speed))"
    deviation = "SlideWindowStd[all](Affine[pa](pa))"
    condition = f"Add(SlideWindowAvg[5](Affine[motion](7*speed - turn)), {deviation})"
    found = fixed(read(f"if {condition} >= 0: {leaf} else: {leaf}"))
    scales = found.scales
    largest = max(
        np.abs(node.params["weight"][0] * scales.of(node, key)[1]).max()
        for node, key in readings(found.expression.args[0])
    )
    assert largest == pytest.approx(1.0)


def test_constants_of_a_sum_stand_in_its_first_part():
    text = (
        "Add(SlideWindowAvg[5](Affine[motion](speed + 1)),"
        " Add(SlideWindowStd[all](Affine[motion](turn - 4)),"
        " SlideWindowAvg[all](Affine[pa](2*pa - 202650))))"
    )
    program = fixed(read(text))
    assert re.fullmatch(
        r"Add\(SlideWindowAvg\[5\]\(Affine\[motion\]\(speed - 2\.[0-9]*\)\),"
        r" Add\(SlideWindowStd\[all\]\(Affine\[motion\]\(turn\)\),"
        r" SlideWindowAvg\[all\]\(Affine\[pa\]\(2\*\(pa - 10132[45]\.[0-9]*\)\)\)\)\)",
        program.to_text(width=None),
    )
    assert_allclose(program(X), read(text)(X), atol=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Map(Affine[pa](2*(pa)))", r"'-' or '\+', and a number"),
        ("Map(Affine[pa](2*(pa - pa)))", "a number"),
        ("Map(Affine[pa](2*(pa - 3) + pa))", "second term of its kind"),
        ("Fold(Affine[pa](2*(previous - 3)))", "a feature, from which a number is taken"),
    ],
)
def test_differences_that_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read(text)


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"frames": 3},
        {"frames": {"a": [1, 2]}},
        {"frames": {"0": [1]}},
        {"frames": {"0": "12"}},
        {"frames": {"0": [1.0, -1.0]}},
        {"frames": {"0": [float("inf"), 1.0]}},
        {"frames": {"0": [True, 1]}},
    ],
)
def test_scales_that_are_refused(data):
    with pytest.raises(ValueError, match="scales"):
        scales_from_data(data)


def test_scales_are_read_back():
    scales = scales_on(read("SlideWindowStd[1/3](Affine[pa](pa))").expression, DATA)
    assert list(scales.streams) == ["Std[1/3]"]
    assert scales_from_data(scales_to_data(scales)) == scales


def test_weights_per_standard_deviation():
    program = fixed(read("SlideWindowStd[all](Affine[motion](3*speed - turn + 1))"))
    deviations = X[..., :2].std(axis=1)
    weights = deviations.std(axis=0) * program.expression.args[0].params["weight"][0]
    constant = program(X).mean()
    expected = f"({weights[0]:.2g}*speed - {-weights[1]:.2g}*turn + {constant:.2g})"
    assert program.to_text(units="sd") == f"SlideWindowStd[all](Affine[motion]{expected})"
    assert program.to_text(1, units="sd") != program.to_text(units="sd")
    with pytest.raises(ValueError, match="units='sd' needs the standard deviations"):
        read("SlideWindowStd[all](Affine[pa](pa))").to_text(units="sd")
    with pytest.raises(ValueError, match="units must be 'data' or 'sd'; got 'm'"):
        program.to_text(units="m")


def test_constants_that_are_printed_around_the_means_count_as_they_are_printed():
    def told(constant: float) -> Program:
        program = read(f"SlideWindowAvg[all](Affine[pa](2.0*pa - {constant}))")
        assert program.n_parameters == 2
        return replace(program, scales=scales_on(program.expression, DATA))

    apart = told(202_600.0)
    assert apart.n_parameters == 2
    around = float(re.search(r"pa - ([\d.]+)\)", str(apart)).group(1))
    at_the_mean = told(2.0 * around)
    assert str(at_the_mean).endswith(f"2*(pa - {around})))")
    assert at_the_mean.n_parameters == 1
