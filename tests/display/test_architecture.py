from __future__ import annotations

import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError

from sklearn_dpads import DPadsClassifier
from sklearn_dpads.display import ArchitectureDisplay
from sklearn_dpads.display.places import ArgumentPlace, edge_histories
from sklearn_dpads.grammar import LIST_TO_ATOM, Grammar
from sklearn_dpads.graph import derivation_graph

from ..classifier.cases import make_means, small


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def key(path, signature, production, accumulator=0):
    return f"/{path} {signature} width=1 acc={accumulator} {production}"


WINDOW = key("", "list->atom", "SlideWindowAvg[5][0]")
FOLD = key("", "list->atom", "Fold[0]")
ADD = [key("0", "atom->atom", f"Add[{i}]") for i in (0, 1)]
INSIDE = [key("0", "atom->atom", f"Add[{i}]", 1) for i in (0, 1)]
HISTORY = [
    {
        "phase": "train",
        "round": 1,
        "weights": {
            "root": {"Fold": 0.3, "SlideWindowAvg[5]": 0.6, "Gone": 0.1},
            WINDOW: {"?": 1.0},
            FOLD: {"?": 1.0},
        },
    },
    {
        "phase": "prune",
        "round": 1,
        "n_top": 2,
        "weights": {
            "root": {"Fold": 0.25, "SlideWindowAvg[5]": 0.75},
            WINDOW: {"?": 1.0},
            FOLD: {"?": 1.0},
        },
    },
    {
        "phase": "train",
        "round": 2,
        "weights": {
            "root": {"Fold": 0.2, "SlideWindowAvg[5]": 0.8},
            WINDOW: {"Add": 0.5, "Constant": 0.5},
            FOLD: {"Add": 0.9, "Constant": 0.1},
            ADD[0]: {"Affine[x0]": 0.6, "Affine[x1]": 0.4},
            ADD[1]: {"Affine[x0]": 1.0},
            INSIDE[0]: {"Affine[x0]": 0.6, "Affine[x1]": 0.4},
            INSIDE[1]: {"Affine[x0]": 1.0},
        },
    },
]


def test_panels_and_cells():
    display = ArchitectureDisplay(HISTORY).plot()
    titles = [ax.get_title("left") for ax in display.axes_]
    assert titles == [
        "level 1: the program itself",
        "level 2: argument of SlideWindowAvg[5]",
        "level 2: argument of Fold",
        "level 3: 1st argument of Add",
        "level 3: 1st argument of Add, inside Fold",
    ]
    ax = display.axes_[0]
    rows = [tick.get_text() for tick in ax.get_yticklabels()]
    assert rows == ["SlideWindowAvg[5]", "Fold", "Gone"]
    cells = ax.collections[0].get_array()
    assert_allclose(np.ma.filled(cells, -1), [[0.6, 0.75, 0.8], [0.3, 0.25, 0.2], [0.1, -1, -1]])
    assert ax.texts[-1].get_text() == "0.10"
    steps = [tick.get_text() for tick in display.axes_[-1].get_xticklabels()]
    assert steps == ["round 1: trained", "pruned to 2", "round 2: trained"]
    assert "a network stands here" in display.axes_[1].texts[-1].get_text()
    display.figure_.canvas.draw()


def test_the_places_of_the_largest_share_are_drawn():
    """Under Fold with 0.2, Add has 0.9; under the window with 0.8 it has 0.5."""
    edges, n_places = edge_histories(HISTORY, max_edges=3, max_candidates=8)
    assert n_places == 5
    assert [edge.title for edge in edges] == [
        "level 1: the program itself",
        "level 2: argument of SlideWindowAvg[5]",
        "level 3: 1st argument of Add",
    ]


def test_places_left_out_are_counted():
    heading = ArchitectureDisplay(HISTORY).plot(max_edges=2).figure_.get_suptitle()
    assert heading.endswith("2 of 5 places, max_edges=5 draws all")
    assert "max_edges" not in ArchitectureDisplay(HISTORY).plot().figure_.get_suptitle()


