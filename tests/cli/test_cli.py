"""The command line."""

from __future__ import annotations

import json
import os
import re
import sys

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads._cli import main

from ..classifier.cases import WINDOWS, make_means
from .cases import (
    FAST,
    TABLE,
    make_files,
    run,
)


@pytest.fixture(scope="module")
def data():
    return make_means(24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_files(tmp_path_factory.mktemp("cli"))


def test_fit_writes_what_the_classifier_finds(folder, data, tmp_path, capsys):
    out, figure = tmp_path / "program.json", tmp_path / "tree.png"
    options = ("--figure", figure, "--grammar", folder / "grammar.txt", "--seed", 3)
    status, text, errors = run(capsys, "fit", folder / "a.npz", "--out", out, *FAST, *options)
    assert (status, errors) == (0, "")
    program = Program.from_json(out.read_text())
    assert json.loads(out.read_text())["feature_names"] == ["speed", "turn"]
    assert out.read_text().count("\n") > 10
    clf = DPadsClassifier(
        grammar=Grammar.parse(WINDOWS),
        max_depth=2,
        max_refinements=0,
        max_iter=2,
        random_state=3,
        feature_names=["speed", "turn"],
    ).fit(*data)
    assert program.to_json() == clf.program_.to_json()
    assert str(clf.program_) in text
    assert str(clf.programs_.front) in text
    assert f"Wrote {out}" in text
    assert np.ptp(matplotlib.pyplot.imread(figure)) > 0.5
    assert matplotlib.pyplot.get_fignums() == []
    assert sorted(os.listdir(tmp_path)) == ["program.json", "tree.png"]


def test_progress_goes_to_the_other_stream(folder, tmp_path, capsys):
    arguments = [word for word in FAST if word != "--quiet"]
    arguments += ["--grammar", folder / "grammar.txt"]
    status, text, errors = run(
        capsys, "fit", folder / "parts.npz", "--out", tmp_path / "p.json", *arguments
    )
    assert status == 0
    assert errors.startswith("16 sequences. Ctrl-C ends")
    assert "[dPads]" in errors
    assert "[dPads]" not in text
    assert re.search(r"Accuracy on X_test: [01]\.\d{3}", text)


def test_fit_a_table(folder, tmp_path, capsys):
    out, groups = tmp_path / "p.json", tmp_path / "groups.json"
    groups.write_text('{"first": ["speed"]}')
    command = ("fit", folder / "a.csv", *TABLE, "--out", out, *FAST, "--groups")
    assert run(capsys, *command, groups)[::2] == (0, "")
    program = Program.from_json(out.read_text())
    assert program.classes == ("None", "run")
    assert program.feature_names == ("speed", "turn")
    assert "[first]" in str(program)
    _, text, errors = run(capsys, "predict", out, folder / "a.csv", *TABLE)
    lines = text.splitlines()
    assert lines[0] == "sequence,prediction,p(None),p(run)"
    assert lines[1].startswith("000,")
    assert len(lines) == 25
    assert re.fullmatch(r"Accuracy: [01]\.\d{3}\n", errors)


def test_fit_options_reach_the_classifier(folder, tmp_path, capsys, monkeypatch):
    seen = {}

    def fit(self, X, y):
        seen.update(self.get_params())
        raise ValueError("that is enough")

    monkeypatch.setattr(DPadsClassifier, "fit", fit)
    grammar = folder / "grammar.txt"
    options = "--max-time 7.5 --restarts 2 --jobs 1 --selection simplest --scoring accuracy"
    options += f" --balanced --penalty 0.5 --device cpu --checkpoints steps --grammar {grammar}"
    options += " --features u,v --depth 3 --epochs 5 --refinements 1"
    out = tmp_path / "p.json"
    status, _, _ = run(capsys, "fit", folder / "a.npz", "--out", out, *options.split())
    assert status == 2
    expected = {
        "max_time": 7.5,
        "n_restarts": 2,
        "n_jobs": 1,
        "selection": "simplest",
        "scoring": "accuracy",
        "class_weight": "balanced",
        "structural_penalty": 0.5,
        "device": "cpu",
        "checkpoint_dir": "steps",
        "grammar": Grammar.parse(WINDOWS),
        "feature_names": ["u", "v"],
        "max_depth": 3,
        "max_iter": 5,
        "max_refinements": 1,
        "random_state": 0,
        "verbose": True,
    }
    assert {name: seen[name] for name in expected} == expected
    groups = {"first": ["speed"], "both": [0, 1]}
    run(capsys, "fit", folder / "a.npz", "--out", out, "--groups", json.dumps(groups), "--quiet")
    assert (seen["feature_groups"], seen["feature_names"]) == (groups, ["speed", "turn"])
    assert (seen["grammar"], seen["verbose"], seen["max_depth"]) == (None, False, 4)
    assert not out.exists()


@pytest.mark.parametrize(
    ("label", "classes"), [("-1", (0, 1)), ("1", (-1, 0)), ("", (-1, 0, 1)), (None, (0, 1))]
)
def test_the_label_of_frames_without_one(tmp_path, capsys, label, classes):
    X = np.random.default_rng(0).normal(size=(30, 8, 1))
    y = np.where(X[:, :, 0] > 0.5, 1, np.where(X[:, :, 0] < -0.5, -1, 0))
    np.savez(tmp_path / "a.npz", X=X, y=y)
    out = tmp_path / "p.json"
    said = [] if label is None else [f"--unlabelled={label}"]
    status, _, errors = run(capsys, "fit", tmp_path / "a.npz", "--out", out, *FAST, *said)
    assert status == 0
    assert ("frames are labelled -1" in errors) == (label is None)
    assert set(Program.from_json(out.read_text()).classes) == set(classes)


def test_labels_of_no_frames(folder, tmp_path, capsys):
    out = tmp_path / "p.json"
    asked = ("fit", folder / "a.npz", "--out", out, *FAST, "--unlabelled", "x")
    assert run(capsys, *asked)[0] == 2
    np.savez(tmp_path / "b.npz", X=np.ones((4, 3, 1)), y=np.arange(12).reshape(4, 3) % 2)
    asked = ("fit", tmp_path / "b.npz", "--out", out, *FAST, "--unlabelled", "x")
    status, _, errors = run(capsys, *asked)
    assert status == 2
    assert "--unlabelled x: the labels are numbers of type int64; give one" in errors


def test_labels_of_frames(folder, tmp_path, capsys):
    out = tmp_path / "p.json"
    status, _, errors = run(capsys, "fit", folder / "frames.npz", "--out", out, *FAST)
    assert (status, errors) == (0, "")
    assert str(Program.from_json(out.read_text()).expression.signature) == "list->list"
    frames = {"x0": [0.1, 0.9, 0.9, 0.1, 0.9], "x1": 0.0, "y": [0, 1, 1, 1, 1]}
    pd.DataFrame({"id": [1, 1, 2, 2, 2]} | frames).to_csv(tmp_path / "frames.csv", index=False)
    options = (tmp_path / "frames.csv", "--sample", "id", "--label", "y")
    status, text, errors = run(capsys, "predict", folder / "frames.json", *options)
    assert text.splitlines()[0] == "sequence,frame,prediction,p(0),p(1)"
    rows = [line.split(",")[:3] for line in text.splitlines()[1:]]
    assert rows == [list(r) for r in ("100", "111", "201", "210", "221")]
    assert errors == "Accuracy: 0.800\n"
    many = [pd.DataFrame({"id": i} | frames | {"y": [0, 1, 1, 0, 1]}) for i in range(9)]
    pd.concat(many).to_csv(tmp_path / "frames.csv", index=False)
    status, _, errors = run(capsys, "fit", *options, "--labels", "frames", "--out", out, *FAST)
    assert (status, errors) == (0, "")
    assert Program.from_json(out.read_text()).classes == (0, 1)


def test_predict(folder, data, tmp_path, capsys):
    X, y = data
    out = tmp_path / "predictions.csv"
    status, text, errors = run(capsys, "predict", folder / "p.json", folder / "a.npz", "--out", out)
    assert (status, errors) == (0, "")
    table = pd.read_csv(out)
    values = Program.from_json((folder / "p.json").read_text())(X)[:, 0]
    assert table["prediction"].tolist() == np.where(values > 0, "b", "a").tolist()
    assert_allclose(table["p(b)"], 1 / (1 + np.exp(-values)), atol=1e-6)
    assert table["sequence"].tolist() == list(range(24))
    assert text.splitlines()[0] == f"Accuracy: {(table['prediction'] == y).mean():.3f}"
    status, text, errors = run(
        capsys, "predict", folder / "p.json", folder / "a.npz", "--keys", "X"
    )
    assert (status, errors) == (0, "")
    assert text == out.read_text()
    status, text, _ = run(capsys, "predict", folder / "p.json", folder / "parts.npz")
    assert len(text.splitlines()) == 9


def test_values_that_are_not_finite_are_told(tmp_path, folder, capsys):
    program = Program.parse("Fold(Affine[x0](x0 + 1e200*previous))", Grammar.paper(2))
    (tmp_path / "p.json").write_text(program.to_json())
    unlabelled = ("predict", tmp_path / "p.json", folder / "a.npz", "--keys", "X")
    status, text, errors = run(capsys, *unlabelled)
    assert status == 0
    assert errors.startswith("sklearn_dpads: warning: The program gives values")
    assert errors.count("\n") == 1
    assert "nan" not in text


def test_show(folder, capsys):
    status, text, errors = run(capsys, "show", folder / "frames.json", "--precision", 1)
    assert (status, errors) == (0, "")
    assert text.splitlines() == [
        "Map(Affine[x0](5*x0 - 1))",
        "",
        "value:   log-odds of 1 against 0, per frame",
        "classes: 0, 1",
        "cost:    2 (2 productions, depth 2)",
        "reads:   x0 (of 2 features)",
    ]


def test_show_with_intervals(folder, capsys):
    status, text, errors = run(
        capsys, "show", folder / "p.json", "--data", folder / "a.npz", "--bootstraps", 5
    )
    assert (status, errors) == (0, "")
    lines = text.splitlines()
    assert re.fullmatch(r"SlideWindowAvg\[all\]\(Affine\[x0\]\(.* (±|to) .*\)\)", lines[0])
    assert lines[2].startswith("± half the width of the 90% interval")
    assert lines[-1] == "reads:   x0 (of 2 features)"


@pytest.mark.parametrize("options", [(), ("--balanced",), ("--unlabelled", "-1")])
def test_show_with_intervals_of_frames(folder, capsys, options):
    arguments = ("--data", folder / "frames.npz", "--bootstraps", 3, *options)
    status, text, errors = run(capsys, "show", folder / "frames.json", *arguments)
    assert (status, errors) == (0, "")
    assert "interval" in text


def test_export_text(folder, data, tmp_path, capsys):
    program = Program.from_json((folder / "p.json").read_text())
    out = tmp_path / "walking.py"
    status, text, _ = run(
        capsys, "export", folder / "p.json", "--to", "python", "--name", "walking", "--out", out
    )
    assert (status, text) == (0, f"Wrote {out}\n")
    namespace = {}
    exec(out.read_text(), namespace)
    assert_allclose(namespace["walking"](data[0]), program(data[0]))
    for form, expected in (
        ("latex", program.to_latex(precision=2)),
        ("dot", program.to_dot(precision=2)),
    ):
        status, text, _ = run(capsys, "export", folder / "p.json", "--to", form, "--precision", 2)
        assert (status, text) == (0, expected if expected.endswith("\n") else f"{expected}\n")


def test_export_c(folder, tmp_path, capsys):
    program = Program.from_json((folder / "p.json").read_text())
    out = tmp_path / "walking.c"
    asked = ("--to", "c", "--name", "walking", "--max-frames", 30, "--out", out)
    status, _, errors = run(capsys, "export", folder / "p.json", *asked)
    assert (status, errors) == (0, "")
    assert out.read_text() == program.to_c(name="walking", max_frames=30)


def test_export_onnx(folder, tmp_path, capsys):
    onnx = pytest.importorskip("onnx")
    out = tmp_path / "p.onnx"
    status, _, errors = run(capsys, "export", folder / "p.json", "--to", "onnx", "--out", out)
    assert (status, errors) == (0, "")
    onnx.checker.check_model(onnx.load(out))


def test_export_html(folder, tmp_path, capsys):
    alone, with_data = tmp_path / "alone.html", tmp_path / "data.html"
    command = ("export", folder / "p.json", "--to", "html", "--out")
    assert run(capsys, *command, alone)[0] == 0
    assert run(capsys, *command, with_data, "--data", folder / "a.npz")[0] == 0
    assert alone.read_text().startswith("<!DOCTYPE html>")
    assert len(with_data.read_text()) > len(alone.read_text()) + 10_000


@pytest.fixture(scope="module")
def reordered(folder, tmp_path_factory):
    """The sequences of the folder with columns in another order, and with foreign names."""
    path = tmp_path_factory.mktemp("reordered")
    arrays = np.load(folder / "a.npz")
    X, y = arrays["X"], arrays["y"]
    np.savez(path / "turned.npz", X=X[:, :, ::-1], y=y, feature_names=["turn", "speed"])
    wide = np.concatenate([X[:, :, :1] * 0, X[:, :, ::-1]], axis=2)
    np.savez(path / "wide.npz", X=wide, y=y, feature_names=["mass", "turn", "speed"])
    np.savez(path / "unnamed.npz", X=X, y=y)
    np.savez(path / "foreign.npz", X=X, y=y, feature_names=["heat", "speed"])
    np.savez(path / "few.npz", X=X, y=y, feature_names=["speed"])
    table = pd.read_csv(folder / "a.csv", dtype={"trial": str}, keep_default_na=False)
    table[table.columns[::-1]].to_csv(path / "turned.csv", index=False)
    table.rename(columns={"turn": "heat"}).to_csv(path / "foreign.csv", index=False)
    program = json.loads((folder / "p.json").read_text())
    program |= {"feature_names": ["speed", "turn"]}
    (path / "named.json").write_text(json.dumps(program))
    return path


def test_features_are_found_by_name(folder, reordered, tmp_path, capsys):
    program = reordered / "named.json"
    wanted = run(capsys, "predict", program, folder / "a.npz")
    assert wanted[0] == 0
    for arguments in (
        ["turned.npz"],
        ["wide.npz"],
        ["unnamed.npz"],
        ["unnamed.npz", "--features", "speed,turn"],
    ):
        assert run(capsys, "predict", program, reordered / arguments[0], *arguments[1:]) == wanted
    tables = ("turned.csv", *TABLE), ("turned.csv", *TABLE, "--features", "turn,speed")
    first = run(capsys, "predict", program, folder / "a.csv", *TABLE)
    assert [run(capsys, "predict", program, reordered / n, *rest) for n, *rest in tables] == [
        first,
        first,
    ]
    pages = [tmp_path / "a.html", tmp_path / "turned.html"]
    for page, data in zip(pages, (folder / "a.npz", reordered / "turned.npz"), strict=True):
        run(capsys, "export", program, "--to", "html", "--out", page, "--data", data)
    assert pages[0].read_text() == pages[1].read_text()


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ("foreign.npz", [], "reads the features 'speed', 'turn', but.*no 'turn'; they have 'heat'"),
        ("unnamed.npz", ["--features", "heat,speed"], "no 'turn'; they have 'heat', 'speed'"),
        ("few.npz", [], "few.npz: feature_names must name each of the 2 features"),
        ("foreign.csv", TABLE, "no feature 'turn'"),
        ("foreign.csv", [*TABLE, "--features", "speed,heat"], "no 'turn'; they have 'speed'"),
    ],
)
def test_features_of_other_names_are_refused(reordered, data, options, message, tmp_path, capsys):
    program, out = reordered / "named.json", tmp_path / "out"
    for command in (
        ("predict", program, reordered / data, "--out", out),
        ("export", program, "--to", "html", "--out", out, "--data", reordered / data),
    ):
        status, text, errors = run(capsys, *command, *options)
        assert (status, text) == (2, "")
        assert re.search(message, errors)
        assert not out.exists()


