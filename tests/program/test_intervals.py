"""Numbers of programs that are shown with the intervals of refits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import TemporalFilter
from sklearn_dpads.program import ProgramIntervals
from sklearn_dpads.program.class_tables import class_tables
from sklearn_dpads.program.numbers import format_interval, format_number
from sklearn_dpads.program.scales import Scales

NAMES = ["speed", "pressure"]
GRAMMAR = Grammar.default(2, feature_names=NAMES)
SCALES = Scales({"Avg[all]": {0: (1.0, 2.0), 1: (101325.0, 3.0)}})
CLASSES = ("a", "b", "c")


def program(text, classes=("rest", "walk"), scales=SCALES):
    found = Program.parse(text, GRAMMAR, feature_names=NAMES, classes=classes)
    return replace(found, scales=scales)


def mean(weight, constant, feature="speed"):
    return program(f"SlideWindowAvg[all](Affine[{feature}]({weight}*{feature} {constant:+}))")


def known(weights, constants, of):
    refits = [mean(w, c) for w, c in zip(weights, constants, strict=True)]
    return ProgramIntervals(of, refits, confidence=0.5)


def test_numbers_have_half_the_width_of_their_interval_beside_them():
    of = mean(2, 0.5)
    intervals = known([0, 1, 2, 3, 4], [0.3, 0.4, 0.5, 0.6, 0.7], of)
    text = of.to_text(intervals=intervals)
    assert text == "SlideWindowAvg[all](Affine[speed]((2 ± 1)*speed + (0.5 ± 0.1)))"


def test_a_number_whose_interval_holds_0_is_marked():
    of = mean(-2, 0.5)
    text = of.to_text(intervals=known([-3, -2, -1], [-1.5, 0.5, 2], of))
    assert text == "SlideWindowAvg[all](Affine[speed](-(2 ± 0.5)*speed + (0.5? ± 0.88)))"


def test_numbers_that_are_the_same_in_all_refits_stand_alone():
    of = mean(1, 0.5)
    text = of.to_text(intervals=known([1, 1], [0.4, 0.6], of))
    assert text == "SlideWindowAvg[all](Affine[speed](speed + (0.5 ± 0.05)))"


def test_without_intervals_nothing_is_different():
    of = mean(2, 0.5)
    assert of.to_text() == "SlideWindowAvg[all](Affine[speed](2*speed + 0.5))"


def test_weights_per_deviation_have_their_intervals():
    of = mean(2, 0.5)
    text = of.to_text(units="sd", intervals=known([1.5, 2.5], [0.5, 0.5], of))
    assert text == "SlideWindowAvg[all](Affine[speed]((4 ± 0.5)*speed + (2.5 ± 0.25)))"


def test_the_constant_is_that_around_means_far_from_0():
    text = "SlideWindowAvg[all](Affine[pressure]({}*(pressure - 101325) + {}))"
    of = program(text.format(2, 5))
    refits = [program(text.format(1, 4)), program(text.format(3, 6))]
    found = of.to_text(intervals=ProgramIntervals(of, refits, confidence=0.5))
    weights = "(2 ± 0.5)*(pressure - 101325) + (5 ± 0.5)"
    assert found == f"SlideWindowAvg[all](Affine[pressure]({weights}))"


def test_accumulators_and_their_starts_have_intervals():
    text = "Fold(Affine[speed](a: speed + {0}*previous, b: 1, c: 2*previous), initial=(a: {0}))"
    text = text.replace("(a: {0}))", "(a: {0}, b: 0, c: 1))")
    of, *refits = (program(text.format(w), CLASSES) for w in (0.5, 0.4, 0.6))
    found = of.to_text(width=None, intervals=ProgramIntervals(of, refits, confidence=0.5))
    assert "a: speed + (0.5 ± 0.05)*previous" in found
    assert "initial=(a: 0.5 ± 0.05, b: 0, c: 1)" in found
    assert "c: 2*previous" in found


def test_numbers_of_filters_have_intervals():
    grammar = Grammar.paper(1).with_production(TemporalFilter(5))
    text = "TemporalFilter[5](Affine[x0](x0), frequency={}, spread=0.5)"
    of, *refits = (Program.parse(text.format(f), grammar) for f in (0.2, 0.1, 0.3))
    found = of.to_text(intervals=ProgramIntervals(of, refits, confidence=0.5))
    assert "frequency=0.2 ± 0.05, spread=0.5)" in found


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.floats(0.05, 0.95))
def test_the_mark_stands_where_0_is_inside(weights, confidence):
    of = mean(2, 0.5)
    intervals = ProgramIntervals(of, [mean(w, 0.5) for w in weights], confidence)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low = np.quantile(weights, tails[0])
    assert ("2?" in of.to_text(intervals=intervals)) == (low <= 0)


def test_tables_of_classes_have_the_ends_of_what_they_show():
    text = "SlideWindowAvg[all](Affine[speed](a: {0}*speed + {1}, b: -{0}*speed, c: 1))"
    numbers = [(2, 0.5), (1, 0.2), (3, 0.5), (2, 4)]
    of, *refits = (program(text.format(*pair), CLASSES) for pair in numbers)
    (table,) = class_tables(of, ProgramIntervals(of, refits, confidence=0.8)).values()
    assert table.columns == ("speed", "at the mean")
    of_refits = [next(iter(class_tables(refit).values())).values for refit in refits]
    assert_allclose(table.ends, np.quantile(of_refits, [0.1, 0.9], axis=0))
    assert_allclose(table.half_widths, (table.ends[1] - table.ends[0]) / 2)
    # What is common to all classes is taken from each refit, as it is from what is shown.
    assert table.ends[0][2, 1] < table.values[2, 1] < table.ends[1][2, 1]
    (alone,) = class_tables(of).values()
    assert alone.ends is None
    assert not alone.doubtful.any()


def test_columns_that_the_program_lacks_are_not_shown():
    text = "SlideWindowAvg[all](Affine[all](a: speed + {}*pressure, b: -speed, c: 1))"
    of, refit = program(text.format(0), CLASSES), program(text.format(2), CLASSES)
    (table,) = class_tables(of, ProgramIntervals(of, [refit])).values()
    assert table.columns == ("speed", "at the mean")
    assert table.ends[0].shape == table.values.shape


def test_intervals_of_another_program_are_refused():
    of, other = mean(2, 0.5), mean(2, 0.5, "pressure")
    intervals = ProgramIntervals(of, [of])
    for shown in (other, mean(3, 0.5)):
        with pytest.raises(ValueError, match=r"of avg\(speed\).*intervals\.program"):
            shown.to_text(intervals=intervals)
    with pytest.raises(ValueError, match=r"intervals\.program"):
        class_tables(mean(3, 0.5), intervals)
    # They are of numbers, whatever rounding makes of them.
    mean(2 + 1e-9, 0.5).to_text(intervals=intervals)


def test_refits_must_have_the_same_productions():
    with pytest.raises(ValueError, match=r"refits\[1\] .*avg\(pressure\) is not avg\(speed\)"):
        ProgramIntervals(mean(2, 0.5), [mean(1, 0), mean(1, 0, "pressure")])
    with pytest.raises(ValueError, match="refits is empty"):
        ProgramIntervals(mean(2, 0.5), [])
    with pytest.raises(ValueError, match="confidence must be between 0 and 1; got 1"):
        ProgramIntervals(mean(2, 0.5), [mean(1, 0)], confidence=1)


def test_graphs_have_intervals():
    of = mean(2, 0.5)
    assert "(2 ± 0.25)*speed" in of.to_dot(intervals=known([1.5, 2.5], [0.4, 0.6], of))


def test_an_interval_of_one_point_beside_the_number_is_shown():
    assert format_interval(2.0, 3.0, 3.0, 2) == "2 [3 to 3]"
    assert format_interval(1.0, 1.0 - 1e-12, 1.0 + 1e-12, 2) == "1"


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(0, 5))
def test_what_is_shown_seems_to_hold_0_where_it_may(value, low, width):
    text = format_interval(value, low, low + width, 17)
    high = low + width
    if "±" in text and "?" not in text:
        assert abs(value) > (high - low) / 2
    unsure = min(value, low) <= 0 <= max(value, high)
    assert ("?" in text) == (unsure and text != format_number(value, 17))


def test_of_an_interval_to_one_side_the_ends_are_shown():
    of = mean(2, -0.5)
    intervals = ProgramIntervals(of, [mean(w, -3) for w in (0.5, 2.1)], confidence=0.999)
    weights = "(2 [0.5 to 2.1])*speed + (-0.5 [-3 to -3])"
    assert of.to_text(intervals=intervals) == f"SlideWindowAvg[all](Affine[speed]({weights}))"
