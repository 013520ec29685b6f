"""The registry of systems: what is made for which data, and with which settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from comparison.data_sets import open_set
from comparison.systems import (
    SYSTEMS,
    System,
    affordable_depth,
    check_installed,
    parse_setting,
    settings_of,
)

from sklearn_dpads import DPadsClassifier, DPadsFrameClassifier
from sklearn_dpads.baselines import CNNFrameClassifier, RNNClassifier

from .fakes import (
    FakeClassifier,
    FakeFrameClassifier,
    fake_system,
    write_set,
)

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(params=[False, True], ids=["per sequence", "per frame"])
def data(request, tmp_path):
    write_set(tmp_path / "some.npz", per_frame=request.param)
    return open_set("some", tmp_path)


def test_what_a_system_takes_is_given(data):
    made = fake_system(size=3).build(data, seed=7, settings={"N": 4}, max_time=5.0)
    assert type(made) is (FakeFrameClassifier if data.per_frame else FakeClassifier)
    assert made.grammar is data.grammar
    assert made.feature_names == data.feature_names
    assert (made.random_state, made.max_time, made.size, made.N) == (7, 5.0, 3, 4)


def test_settings_win_over_those_of_the_system(data):
    assert fake_system(size=3).build(data, seed=0, settings={"size": 5}).size == 5


def test_networks_get_neither_grammar_nor_time(data):
    made = SYSTEMS["rnn"].build(data, seed=1, settings={"hidden_size": 8}, max_time=5.0)
    assert (made.random_state, made.hidden_size) == (1, 8)


def test_forms_of_labels_have_classes_of_their_own():
    assert SYSTEMS["dpads"].estimator_class(per_frame=False) is DPadsClassifier
    assert SYSTEMS["dpads"].estimator_class(per_frame=True) is DPadsFrameClassifier
    assert SYSTEMS["rnn"].estimator_class(per_frame=False) is RNNClassifier
    assert SYSTEMS["cnn"].estimator_class(per_frame=True) is CNNFrameClassifier


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_can_be_built(data, name):
    if not SYSTEMS[name].takes(data):
        with pytest.raises(ValueError, match=f"{name} gives one label per sequence, and was"):
            SYSTEMS[name].build(data, seed=3)
        return
    made = SYSTEMS[name].build(data, seed=3, max_time=9.0)
    # What draws nothing takes no seed.
    assert made.get_params().get("random_state", 3) == 3
    assert type(made) is SYSTEMS[name].estimator_class(per_frame=data.per_frame)


def test_what_a_system_needs_can_be_missing(monkeypatch):
    for name, needs in {"one": "no_package", "two": "no_package", "three": "numpy"}.items():
        system = System(name, name.capitalize(), "", "", {}, needs=needs)
        monkeypatch.setitem(SYSTEMS, name, system)
        assert system.installed == (name == "three")
    check_installed(["dpads", "three"])
    message = (
        "one needs no_package, two needs no_package, not installed in this environment. "
        r"`make rivals` .* in this one: pip install no_package$"
    )
    with pytest.raises(ValueError, match=message):
        check_installed(["one", "dpads", "two"])


@pytest.mark.skipif(SYSTEMS["ebm"].installed, reason="interpret-core is installed")
def test_packages_are_named_as_pip_names_them():
    with pytest.raises(ValueError, match="ebm needs interpret-core, .* install interpret-core"):
        check_installed(["ebm"])


@pytest.mark.parametrize("max_programs", [1, 40, 10**6])
def test_enumeration_goes_as_deep_as_it_can_afford(data, max_programs):
    signature = "list->list" if data.per_frame else "list->atom"
    depth = affordable_depth(data, max_programs)
    assert depth in (2, 3)

    def count(max_depth):
        return data.grammar.count_programs(signature, max_depth=max_depth)

    assert depth == 2 or count(depth) <= max_programs
    assert depth == 3 or count(depth + 1) > max_programs


def test_the_depth_can_be_set_instead(data):
    class Limited(FakeClassifier):
        def __init__(self, *, max_depth=9, max_programs=5):
            self.max_depth, self.max_programs = max_depth, max_programs

    class Chosen(System):
        def estimator_class(self, *, per_frame):
            return Limited

    system = Chosen("limited", "Limited", "", "", {}, depth_limited=True)
    assert system.build(data, seed=0, settings={"max_depth": 1}).max_depth == 1
    assert system.build(data, seed=0, settings={"max_programs": 10**9}).max_depth == 3
    assert system.build(data, seed=0).max_depth == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N=3", (None, "N", 3)),
        ("dpads.N=3", ("dpads", "N", 3)),
        ("rnn.class_weight={0: 1.5}", ("rnn", "class_weight", {0: 1.5})),
        ("near-astar.search=ids-bb", ("near-astar", "search", "ids-bb")),
        ("max_time=1.5", (None, "max_time", 1.5)),
    ],
)
def test_settings_are_read(text, expected):
    assert parse_setting(text) == expected


@pytest.mark.parametrize("text", ["N", "=3", "dpads.=3"])
def test_what_is_no_setting_is_refused(text):
    with pytest.raises(ValueError, match=r"must be NAME=VALUE or SYSTEM.NAME=VALUE"):
        parse_setting(text)


def test_settings_of_unknown_systems_are_refused():
    with pytest.raises(ValueError, match="names no system; there are dpads, near-astar"):
        parse_setting("dpad.N=3")


def test_settings_go_to_those_that_know_them():
    asked = [(None, "N", 3), ("rnn", "max_iter", 7), (None, "standardize", False)]
    assert settings_of(["dpads", "rnn"], asked) == {
        "dpads": {"N": 3, "standardize": False},
        "rnn": {"max_iter": 7, "standardize": False},
    }
    assert settings_of(["rnn"], []) == {"rnn": {}}


def test_settings_that_are_the_default_are_none():
    assert settings_of(["dpads"], [(None, "N", 2), (None, "d_s", 1)]) == {"dpads": {"d_s": 1}}


@pytest.mark.parametrize(
    ("setting", "asked"), [((None, "breadth", 3), "any of dpads, rnn"), (("rnn", "N", 3), "rnn")]
)
def test_settings_that_nobody_knows_are_refused(setting, asked):
    with pytest.raises(ValueError, match=f"{setting[1]}=3 is no hyperparameter of {asked}"):
        settings_of(["dpads", "rnn"], [setting])


def test_tables_are_made_without_torch_or_rivals():
    heavy = {"torch", "interpret", "aeon"}
    code = f"import sys, table, comparison.tables; sys.exit(bool({heavy} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS, check=True)


def test_settings_of_the_relaxation_alone_are_those_of_its_search(data):
    clf = SYSTEMS["relaxation"].build(data, seed=0, settings={"N": 1, "max_depth": 3})
    assert (clf.N, clf.max_depth, clf.search.N) == (2, 3, 1)
    assert clf.search.sums.max_summands == 0
    assert clf.search.local_search.max_refinements == 0


def test_relaxed_summands_are_the_relaxation_alone_that_grows(data):
    clf = SYSTEMS["grown"].build(data, seed=0, settings={"N": 1})
    assert (clf.search.N, clf.search.growth.max_summands) == (1, 8)
    assert clf.search.sums.max_summands == 0
    assert clf.search.local_search.max_refinements == 0
