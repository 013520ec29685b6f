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

from ..classifier_cases import make_means, short_training, small


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


HISTORY = [
    {"phase": "train", "time": 1.0, "round": 1, "score": 0.6},
    {"phase": "prune", "time": 2.0, "round": 1, "n_top": 2, "score": 0.5},
    {"phase": "split", "time": 3.0, "score": 0.55, "part_scores": [0.4, 0.7]},
    {"phase": "dequeue", "time": 3.5, "score": 0.7},
    {"phase": "choose", "time": 4.0, "score": 0.65},
    {"phase": "choose", "time": 5.0, "score": 0.6},
    {"phase": "refine", "time": 5.0, "score": 0.65},
    {"phase": "choose", "time": 6.0, "score": 0.9},
    {"phase": "fit", "time": 7.0, "loss": 0.1},
]


def lines(display):
    return {line.get_label(): line for line in display.ax_.lines}


def test_marks_and_best_line():
    display = SearchDisplay(HISTORY).plot()
    drawn = lines(display)
    assert_allclose(drawn["graph trained"].get_xydata(), [[0, 0.6]])
    assert_allclose(drawn["graph pruned to top n"].get_xydata(), [[1, 0.5]])
    assert_allclose(drawn["part of a split"].get_xydata(), [[2, 0.4], [2, 0.7]])
    best = drawn["best score of a program"]
    assert_allclose(best.get_xydata(), [[4, 0.65], [5, 0.65], [7, 0.9], [7.5, 0.9]])
    assert best.get_drawstyle() == "steps-post"
    texts = [text.get_text() for text in display.ax_.texts]
    assert texts[:3] == ["relaxed graph", "splits", "programs"]
    assert "2" in texts
    assert "round 1" in texts
    ticks = [tick.get_text() for tick in display.ax_.get_xticklabels()]
    assert (ticks[0], ticks[-1]) == ("1.0", "6.0")


def test_restarts_are_told_apart():
    events = [{**event, "restart": k} for k in (0, 1) for event in HISTORY]
    display = SearchDisplay(events).plot()
    texts = [text.get_text() for text in display.ax_.texts]
    assert [text for text in texts if text.startswith("search")] == ["search 1", "search 2"]
    assert len(lines(display)["graph trained"].get_xdata()) == 2
    best = lines(display)["best score of a program"].get_ydata()
    assert list(best) == sorted(best)


def test_scores_that_are_not_finite_leave_a_gap():
    events = [{**HISTORY[0], "score": -np.inf}, HISTORY[1], {**HISTORY[4], "score": -np.inf}]
    display = SearchDisplay([*events, HISTORY[7]]).plot()
    display.figure_.canvas.draw()
    assert np.isnan(lines(display)["graph trained"].get_ydata()).all()
    assert lines(display)["best score of a program"].get_ydata()[-1] == 0.9


def test_from_estimator_draws_every_event(tmp_path):
    X, y = make_means(24)
    with short_training():
        clf = small(grammar=None, max_refinements=1).fit(X, y)
    figure, ax = plt.subplots()
    display = SearchDisplay.from_estimator(clf, ax=ax)
    assert (display.ax_, display.figure_) == (ax, figure)
    phases = [event["phase"] for event in clf.search_history_]
    for phase, label in (("train", "graph trained"), ("refine", "round of refinement")):
        assert len(lines(display)[label].get_xdata()) == phases.count(phase)
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
