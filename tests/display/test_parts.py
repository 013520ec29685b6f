from __future__ import annotations

from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.display import PartsDisplay
from sklearn_dpads.display.part_values import part_values

from ..program.trace_cases import GRAMMAR, NAMES, PER_FRAME, gated, parse, some_sequences, three

SUM = (
    "Add(SlideWindowAvg[all](Affine[motion](speed - turn)),"
    " Add(SlideWindowAvg[2](Affine[height](2*height)), Fold(Affine[motion](turn + previous))))"
)


def data(classes=("rest", "walk"), n_samples=12):
    X = some_sequences(n_samples)
    return X, np.array(classes)[np.arange(n_samples) % len(classes)]


def titles(display):
    return [ax.get_title("left") for ax in display.axes_]


def test_a_panel_is_the_program_or_a_part_of_its_sum():
    display = PartsDisplay.from_program(parse(SUM), *data())
    whole, *parts = titles(display)
    assert sorted(parts) == ["avg(motion)", "avg2(height)", "fold(turn)"]
    assert all(part in whole for part in parts)


def test_parts_of_a_choice_have_their_roles():
    found = titles(PartsDisplay.from_program(gated(), *data()))
    assert found[1:4] == ["if ≥ 0: avg2(height)", "then: fold(motion)", found[3]]
    assert found[3].startswith("else: avg(")
    assert len(found) == 6  # with the two factors


def test_parts_of_a_program_for_each_class_say_which():
    text = (
        "OneVsRest(rest: Add(SlideWindowAvg[all](Affine[motion](speed)),"
        " SlideWindowAvg[2](Affine[height](height))),"
        " walk: SlideWindowAvg[all](Affine[motion](speed)),"
        ' "to\\nrun": SlideWindowAvg[all](Affine[motion](speed)))'
    )
    program = parse(text, ("rest", "walk", "to\nrun"))
    _, *parts = titles(PartsDisplay.from_program(program, *data(("rest", "walk", "to\nrun"))))
    assert parts == [
        *("rest: avg(speed) + avg2(height)", "rest: avg(speed)", "rest: avg2(height)"),
        *("walk: avg(speed)", '"to\\nrun": avg(speed)'),
    ]


def test_values_are_those_of_the_parts_where_branches_lead_to_them():
    program, X = gated(), data()[0]
    sequences = program.read(X)
    parts = {part.path: part for part in part_values(program, sequences, 8)}
    ends = np.arange(len(X)), sequences.lengths - 1
    assert_allclose(parts[()].values[ends], program(X))
    taken = parts[(0,)].values[ends][:, 0] >= 0
    assert_allclose(np.isfinite(parts[(1,)].values[ends][:, 0]), taken)
    assert_allclose(np.isfinite(parts[(2,)].values[ends][:, 0]), ~taken)


def test_what_all_classes_share_is_taken_out_where_it_decides_nothing():
    program, X = three(), data()[0]
    (whole, *others) = part_values(program, program.read(X), 9)
    assert_allclose(np.nansum(whole.values, axis=-1), 0, atol=1e-9)
    condition = next(part for part in others if part.title.startswith("if"))
    assert condition.values.shape[-1] == 1
    assert not condition.per_class


def test_violins_have_the_medians_of_classes():
    program = parse("SlideWindowAvg[all](Affine[motion](speed))")
    X, y = data()
    (ax,) = PartsDisplay.from_program(program, X, y).axes_
    medians = [line.get_ydata()[0] for line in ax.lines if line.get_linewidth() == 1.6]
    values = program(X)[:, 0]
    assert_allclose(medians, [np.median(values[y == label]) for label in ("rest", "walk")])
    assert [text.get_text() for text in ax.get_xticklabels()] == ["rest", "walk"]


def test_of_several_classes_each_has_its_own_value_and_that_in_others():
    program = three()
    X, y = data(("rest", "walk", "run"))
    ax = PartsDisplay.from_program(program, X, y).axes_[0]
    assert len([line for line in ax.lines if line.get_linewidth() == 1.6]) == 6
    assert ax.get_ylabel().startswith("value of the class")


