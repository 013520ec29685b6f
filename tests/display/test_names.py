"""Names in pictures: whatever is in them, they stand in one line and differ."""

from __future__ import annotations

import warnings

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

from sklearn_dpads import Grammar, Program
from sklearn_dpads.display import (
    ArchitectureDisplay,
    EthogramDisplay,
    PartialDependenceDisplay,
    PartsDisplay,
    PermutationImportanceDisplay,
    ProgramDisplay,
    StabilityDisplay,
    TraceDisplay,
)
from sklearn_dpads.display.names import told_apart
from sklearn_dpads.grammar.lexer import quote
from sklearn_dpads.inspection import PartialDependence, PermutationImportance, Stability
from sklearn_dpads.inspection.intervals import intervals
from sklearn_dpads.inspection.occurrences import count_occurrences
from sklearn_dpads.program.text import show_name

from ..strategies import QUICK

TORN = ['50 %\n"x"', "a\tb", "c\r\n"]
ALIKE = [
    f"the {what} velocity of the mouse that was there first and of its {part}, in millimetres"
    for what, part in [("mean", "left paw"), ("mean", "right paw"), ("greatest", "left paw")]
]
# Three classes, of which one has three features, and two.
SUM = """Add(
    SlideWindowAvg[all](Affine[all]({a}: {a} + 2*{b}, {b}: {a} - {c}, {c}: 3*{b} + 1)),
    SlideWindowMax[all](Affine[{a}]({a}: {a}, {b}: -{a}, {c}: 1)))"""
CHOICE = """if SlideWindowAvg[2](Affine[{b}]({b})) >= 0:
    Fold(Affine[{a}]({a}))
else:
    Fold(Affine[{c}]({c}))"""
PER_FRAME = "Map(Affine[all]({a}: {a}, {b}: {b}, {c}: {c}))"


@pytest.fixture(autouse=True)
def no_figures_stay():
    yield
    plt.close("all")


def parse(text, names, n_classes=3):
    grammar = Grammar.default(
        {"all": [0, 1, 2], **{name: [i] for i, name in enumerate(names)}}, feature_names=names
    )
    quoted = {letter: quote(name) for letter, name in zip("abc", names, strict=True)}
    return Program.parse(
        text.format(**quoted), grammar, feature_names=names, classes=names[:n_classes]
    )


def sequences():
    return np.random.default_rng(0).normal(size=(12, 8, 3))


def labels(names):
    return np.array(names)[np.arange(12) % len(names)]


def program(names):
    return ProgramDisplay.from_program(parse(SUM, names))


def formulas(names):
    text = "Fold(Affine[all]({a} + 2*{b} + previous))"
    return ProgramDisplay.from_program(parse(text, names, 2))


def parts(names):
    return PartsDisplay.from_program(parse(SUM, names), sequences(), labels(names))


def parts_over_time(names):
    return PartsDisplay.from_program(parse(SUM, names), sequences(), labels(names), kind="time")


def trace(names):
    return TraceDisplay.from_program(parse(CHOICE, names, 2), sequences())


def trace_of_classes(names):
    return TraceDisplay.from_program(parse(SUM, names), sequences())


def ethogram(names):
    y = [labels(names)[:8] for _ in range(12)]
    return EthogramDisplay.from_program(parse(PER_FRAME, names), sequences(), y, [0])


def importance(names):
    found = PermutationImportance(np.array([[0.1], [0.2], [0.3]]), names, ["all"], 0.9)
    return PermutationImportanceDisplay.from_importance(found)


def dependence(names, outputs=(0, 1, 2)):
    grids, individual = [np.arange(4.0)] * 3, [np.full((5, 4, 3), 0.3)] * 3
    found = PartialDependence(
        names, grids, individual, names, 0, "predict_proba", "set", "all", [np.arange(9.0)] * 3
    )
    return PartialDependenceDisplay.from_dependence(found, classes=[names[i] for i in outputs])


def dependence_of_one(names):
    return dependence(names, [1])


