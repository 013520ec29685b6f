"""Programs in one short line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import CenteredWindowAvg, TemporalFilter
from sklearn_dpads.program.compact import compact_part

from .. import strategies
from ..strategies import QUICK
from .trace_cases import far_from_0

NAMES = ["speed", "turn", "left paw"]
GRAMMAR = Grammar.default(
    {"motion": ["speed", "turn"], "paw": ["left paw"]}, feature_names=NAMES
).with_production(TemporalFilter(5), CenteredWindowAvg(3))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SlideWindowAvg[10](Affine[motion](speed + turn))", "avg10(motion)"),
        ("SlideWindowAvg[10](Affine[motion](-2*turn + 1))", "-avg10(turn)"),
        ('SlideWindowStd[1/3](Affine[paw]("left paw"))', 'std1/3("left paw")'),
        ("SlideWindowMax[all,values](Affine[motion](speed - turn))", "max{motion}"),
        ("SlideWindowAvg[5](Constant(0.25))", "0.25"),
        ("Map(Affine[motion](speed))", "speed"),
        ("MapPrefix(SlideWindowAvg[all](Affine[motion](speed)))", "avg(speed)"),
        ("CenteredWindowAvg[3](Affine[motion](speed))", "~avg3(speed)"),
        ("Fold(Affine[motion](speed + 0.5*previous))", "fold(speed)"),
        (
            "TemporalFilter[5](Affine[motion](speed), frequency=1, spread=2)",
            "wave5(speed)",
        ),
        (
            "SlideWindowAvg[5](Multiply(Affine[motion](speed), Add(Affine[motion](turn), "
            'Affine[paw]("left paw"))))',
            'avg5(speed)·avg5(turn + "left paw")',
        ),
        (
            "Add(Add(SlideWindowAvg[5](Affine[motion](speed)), SlideWindowStd[5](Affine[motion]"
            '(turn))), SlideWindowAvg[5](Affine[paw](-"left paw")))',
            'avg5(speed - "left paw") + std5(turn)',
        ),
        (
            "Add(SlideWindowAvg[5](Affine[motion](-speed)), SlideWindowAvg[5](Add(Constant(1),"
            ' Affine[paw](-"left paw"))))',
            '-avg5(speed + "left paw") + 1',
        ),
        (
            "SlideWindowAvg[5](Add(Affine[motion](-speed), Affine[motion](speed + turn)))",
            "avg5(motion - speed)",
        ),
        (
            "SlideWindowAvg[5](Add(Affine[motion](speed + turn), Affine[motion](speed - turn)))",
            "avg5(motion)",
        ),
        (
            "Map(Multiply(Affine[motion](speed), Add(Affine[motion](turn),"
            " Affine[motion](-speed))))",
            "speed·(turn - speed)",
        ),
        (
            "if SlideWindowAvg[5](Affine[motion](-0.5*speed + 0.62)) >= 0:"
            " SlideWindowAvg[5](Affine[motion](turn)) else: SlideWindowAvg[5](Constant(1))",
            "avg5(speed) < 1.24 ? avg5(turn) : 1",
        ),
        (
            "if SlideWindowAvg[5](Affine[motion](speed + turn)) >= 0:"
            " SlideWindowAvg[5](Constant(-1)) else: SlideWindowAvg[5](Constant(1))",
            "avg5(motion) > 0 ? -1 : 1",
        ),
        (
            "SlideWindowAvg[5](Affine[motion](a: speed, b: turn, c: 2*turn))",
            "avg5(motion)",
        ),
    ],
)
def test_lines(text, line):
    assert Program.parse(text, GRAMMAR, feature_names=NAMES).compact() == line


@QUICK
@given(st.data())
def test_every_program_has_a_line(data):
    grammar = data.draw(strategies.grammars())
    line = data.draw(strategies.programs(grammar)).compact()
    assert "\n" not in line
    assert line


def test_a_part_has_the_thresholds_of_the_whole():
    program = far_from_0()
    (choice,) = program.expression.args
    assert program.compact() == "avg2(height) > 101325 ? avg2(height) : 1"
    assert compact_part(program, choice) == "height > 101325 ? height : 1"
