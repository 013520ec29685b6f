from __future__ import annotations

import sys
from itertools import pairwise
from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError

from sklearn_dpads import DPadsClassifier
from sklearn_dpads.display import ParetoFrontDisplay

from ..classifier.cases import make_means, small
from ..program.trace_cases import gated, parse, three


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


SHORT = "SlideWindowAvg[2](Affine[motion](speed))"


def record(text_or_program, score, cost, on_front):
    program = parse(text_or_program) if isinstance(text_or_program, str) else text_or_program
    return SimpleNamespace(program=program, score=score, cost=cost, on_front=on_front)


def records():
    return [
        record(gated(), 0.91, 9, False),
        record(three(), 0.93, 8, True),
        record(SHORT, 0.7, 2, True),
        record(SHORT, 0.7, 2, True),
        record(SHORT, 0.4, 5, False),
        record(SHORT, float("nan"), 6, False),
    ]


def lines(display):
    return {line.get_label(): line for line in display.ax_.lines}


def texts(display):
    return [text.get_text() for text in display.ax_.texts]


def test_points_front_and_the_chosen_program():
    display = ParetoFrontDisplay(records()).plot()
    drawn = lines(display)
    assert_allclose(drawn["Pareto front"].get_xydata(), [[2, 0.7], [8, 0.93]])
    assert drawn["Pareto front"].get_drawstyle() == "steps-post"
    assert_allclose(drawn["chosen program"].get_xydata(), [[9, 0.91]])
    assert_allclose(drawn["other programs"].get_xydata()[:2], [[9, 0.91], [5, 0.4]])
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["other programs", "Pareto front", "chosen program"]


def test_points_are_numbered_as_in_programs():
    display = ParetoFrontDisplay(records()).plot()
    numbers = {text.get_text(): text.xy for text in display.ax_.texts[:3]}
    assert numbers == {"2, 3": (2, 0.7), "1": (8, 0.93), "0": (9, 0.91)}


def test_programs_are_written_out_by_cost():
    display = ParetoFrontDisplay(records()).plot()
    written = texts(display)[3:]
    assert written[0::2] == [
        "2: score 0.700, cost 2",
        "3: score 0.700, cost 2",
        "1: score 0.930, cost 8",
        "0: score 0.910, cost 9 (chosen)",
    ]
    assert written[1] == "SlideWindowAvg[2](Affine[motion])"
    assert written[7] == gated().compact()


def test_a_program_of_many_classes_takes_few_lines():
    display = ParetoFrontDisplay([record(three(), 0.9, 9, True)]).plot()
    assert texts(display)[-1].replace("\n  ", " ") == three().compact()


def test_programs_of_the_same_line_are_told_by_their_shape():
    other = gated().with_expression(gated().expression.args[1])
    display = ParetoFrontDisplay([record(other, 0.9, 9, True)] * 2).plot()
    assert texts(display)[-1].replace("\n  ", " ") == other.expression.skeleton()


def test_programs_far_below_the_front_do_not_squash_it():
    near = [record(SHORT, 0.8 + 0.01 * i, 4, False) for i in range(8)]
    far = [record(SHORT, 0.1, 3, False), record(SHORT, 0.9, 80, False)]
    display = ParetoFrontDisplay([*records()[1:3], *near, *far]).plot()
    ax = display.ax_
    assert ax.get_title("left") == "2 of 12 programs are further off"
    assert 0.5 < ax.get_ylim()[0] < 0.7
    assert ax.get_ylim()[1] > 0.93
    assert 8 < ax.get_xlim()[1] < 12


@pytest.mark.parametrize("width", [5.0, 10.5])
def test_what_is_further_off_is_told_above_the_legend(width):
    near = [record(SHORT, 0.8 + 0.01 * i, 4, False) for i in range(8)]
    _, ax = plt.subplots(figsize=(width, 4.0), layout="constrained")
    off = [record(SHORT, 0.1, 3, False), record(SHORT, 0.9, 80, False)]
    ParetoFrontDisplay([*records()[1:3], *near, *off]).plot(ax, max_texts=0)
    renderer = ax.figure.canvas.get_renderer()
    ax.figure.draw(renderer)
    (note,) = [child for child in ax.get_children() if "further off" in str(child)]
    assert note.get_window_extent(renderer).y0 >= ax.get_legend().get_window_extent(renderer).y1
    assert note.get_window_extent(renderer).y1 <= ax.figure.bbox.y1


def test_the_loss_has_bars_of_its_error():
    drawn = [record(SHORT, 0.8, 2, True), record(gated(), 0.9, 9, True)]
    for one, loss in zip(drawn, (0.5, 0.4), strict=True):
        one.loss, one.loss_error = loss, 0.05
    ax = ParetoFrontDisplay(drawn).plot(value="loss").ax_
    assert ax.get_ylabel() == "loss by cross-fitting"
    (bars,) = ax.collections
    assert_allclose([s[:, 1] for s in bars.get_segments()], [[0.45, 0.55], [0.35, 0.45]])
    assert ax.get_ylim()[0] < 0.35
    assert ax.get_ylim()[1] > 0.55
    assert not ParetoFrontDisplay(drawn).plot().ax_.collections
    with pytest.raises(ValueError, match="value='cost' is not allowed; give 'score' or 'loss'"):
        ParetoFrontDisplay(drawn).plot(value="cost")


def test_texts_stay_inside_the_figure_and_apart():
    display = ParetoFrontDisplay([*records(), *[record(gated(), 0.95, 11, True)] * 4]).plot()
    renderer = display.figure_.canvas.get_renderer()
    display.figure_.draw(renderer)
    boxes = [text.get_window_extent(renderer) for text in display.ax_.texts[4:]]
    assert len(boxes) == 16
    for upper, lower in pairwise(boxes):
        assert upper.y0 >= lower.y1 - 1
    whole = display.figure_.bbox
    assert all(box.x1 <= whole.x1 and box.y0 >= whole.y0 for box in boxes)


def test_few_texts_are_those_of_the_highest_scores_and_the_chosen_one():
    display = ParetoFrontDisplay(records()).plot(max_texts=2)
    assert texts(display)[3::2] == ["1: score 0.930, cost 8", "0: score 0.910, cost 9 (chosen)"]
    display = ParetoFrontDisplay(records()).plot(max_texts=0)
    assert len(texts(display)) == 3


def test_a_single_program():
    display = ParetoFrontDisplay([record(SHORT, 0.7, 2, True)]).plot()
    assert "other programs" not in lines(display)
    assert texts(display) == ["0", "0: score 0.700, cost 2 (chosen)", "avg2(speed)"]


def test_from_estimator_draws_all_programs_on_axes_of_the_user():
    X, y = make_means()
    classifier = small().fit(X, y)
    _, ax = plt.subplots()
    display = ParetoFrontDisplay.from_estimator(classifier, max_texts=1, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    on_front = sum(record.on_front for record in classifier.programs_)
    others = lines(display).get("other programs")
    n_others = 0 if others is None else len(others.get_xdata())
    assert n_others == len(classifier.programs_) - on_front


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(NotFittedError):
        ParetoFrontDisplay.from_estimator(DPadsClassifier())
    with pytest.raises(ValueError, match="no program"):
        ParetoFrontDisplay([])
    with pytest.raises(ValueError, match="max_texts"):
        ParetoFrontDisplay(records()).plot(max_texts=-1)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"ParetoFrontDisplay needs matplotlib.*\[plot\]"):
        ParetoFrontDisplay(records()).plot()
