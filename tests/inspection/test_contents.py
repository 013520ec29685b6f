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


LIMBS = ["arm", "leg", "head", "tail"]
OF_LIMBS = Grammar.default(
    {"limbs": ["arm", "leg"], "ends": ["head", "tail"], "front": ["arm", "head"], "all": LIMBS},
    feature_names=LIMBS,
)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Affine[limbs](arm + leg)", {"limbs"}),
        ("Affine[all](arm + leg + head + tail)", {"all"}),
        # The same function in two forms.
        ("Add(Affine[limbs](arm + leg), Affine[front](arm + head))", {"limbs", "front"}),
        ("Affine[all](2*arm + leg + head)", {"limbs", "front"}),
        ("Affine[all](head + tail)", {"ends"}),
        # No sum of groups reads just that.
        ("Affine[all](arm + tail)", {"all"}),
        ("Affine[limbs](arm)", {"limbs"}),
    ],
)
def test_the_same_function_has_the_same_groups(text, groups):
    program = Program.parse(f"SlideWindowAvg[all]({text})", OF_LIMBS, feature_names=LIMBS)
    found = contents(program, OF_LIMBS)
    assert {name for kind, name in found if kind == "group"} == groups
    of_groups = {name for kind, name in found if kind == "statistic of group"}
    assert of_groups == {f"avg({group})" for group in groups}


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Affine[three](arm + leg + head)", {"limbs", "front"}),
        ("Affine[three](leg + head)", {"limbs", "front"}),
        ("Affine[odd](leg + tail)", {"odd"}),
    ],
)
def test_a_union_that_is_no_group_counts_as_its_members(text, groups):
    more = Grammar.default(
        {"three": ["arm", "leg", "head"], "odd": ["leg", "tail"]}, feature_names=LIMBS
    )
    program = Program.parse(f"SlideWindowAvg[all]({text})", more, feature_names=LIMBS)
    found = contents(program, OF_LIMBS)
    assert {name for kind, name in found if kind == "group"} == groups


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
