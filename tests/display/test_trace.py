from __future__ import annotations

import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.display import TraceDisplay

from ..classifier.cases import make_means, small
from ..program.trace_cases import (
    PER_FRAME,
    far_from_0,
    gated,
    parse,
    three,
)

HEIGHTS = [2.0, 2.0, 0.0, -1.0, -1.0, 3.0]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def frames(heights=HEIGHTS, speed=1.0):
    X = np.zeros((2, len(heights), 3))
    X[0] = 7.0
    X[1, :, 0] = speed
    X[1, :, 2] = heights
    return X


def titles(display):
    return [ax.get_title("left") for ax in display.axes_]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def shades(ax):
    """First frame, last frame and colour of what is shaded."""
    spans = [
        (patch.get_x(), patch.get_width(), to_hex(patch.get_facecolor())) for patch in ax.patches
    ]
    return [(x + 0.5, x + width - 0.5, color) for x, width, color in spans]


def test_a_panel_for_each_feature_condition_and_the_output():
    display = TraceDisplay.from_program(gated(), frames(), sample=1)
    assert titles(display) == [
        "speed",
        "turn",
        "height",
        "if SlideWindowAvg[2](Affine[height](height - 1)) ≥ 0",
        "output after each frame: log-odds of walk against rest",
    ]
    drawn = [ax.lines[-1].get_ydata() for ax in display.axes_[:3]]
    assert_allclose(drawn, frames()[1].T)
    assert display.figure_ is display.axes_[0].figure
    assert display.figure_.get_suptitle() == "The program on sequence 1"


def test_a_condition_is_written_as_in_the_text_of_the_program():
    display = TraceDisplay.from_program(far_from_0(), frames(), sample=1)
    condition = "Affine[height](50*(height - 101325) + 1)"
    assert titles(display)[1] == f"if {condition} ≥ 0, on the mean of the last 2 frames"


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_ticks_are_whole_frames(n_frames):
    display = TraceDisplay.from_program(gated(), frames([2.0] * n_frames), sample=1)
    left, right = display.axes_[0].get_xlim()
    ticks = [tick for tick in display.axes_[0].get_xticks() if left <= tick <= right]
    assert ticks == list(range(n_frames))


@pytest.mark.parametrize("n_frames", [1, 4])
def test_a_value_that_stays_the_same_has_room_of_some_deviations(n_frames):
    X = frames([101330.0] * n_frames)
    display = TraceDisplay.from_program(far_from_0(), X, sample=1)
    assert display.axes_[0].get_ylim() == (101328.0, 101332.0)


def test_frames_are_shaded_by_the_branch_taken():
    display = TraceDisplay.from_program(gated(), frames(), sample=1)
    gate = display.axes_[3]
    assert_allclose(gate.lines[-1].get_ydata(), [1, 1, 0, -1.5, -2, 0])
    (first, second, third) = shades(gate)
    assert first[:2] == (0, 2)
    assert second[:2] == (3, 4)
    assert third[:2] == (5, 5)
    assert first[2] == third[2] != second[2]
    assert texts(gate) == ["≥ 0: Fold", "else: SlideWindowAvg[all]"]


def test_output_tells_when_the_decision_falls():
    program = parse("Fold(Affine[height](height + previous - 1.5))")
    display = TraceDisplay.from_program(program, frames([1.0, 1, 1, 2, 4, 2]), sample=1)
    output = display.axes_[-1]
    assert_allclose(output.lines[1].get_ydata(), [-0.5, -1, -1.5, -1, 1.5, 2])
    assert_allclose(output.lines[2].get_xdata(), [3.5, 3.5])
    assert texts(output) == ["> 0: walk", "≤ 0: rest", "decides for walk from frame 4 on"]
    assert [span[:2] for span in shades(output)] == [(0, 3), (4, 5)]


def test_a_decision_from_the_first_frame_on_has_no_line():
    program = parse("SlideWindowAvg[all](Affine[motion](-speed))", classes=None)
    display = TraceDisplay.from_program(program, frames(), sample=1)
    output = display.axes_[-1]
    assert len(output.lines) == 2
    assert texts(output)[-1] == "decides for not positive from the first frame on"


def test_a_line_per_class_each_with_its_name():
    display = TraceDisplay.from_program(three(), frames(), sample=1)
    output = display.axes_[-1]
    values = three().trace(frames()[1:]).output_history[0]
    assert_allclose([line.get_ydata() for line in output.lines[:3]], values.T)
    assert texts(output)[:3] == ["rest", "walk", "run"]
    colors = [to_hex(line.get_color()) for line in output.lines[:3]]
    assert [to_hex(text.get_color()) for text in output.texts[:3]] == colors
    gate = display.axes_[-2]
    assert gate.get_title("left") == (
        "if Affine[height](height - 1) ≥ 0, on the mean of all frames so far"
    )


def test_names_of_classes_do_not_touch():
    classes = tuple("abcdef")
    rows = ", ".join(f"{name}: {0.001 * i}" for i, name in enumerate(classes))
    program = parse(f"SlideWindowAvg[all](Constant({rows}))", classes)
    display = TraceDisplay.from_program(program, frames())
    renderer = display.figure_.canvas.get_renderer()
    display.figure_.draw(renderer)
    boxes = [text.get_window_extent(renderer) for text in display.axes_[-1].texts[:6]]
    for upper, lower in zip(boxes[1:], boxes, strict=False):
        assert upper.y0 >= lower.y1 - 1
    assert len(display.axes_) == 1


