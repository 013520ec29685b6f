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
from sklearn_dpads.display.search import columns, stays

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
BEST = "best score of a program so far"


def lines(display):
    return {line.get_label(): line for line in display.ax_.lines}


def test_marks_and_best_line():
    display = SearchDisplay(HISTORY).plot()
    drawn = lines(display)
    assert_allclose(drawn["graph trained"].get_xydata(), [[0, 0.6]])
    pruned = drawn["pruned to the n best candidates\nof each place"]
    assert_allclose(pruned.get_xydata(), [[1, 0.5]])
    assert_allclose(drawn["part taken and split"].get_xydata(), [[2, 0.5], [3, 0.7]])
    # A round is one column: its programs are cross-fitted in it.
    assert_allclose(drawn["the best were edited: the first after\nthe round"].get_xdata(), [6])
    best = drawn[BEST]
    assert_allclose(best.get_xydata(), [[5, 0.65], [6, 0.65], [7, 0.9], [7.5, 0.9]])
    assert best.get_drawstyle() == "steps-post"
    texts = [text.get_text() for text in display.ax_.texts]
    assert texts[:3] == ["relaxed graph", "splits", "programs"]
    assert "n=2" in texts
    assert "round 1,\ndepth 2" in texts
    ticks = [tick.get_text() for tick in display.counts_ax_.get_xticklabels()]
    assert (ticks[0], ticks[-1]) == ("1.0", "6.0")


def test_parts_wait_in_the_queue():
    display = SearchDisplay(HISTORY).plot()
    dots = lines(display)["part of a split"].get_xydata()
    assert_allclose(dots, [[2, 0.4], [2, 0.7], [2, 0.7], [3, 0.8]])
    waits = {style: [] for style in ("-", ":")}
    for line in display.ax_.lines:
        if line.get_color() == "#e0a878" and line.get_linestyle() in waits:
            waits[line.get_linestyle()].append(line.get_xydata().tolist())
    assert waits["-"] == [[[2, 0.7], [3, 0.7]], [[3, 0.8], [4, 0.8]]]
    assert waits[":"] == [[[2, 0.4], [4.5, 0.4]], [[2, 0.7], [4.5, 0.7]]]


def test_of_equal_scores_the_priority_tells_which_part_was_taken():
    first, second, *_ = stays(columns(HISTORY))
    assert (first.score, first.entered, first.left, first.taken) == (0.7, 2, 3, True)
    without = [
        {key: value for key, value in event.items() if "priorit" not in key} for event in HISTORY
    ]
    assert len(stays(columns(without))) == 4
    assert second.taken


def test_counts():
    ax = SearchDisplay(HISTORY).plot().counts_ax_
    heights = {
        bars.get_label(): [(bar.get_x() + 0.4, bar.get_height()) for bar in bars]
        for bars in ax.containers
    }
    expected = {
        "candidates in the graph": [(0, 9), (1, 4)],
        "parts in the queue": [(2, 3), (3, 3)],
        "edited programs tried": [(6, 20)],
        "programs cross-fitted": [(5, 3), (6, 5), (7, 4)],
    }
    assert heights.keys() == expected.keys()
    for label, bars in expected.items():
        assert_allclose(heights[label], bars)
    assert sorted(int(text.get_text()) for text in ax.texts) == [3, 3, 3, 4, 4, 5, 9, 20]


def test_the_legend_explains_the_stages_that_were_met():
    legend = [t.get_text() for t in SearchDisplay(HISTORY).plot().ax_.get_legend().get_texts()]
    firsts = [text.split(":")[0] for text in legend if text[0].isupper()]
    assert firsts == ["Relaxed graph", "Splits", "Programs"]
    assert legend[-1] == BEST
    alone = SearchDisplay(HISTORY[:2]).plot().ax_.get_legend().get_texts()
    assert alone[0].get_text().startswith("Relaxed graph:")
    assert len(alone) == 3


def test_a_search_that_was_ended_before_any_split():
    display = SearchDisplay([HISTORY[0], HISTORY[4], HISTORY[5]]).plot()
    assert [text.get_text() for text in display.ax_.texts][1] == "splits"


def test_restarts_are_told_apart():
    events = [{**event, "restart": k} for k in (0, 1) for event in HISTORY]
    display = SearchDisplay(events).plot()
    texts = [text.get_text() for text in display.ax_.texts]
    assert [text for text in texts if text.startswith("search")] == ["search 1", "search 2"]
    assert len(lines(display)["graph trained"].get_xdata()) == 2
    best = lines(display)[BEST].get_ydata()
    assert list(best) == sorted(best)


def test_expansions_of_partial_programs():
    events = [
        {"phase": "expand", "time": 0.1, "part_scores": [0.6, 0.8], "n_queued": 2},
        {"phase": "expand", "time": 0.2, "score": 0.7, "part_scores": [0.7], "n_queued": 2},
        {"phase": "deepen", "time": 0.2},
        {"phase": "dequeue", "time": 0.3, "score": 0.7},
        {"phase": "choose", "time": 0.4, "n_programs": 1, "score": 0.6},
        {"phase": "census", "time": 0.4, "score": 0.6},
    ]
    drawn = lines(SearchDisplay(events).plot())
    assert_allclose(drawn["extended program"].get_xydata(), [[0, 0.6], [0, 0.8], [1, 0.7]])
    assert_allclose(drawn["best whole program so far"].get_ydata(), [np.nan, 0.7])
    assert_allclose(drawn["a whole program is taken,\nthe end"].get_xdata(), [2])
    assert_allclose(drawn["batch of programs: the first so far"].get_xdata(), [3])


def test_scores_that_are_not_finite_leave_a_gap():
    events = [{**HISTORY[0], "score": -np.inf}, HISTORY[1], {**HISTORY[5], "score": -np.inf}]
    display = SearchDisplay([*events, HISTORY[8]]).plot()
    display.figure_.canvas.draw()
    assert np.isnan(lines(display)["graph trained"].get_ydata()).all()
    assert lines(display)[BEST].get_ydata()[-1] == 0.9


def test_from_estimator_draws_every_event(tmp_path):
    X, y = make_means(24)
    clf = small(max_depth=3, max_refinements=1).fit(X, y)
    figure, ax = plt.subplots()
    display = SearchDisplay.from_estimator(clf, ax=ax)
    assert (display.ax_, display.figure_, display.counts_ax_) == (ax, figure, None)
    phases = [event["phase"] for event in clf.search_history_]
    for phase, label in (("train", "graph trained"), ("split", "part taken and split")):
        assert len(lines(display)[label].get_xdata()) == phases.count(phase)
    parts = sum(len(e.get("part_scores", ())) for e in clf.search_history_)
    # The part that is split first comes from the relaxed graph.
    n_taken = sum(phase in ("split", "dequeue") for phase in phases) - 1
    waits = stays(columns(clf.search_history_))
    assert (len(waits), sum(wait.taken for wait in waits)) == (parts, n_taken)
    figure.savefig(tmp_path / "search.png")
    with pytest.raises(NotFittedError):
        SearchDisplay.from_estimator(DPadsClassifier())


def test_nothing_to_draw():
    with pytest.raises(ValueError, match="no event with a score"):
        SearchDisplay([HISTORY[-1]]).plot()


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"SearchDisplay needs matplotlib.*sklearn_dpads\[plot\]"):
        SearchDisplay(HISTORY).plot()


def test_matplotlib_is_imported_when_something_is_drawn():
    code = "import sys, sklearn_dpads.display; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
