"""Options, tables and data files of the benchmarks."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from benchmarks._common import (
    DATA_VARIABLE,
    Column,
    Table,
    add_data_option,
    add_settings_option,
    find_data,
    load,
    mean_and_spread,
    option_parser,
    setting,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N=3", ("N", 3)),
        ("node_sharing=False", ("node_sharing", False)),
        ("max_time=1.5", ("max_time", 1.5)),
        ("class_weight={0: 1, 1: 2}", ("class_weight", {0: 1, 1: 2})),
        ("scoring=accuracy", ("scoring", "accuracy")),
        ("scoring=None", ("scoring", None)),
    ],
)
def test_settings_are_read_as_literals_or_text(text, expected):
    assert setting(text) == expected


@pytest.mark.parametrize("text", ["N", "hidden_size=3", "grammar=None", "random_state=1", "=2"])
def test_unknown_settings_are_refused(text):
    with pytest.raises(ArgumentTypeError, match=r"must be NAME=VALUE, with a NAME of N, .*d_s"):
        setting(text)


def test_settings_add_up_on_the_command_line():
    parser = option_parser("What it does.")
    add_settings_option(parser)
    options = parser.parse_args(["--set", "N=3", "d_s=1", "--set", "max_refinements=0"])
    assert dict(options.settings) == {"N": 3, "d_s": 1, "max_refinements": 0}
    assert parser.parse_args([]).settings == []


def test_the_data_folder_is_that_of_the_environment(monkeypatch):
    for value in ("", "somewhere"):
        monkeypatch.setenv(DATA_VARIABLE, value)
        parser = option_parser(None)
        add_data_option(parser)
        assert parser.parse_args([]).data == value
        assert parser.parse_args(["--data", "here"]).data == "here"


def test_absent_data_ends_the_script_with_what_to_do(tmp_path):
    with pytest.raises(SystemExit, match=f"pass --data DIR, or set .* {DATA_VARIABLE}"):
        find_data("", ["a"])
    absent = tmp_path / "absent"
    with pytest.raises(SystemExit, match=f"data folder {absent} not found: pass --data"):
        find_data(str(absent), ["a"])
    (tmp_path / "a.npz").touch()
    with pytest.raises(SystemExit, match=r"has no b\.npz, c\.npz"):
        find_data(str(tmp_path), ["a", "b", "c"])
    assert find_data(str(tmp_path), ["a"]) == [tmp_path / "a.npz"]


def test_load_reads_what_a_file_holds(tmp_path):
    X, y = np.arange(12.0).reshape(2, 3, 2), np.array([0, 1])
    groups = {"left": [0], "right": [1]}
    path = tmp_path / "some.npz"
    np.savez(
        path,
        X_train=X,
        y_train=y,
        X_test=-X,
        y_test=1 - y,
        feature_names=np.array(["l", "r"]),
        feature_groups=json.dumps(groups),
    )
    data = load(path)
    assert_array_equal(data.X_train, X)
    assert_array_equal(data.X_test, -X)
    assert_array_equal(data.y_train, y)
    assert_array_equal(data.y_test, 1 - y)
    assert (data.name, data.feature_groups, data.feature_names) == ("some", groups, ("l", "r"))
    assert str(data) == "some: (2, 3, 2) training, (2, 3, 2) test, 2 classes, 2 feature groups"


def test_tables_align_and_mark_what_is_missing(capsys):
    table = Table(Column("name", 5), Column("score", 6, ".2f"), Column("text", 4))
    table.row("a", 0.5, "long text")
    table.row("b", None, "")
    assert capsys.readouterr().out.splitlines() == [
        "name    score  text",
        "-----  ------  ----",
        "a        0.50  long text",
        "b           -",
    ]


def test_mean_and_spread():
    assert mean_and_spread([0.5], ".2f") == "0.50"
    assert mean_and_spread([1.0, 3.0], ".2f") == "2.00 ± 1.41"
