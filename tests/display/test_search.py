from __future__ import annotations

import subprocess
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError

from sklearn_dpads import DPadsClassifier
from sklearn_dpads.display import SearchDisplay

from ..classifier.cases import make_means, small


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


HISTORY = [
    {"phase": "train", "time": 1.0, "round": 1, "depth": 2, "n_candidates": 9, "score": 0.6},
    {"phase": "prune", "time": 2.0, "round": 1, "n_top": 2, "n_candidates": 4, "score": 0.5},
    {
        "phase": "split",
        "time": 3.0,
        "score": 0.5,
        "priority": 0.52,
        "part_scores": [0.4, 0.7, 0.7],
        "part_priorities": [0.62, 0.32, 0.31],
        "n_queued": 3,
    },
    {
        "phase": "split",
        "time": 3.2,
        "score": 0.7,
        "priority": 0.31,
        "part_scores": [0.8],
        "part_priorities": [0.21],
        "n_queued": 3,
    },
    {"phase": "dequeue", "time": 3.5, "score": 0.8, "priority": 0.21},
    {"phase": "choose", "time": 4.0, "n_programs": 3, "score": 0.65},
    {"phase": "choose", "time": 5.0, "n_programs": 5, "score": 0.6},
    {"phase": "refine", "time": 5.0, "n_neighbours": 20, "score": 0.65},
    {"phase": "choose", "time": 6.0, "n_programs": 4, "score": 0.9},
    {"phase": "fit", "time": 7.0, "loss": 0.1},
]
BEST = "best until then"


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


def known(line):
    """Points of a line without its gaps."""
    points = line.get_xydata()
    return points[np.isfinite(points).all(axis=1)]


def test_programs_and_mixtures_have_axes_of_their_own():
    display = SearchDisplay(HISTORY).plot()
    programs, mixtures = lines(display.ax_), lines(display.mixtures_ax_)
    assert_allclose(programs["best of a batch"].get_xydata(), [[5, 0.65], [6, 0.6], [7, 0.9]])
    best = programs[BEST]
    assert_allclose(best.get_xydata(), [[5, 0.65], [6, 0.65], [7, 0.9], [7.5, 0.9]])
    assert best.get_drawstyle() == "steps-post"
    assert_allclose(mixtures["all of them, mixed"].get_xydata(), [[0, 0.6], [1, 0.5]])
    divided = mixtures["part divided further"].get_xydata()
    assert_allclose(divided, [[2, 0.5], [3, 0.7], [4, 0.8]])
    parts = mixtures["parts to choose from"].get_xydata()
    assert_allclose(parts, [[2, 0.4], [2, 0.7], [2, 0.7], [3, 0.8]])
    ticks = [tick.get_text() for tick in display.mixtures_ax_.get_xticklabels()]
    assert (ticks[0], ticks[-1]) == ("1.0", "6.0")


def test_the_legends_have_few_entries():
    display = SearchDisplay(HISTORY).plot()
    entries = [ax.get_legend().get_texts() for ax in (display.ax_, display.mixtures_ax_)]
    assert [len(texts) for texts in entries] == [2, 3]


def test_lines_are_broken_where_something_else_happened():
    events = [HISTORY[0], HISTORY[2], HISTORY[0], HISTORY[5]]
    (mixed, *_) = (
        line
        for line in SearchDisplay(events).plot().mixtures_ax_.lines
        if line.get_label() == "all of them, mixed"
    )
    assert_allclose(mixed.get_ydata(), [0.6, np.nan, 0.6])


def test_restarts_are_told_apart():
    events = [{**event, "restart": k} for k in (0, 1) for event in HISTORY]
    display = SearchDisplay(events).plot()
    for ax in (display.ax_, display.mixtures_ax_):
        assert [text.get_text() for text in ax.texts] == ["search 1", "search 2"]
    assert len(known(lines(display.mixtures_ax_)["all of them, mixed"])) == 4
    best = lines(display.ax_)[BEST].get_ydata()
    assert list(best) == sorted(best)


def test_searches_for_classes_are_named_by_them_and_have_a_best_of_their_own():
    events = [
        {**event, "restart": k, "class": label, "score": event.get("score", 0.0) / (k + 1)}
        for k, label in enumerate(["rest", "a walk\n", "run"])
        for event in HISTORY
    ]
    display = SearchDisplay(events).plot()
    for ax in (display.ax_, display.mixtures_ax_):
        assert [text.get_text() for text in ax.texts] == ["rest", '"a walk\\n"', "run"]
    first, second, third = (ax for ax in display.ax_.lines if ax.get_drawstyle() == "steps-post")
    assert [line.get_ydata()[-1] for line in (first, second, third)] == pytest.approx(
        [0.9, 0.45, 0.3]
    )
    assert first.get_xdata()[-1] < second.get_xdata()[0] < second.get_xdata()[-1]
    assert [t.get_text() for t in display.ax_.get_legend().get_texts()].count(BEST) == 1


