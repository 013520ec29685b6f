"""What fit is told of its data, predict knows of new ones."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from sklearn_dpads import Program

from .cases import FAST, TABLE, make_files, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files, and a program fitted to a table of another separator and encoding."""
    folder = make_files(tmp_path_factory.mktemp("cli"))
    table = pd.read_csv(folder / "a.csv", dtype={"trial": str}, keep_default_na=False)
    table = table.rename(columns={"gait": "größe"})
    table.to_csv(folder / "other.csv", index=False, sep=";", encoding="cp1252")
    table.drop(columns="größe").to_csv(folder / "new.csv", index=False, sep=";", encoding="cp1252")
    table.assign(größe="").to_csv(folder / "empty.csv", index=False, sep=";", encoding="cp1252")
    return folder


OPTIONS = ("--sample", "trial", "--time", "t", "--label", "größe", "--sep", ";")
OPTIONS = (*OPTIONS, "--encoding", "cp1252")


@pytest.fixture(scope="module")
def program(folder):
    from sklearn_dpads._cli import main

    path = folder / "kept.json"
    command = ("fit", folder / "other.csv", *OPTIONS, "--out", path, *FAST)
    assert main([str(word) for word in command]) == 0
    return path


def test_fit_writes_how_it_read(program):
    kept = json.loads(program.read_text(encoding="utf-8"))["data_options"]
    assert kept == {
        "sample": "trial",
        "time": "t",
        "label": "größe",
        "sep": ";",
        "encoding": "cp1252",
    }


def test_predict_needs_no_options(folder, program, capsys):
    told = run(capsys, "predict", program, folder / "other.csv", *OPTIONS)
    assert told[0] == 0
    assert "Accuracy" in told[2]
    assert run(capsys, "predict", program, folder / "other.csv") == told
    page = folder / "page.html"
    status, _, _ = run(
        *(capsys, "export", program, "--to", "html", "--out", page, "--data", folder / "other.csv")
    )
    assert status == 0


@pytest.mark.parametrize("name", ["new.csv", "empty.csv"])
def test_new_data_need_no_labels(folder, program, name, capsys):
    status, text, errors = run(capsys, "predict", program, folder / name)
    assert (status, errors) == (0, "")
    assert text == run(capsys, "predict", program, folder / "other.csv", *OPTIONS)[1]


def test_options_that_are_given_win(folder, program, capsys):
    # In a.csv labels, separator and encoding are others.
    given = ("--label", "gait", "--sep", ",", "--encoding", "utf-8")
    status, text, errors = run(capsys, "predict", program, folder / "a.csv", *given)
    assert (status, "Accuracy" in errors) == (0, True)
    assert text == run(capsys, "predict", program, folder / "new.csv")[1]
    status, _, errors = run(capsys, "predict", program, folder / "other.csv", "--label", "")
    assert (status, errors) == (0, "")


def test_columns_that_new_data_lack_are_told_of(folder, program, tmp_path, capsys):
    table = pd.read_csv(folder / "new.csv", sep=";", encoding="cp1252", dtype={"trial": str})
    for column, message in (
        ("trial", "there is no column 'trial', which --sample named when the program was fitted"),
        ("t", "Pass --time, or --time '' where none orders the frames"),
    ):
        path = tmp_path / "lacking.csv"
        table.drop(columns=column).to_csv(path, index=False, sep=";")
        status, _, errors = run(capsys, "predict", program, path)
        assert status == 2
        assert message in errors
    assert run(capsys, "predict", program, path, "--time", "")[0] == 0


def test_options_for_other_files_are_left_alone(folder, program, capsys):
    assert run(capsys, "predict", program, folder / "a.npz", "--keys", "X")[0] == 0


def test_names_of_arrays(folder, tmp_path, capsys):
    arrays = dict(np.load(folder / "a.npz"))
    np.savez(tmp_path / "named.npz", walks=arrays["X"], gaits=arrays["y"])
    out = tmp_path / "p.json"
    command = ("fit", tmp_path / "named.npz", "--keys", "walks,gaits", "--out", out, *FAST)
    assert run(capsys, *command)[0] == 0
    assert Program.from_json(out.read_text()).data_options == {"keys": "walks,gaits"}
    told = run(capsys, "predict", out, tmp_path / "named.npz")
    assert told[0] == 0
    assert run(capsys, "predict", out, folder / "a.npz") == told
    np.savez(tmp_path / "new.npz", walks=arrays["X"])
    assert run(capsys, "predict", out, tmp_path / "new.npz") == (0, told[1], "")


def test_without_options_nothing_is_kept(folder, tmp_path, capsys):
    out = tmp_path / "p.json"
    assert run(capsys, "fit", folder / "a.npz", "--out", out, *FAST)[0] == 0
    assert "data_options" not in json.loads(out.read_text())


def test_programs_without_kept_options_are_read(folder, capsys):
    assert run(capsys, "predict", folder / "p.json", folder / "a.csv", *TABLE)[0] == 0
    status, _, errors = run(capsys, "predict", folder / "p.json", folder / "a.csv")
    assert status == 2
    assert "--sample must name the column" in errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "x"}, "data_options has no 'path'"),
        ({"sample": "trial", "encoding": "zip"}, "There is no encoding 'zip'"),
        ({"sample": "trial", "sep": "many"}, "sep must be one character"),
    ],
)
def test_options_out_of_files_are_checked(folder, tmp_path, options, message, capsys):
    data = json.loads((folder / "p.json").read_text()) | {"data_options": options}
    (tmp_path / "p.json").write_text(json.dumps(data))
    status, text, errors = run(capsys, "predict", tmp_path / "p.json", folder / "a.csv")
    assert (status, text) == (2, "")
    assert message in errors