def test_the_index_of_a_table_is_no_feature(folder, tmp_path, capsys):
    table = pd.read_csv(folder / "a.csv", dtype={"trial": str}, keep_default_na=False)
    table.to_csv(tmp_path / "index.csv")
    table.assign(row=range(len(table))).to_csv(tmp_path / "row.csv", index=False)
    out = tmp_path / "p.json"
    for name, told in (("index.csv", "left out: 'Unnamed: 0'"), ("row.csv", "only rise")):
        status, _, errors = run(capsys, "fit", tmp_path / name, *TABLE, "--out", out, *FAST)
        assert status == 0
        assert errors.startswith("sklearn_dpads: warning: ")
        assert told in errors
        names = Program.from_json(out.read_text()).feature_names
        assert names == (("speed", "turn") if name == "index.csv" else ("speed", "turn", "row"))
        assert run(capsys, "predict", out, tmp_path / name, *TABLE)[0] == 0


@pytest.mark.parametrize("labels", ["sequences", "frames"])
def test_labels_with_zeros_before_them_are_text(folder, tmp_path, capsys, labels):
    table = pd.read_csv(folder / "a.csv", dtype={"trial": str}, keep_default_na=False)
    table["gait"] = np.where(table["gait"] == "run", "10", "02")
    table.to_csv(tmp_path / "a.csv", index=False)
    table[table["gait"] == "10"].to_csv(tmp_path / "tens.csv", index=False)
    out = tmp_path / "p.json"
    command = ("fit", tmp_path / "a.csv", *TABLE, "--labels", labels, "--out", out, *FAST)
    assert run(capsys, *command)[::2] == (0, "")
    assert Program.from_json(out.read_text()).classes == ("02", "10")
    for name in ("a.csv", "tens.csv"):
        status, text, errors = run(capsys, "predict", out, tmp_path / name)
        assert status == 0
        assert re.search(",(02|10),[01][.]", text)
        assert errors.startswith("Accuracy: ")


