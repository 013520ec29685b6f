"""Labels of frames out of tables of events."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from sklearn_dpads import DPadsFrameClassifier
from sklearn_dpads.datasets import read_annotations

# What BORIS 8 writes, without columns that say nothing about events.
AGGREGATED = (
    "Observation id,Observation date,FPS,Subject,Behavior,Behavioral category,Modifier #1,"
    "Behavior type,Start (s),Stop (s),Duration (s),Media file name,Comment start"
)
TABULAR = (
    "Observation id,FPS,Subject,Behavior,Modifier #1,Behavior type,Time,Media file name,Comment"
)


def aggregated(*events, subject="mouse", observation="day 1"):
    rows = [
        f"{observation},2024-01-01,10,{subject},{name},,,{kind},{start},{stop},NA,a.mp4,"
        for name, kind, start, stop in events
    ]
    return "\n".join([AGGREGATED, *rows]) + "\n"


def tabular(*events, subject="mouse", modifier=""):
    rows = [
        f"day 1,10,{subject},{name},{modifier},{status},{time},a.mp4,"
        for name, status, time in events
    ]
    return "\n".join([TABULAR, *rows]) + "\n"


SPANS = ("groom", "STATE", 0.2, 0.5), ("rear", "STATE", 0.5, 0.6), ("jump", "POINT", 0.8, 0.8)
ENDS = (
    ("groom", "START", 0.2),
    ("groom", "STOP", 0.5),
    ("rear", "START", 0.5),
    ("rear", "STOP", 0.6),
    ("jump", "POINT", 0.8),
)
LABELS = ["none"] * 2 + ["groom"] * 3 + ["rear"] + ["none"] * 2 + ["jump"] + ["none"]

# Of BORIS 7: lines about the observation, and then the table.
OLD = """Observation id\tday 1
Media file(s)

Time offset (s)\t0.0
Player #1\ta.mp4

Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tComment\tStatus
0.2\ta.mp4\t1.0\t10\t\tgroom\t\t\tSTART
0.5\ta.mp4\t1.0\t10\t\tgroom\t\t\tSTOP
0.5\ta.mp4\t1.0\t10\t\trear\t\t\tSTART
0.6\ta.mp4\t1.0\t10\t\trear\t\t\tSTOP
0.8\ta.mp4\t1.0\t10\t\tjump\t\t\tPOINT
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.csv"


@pytest.fixture
def read(path):
    def read(text, n_timesteps=10, **settings):
        encoding = settings.get("encoding", "utf-8")
        path.write_text(text, encoding="utf-8" if encoding == "utf-99" else encoding)
        return read_annotations(path, **{"fps": 10, "n_timesteps": n_timesteps} | settings)

    return read


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        (aggregated(*SPANS), {}),
        (aggregated(*reversed(SPANS)), {}),
        (aggregated(*SPANS).replace(",", "\t"), {}),
        (aggregated(*SPANS).replace(",", ";"), {"encoding": "utf-16"}),
        ("\ufeff" + aggregated(*SPANS).removeprefix("Observation id,"), {}),
        (tabular(*ENDS), {}),
        (tabular(*reversed(ENDS[2:]), *ENDS[:2]), {}),
        (tabular(*ENDS).replace("Behavior type", "Status"), {}),
        (OLD, {}),
    ],
)
def test_forms_of_one_table_give_the_same_labels(read, text, settings):
    if text.startswith("\ufeff"):
        text = "\ufeff" + text.removeprefix("\ufeff").replace("\nday 1,", "\n")
    labels = read(text, **settings)
    assert labels.tolist() == LABELS
    assert labels.dtype.kind == "U"


def test_labels_of_the_frames_nearest(read):
    # At 30 frames per second these are frames 2 and 5, in milliseconds.
    text = aggregated(("groom", "STATE", 0.067, 0.167), ("rear", "STATE", 0.167, 0.2))
    labels = ["none"] * 2 + ["groom"] * 3 + ["rear"] + ["none"] * 2
    assert read(text, 8, fps=30).tolist() == labels
    # 1 and 4, a little before them.
    text = aggregated(("groom", "STATE", 0.033, 0.133), ("rear", "POINT", 0.133, 0.133))
    assert read(text, 5, fps=30).tolist() == ["none"] + ["groom"] * 3 + ["rear"]


@pytest.mark.parametrize(
    "text", [aggregated(("groom", "STATE", "soon", 1)), tabular(("groom", "START", "soon"))]
)
def test_times_that_are_no_numbers(read, text):
    with pytest.raises(TypeError, match="'soon' in row 0, .* Times are in seconds: export them so"):
        read(text)


def test_a_recording_without_events(read):
    assert read(AGGREGATED + "\n", 3, background="rest").tolist() == ["rest"] * 3


BOTH = aggregated(
    ("groom", "STATE", 0.0, 0.3), ("rear", "STATE", 0.2, 0.4), ("jump", "POINT", 0.1, 0.1)
)


def test_frames_that_two_behaviors_claim(read):
    with pytest.raises(ValueError, match=r"events.csv: .*'groom'.* frames? both.*behaviors="):
        read(BOTH, 5)
    assert read(BOTH, 5, behaviors=["rear", "groom"]).tolist() == [
        *("groom", "groom", "rear", "rear", "none")
    ]
    assert read(BOTH, 5, behaviors=("jump", "groom", "rear", "swim")).tolist() == [
        *("groom", "jump", "groom", "rear", "none")
    ]
    assert read(BOTH, 5, behaviors=["rear"]).tolist() == ["none", "none", "rear", "rear", "none"]


