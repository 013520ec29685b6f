"""What a user of the command line may do wrong, and what may go wrong beside."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import sys
import zipfile
from datetime import date

import numpy as np
import pytest

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads._cli import main

from .cases import FAST, make_files, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_files(tmp_path_factory.mktemp("cli"))


def _objects(folder):
    X = np.empty(2, dtype=object)
    X[:] = [np.zeros((2, 1)), np.zeros((3, 1))]
    np.savez(folder / "objects.npz", X=X, y=[0, 1])
    np.savez(folder / "dates.npz", X=np.zeros((4, 2, 1)), y=np.array([date(2020, 1, 1)] * 4, "M8"))
    np.savez(folder / "unlabelled.npz", X=np.zeros((4, 2, 1)))
    np.savez(folder / "short.npz", X=np.zeros((4, 2)), y=[0, 1, 0, 1])
    rng = np.random.default_rng(0)
    frames, y = rng.normal(size=(8, 3, 2)), np.array(list("ab" * 4))
    for name, y_test in (
        ("numbers", np.arange(8) % 2),
        ("few", y[:7]),
        ("square", np.array([y, y])),
        ("wide", y),
    ):
        X_test = frames[:, :, [0, 1, 1]] if name == "wide" else frames
        np.savez(
            folder / f"test_{name}.npz", X_train=frames, y_train=y, X_test=X_test, y_test=y_test
        )
    np.save(folder / "array.npy", np.zeros(3))
    for name, member, data in (
        ("member.npz", "X", b"a text"),
        ("nested.npz", "X.npy", b"\x93NUMPY\x01\x00\x14\x00" + b"(" * 20),
    ):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr(member, data)
    constant = {"symbol": "Constant"}, {"value": [1.0]}
    leaf = {"production": constant[0], "params": constant[1], "args": []}
    program = json.loads((folder / "p.json").read_text())
    for name, change in (
        ("classes", {"classes": []}),
        ("root", {"expression": leaf}),
        ("wide", {"n_features": 200_000_000, "feature_names": None}),
    ):
        (folder / f"{name}.json").write_text(json.dumps(program | change))
    whole = "SlideWindowAvg[all](Affine[x0](x0))"
    ovr = Program.parse(
        f"OneVsRest(a: {whole}, b: {whole}, c: {whole})",
        Grammar.paper(2),
        n_features=2,
        classes=["a", "b", "c"],
    )
    (folder / "ovr.json").write_text(ovr.to_json())
    (folder / "deep.json").write_text('{"a":' * 20_000)
    (folder / "wrong.txt").write_text("list->atom ::= Nothing")
    (folder / "text.npz").write_text("not an archive")
    (folder / "rows.csv").write_text("trial,t,speed\n1,0,2\n1,0,3\n")
    (folder / "empty.csv").write_text("")
    (folder / "cell.csv").write_text("trial,t,speed,y\n1,0,2,a\n1,1,NULL,a\n2,0,3,b\n")
    (folder / "points.csv").write_text("trial;t;speed\n1;0;2\n")
    (folder / "commas.csv").write_text("trial;t;speed;y\n1;0,5;1,25;a\n1;1,5;3;a\n2;0,5;2,5;b\n")
    (folder / "latin.csv").write_bytes("trial,größe\n1,0\n".encode("latin-1"))
    (folder / "broken.json").write_text('{"format": 1}')
    (folder / "binary.json").write_bytes(b"\xff\xfe\xff")


WRONG = [
    ("", "arguments are required: COMMAND"),
    ("paint", "invalid choice: 'paint'"),
    ("fit a.npz", "arguments are required: --out"),
    ("fit a.npz --out p.new --depth two", "argument --depth: invalid int value: 'two'"),
    ("fit a.npz --out p.new --depth 0", "max_depth == 0, must be >= 1"),
    ("fit a.npz --out p.new --selection best", "selection must be one of"),
    ("fit a.npz --out p.new --scoring none", "'none' is not the name of a scorer"),
    ("fit a.npz --out missing/p.new", "there is no folder missing"),
    ("fit a.npz --out .", "is a folder"),
    ("fit a.npz --out p.new --figure tree.gifs", "must end in one of"),
    ("fit a.npz --out p.new --groups {", "--groups is not JSON"),
    ("fit a.npz --out p.new --groups [1]", "--groups must be an object of lists"),
    ('fit a.npz --out p.new --groups {"a":[7]}', "7"),
    ("fit a.npz --out p.new --groups none.json", "none.json: No such file or directory"),
    ("fit a.npz --out p.new --keys A,B", "holds no array A, but X, y, feature_names"),
    (
        "fit a.npz --out p.new --keys X,z",
        "a.npz holds no array z, which --keys named, but X, y, fe",
    ),
    ("predict p.json a.npz --out p.new --keys X,z", "holds no array z, which --keys named, but X,"),
    ("show p.json --data a.npz --keys X,z", "holds no array z, which --keys named, but X, y, feat"),
    (
        "fit a.npz --out p.new --keys X",
        "no labels to learn from; name their array, too, as --keys X",
    ),
    ("fit a.npz --out p.new --keys A,B,C", "--keys takes one name, or two"),
    ("fit a.npz --out p.new --features a,,b", "an empty name"),
    ("fit a.npz --out p.new --features ,", "There is an empty name in ','."),
    ('fit a.npz --out p.new --features "a,b', "is no list of names between commas (unexpected end"),
    ('fit a.npz --out p.new --features "a"b,c', """, as '"speed, mm/s",turn'."""),
    ("fit a.npz --out p.new --features a,b,c", "2 features of X; 3 names were given"),
    ("fit a.npz --out p.new --sample trial", "--sample: these are for .csv files"),
    ("fit a.npz --out p.new --labels frames", "takes one label per frame"),
    ("fit a.csv --out p.new --label gait --keys X", "--keys: these are for .npz files"),
    ("fit a.csv --out p.new --label gait", "--sample must name the column"),
    ("fit a.csv --out p.new --sample trial", "--label must name the column"),
    ("fit a.csv --out p.new --sample id --label gait", "is no column of the table"),
    ("fit rows.csv --out p.new --sample trial --time t --label speed", "two rows for time 0"),
    ("fit empty.csv --out p.new --sample trial --label y", "No columns to parse"),
    ("fit cell.csv --out p.new --sample trial --time t --label y", "cell.csv: Features must be"),
    ("fit cell.csv --out p.new --sample trial --time t --label y", "holds 'NULL' in row 1"),
    ("fit rows.csv --out p.new --sample trial --time t --label speed", "rows.csv: Sequence"),
    ("fit points.csv --out p.new --sample trial --label y", "points.csv: there is one column"),
    ("fit points.csv --out p.new --sample trial --label y --sep ab", "sep must be one character"),
    (
        "fit commas.csv --out p.new --sample trial --label y --sep ; --features speed",
        "commas.csv: Features must be numbers, but 'speed' holds '1,25' in row 0, counted from 0. "
        "These are numbers with a decimal comma. Write them with a point: pandas.read_csv(path, s",
    ),
    (
        "fit commas.csv --out p.new --sample trial --label y --sep ; --time t",
        "These are numbers with a decimal comma. Write them with a point: pandas.read_csv(path, s",
    ),
    ("fit latin.csv --out p.new --sample trial --label y", "latin.csv: the file is not in the"),
    ("fit latin.csv --out p.new --sample trial --label y --encoding x", "no encoding 'x'"),
    ("fit a.npz --out p.new --sep ;", "--sep: these are for .csv files"),
    ("fit a.npz --out p.new --encoding cp1252", "--encoding: these are for .csv files"),
    ("fit member.npz --out p.new", "member.npz: 'X' can't be read: it is no array"),
    ("fit nested.npz --out p.new", "nested.npz: 'X' can't be read: "),
    ("fit a.npz --out p.new --groups deep.json", "--groups is nested too deeply"),
    ("fit a.npz --out p.new --groups binary.json", "binary.json: the file is no text in UTF-8"),
    ("fit a.npz --out p.new --grammar wrong.txt", "wrong.txt: Line 1, column 16"),
    ("show deep.json", "deep.json: The program is nested too deeply"),
    (
        "fit test_numbers.npz --out p.new",
        "test_numbers.npz: X_test and y_test: the labels together mixes",
    ),
    ("fit test_few.npz --out p.new", "y_test must have the shape (8,), but has (7,)"),
    ("fit test_square.npz --out p.new", "y_test must have the shape (8,), but has (2, 8)"),
    ("fit test_wide.npz --out p.new", "X has 3 features, but fit is expecting 2"),
    ("predict p.json test_numbers.npz --out p.new", "test_numbers.npz: the classes of the program"),
    ("predict p.json test_few.npz --out p.new", "test_few.npz: "),
    ("predict p.json test_square.npz --out p.new", "test_square.npz: "),
    ("predict p.json frames.npz --out p.new", "frames.npz: labels are per frame, of shape (10, 6)"),
    ("predict p.json frames.npz --out p.new", "but the program is for whole sequences. Give a pro"),
    (
        "predict frames.json a.npz --out p.new",
        "a.npz: labels are per sequence, of shape (24,), but",
    ),
    ("predict frames.json a.npz --out p.new", "the program is for frames. Give a program that was"),
    ("export p.json --to html --data frames.npz --out p.new", "frames.npz: labels are per frame"),
    ("show p.json --data frames.npz", "labels that suit it; predict needs none, with --keys X."),
    ("fit none.npz --out p.new", "none.npz: No such file or directory"),
    ("fit array.npy --out p.new", "files that end in .npz, .csv or .h5"),
    ("fit text.npz --out p.new", "is no .npz archive"),
    ("fit objects.npz --out p.new", "store sequences of unequal length as one array"),
    ("fit dates.npz --out p.new", "labels must be text or numbers"),
    ("fit unlabelled.npz --out p.new", "there are no labels to learn from; an array y"),
    ("fit short.npz --out p.new", "X.reshape(4, 2, 1)"),
    ("predict p.json short.npz", "X.reshape(4, 2, 1)"),
    ("predict p.json unlabelled.npz", "features"),
    ("predict broken.json a.npz", "broken.json: The JSON is not of format"),
    ("show a.npz", "a.npz: "),
    ("show binary.json", "binary.json: "),
    ("show none.json", "none.json: No such file or directory"),
    ("show p.json --bootstraps 9", "--bootstraps is for refits, which need --data"),
    ("show p.json --balanced", "--balanced is for refits"),
    ("show ovr.json --data a.npz", "a.npz: The program has one for each class, whose numbers were"),
    ("show p.json --data a.npz --bootstraps 1", "--bootstraps must be at least 2; got 1"),
    ("show p.json --data a.npz --unlabelled no", "--unlabelled is for labels of frames"),
    ("show p.json --data a.npz --keys X", "a.npz: there are no labels to fit the program to"),
    ("show frames.json --data a.npz", "a.npz: "),
    ("show p.json --precision 0", "--precision must be a positive number"),
    ("export p.json --to html", "--to html needs --out"),
    ("export p.json --to onnx", "--to onnx needs --out"),
    ("export p.json --to word", "invalid choice: 'word'"),
    ("export p.json --to python --precision 3", "--precision is for --to latex or dot"),
    ("export p.json --to dot --data a.npz", "--data is for --to html"),
    ("export p.json --to python --name 1a", "1a"),
    ("export p.json --to c --name 1a", "1a"),
    ("export p.json --to c --max-frames 0", "max_frames must be a positive integer"),
    ("export p.json --to dot --max-frames 9", "--max-frames is for --to c, not dot"),
    ("fit a.npz --out p.new --figure ./p.new", "--out and --figure would both write p.new: give"),
    ("fit a.npz --out p.new --checkpoints p.new", "--out and --checkpoints would both write p.new"),
    ("predict none.json a.npz --out a.npz", "--out would overwrite a.npz, which is read: give an"),
]


@pytest.mark.parametrize(("command", "message"), WRONG)
def test_mistakes_are_told_in_one_line(command, message, folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    if not (folder / "objects.npz").exists():
        _objects(folder)
    status, text, errors = run(capsys, *command.split())
    assert (status, text) == (2, "")
    lines = [line for line in errors.splitlines() if "Ctrl-C" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("sklearn_dpads: error: ")
    assert message in lines[0]
    assert not (folder / "p.new").exists()


@pytest.mark.parametrize(
    ("command", "lost"),
    [
        ("fit a.npz --max-time 2 --out a.npz", "a.npz"),
        ("fit a.npz --max-time 2 --out ../{folder}/a.npz", "a.npz"),
        ("fit a.npz --max-time 2 --out linked.npz", "a.npz"),
        ("fit a.npz --max-time 2 --out p.new --figure a.npz", "a.npz"),
        ("fit a.npz --max-time 2 --out groups.json --groups groups.json", "groups.json"),
        ("fit a.npz --max-time 2 --out grammar.txt --grammar grammar.txt", "grammar.txt"),
        ("fit a.h5 b.h5 --fps 9 --annotations a.csv b.csv --out b.csv", "b.csv"),
        ("fit a.h5 b.h5 --fps 9 --annotations a.csv b.csv --out b.h5", "b.h5"),
        ("predict p.json a.csv --out a.csv", "a.csv"),
        ("predict p.json a.csv --out p.json", "p.json"),
        ("export p.json --to python --out p.json", "p.json"),
        ("export p.json --to html --data a.npz --out a.npz", "a.npz"),
    ],
)
def test_nothing_that_is_read_is_overwritten(command, lost, tmp_path, capsys, monkeypatch):
    make_files(tmp_path)
    for name in ("groups.json", "b.csv", "b.h5"):
        (tmp_path / name).write_text('{"all": [0, 1]}')
    (tmp_path / "linked.npz").symlink_to("a.npz")
    monkeypatch.chdir(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    status, text, errors = run(capsys, *command.format(folder=tmp_path.name).split())
    assert (status, text) == (2, "")
    assert errors.count("\n") == 1
    assert f" would overwrite {lost}, which is read: give another name." in errors
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_traceback_is_shown_where_it_is_asked_for(capsys):
    with pytest.raises(FileNotFoundError):
        main(["show", "none.json", "--traceback"])


@pytest.mark.parametrize(
    ("module", "command", "message"),
    [
        (
            "pandas",
            "fit a.csv --out p.new --sample trial --label gait",
            "needs pandas.*pip install pandas",
        ),
        ("matplotlib", "fit a.npz --out p.new --figure t.png", r"sklearn_dpads\[plot\]"),
        ("onnx", "export p.json --to onnx --out p.new", r"sklearn_dpads\[onnx\]"),
    ],
)
def test_what_is_not_installed(module, command, message, folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setitem(sys.modules, module, None)
    status, _, errors = run(capsys, *command.split())
    assert status == 2
    assert re.search(message, errors)


def test_a_failed_write_leaves_the_old_file(folder, tmp_path, capsys, monkeypatch):
    out = tmp_path / "program.py"
    out.write_text("old")

    def fail(*_):
        raise OSError(28, "No space left on device", str(out))

    monkeypatch.setattr(os, "replace", fail)
    status, _, errors = run(capsys, "export", folder / "p.json", "--to", "python", "--out", out)
    assert (status, errors) == (2, f"sklearn_dpads: error: {out}: No space left on device\n")
    assert out.read_text() == "old"
    assert os.listdir(tmp_path) == ["program.py"]


def test_second_interrupt(folder, tmp_path, capsys, monkeypatch):
    def fit(self, X, y):
        raise KeyboardInterrupt

    monkeypatch.setattr(DPadsClassifier, "fit", fit)
    out = tmp_path / "p.json"
    status, _, errors = run(capsys, "fit", folder / "a.npz", "--out", out, "--quiet")
    assert (status, errors) == (130, "sklearn_dpads: interrupted: by Ctrl-C.\n")
    assert not out.exists()


def test_what_fails_after_the_search_is_told_beside_the_program(
    folder, tmp_path, capsys, monkeypatch
):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
    out, figure = tmp_path / "p.json", tmp_path / "p.png"
    command = ("fit", folder / "a.npz", "--out", out, "--figure", figure, *FAST)
    status, text, errors = run(capsys, *command)
    assert status == 0
    assert f"warning: {figure} can't be drawn: " in errors
    assert f"Wrote {out}" in text
    assert os.listdir(tmp_path) == ["p.json"]


def test_a_program_that_cannot_be_written_is_printed(folder, tmp_path, capsys, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sklearn_dpads.inputs.files.tempfile.mkstemp", fail)
    out = tmp_path / "p.json"
    status, printed, errors = run(capsys, "fit", folder / "a.npz", "--out", out, *FAST)
    assert status == 2
    assert Program.from_json(printed).classes == ("a", "b")
    assert f"{out}: No space left on device. The program was printed instead" in errors
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_loses_no_program(folder, tmp_path, capsys, monkeypatch):
    fit = DPadsClassifier.fit

    def fit_and_lose_the_folder(self, *args):
        fit(self, *args)
        (tmp_path / "gone").rmdir()

    (tmp_path / "gone").mkdir()
    monkeypatch.setattr(DPadsClassifier, "fit", fit_and_lose_the_folder)
    out = tmp_path / "gone" / "p.json"
    status, printed, errors = run(capsys, "fit", folder / "a.npz", "--out", out, *FAST)
    assert status == 2
    assert Program.from_json(printed).classes == ("a", "b")
    assert "No such file or directory. The program was printed instead" in errors


def test_signals_are_put_back(folder, tmp_path, capsys):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run(capsys, "fit", folder / "a.npz", "--out", tmp_path / "p.json", *FAST)
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before