@pytest.mark.parametrize(("sep", "given"), [(";", ";"), ("\t", "\\t"), ("\t", "tab")])
def test_tables_of_other_separators_and_encodings(folder, tmp_path, capsys, sep, given):
    table = pd.read_csv(folder / "a.csv", dtype={"trial": str}, keep_default_na=False)
    table = table.rename(columns={"gait": "größe"})
    table.to_csv(tmp_path / "other.csv", index=False, sep=sep, encoding="cp1252")
    named = [word.replace("gait", "größe") for word in TABLE]
    status, text, _ = run(
        capsys,
        *("predict", folder / "p.json", tmp_path / "other.csv", *named),
        *("--sep", given, "--encoding", "cp1252"),
    )
    assert status == 0
    assert text == run(capsys, "predict", folder / "p.json", folder / "a.csv", *TABLE)[1]


def test_the_help_tells_the_defaults_of_the_classifier(capsys):
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    parameters = DPadsClassifier().get_params()
    for option, name in (
        ("--depth", "max_depth"),
        ("--restarts", "n_restarts"),
        ("--penalty", "structural_penalty"),
        ("--epochs", "max_iter"),
        ("--refinements", "max_refinements"),
    ):
        found = re.search(rf"{option} \w+ [^()]*\(([0-9.]+)\)", told)
        assert float(found[1]) == parameters[name], option
    for option, name in (("--selection", "selection"), ("--device", "device")):
        assert re.search(rf"{option} \w+ [^()]*{parameters[name]} \(the default\)", told), option


