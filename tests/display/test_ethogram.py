from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib.colors import to_hex

from sklearn_dpads.display import EthogramDisplay
from sklearn_dpads.display.classes import class_colors

from ..inspection.cases import fitted_frames
from ..program.trace_cases import gated, parse, some_sequences

PER_FRAME = "Map(Affine[motion](speed - 1))"
CLASSES = ("rest", "walk")


def data(n_samples=8):
    X = some_sequences(n_samples)
    return X, [np.where(x[:, 0] > 1, "walk", "rest") for x in X]


def texts(display):
    return [text.get_text() for text in display.ax_.texts]


def bars(display):
    """Colours of the strips, with the first frames and the lengths of their bars."""
    found = {}
    for strip in display.ax_.collections:
        boxes = [path.get_extents() for path in strip.get_paths()]
        top = round(min(box.y0 for box in boxes), 3)
        runs = [(int(box.x0), int(box.width)) for box in boxes]
        found.setdefault(top, {})[to_hex(strip.get_facecolor()[0])] = runs
    return found


def test_strips_have_the_runs_of_true_and_predicted_labels():
    true, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0])
    display = EthogramDisplay([true], [predicted], CLASSES, ["sequence 0"]).plot()
    rest, walk = class_colors(2)
    upper, lower, wrong = [bars(display)[top] for top in sorted(bars(display))]
    assert upper == {rest: [(0, 2)], walk: [(2, 3)]}
    assert lower == {rest: [(0, 1), (4, 1)], walk: [(1, 3)]}
    assert list(wrong.values()) == [[(1, 1), (4, 1)]]
    assert texts(display) == ["sequence 0  true", "predicted", "60% right"]


def test_frames_without_a_label_are_white_and_never_wrong():
    true, predicted = np.array([-1, -1, 1]), np.array([0, 0, 1])
    display = EthogramDisplay([true], [predicted], CLASSES, ["sequence 0"]).plot()
    strips = bars(display)
    assert len(strips) == 2
    assert strips[min(strips)] == {class_colors(2)[1]: [(2, 1)]}
    assert texts(display)[-1] == "100% right"


def test_short_sequences_beside_a_long_one_are_as_wide():
    long, short = np.arange(44) % 2, np.array([0, 0, 1, 1])
    display = EthogramDisplay([long, short], [long, short], CLASSES, ["a", "b"]).plot()
    assert display.ax_.get_xlim() == (0, 100)
    assert display.ax_.get_xlabel() == "% of the frames of a sequence"
    rest, walk = class_colors(2)
    *_, of_short = (strip for _, strip in sorted(bars(display).items()))
    assert of_short == {rest: [(0, 50)], walk: [(50, 50)]}
    assert texts(display)[3::4] == ["44 frames", "4 frames"]
    display = EthogramDisplay([long[:40], short], [long[:40], short], CLASSES, ["a", "b"]).plot()
    assert display.ax_.get_xlim() == (0, 40)
    assert not any("frames" in text for text in texts(display))


def test_a_program_that_is_right_has_no_errors():
    X, y = data()
    display = EthogramDisplay.from_program(parse(PER_FRAME), X, y)
    assert texts(display)[2::3] == ["100% right"] * 6
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == [*CLASSES, "predicted wrong"]


def test_sequences_can_be_chosen():
    X, y = data()
    display = EthogramDisplay.from_program(parse(PER_FRAME), X, y, [7, -6])
    assert texts(display)[::3] == ["sequence 7  true", "sequence 2  true"]
    assert [len(of_one) for of_one in display.true] == [len(X[7]), len(X[2])]
    with pytest.raises(ValueError, match=r"samples=\[8\] is not allowed.*there are 8"):
        EthogramDisplay.from_program(parse(PER_FRAME), X, y, [8])


def test_labels_may_be_padded_and_masked():
    X, y = data()
    padded = np.full((8, 9), "", dtype="<U4")
    for row, of_one in zip(padded, y, strict=True):
        row[: len(of_one)] = of_one
    masked = np.ma.masked_array(padded, np.zeros(padded.shape, dtype=bool))
    masked[0, 0] = np.ma.masked
    display = EthogramDisplay.from_program(parse(PER_FRAME), X, masked)
    assert display.true[0][0] == -1
    assert (display.true[1] >= 0).all()


def test_an_estimator_is_drawn_as_it_predicts():
    clf, X, y = fitted_frames()
    display = EthogramDisplay.from_estimator(clf, X, y, [0, 3])
    for sample, codes in zip([0, 3], display.predicted, strict=True):
        assert [display.classes[k] for k in codes] == clf.predict(X)[sample, : len(codes)].tolist()


def test_what_is_not_allowed_is_refused():
    X, y = data()
    with pytest.raises(ValueError, match="a value per frame.*list->atom"):
        EthogramDisplay.from_program(gated(), X, y)
    with pytest.raises(ValueError, match="No frame has a label among the classes"):
        EthogramDisplay.from_program(parse(PER_FRAME), X, [np.full(len(x), "run") for x in X])
    with pytest.raises(ValueError, match="X holds 8 sequences, y 3 rows of labels"):
        EthogramDisplay.from_program(parse(PER_FRAME), X, y[:3])
    with pytest.raises(ValueError, match="one entry for each sequence to draw"):
        EthogramDisplay([], [], CLASSES, [])


def test_names_are_no_formulas():
    codes = np.array([0, 1, 1])
    display = EthogramDisplay([codes], [codes], ("$x_1$", "_hid"), ["sequence 0"]).plot()
    named = display.ax_.get_legend().get_texts()
    assert [text.get_text() for text in named] == ["$x_1$", "_hid", "predicted wrong"]
    assert not any(text.get_parse_math() for text in named)
