from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads.display import PermutationImportanceDisplay
from sklearn_dpads.inspection import PermutationImportance, permutation_importance

from ..inspection.cases import fitted_frames, fitted_sums

pytest.importorskip("matplotlib").use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

LONG = "a name that is a good deal longer than names are"


@pytest.fixture(autouse=True)
def no_figures_stay():
    yield
    plt.close("all")


def known(importances, names, spans=("all",)):
    return PermutationImportance(np.asarray(importances, dtype=float), names, list(spans), 0.9)


def labels(display):
    return [text.get_text() for text in display.ax_.get_yticklabels()]


def cells(display):
    """Texts of the map, row by row."""
    return [text.get_text() for text in display.ax_.texts]


def test_bars_are_means_and_the_largest_comes_first():
    found = known([[0.1, 0.3], [0.5, 0.7], [-0.1, 0.1]], ["speed", "turn", "height"])
    display = PermutationImportanceDisplay.from_importance(found)
    assert labels(display) == ["turn", "speed", "height"]
    assert_allclose([bar.get_width() for bar in display.ax_.patches], [0.6, 0.2, 0.0], atol=1e-12)
    colors = [bar.get_facecolor() for bar in display.ax_.patches]
    assert colors[0] == colors[1] != colors[2]
    (whiskers,) = display.ax_.collections
    assert_allclose(next(line[:, 0] for line in whiskers.get_segments()), [0.5, 0.7])
    assert display.ax_.get_title(loc="left").startswith("score as it is: 0.9\n")


def test_one_exchange_has_no_whiskers():
    display = PermutationImportanceDisplay.from_importance(known([[0.1]], ["speed"]))
    assert not display.ax_.collections
    assert "one exchange" in display.ax_.get_title(loc="left")


def test_spans_are_columns_in_their_order():
    importances = [[[0.0, 0.0], [0.1, 0.1]], [[0.4, 0.4], [-0.2, 0.3]]]
    found = known(importances, ["speed", "turn"], ["1/2", "5"])
    display = PermutationImportanceDisplay.from_importance(found)
    assert labels(display) == ["turn", "speed"]
    assert [text.get_text() for text in display.ax_.get_xticklabels()] == ["1/2", "last 5"]
    assert cells(display) == ["0.40", "0.05", "0.00", "0.10"]
    drawn = display.ax_.collections[0].get_array()
    # What is no more than its deviation has no colour.
    assert drawn.mask.tolist() == [[False, True], [True, False]]
    assert "lost, 0.40 at most" in display.ax_.get_title(loc="left")


def test_many_spans_have_colours_alone():
    rng = np.random.default_rng(0)
    found = known(rng.uniform(size=(3, 25, 2)), list("abc"), [f"{k}/25" for k in range(1, 26)])
    display = PermutationImportanceDisplay.from_importance(found)
    assert not display.ax_.texts
    assert len(display.ax_.get_xticklabels()) <= 13
    assert display.figure_.get_figwidth() < 7


def test_what_is_lost_less_is_left_out_and_told():
    found = known([[k / 10] for k in range(5)], [f"x{k}" for k in range(5)])
    display = PermutationImportanceDisplay(found).plot(max_names=2)
    assert labels(display) == ["x4", "x3"]
    assert display.ax_.get_title(loc="left").endswith("; 3 left out")
    for wrong in (0, 2.0, True):
        with pytest.raises(ValueError, match="max_names must be a positive integer"):
            display.plot(max_names=wrong)


def test_it_asks_an_estimator_and_draws_where_it_is_told():
    clf, X, y = fitted_sums()
    _, ax = plt.subplots()
    display = PermutationImportanceDisplay.from_estimator(
        clf, X, y, features={"motion": [0, 1]}, spans=2, n_repeats=2, random_state=0, ax=ax
    )
    assert display.ax_ is ax
    assert labels(display) == ["motion"]
    again = permutation_importance(
        clf, X, y, features={"motion": [0, 1]}, spans=2, n_repeats=2, random_state=0
    )
    assert_allclose(display.importance.importances, again.importances)


def test_frames_have_a_picture_too():
    clf, X, y = fitted_frames()
    display = PermutationImportanceDisplay.from_estimator(clf, X, y, n_repeats=2, random_state=0)
    assert sorted(labels(display)) == ["height", "speed", "turn"]


@pytest.mark.parametrize("spans", [None, 1, 4, 30])
@pytest.mark.parametrize("name", ["x", LONG, "$x^2_$ & <y>"])
def test_all_texts_are_inside_the_figure_and_over_nothing(spans, name):
    shape = (18, 2) if spans is None else (18, spans, 2)
    importances = np.random.default_rng(0).normal(scale=0.1, size=shape)
    parts = ["all"] if spans is None else [f"{k + 1}/{spans}" for k in range(spans)]
    found = known(importances, [f"{name} {k}" for k in range(18)], parts)
    display = PermutationImportanceDisplay.from_importance(found)
    display.figure_.canvas.draw()
    width, height = display.figure_.canvas.get_width_height()
    box = display.ax_.get_tightbbox()
    assert np.all(box.min >= -1)
    assert np.all(box.max <= [width + 1, height + 1])
    for ticks in (display.ax_.get_yticklabels(), display.ax_.get_xticklabels()):
        extents = [text.get_window_extent() for text in ticks if text.get_text()]
        for one, other in pairwise(extents):
            assert not one.overlaps(other)


def test_names_are_cut_and_no_formulas():
    display = PermutationImportanceDisplay.from_importance(known([[0.1], [0.2]], [LONG, "$a$"]))
    (first, second) = display.ax_.get_yticklabels()
    assert first.get_text() == "$a$"
    assert not first.get_parse_math()
    assert second.get_text().endswith("…")
