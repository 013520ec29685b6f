"""Sequences of one animal, from the command line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sklearn_dpads import DPadsClassifier, Program

from ..classifier.cases import make_means
from .cases import FAST, TABLE, make_files, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = make_files(tmp_path_factory.mktemp("together"))
    X, y = make_means(24)
    animals = np.array([f"rat {k % 4}" for k in range(24)])
    np.savez(path / "animals.npz", X=X, y=y, rat=animals, feature_names=["speed", "turn"])
    table = pd.read_csv(path / "a.csv", dtype={"trial": str}, keep_default_na=False)
    table["rat"] = "rat " + (table["trial"].astype(int) % 4).astype(str)
    table.to_csv(path / "animals.csv", index=False)
    table.loc[3, "rat"] = "rat 3"
    table.to_csv(path / "two.csv", index=False)
    table["rat"] = np.where(table["trial"] == "005", None, "rat 1")
    table.to_csv(path / "missing.csv", index=False)
    return path


def test_an_array_tells_what_belongs_together(folder, tmp_path, capsys):
    out = tmp_path / "program.json"
    data = folder / "animals.npz"
    status, _, errors = run(capsys, "fit", data, "--out", out, "--together", "rat", *FAST)
    assert (status, errors) == (0, "")
    X, y = make_means(24)
    settings = {"max_depth": 2, "max_refinements": 0, "max_iter": 2, "random_state": 0}
    clf = DPadsClassifier(feature_names=["speed", "turn"], **settings)
    clf.fit(X, y, groups=np.arange(24) % 4)
    assert Program.from_json(out.read_text()).to_json() == clf.program_.to_json()


def test_a_column_does_and_is_no_feature(folder, tmp_path, capsys):
    out = tmp_path / "program.json"
    options = (*TABLE, "--together", "rat")
    data = folder / "animals.csv"
    status, _, errors = run(capsys, "fit", data, "--out", out, *options, *FAST)
    assert (status, errors) == (0, "")
    program = Program.from_json(out.read_text())
    assert program.feature_names == ("speed", "turn")
    # New animals are no matter of the program.
    for name in ("animals.csv", "a.csv"):
        status, text, _ = run(capsys, "predict", out, folder / name)
        assert status == 0
        assert text.count("\n") >= 24


def test_groups_that_differ_in_zeros_are_two(folder, tmp_path, capsys):
    table = pd.read_csv(folder / "animals.csv", dtype={"trial": str}, keep_default_na=False)
    table["rat"] = np.where(table["rat"] == "rat 0", "1", "01")
    table.to_csv(tmp_path / "a.csv", index=False)
    command = ("fit", tmp_path / "a.csv", *TABLE, "--together", "rat", "--out", tmp_path / "p.json")
    status, _, errors = run(capsys, *command, *FAST)
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("column", ["trial", "gait"])
def test_a_column_may_tell_more_than_one_thing(folder, tmp_path, capsys, column):
    options = (*TABLE, "--together", column, "--features", "speed,turn")
    out = tmp_path / "program.json"
    status, _, errors = run(capsys, "fit", folder / "a.csv", "--out", out, *options, *FAST)
    assert (status, errors) == (0, "")


@pytest.mark.parametrize(
    ("name", "column", "text"),
    [
        ("animals.npz", "cat", "holds no array cat, which --together named, but X, y, rat"),
        ("animals.csv", "cat", "there is no column 'cat'; there are 'trial'"),
        ("two.csv", "rat", "--together rat: sequence '000' has 'rat 0' and 'rat 3'"),
        ("missing.csv", "rat", "groups has no group for sequence 5"),
        ("animals.npz", "y", ""),
        ("animals.npz", "X", "one group per sequence, shape (24,); got shape (24, 6, 2)"),
    ],
)
def test_what_is_no_group_is_said(folder, tmp_path, capsys, name, column, text):
    options = ("--together", column, *(TABLE if name.endswith(".csv") else ()))
    out = tmp_path / "program.json"
    status, _, errors = run(capsys, "fit", folder / name, "--out", out, *options, *FAST)
    if text:
        assert status == 2
        assert text in errors
        assert not out.exists()
    else:
        # Whatever belongs together may do: labels, of which each fold then lacks one.
        assert status == 0
