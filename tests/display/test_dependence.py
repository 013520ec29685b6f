from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads.baselines import SummaryClassifier
from sklearn_dpads.display import PartialDependenceDisplay
from sklearn_dpads.inspection import partial_dependence

from ..inspection.cases import fitted_frames, fitted_sums

pytest.importorskip("matplotlib").use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def no_figures_stay():
    yield
    plt.close("all")


def test_a_panel_has_the_mean_of_the_positive_class():
    clf, X, _ = fitted_sums()
    found = partial_dependence(clf, X, ["speed", "turn"])
    display = PartialDependenceDisplay.from_dependence(found)
    assert [ax.get_xlabel() for ax in display.axes_] == ["speed", "turn"]
    line = display.axes_[0].get_lines()[0]
    assert_allclose(line.get_ydata(), found.average[0][:, found.positive])
    assert display.axes_[0].get_ylabel() == "mean probability of walk"
    assert display.axes_[1].get_ylabel() == ""
    assert not display.figure_.legends


def test_more_classes_have_a_line_and_a_name_each():
    clf, X, _ = fitted_frames()
    display = PartialDependenceDisplay.from_estimator(clf, X, [0], span=3, grid_resolution=3)
    assert len(display.axes_[0].get_lines()) == 3
    (legend,) = display.figure_.legends
    assert [text.get_text() for text in legend.get_texts()] == ["rest", "run", "turn"]
    assert display.axes_[0].get_xlabel() == "speed in the last 3 frames"


def test_classes_are_chosen_and_axes_given():
    clf, X, _ = fitted_frames()
    _, axes = plt.subplots(2)
    display = PartialDependenceDisplay.from_estimator(
        clf, X, [0, 1], axes=axes, classes=["run"], grid_resolution=2, how="shift", span="1/2"
    )
    assert list(display.axes_) == list(axes)
    assert display.axes_[1].get_xlabel() == "added to turn in part 1 of 2"
    assert display.axes_[0].get_ylabel() == "mean probability of run"


def test_what_does_not_fit_is_refused():
    clf, X, _ = fitted_sums()
    found = partial_dependence(clf, X, [0, 1], grid_resolution=2)
    with pytest.raises(ValueError, match="2 axes are needed"):
        PartialDependenceDisplay(found).plot(plt.subplots()[1])
    with pytest.raises(ValueError, match="fly"):
        PartialDependenceDisplay(found).plot(classes=["fly"])


def test_all_texts_are_inside_the_figure():
    clf, X, _ = fitted_frames()
    display = PartialDependenceDisplay.from_estimator(clf, X, [0, 1, 2], grid_resolution=3)
    display.figure_.canvas.draw()
    width, height = display.figure_.canvas.get_width_height()
    for ax in display.axes_:
        box = ax.get_tightbbox()
        assert np.all(box.min >= -1)
        assert np.all(box.max <= [width + 1, height + 1])


def test_names_of_many_classes_are_inside_the_figure():
    rng = np.random.default_rng(0)
    y = np.repeat([f"behaviour number {k} of many" for k in range(8)], 6)
    clf = SummaryClassifier().fit(rng.normal(size=(48, 5, 3)), y)
    display = PartialDependenceDisplay.from_estimator(
        clf, rng.normal(size=(9, 5, 3)), [0, 1, 2], grid_resolution=2
    )
    display.figure_.canvas.draw()
    (legend,) = display.figure_.legends
    assert len(legend.get_texts()) == 8
    assert legend.get_window_extent().x1 <= display.figure_.canvas.get_width_height()[0]