def test_one_behavior_may_go_on_twice(read):
    text = tabular(("groom", "START", 0.0), ("groom", "STOP", 0.3), modifier="paw")
    text += tabular(("groom", "START", 0.2), ("groom", "STOP", 0.4), modifier="tail").split(
        "\n", 1
    )[1]
    assert read(text, 5).tolist() == ["groom"] * 4 + ["none"]


def test_subjects(read):
    text = aggregated(("groom", "STATE", 0, 0.2), subject="a")
    text += aggregated(("rear", "STATE", 0.2, 0.3), subject="b").split("\n", 1)[1]
    text += aggregated(("rest", "STATE", 0.3, 0.4), subject="").split("\n", 1)[1]
    with pytest.raises(ValueError, match="pass subject=, one of 'a', 'b', 'No focal subject'"):
        read(text, 4)
    with pytest.raises(ValueError, match="there is no subject 'c'; there are 'a', 'b'"):
        read(text, 4, subject="c")
    assert read(text, 4, subject="a").tolist() == ["groom", "groom", "none", "none"]
    assert read(text, 4, subject=["b", "a"]).tolist() == ["groom", "groom", "rear", "none"]
    assert read(text, 4, subject="No focal subject").tolist() == ["none"] * 3 + ["rest"]


def test_observations(read):
    text = aggregated(("groom", "STATE", 0, 0.2), observation=1)
    text += aggregated(("rear", "STATE", 0, 0.2), observation=2).split("\n", 1)[1]
    with pytest.raises(ValueError, match="pass observation=, one of '1', '2'"):
        read(text, 2)
    assert read(text, 2, observation="2").tolist() == ["rear"] * 2
    with pytest.raises(ValueError, match="there is no 'Observation id'"):
        read("Behavior,Start (s),Stop (s)\na,0,1\n", observation="2")


@pytest.mark.parametrize(
    "text", [tabular(("a", "START", 0.2)), aggregated(("a", "STATE", 0.2, "NA"))]
)
def test_events_without_an_end_last_to_that_of_the_recording(read, text):
    with pytest.warns(UserWarning, match=r"'a' at 0.2 s has no end") as told:
        assert read(text, 4).tolist() == ["none", "none", "a", "a"]
    assert told[0].filename == __file__


def test_events_past_the_end(read):
    text = aggregated(("a", "STATE", 0.2, 9.5), ("b", "STATE", 9.5, 9.9), ("c", "POINT", 10, 10))
    with pytest.warns(UserWarning, match=r"'b' at 9.5 s \(and 1 more\) begins past the last frame"):
        assert read(text, 4).tolist() == ["none", "none", "a", "a"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(text, 4, behaviors=["a"])


@pytest.mark.parametrize(
    ("text", "settings", "error", "message"),
    [
        ("a,b\n1,2\n", {}, ValueError, "events.csv: a table of events has the columns Behavior"),
        (tabular(("a", "STOP", 1)), {}, ValueError, "'a' has a STOP at 1 s, but has not begun"),
        (
            tabular(("a", "START", 0), ("a", "START", 1)),
            {},
            ValueError,
            "'a' has a START at 1 s, but began at 0 s",
        ),
        (tabular(("a", "BEGIN", 1)), {}, ValueError, "must be START, STOP or POINT; got 'BEGIN'"),
        ("Behavior,Time\na,1\n", {}, ValueError, "there is no column 'Status' or 'Behavior type'"),
        (aggregated(("a", "STATE", 2, 1)), {}, ValueError, "'a' goes from 2 s to 1 s"),
        (aggregated(("a", "STATE", -1, 1)), {}, ValueError, "'a' goes from -1 s to 1 s"),
        (aggregated(("a", "STATE", "NA", 1)), {}, ValueError, "'Start .s.' has no value in row 0"),
        (aggregated(("a", "STATE", "0:01", 1)), {}, TypeError, "events.csv: .*'0:01' in row 0"),
        (
            aggregated(("", "STATE", 0, 1)),
            {},
            ValueError,
            "a row of the column 'Behavior' is empty",
        ),
        (aggregated(*SPANS), {"fps": 0}, ValueError, "fps must be a positive number"),
        (aggregated(*SPANS), {"fps": "30"}, ValueError, "fps must be a positive number"),
        (aggregated(*SPANS), {"n_timesteps": 0}, ValueError, "n_timesteps must be a positive int"),
        (
            aggregated(*SPANS),
            {"n_timesteps": 9.5},
            ValueError,
            "n_timesteps must be a positive int",
        ),
        (aggregated(*SPANS), {"behaviors": "rear"}, TypeError, "behaviors must be a list of names"),
        (
            aggregated(*SPANS),
            {"behaviors": {"rear", "groom"}},
            TypeError,
            "behaviors must be in an",
        ),
        (aggregated(*SPANS), {"background": None}, TypeError, "background must be a label"),
        (aggregated(*SPANS), {"encoding": "utf-99"}, ValueError, "no encoding 'utf-99'"),
    ],
)
def test_tables_that_are_refused(read, text, settings, error, message):
    with pytest.raises(error, match=message):
        read(text, **settings)


def test_labels_are_what_the_classifier_takes(read):
    rng = np.random.default_rng(0)
    X = [pd.DataFrame({"speed": rng.normal(size=10)}) for _ in range(6)]
    y = [read(aggregated(*SPANS[:1])) for _ in X]
    for frames, labels in zip(X, y, strict=True):
        frames.loc[labels == "groom", "speed"] += 9
    model = DPadsFrameClassifier(max_depth=2, max_refinements=0, max_iter=2, random_state=0)
    assert model.fit(X, y).classes_.tolist() == ["groom", "none"]