def stability(names):
    whole = parse(SUM, names)
    found = Stability(
        structure=count_occurrences([whole, whole], [whole], whole),
        numbers=intervals(whole, [whole, whole], 0.9),
        programs=[whole, whole],
        scores=np.ones(2),
        near=[whole],
        failures={},
        n_bootstraps=2,
        n_refits=2,
        confidence=0.9,
        scoring="accuracy",
    )
    return StabilityDisplay.from_stability(found, kinds=["feature", "group"], max_numbers=30)


def architecture(names):
    weights = {f"Affine[{name}]": 0.3 for name in names}
    history = [{"phase": "train", "round": 1, "weights": {"root": weights}}]
    return ArchitectureDisplay(history).plot()


ALL = [
    *(program, formulas, parts, parts_over_time, trace, trace_of_classes, ethogram),
    *(importance, dependence, dependence_of_one, stability, architecture),
]


def texts(display):
    return [text for text in display.figure_.findobj(Text) if text.get_text()]


@pytest.mark.parametrize("draw", ALL)
def test_what_a_terminal_would_obey_is_written_out(draw):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        display = draw(TORN)
        display.figure_.canvas.draw()
    written = [text.get_text() for text in texts(display)]
    assert not any(character in text for text in written for character in "\t\r")
    assert not any("%\n" in text for text in written)
    assert any(r"%\n\"x\"" in text for text in written)


@pytest.mark.parametrize("draw", ALL)
def test_names_are_no_formulas_anywhere(draw):
    display = draw(["$a_1$", "$b$", "$c$"])
    named = [text for text in texts(display) if "$" in text.get_text()]
    assert named
    assert not any(text.get_parse_math() for text in named)


@pytest.mark.parametrize("names", [ALIKE, ALIKE[::-1]])
def test_rows_columns_and_ticks_of_long_names_differ(names):
    written = program(names).ax_.texts
    # What is written for a name is the same in both tables.
    columns = [text.get_text() for text in written if text.get_rotation() == 90]
    assert len(columns) == 6
    assert len(set(columns) - {"constant"}) == 3
    rows = [text.get_text() for text in written if text.get_ha() == "right"]
    assert len(rows) == 6
    assert set(rows) == set(columns) - {"constant"}
    for ax in parts(names).axes_:
        assert len({text.get_text() for text in ax.get_xticklabels()}) == 3
    features, numbers = stability(names).axes_
    (candidates,) = architecture(names).axes_
    for ax, n_different in ((features, 4), (numbers, 8), (candidates, 3)):
        assert len({text.get_text() for text in ax.get_yticklabels()}) == n_different
    assert len({text.get_text() for text in importance(names).ax_.get_yticklabels()}) == 3


def test_titles_legends_and_lines_of_long_names_differ():
    for display in (dependence(ALIKE), dependence_of_one(ALIKE)):
        assert len({ax.get_xlabel() for ax in display.axes_}) == 3
    values = {dependence(ALIKE, [i]).axes_[0].get_ylabel() for i in range(3)}
    assert len(values) == 3
    for display in (dependence(ALIKE), parts_over_time(ALIKE)):
        assert len({text.get_text() for text in display.figure_.legends[0].get_texts()}) == 3
    assert len({text.get_text() for text in ethogram(ALIKE).ax_.get_legend().get_texts()}) == 4
    for display in (trace(ALIKE), trace_of_classes(ALIKE), parts(ALIKE)):
        titles = [ax.get_title("left") for ax in display.axes_]
        assert len(set(titles)) == len(titles)
    sides = [text.get_text() for text in trace_of_classes(ALIKE).axes_[-1].texts]
    assert len(set(sides)) == 4


@QUICK
@given(st.lists(st.text("ab _é\n", max_size=40), max_size=12), st.integers(1, 20))
def test_different_names_stay_different(names, longest):
    found = told_apart(names, longest)
    assert len(found) == len(names)
    pairs = set(zip(names, found, strict=True))
    assert len(pairs) == len(set(names)) == len(set(found))
    assert all(text.isprintable() for text in found)
    kept = [show_name(name) for name in names]
    assert all(text == name for name, text in zip(kept, found, strict=True) if len(name) <= longest)
