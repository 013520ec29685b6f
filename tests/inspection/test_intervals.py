from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar, Program
from sklearn_dpads.inspection.intervals import NumberTable, intervals
from sklearn_dpads.program.scales import Scales

NAMES = ["speed", "pressure"]
GRAMMAR = Grammar.default(2, feature_names=NAMES)
SCALES = Scales({"Avg[all]": {0: (1.0, 2.0), 1: (101325.0, 3.0)}, "Std[all]": {0: (4.0, 0.5)}})


def program(text, classes=("rest", "walk")):
    found = Program.parse(text, GRAMMAR, feature_names=NAMES, classes=classes)
    return replace(found, scales=SCALES)


def sums(weight, other, constant):
    """A sum whose constant stands in its first part."""
    return program(
        f"Add(SlideWindowAvg[all](Affine[all]({weight}*speed + {constant})),"
        f" SlideWindowStd[all](Affine[speed]({other}*speed)))"
    )


def test_an_interval_holds_its_share_of_the_refits():
    refits = [sums(w, 1, 0.5) for w in np.linspace(0, 10, 101)]
    number = intervals(sums(4, 1, 0.5), refits, 0.9)[0]
    assert (number.part, number.name) == ("avg(speed)", "speed")
    assert_allclose([number.value, number.low, number.high], [4, 0.5, 9.5])
    found = [number.per_deviation, number.low_per_deviation, number.high_per_deviation]
    assert_allclose(found, [8, 1, 19])
    assert not number.includes_zero


def test_an_interval_with_0_in_it_is_marked():
    refits = [sums(w, 1, 0.5) for w in (-1, 1)]
    table = intervals(sums(1, 1, 0.5), refits, 0.9)
    assert [number.includes_zero for number in table] == [True, False, False]
    assert "yes  avg(speed)  speed" in str(table)


def test_the_first_part_of_a_sum_has_its_constant():
    table = intervals(sums(2, 3, 0.5), [sums(2, 3, 1.5)], 0.9)
    constants = [number for number in table if number.name == "constant"]
    assert [number.part for number in constants] == ["avg(speed)"]
    # Both features at their means: 2 * 1 + 3 * 4 + 0.5.
    assert_allclose(constants[0].per_deviation, 14.5)


def test_the_constant_is_that_around_means_far_from_0():
    text = "SlideWindowAvg[all](Affine[pressure](2*(pressure - 101325) + {}))"
    (weight, constant) = intervals(program(text.format(5)), [program(text.format(7))], 0.9)
    assert (weight.value, weight.per_deviation) == (2, 6)
    assert_allclose([constant.value, constant.low, constant.high], [5, 7, 7])


def test_numbers_of_several_classes_have_their_names():
    text = "SlideWindowAvg[all](Affine[speed](a: {0}*speed, b: -{0}*speed, c: 1))"
    classes = ("a", "b", "c")
    table = intervals(program(text.format(2), classes), [program(text.format(3), classes)], 0.9)
    assert [(n.output, n.name) for n in table][:2] == [("a", "speed"), ("b", "speed")]
    assert table[0].label == "avg(speed)  a: speed"


def test_of_many_numbers_the_largest_are_printed():
    one = intervals(sums(1, 1, 0.5), [sums(1, 1, 0.5)], 0.9)[0]
    table = NumberTable([one] * 40)
    assert len(str(table).splitlines()) == 32
    assert str(table).endswith("… and 10 that are smaller; .to_frame() holds all.")
    assert table._repr_html_().count("<tr") == 31


def test_a_table_of_pandas_has_all_of_it():
    pytest.importorskip("pandas")
    frame = intervals(sums(1, 2, 0.5), [sums(1, 3, 0.5)], 0.9).to_frame()
    assert frame["name"].tolist() == ["speed", "constant", "speed"]
    assert frame.columns[-1] == "includes_zero"