def test_names_that_hold_a_comma_stand_in_quotes(folder, tmp_path, capsys):
    names = {"speed": "speed, mm/s", "turn": '5" turn'}
    table = pd.read_csv(folder / "a.csv", dtype={"trial": str}, keep_default_na=False)
    table.rename(columns=names).to_csv(tmp_path / "a.csv", index=False)
    out = tmp_path / "p.json"
    for given, read in (
        ('"speed, mm/s"', ("speed, mm/s",)),
        (""" 5" turn, "speed, mm/s" """, ('5" turn', "speed, mm/s")),
        ('"5"" turn"', ('5" turn',)),
    ):
        command = ("fit", tmp_path / "a.csv", *TABLE, "--features", given, "--out", out, *FAST)
        assert run(capsys, *command)[::2] == (0, "")
        assert Program.from_json(out.read_text()).feature_names == read
    status, _, errors = run(capsys, "predict", out, tmp_path / "a.csv", "--features", "speed, mm/s")
    assert status == 2
    assert "There is no feature 'speed'; there are 'speed, mm/s'" in errors


def test_names_of_arrays_may_hold_a_comma(folder, tmp_path, capsys):
    arrays = np.load(folder / "a.npz")
    np.savez(tmp_path / "a.npz", **{"X, m": arrays["X"], "y": arrays["y"]})
    out = tmp_path / "p.json"
    command = ("fit", tmp_path / "a.npz", "--keys", '"X, m",y', "--out", out, *FAST)
    assert run(capsys, *command)[::2] == (0, "")
    # As it is kept.
    assert run(capsys, "predict", out, tmp_path / "a.npz")[0] == 0


