from __future__ import annotations

import pytest

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import CenteredWindowAvg, TemporalFilter
from sklearn_dpads.inspection.contents import contents

NAMES = ["speed", "turn"]
GRAMMAR = Grammar.default({"motion": NAMES, "turn": ["turn"]}, feature_names=NAMES)


def named(text, grammar=GRAMMAR):
    return contents(Program.parse(text, grammar, feature_names=NAMES))


def test_what_is_read_with_a_weight_is_found_by_kind():
    text = (
        "Add(SlideWindowStd[5](Affine[motion](2*speed)), SlideWindowAvg[all](Affine[turn](turn)))"
    )
    assert named(text) == {
        *(("group", "motion"), ("group", "turn")),
        *(("feature", "speed"), ("feature", "turn")),
        *(("statistic", "std"), ("statistic", "avg")),
        *(("span", "5"), ("span", "all")),
        *(("statistic of group", "std(motion)"), ("statistic of group", "avg(turn)")),
    }


def test_what_is_multiplied_by_0_is_not_read():
    assert named("SlideWindowAvg[all](Affine[motion](3))") == frozenset()


@pytest.mark.parametrize(
    ("text", "statistic", "span"),
    [
        ("Map(Affine[turn](turn))", "frame", None),
        ("MapPrefix(SlideWindowMax[3](Affine[turn](turn)))", "max", "3"),
        ("Fold(Affine[turn](turn + previous))", "fold", None),
        ("TemporalFilter[5](Affine[turn](turn), frequency=0.2, spread=1)", "wave", "5"),
        ("CenteredWindowAvg[3](Affine[turn](turn))", "~avg", "3"),
    ],
)
def test_readers_have_the_names_of_a_line(text, statistic, span):
    grammar = GRAMMAR
    for production in (TemporalFilter(5), CenteredWindowAvg(3)):
        if production.label in text:
            grammar = grammar.with_production(production)
    found = named(text, grammar)
    assert {name for kind, name in found if kind == "statistic"} == {statistic}
    assert {name for kind, name in found if kind == "span"} == ({span} if span else set())