def test_several_searches_for_each_class_are_numbered():
    labels = [
        3,
        3,
        "long names of what is done " + 9 * "b",
        "long names of what is done " + 9 * "c",
    ]
    events = [{**HISTORY[5], "restart": k, "class": label} for k, label in enumerate(labels)]
    names = [text.get_text() for text in SearchDisplay(events).plot().ax_.texts]
    assert names[:2] == ["3 1", "3 2"]
    assert len(set(names)) == 4
    assert max(map(len, names)) < 45


def test_expansions_of_partial_programs():
    events = [
        {"phase": "expand", "time": 0.1, "part_scores": [0.6, 0.8], "n_queued": 2},
        {"phase": "expand", "time": 0.2, "score": 0.7, "part_scores": [0.7], "n_queued": 2},
        {"phase": "deepen", "time": 0.2},
        {"phase": "dequeue", "time": 0.3, "score": 0.7},
        {"phase": "choose", "time": 0.4, "n_programs": 1, "score": 0.6},
        {"phase": "census", "time": 0.4, "score": 0.6},
    ]
    drawn = lines(SearchDisplay(events).plot().mixtures_ax_)
    points = drawn["parts to choose from"].get_xydata()
    assert_allclose(points, [[0, 0.6], [0, 0.8], [1, 0.7]])
    assert_allclose(known(drawn["part divided further"]), [[1, 0.7], [2, 0.7]])


def test_a_search_without_mixtures_has_one_panel():
    display = SearchDisplay([HISTORY[5], HISTORY[8]]).plot()
    assert display.mixtures_ax_ is None
    assert display.figure_.axes == [display.ax_]
    assert display.ax_.get_xlabel().startswith("time (s)")


def test_scores_that_are_not_finite_leave_a_gap():
    events = [{**HISTORY[0], "score": -np.inf}, HISTORY[1], {**HISTORY[5], "score": -np.inf}]
    display = SearchDisplay([*events, HISTORY[8]]).plot()
    display.figure_.canvas.draw()
    assert_allclose(lines(display.mixtures_ax_)["all of them, mixed"].get_ydata(), [np.nan, 0.5])
    assert lines(display.ax_)[BEST].get_ydata()[-1] == 0.9


def test_from_estimator_draws_every_event(tmp_path):
    X, y = make_means(24)
    clf = small(max_depth=3, max_refinements=1).fit(X, y)
    figure, ax = plt.subplots()
    display = SearchDisplay.from_estimator(clf, ax=ax)
    assert (display.ax_, display.figure_, display.mixtures_ax_) == (ax, figure, None)
    phases = [event["phase"] for event in clf.search_history_]
    assert len(lines(ax)["best of a batch"].get_xdata()) == phases.count("choose")
    mixtures = lines(SearchDisplay.from_estimator(clf).mixtures_ax_)
    n_mixed = sum(phase in ("train", "prune") for phase in phases)
    assert len(known(mixtures["all of them, mixed"])) == n_mixed
    parts = sum(len(e.get("part_scores", ())) for e in clf.search_history_)
    assert len(mixtures["parts to choose from"].get_xdata()) == parts
    figure.savefig(tmp_path / "search.png")
    with pytest.raises(NotFittedError):
        SearchDisplay.from_estimator(DPadsClassifier())


def test_nothing_to_draw():
    with pytest.raises(ValueError, match="no score by cross-fitting"):
        SearchDisplay(HISTORY[:5]).plot()


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"SearchDisplay needs matplotlib.*sklearn_dpads\[plot\]"):
        SearchDisplay(HISTORY).plot()


def test_matplotlib_is_imported_when_something_is_drawn():
    code = "import sys, sklearn_dpads.display; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_axes_of_shares_end_at_one():
    history = [{"phase": "choose", "time": float(i), "score": 1.0, "restart": 0} for i in range(3)]
    low, high = SearchDisplay(history).plot().ax_.get_ylim()
    assert 1.0 < high < 1.03
    assert low <= 0.9
    losses = [{**event, "score": -2.0} for event in history]
    assert SearchDisplay(losses).plot().ax_.get_ylim()[0] < -2.0