HOSTILE = ["\x1b]0;owned\x07", "a\nvalue:   none", "\x1b[2J", "\ud800"]


@pytest.fixture
def hostile(tmp_path):
    program = Program.parse(
        "SlideWindowAvg[all](Affine[all](x0 + x1))",
        Grammar.paper({"all": [0, 1]}),
        feature_names=["x0", "x1"],
        classes=["a", "b"],
    )
    data = json.loads(program.to_json()) | {"feature_names": HOSTILE[:2], "classes": HOSTILE[2:]}
    (tmp_path / "hostile.json").write_text(json.dumps(data))
    return tmp_path / "hostile.json"


def test_names_are_shown_and_not_obeyed(hostile, capsys):
    status, text, errors = run(capsys, "show", hostile)
    assert (status, errors) == (0, "")
    assert text.replace("\n", "").isprintable()
    assert len(text.splitlines()) == 6
    for name in HOSTILE:
        assert text.count(json.dumps(name)) >= 2


def test_terminals_get_nothing_to_obey(hostile, folder, capsys, monkeypatch):
    data = ("predict", hostile, folder / "a.npz", "--keys", "X", "--features", ",".join("ab"))
    status, _, errors = run(capsys, *data)
    assert (status, errors.count("\n")) == (2, 1)
    assert errors.removesuffix("\n").isprintable()
    program = json.loads(hostile.read_text()) | {"feature_names": None, "classes": HOSTILE[1:3]}
    hostile.write_text(json.dumps(program))
    _, piped, _ = run(capsys, "predict", hostile, folder / "a.npz", "--keys", "X")
    assert HOSTILE[2] in piped
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    _, shown, _ = run(capsys, "predict", hostile, folder / "a.npz", "--keys", "X")
    assert shown == piped.replace("\x1b", r"\x1b")
