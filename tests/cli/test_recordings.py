"""Poses and annotations from the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from sklearn_dpads import Grammar, Program
from sklearn_dpads._cli.recordings import match

from ..datasets.pose_files import pose_columns, write_sleap, write_table
from .cases import FAST, run

NAMES = ["nose_x", "nose_y", "tail_x", "tail_y"]
N_FRAMES = 12


def make_poses(seed):
    """Values of two points: the nose is far to the right while the mouse grooms."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(N_FRAMES, 6))
    values[:, [2, 5]] = 0.99
    values[3 : 3 + 4, 0] += 50
    return values


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Recordings of mouse1, mouse2 and mouse10, and the events of each."""
    folder = tmp_path_factory.mktemp("recordings")
    for number in (1, 2, 10):
        table = pd.DataFrame(make_poses(number), columns=pose_columns())
        table.to_csv(folder / f"mouse{number}DLC.csv")
        (folder / f"mouse{number}.tsv").write_text(
            "Subject\tBehavior\tBehavior type\tStart (s)\tStop (s)\n"
            "mouse\tgroom\tSTATE\t0.3\t0.7\nmouse\tjump\tPOINT\t1.0\t1.0\n"
        )
    return folder


def poses(folder):
    return [folder / f"mouse{number}DLC.csv" for number in (1, 10, 2)]


def events(folder):
    return [folder / f"mouse{number}.tsv" for number in (10, 1, 2)]


@pytest.fixture(scope="module")
def program(folder):
    from sklearn_dpads._cli import main

    path = folder / "p.json"
    command = ("fit", *poses(folder), "--annotations", *events(folder), "--fps", 10, "--out", path)
    options = ("--behaviors", "groom", "--background", "rest", "--min-likelihood", 0.5)
    assert main([str(word) for word in (*command, *options, *FAST)]) == 0
    return path


def test_fit_poses_and_annotations(folder, program, capsys):
    read = Program.from_json(program.read_text())
    assert str(read.expression.signature) == "list->list"
    assert read.classes == ("rest", "groom")
    assert read.feature_names == tuple(NAMES)
    assert read.data_options == {
        "fps": "10.0",
        "behaviors": "groom",
        "background": "rest",
        "min_likelihood": "0.5",
    }
    command = ("predict", program, *poses(folder), "--annotations", *events(folder))
    status, text, errors = run(capsys, *command)
    assert (status, errors) == (0, "Accuracy: 1.000\n")
    lines = text.splitlines()
    assert len(lines) == 1 + 3 * N_FRAMES
    assert lines[1].startswith("mouse1DLC,0,rest,")
    assert lines[4].startswith("mouse1DLC,3,groom,")


def test_predict_reads_poses_of_every_form(folder, program, tmp_path, capsys):
    values = make_poses(1)
    _, wanted, _ = run(capsys, "predict", program, poses(folder)[0])
    write_table(tmp_path / "mouse1DLC.h5", pose_columns(), values)
    assert run(capsys, "predict", program, tmp_path / "mouse1DLC.h5") == (0, wanted, "")
    tracks = values[:, [0, 1, 3, 4]].reshape(N_FRAMES, 1, 2, 2)
    write_sleap(tmp_path / "mouse1DLC.h5", tracks, np.ones((N_FRAMES, 1, 2)))
    assert run(capsys, "predict", program, tmp_path / "mouse1DLC.h5") == (0, wanted, "")
    # SimBA's columns, in another order; that they are poses, the program knows.
    columns = [f"{point}_{part}" for point in ("nose", "tail") for part in "xyp"]
    table = pd.DataFrame(values, columns=columns)
    table[columns[::-1]].to_csv(tmp_path / "mouse1DLC.csv")
    assert run(capsys, "predict", program, tmp_path / "mouse1DLC.csv") == (0, wanted, "")


def test_what_the_tracker_was_not_sure_of_is_interpolated(folder, program, tmp_path, capsys):
    values = make_poses(1)
    values[4] = np.nan
    values[5, :3] = -1e6, 0, 0.1
    path = tmp_path / "mouse1DLC.csv"
    pd.DataFrame(values, columns=pose_columns()).to_csv(path)
    status, text, _ = run(capsys, "predict", program, path)
    assert status == 0
    assert [line.split(",")[2] for line in text.splitlines()[4:8]] == ["groom"] * 4
    plain = tmp_path / "plain.json"
    data = json.loads(program.read_text())
    del data["data_options"]
    plain.write_text(json.dumps(data))
    status, _, errors = run(capsys, "predict", plain, path)
    assert status == 2
    assert "mouse1DLC.csv: 'nose_x' has no value at frame 4. Pass --min-likelihood" in errors
    values[:, 4] = np.nan
    pd.DataFrame(values, columns=pose_columns()).to_csv(path)
    status, _, errors = run(capsys, "predict", program, path)
    assert status == 2
    assert "'tail_y' has no value at frame 0. It was never seen: leave it out" in errors


def test_features_are_chosen(folder, tmp_path, capsys):
    command = ("fit", *poses(folder), "--annotations", *events(folder), "--fps", 10)
    options = ("--behaviors", "groom", "--features", "tail_x,nose_x", "--out", tmp_path / "p.json")
    assert run(capsys, *command, *options, *FAST)[0] == 0
    assert Program.from_json((tmp_path / "p.json").read_text()).feature_names == (
        "tail_x",
        "nose_x",
    )


def test_one_recording_has_the_one_table_whatever_its_name(folder, program, tmp_path, capsys):
    table = tmp_path / "a.tsv"
    table.write_bytes(events(folder)[0].read_bytes())
    command = ("predict", program, poses(folder)[0], "--annotations", table)
    assert run(capsys, *command)[::2] == (0, "Accuracy: 1.000\n")


def test_options_that_are_given_win(folder, program, capsys):
    command = ("predict", program, poses(folder)[0], "--annotations", events(folder)[1])
    status, _, errors = run(capsys, *command, "--background", "groom")
    assert (status, errors) == (0, "Accuracy: 0.333\n")


def test_a_behavior_may_be_absent_from_some_recordings(folder, program, tmp_path, capsys):
    tables = [tmp_path / path.name for path in events(folder)]
    for table, path in zip(tables, events(folder), strict=True):
        text = path.read_text()
        table.write_text(text.replace("jump", "groom") if path.name == "mouse10.tsv" else text)
    command = ("fit", *poses(folder), "--annotations", *tables, "--fps", 10)
    options = ("--behaviors", "jump,groom", "--out", tmp_path / "p.json")
    assert run(capsys, *command, *options, *FAST)[0] == 0
    assert "jump" in Program.from_json((tmp_path / "p.json").read_text()).classes
    # So may one that the program knows from all new recordings, whether it is told again or kept.
    table = tmp_path / "mouse1.tsv"
    table.write_text(table.read_text().replace("groom", "jump"))
    command = ("predict", program, poses(folder)[0], "--annotations", table)
    for told in ((), ("--behaviors", "groom")):
        assert run(capsys, *command, *told)[::2] == (0, "Accuracy: 0.667\n")


def test_programs_made_elsewhere_read_poses(folder, tmp_path, capsys):
    program = Program.parse(
        "Map(Affine[nose_x](nose_x - 25))",
        Grammar.paper(4, feature_names=NAMES),
        feature_names=NAMES,
        classes=["rest", "groom"],
    )
    (tmp_path / "p.json").write_text(program.to_json())
    status, text, _ = run(capsys, "predict", tmp_path / "p.json", poses(folder)[0])
    assert status == 0
    assert text.splitlines()[4].startswith("mouse1DLC,3,groom,")
    page = tmp_path / "p.html"
    command = ("export", tmp_path / "p.json", "--to", "html", "--data", poses(folder)[0])
    assert run(capsys, *command, "--out", page)[0] == 0


P1, E1 = "mouse1DLC.csv", "mouse1.tsv"
TOLD = f"--annotations {E1} --fps 10"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (f"fit {P1} --out p.new", "mouse1DLC.csv: --annotations must name tables of events"),
        (f"fit {P1} --annotations {E1} --out p.new", "--annotations needs --fps"),
        (f"fit {P1} {TOLD} --labels sequences --out p.new", "--annotations label frames"),
        (f"fit {P1} {TOLD} --sample id --out p.new", "--sample: these are for .csv files, and mou"),
        (f"fit {P1} {TOLD} --keys X --out p.new", "--keys: these are for .npz files, and mouse1"),
        (f"fit a.npz {TOLD} --out p.new", "--annotations, --fps: these are for poses"),
        (f"fit {P1} a.npz {TOLD} --out p.new", "a.npz: several files are read where each holds"),
        (f"fit {P1} {TOLD} --features nose_x,ear_x --out p.new", "mouse1DLC.csv: the features 'no"),
        (f"fit {P1} {TOLD} --subject rat --out p.new", "mouse1.tsv: there is no subject 'rat'"),
        (
            f"fit {P1} {TOLD} --behaviors grom,jump --out p.new",
            "--behaviors: 'grom' can't be found",
        ),
        (
            f"fit {P1} {TOLD} --behaviors grom,jump --out p.new",
            "there are 'groom', 'jump'. Correct",
        ),
        (
            f"predict p.json {P1} {TOLD} --behaviors grom",
            "--behaviors: 'grom' can't be found in the",
        ),
        (f"fit {P1} {TOLD} --min-likelihood 2 --out p.new", "min_likelihood must be a number from"),
        (f"fit {P1} --annotations {E1} --fps 0 --out p.new", "fps must be a positive number"),
        (f"fit {P1} --annotations {P1} --fps 9 --out p.new", "a table of events has the columns"),
        (f"fit {P1} mouse2DLC.csv {TOLD} --out p.new", "mouse2DLC.csv: one table of --annotations"),
        (
            f"predict whole.json {P1} {TOLD}",
            "mouse1DLC.csv: labels are per frame, but the prog",
        ),
        (f"predict whole.json {P1} {TOLD}", "predict needs none, without --annotations."),
        ("predict p.json damaged.h5", "damaged.h5: the file is damaged, or no .h5 file"),
        ("predict number.json mouse1DLC.csv", "keeps fps='many', which is no number"),
    ],
)
def test_mistakes_are_told_in_one_line(folder, program, command, message, capsys, monkeypatch):
    pytest.importorskip("h5py", reason="h5py isn't installed: no .h5 file is read")
    monkeypatch.chdir(folder)
    (folder / "damaged.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    np.savez(folder / "a.npz", X=np.zeros((4, 3, 2)), y=list("abab"))
    kept = json.loads(program.read_text()) | {"data_options": {"fps": "many"}}
    (folder / "number.json").write_text(json.dumps(kept))
    whole = Program.parse(
        "SlideWindowAvg[all](Affine[nose_x](nose_x - 25))",
        Grammar.paper(4, feature_names=NAMES),
        feature_names=NAMES,
        classes=["none", "groom"],
    )
    (folder / "whole.json").write_text(whole.to_json())
    status, text, errors = run(capsys, *command.split())
    assert (status, text, errors.count("\n")) == (2, "", 1)
    assert message in errors
    assert not (folder / "p.new").exists()


def test_tables_belong_to_the_recordings_whose_names_they_have():
    assert match(["a.h5"], ["b.csv"]) == ["b.csv"]
    tables = ["e/day1 events.csv", "e/day10 events.csv"]
    assert match(["p/day10.h5", "p/day1.h5"], tables) == tables[::-1]
    for paths, names, message in (
        (["a1.h5", "a2.h5"], ["a1.csv", "a3.csv"], "a2.h5: one table .* but 0 do"),
        (["a1.h5"], ["a1.csv", "a1 b.csv"], "a1.h5: one table .* but 2 do: 'a1.csv', 'a1 b.csv'"),
        (["a1DLC.h5", "a1SLEAP.h5"], ["a1.csv"], "a1.csv: 2 recordings have its name"),
        (["a1.h5"], ["a1.csv", "b.csv"], "b.csv: 0 recordings have its name"),
    ):
        with pytest.raises(ValueError, match=message):
            match(paths, names)