def test_over_time_lines_are_class_means():
    program = parse("SlideWindowAvg[all](Affine[motion](speed))")
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 6, 3)), np.repeat(["rest", "walk"], 10)
    (ax,) = PartsDisplay.from_program(program, X, y, kind="time").axes_
    prefixes = np.cumsum(X[:, :, 0], axis=1) / np.arange(1, 7)
    assert_allclose(ax.lines[0].get_ydata(), prefixes[:10].mean(axis=0))
    assert_allclose(ax.lines[1].get_ydata(), prefixes[10:].mean(axis=0))
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["rest", "walk"]


def test_labels_of_frames_are_drawn_over_time():
    X = some_sequences(12)
    y = [np.where(x[:, 0] > 1, "walk", "rest") for x in X]
    (ax,) = PartsDisplay.from_program(parse(PER_FRAME), X, y).axes_
    assert ax.get_xlabel() == "frame"
    (ax,) = PartsDisplay.from_program(parse(PER_FRAME), X, y, kind="violin").axes_
    assert ax.get_ylabel() == "value"


def test_the_parts_nearest_to_the_root_are_kept():
    assert len(titles(PartsDisplay.from_program(gated(), *data(), max_parts=3))) == 3


def test_a_part_of_one_value_is_drawn():
    PartsDisplay.from_program(parse("SlideWindowAvg[all](Constant(1))"), *data())


def test_an_estimator_gives_its_program_or_another():
    X, y = data()
    estimator = DPadsClassifier()
    estimator.program_, estimator.programs_ = gated(), [SimpleNamespace(program=parse(SUM))]
    assert len(titles(PartsDisplay.from_estimator(estimator, X, y, program=0))) == 4
    assert len(titles(PartsDisplay.from_estimator(estimator, X, y, program=three(), kind="time")))
    with pytest.raises(NotFittedError):
        PartsDisplay.from_estimator(DPadsClassifier(), X, y)


def test_axes_can_be_given():
    _, axes = plt.subplots(4)
    display = PartsDisplay.from_program(parse(SUM), *data(), axes=axes)
    assert list(display.axes_) == list(axes)
    with pytest.raises(ValueError, match="4 axes are needed, one for each part; got 1"):
        PartsDisplay.from_program(parse(SUM), *data(), axes=axes[0])


def test_what_is_not_allowed_is_refused():
    X, y = data()
    with pytest.raises(TypeError, match="program must be a Program; got a str"):
        PartsDisplay.from_program("avg", X, y)
    with pytest.raises(ValueError, match="kind='box' is not allowed"):
        PartsDisplay.from_program(gated(), X, y, kind="box")
    with pytest.raises(ValueError, match="max_parts must be a positive integer"):
        PartsDisplay.from_program(gated(), X, y, max_parts=0)
    with pytest.raises(ValueError, match="y holds 'run', but the classes are"):
        PartsDisplay.from_program(gated(), X, np.where(y == "walk", "run", y))
    with pytest.raises(ValueError, match=r"one label per sequence, shape \(12,\)"):
        PartsDisplay.from_program(gated(), X, y[:5])
    nameless = Program.parse(SUM, GRAMMAR, feature_names=NAMES)
    with pytest.raises(ValueError, match="knows its classes"):
        PartsDisplay.from_program(nameless, X, y)


def test_names_are_no_formulas():
    names = ["$v_0$", "_u", "t (s)"]
    program = Program.parse(
        'SlideWindowAvg[all](Affine["$v_0$"]("$v_0$"))',
        Grammar.default(3, feature_names=names),
        feature_names=names,
        classes=("$x_1$", "_hid"),
    )
    X = np.random.default_rng(0).normal(size=(12, 6, 3))
    y = np.array(program.classes)[np.arange(12) % 2]
    display = PartsDisplay.from_program(program, X, y, kind="time")
    (ax,) = display.axes_
    assert ax.get_title("left") == 'avg("$v_0$")'
    named = [
        t for t in [*ax.findobj(Text), *display.figure_.legends[0].get_texts()] if "$" in str(t)
    ]
    assert len(named) == 2
    assert not any(text.get_parse_math() for text in named)


def test_one_long_sequence_leaves_the_others_room():
    X, y = data()
    X = [x[:, :] for x in X]
    X[0] = np.tile(X[0], (100, 1))
    (ax, *_) = PartsDisplay.from_program(parse(SUM), X, y, kind="time").axes_
    assert ax.get_xlim()[1] < 2 * max(len(x) for x in X[1:])