def test_searches_for_classes_are_chosen_and_named():
    labels = ["rest", "rest", "walk\n"]
    history = [
        {**event, "restart": k, "class": label}
        for k, label in enumerate(labels)
        for event in HISTORY[: k + 1]
    ]
    display = ArchitectureDisplay(history, of_class="rest", restart=1).plot()
    assert display.figure_.get_suptitle().startswith("rest against the other classes\nWhat may")
    assert len(display.axes_[0].get_xticks()) == 2
    last = ArchitectureDisplay(history, 2).plot()
    assert last.figure_.get_suptitle().startswith('"walk\\n" against the other classes\n')
    again = ArchitectureDisplay(history, of_class="walk\n").plot()
    assert again.figure_.get_suptitle() == last.figure_.get_suptitle()
    with pytest.raises(ValueError, match=r"of_class='run' is not allowed; .* \['rest', 'walk"):
        ArchitectureDisplay(history, of_class="run")
    with pytest.raises(ValueError, match="no architecture weights of search 2 of class 'rest'"):
        ArchitectureDisplay(history, 2, of_class="rest")
    with pytest.raises(ValueError, match="for all classes at once"):
        ArchitectureDisplay(HISTORY, of_class="rest")


def test_candidates_left_out_are_counted():
    display = ArchitectureDisplay(HISTORY).plot(max_edges=1, max_candidates=2)
    (ax,) = display.axes_
    rows = [tick.get_text() for tick in ax.get_yticklabels()]
    assert rows == ["SlideWindowAvg[5]", "Fold", "… and 1 more, pruned"]


@pytest.mark.parametrize("node_sharing", [True, False])
def test_places_of_a_graph_are_read_from_the_text_of_its_edges(node_sharing):
    graph = derivation_graph(
        Grammar.paper(2),
        LIST_TO_ATOM,
        n_features=2,
        n_outputs=1,
        depth=3,
        max_depth=4,
        node_sharing=node_sharing,
    )
    for edge in graph.edges.values():
        place = ArgumentPlace.parse(str(edge.key))
        if edge.key.parent is None:
            assert place is None
            continue
        assert (place.label, place.argument) == (edge.key.label, edge.key.argument)
        assert len(place.path) == edge.key.parent.level - 1
        assert place.inside_fold == (edge.key.parent.accumulator > 0)
        path = tuple(str(s) if isinstance(s, int) else f"{s[0]}:{s[1]}" for s in edge.target.path)
        assert place.targets()[0 if node_sharing else 1] == path


def test_from_estimator(tmp_path):
    X, y = make_means(24)
    clf = small(max_depth=3, n_restarts=2).fit(X, y)
    display = ArchitectureDisplay.from_estimator(clf, restart=1)
    events = [e for e in clf.search_history_ if e["restart"] == 1 and "weights" in e]
    assert [e["phase"] for e in events][:2] == ["train", "prune"]
    root = events[0]["weights"]["root"]
    assert_allclose(sum(root.values()), 1.0, atol=0.01)
    rows = {tick.get_text() for tick in display.axes_[0].get_yticklabels()}
    assert rows == set(root)
    assert len(events[-1]["weights"]["root"]) == 2
    assert all(
        round(w, 3) == w for e in events for of in e["weights"].values() for w in of.values()
    )
    display.figure_.savefig(tmp_path / "architecture.png")
    axes = plt.subplots(len(display.axes_))[1]
    again = ArchitectureDisplay.from_estimator(clf, restart=1, axes=axes)
    assert list(again.axes_) == list(axes)
    with pytest.raises(ValueError, match="no architecture weights of search 7"):
        ArchitectureDisplay.from_estimator(clf, restart=7)
    with pytest.raises(NotFittedError):
        ArchitectureDisplay.from_estimator(DPadsClassifier())


def test_weights_are_logged_for_a_bounded_number_of_edges():
    clf = small(max_depth=3, max_iter=1, most_edges_logged=3).fit(*make_means(24))
    sizes = [len(e["weights"]) for e in clf.search_history_ if "weights" in e]
    assert max(sizes) == 3
    assert all(next(iter(e["weights"])) == "root" for e in clf.search_history_ if "weights" in e)


def test_what_can_not_be_drawn():
    with pytest.raises(ValueError, match="5 axes are needed, one per place; got 2"):
        ArchitectureDisplay(HISTORY).plot(plt.subplots(2)[1])
    single = [{"phase": "train", "round": 1, "weights": {"root": {"Fold": 1.0}}}]
    with pytest.raises(ValueError, match="No place ever had two candidates"):
        ArchitectureDisplay(single).plot()
    for wrong in (0, True, 1.5):
        with pytest.raises(ValueError, match="max_edges must be a positive integer"):
            ArchitectureDisplay(HISTORY).plot(max_edges=wrong)
    with pytest.raises(ValueError, match="no architecture weights"):
        ArchitectureDisplay([{"phase": "expand", "time": 0.0}])


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="ArchitectureDisplay needs matplotlib"):
        ArchitectureDisplay(HISTORY).plot()