def test_a_condition_that_is_not_asked_is_grey():
    text = """
    SlideWindowAvg[all,values](
        if Affine[height](height) >= 0: Constant(1)
        else: (if Affine[motion](speed) >= 0: Constant(2) else: Constant(3))
    )
    """
    display = TraceDisplay.from_program(parse(text), frames(), sample=1)
    outer, inner = display.axes_[2:4]
    assert "else: if …" in texts(outer)
    assert [span[:2] for span in shades(inner)] == [(0, 2), (3, 4), (5, 5)]
    assert texts(inner)[0] == "not asked"


def test_a_program_per_frame_has_no_point_of_decision():
    display = TraceDisplay.from_program(parse(PER_FRAME), frames())
    output = display.axes_[-1]
    assert output.get_title("left").startswith("output for each frame")
    assert not any("decides" in text for text in texts(output))


def test_only_the_features_that_move_the_output_most():
    grammar = Grammar.paper({"all": list(range(9))})
    terms = " + ".join(f"{i + 1}*x{i}" for i in range(8))
    program = Program.parse(f"Fold(Affine[all]({terms}))", grammar)
    X = np.random.default_rng(0).normal(size=(1, 10, 9))
    X[..., 2] *= 100
    display = TraceDisplay.from_program(program, X, max_features=3)
    assert titles(display)[:-1] == ["x2", "x6", "x7"]
    assert "5 more" in display.axes_[0].get_title("right")


def test_what_is_left_out_is_told_above_the_longest_name():
    names = [
        f"velocity of the marker on segment {i} of the left arm of the second robot, in mm"
        for i in range(8)
    ]
    grammar = Grammar.paper({"all": list(range(8))}, feature_names=names)
    terms = " + ".join(f'{i + 1}*"{name}"' for i, name in enumerate(names))
    program = Program.parse(f"Fold(Affine[all]({terms}))", grammar, feature_names=names)
    display = TraceDisplay.from_program(program, np.ones((1, 9, 8)), max_features=6)
    display.figure_.canvas.draw()
    boxes = {t.get_text(): t.get_window_extent() for t in display.axes_[0].findobj(Text)}
    name, note = (boxes[display.axes_[0].get_title(side)] for side in ("left", "right"))
    assert name.x1 > note.x0
    # The note is the first of two lines, of which the second is blank.
    assert (note.y0 + note.y1) / 2 > name.y1


def test_sequences_of_unequal_length_and_long_ones():
    X = [np.ones((3, 3)), np.ones((60, 3))]
    display = TraceDisplay.from_program(gated(), X, sample=-1)
    assert display.figure_.get_suptitle() == "The program on sequence 1"
    assert display.axes_[0].get_xlim() == (-0.5, 59.5)
    assert display.axes_[0].lines[0].get_marker() == "None"


def test_axes_of_the_user():
    _, axes = plt.subplots(5)
    display = TraceDisplay.from_program(gated(), frames(), axes=axes)
    assert list(display.axes_) == list(axes)
    assert display.figure_ is axes[0].figure
    with pytest.raises(ValueError, match=r"5 axes are needed .*got 4"):
        TraceDisplay.from_program(gated(), frames(), axes=axes[:4])


def test_a_trace_of_the_user():
    display = TraceDisplay(gated().trace(frames()), 1, name="my sequence").plot()
    assert display.figure_.get_suptitle() == "The program on my sequence"
    assert_allclose(display.axes_[2].lines[0].get_ydata(), HEIGHTS)


def test_names_are_not_read_as_mathematics():
    program = parse(
        "Fold(Affine[motion]($a^{$))".replace("$a^{$", '"$a^{$"'),
        ("$x_{$", "b"),
        names=["$a^{$", "b", "c"],
    )
    display = TraceDisplay.from_program(program, frames())
    display.figure_.canvas.draw()
    assert titles(display)[0] == "$a^{$"


def test_values_that_are_not_finite():
    program = Program.parse("Fold(Affine[x0](x0 + 1e99*previous))", Grammar.paper(1))
    display = TraceDisplay.from_program(program, np.full((1, 9, 1), 1e9))
    display.figure_.canvas.draw()
    assert len(display.axes_) == 2


@pytest.fixture(scope="module")
def fitted():
    X, y = make_means()
    return small().fit(X, y), X


def test_from_estimator(fitted):
    classifier, X = fitted
    display = TraceDisplay.from_estimator(classifier, X, sample=3)
    last = display.trace.output_history[0, -1, 0]
    assert_allclose(last, classifier.decision_function(X)[3])
    other = TraceDisplay.from_estimator(classifier, X, program=1)
    assert other.trace.program is classifier.programs_[1].program
    given = TraceDisplay.from_estimator(classifier, X, program=classifier.programs_[1].program)
    assert given.trace.program is other.trace.program


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(NotFittedError):
        TraceDisplay.from_estimator(DPadsClassifier(), frames())
    with pytest.raises(TypeError, match="Program"):
        TraceDisplay.from_program("Fold", frames())
    with pytest.raises(TypeError, match="Trace"):
        TraceDisplay(gated())
    with pytest.raises(ValueError, match="no index of 2 sequences"):
        TraceDisplay.from_program(gated(), frames(), sample=2)
    with pytest.raises(TypeError, match="sample must be an integer"):
        TraceDisplay.from_program(gated(), frames(), sample=1.0)
    with pytest.raises(ValueError, match="max_features"):
        TraceDisplay.from_program(gated(), frames(), max_features=0)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"TraceDisplay needs matplotlib.*\[plot\]"):
        TraceDisplay.from_program(gated(), frames())
