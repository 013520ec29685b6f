"""Messages speak of options, where they come from functions that Python's users call as well."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sklearn_dpads
from sklearn_dpads import Grammar, Program
from sklearn_dpads._cli.wording import SAID

from .cases import FAST, make_files, run

ROOT = Path(sklearn_dpads.__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = make_files(tmp_path_factory.mktemp("cli"))
    table = pd.read_csv(path / "a.csv", keep_default_na=False)
    table.assign(side="left").to_csv(path / "text.csv", index=False)
    table.assign(n=range(len(table))).to_csv(path / "rising.csv", index=False)
    table.assign(gait=np.where(table["t"] > 1, "run", "None")).to_csv(path / "f.csv", index=False)
    (path / "cp.csv").write_bytes("trial,größe,y\n1,2,a\n".encode("cp1252"))
    with np.load(path / "frames.npz") as arrays:
        X, y = arrays["X"], arrays["y"]
    np.savez(path / "minus.npz", X=X, y=np.where(np.arange(y.shape[1]) == 2, -1, y))
    words = np.array(["rest", "walk"])[y]
    words[:, 2] = ""
    np.savez(path / "gaps.npz", X=X, y=words)
    program = Program.parse(
        "SlideWindowAvg[1/3](Affine[x0](x0))", Grammar.default(2), n_features=2, classes=["a", "b"]
    )
    (path / "part.json").write_text(program.to_json())
    return path


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("fit text.csv --sample trial --label gait", "without it, as --features A,B,…."),
        ("fit rising.csv --sample trial --label gait", "or list the features, as --features A,B"),
        ("fit f.csv --sample trial --label gait", "For one label per frame pass --labels frames."),
        ("fit f.csv --sample trial --label gait", "--label 'gait' must be constant within"),
        ("fit f.csv --sample id --label gait", "--sample 'id' is no column of the table"),
        ("fit cp.csv --sample trial --label y", "Pass the one it has as --encoding, such as"),
        ("fit a.npz --labels frames", "For one label per sequence, pass --labels sequences."),
        ("fit frames.npz --labels sequences", "For one label per frame, pass --labels frames."),
        ("fit minus.npz", "--unlabelled=-1 if that is right, --unlabelled '' if -1 is a class"),
        ("fit gaps.npz", "sample 0, frame 2. DPadsFrameClassifier needs a label for every frame "),
        ("fit gaps.npz", "; name what stands there by --unlabelled."),
        ("fit a.npz --max-time 1e-6", "ended by --max-time; the program is the best that was"),
        ("export part.json --to c", "as in --max-frames 3000, or search without parts"),
    ],
)
def test_messages_name_options(command, message, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    fit = command.startswith("fit")
    options = ("--out", tmp_path / "p.new", *FAST) if fit else ()
    _, _, errors = run(capsys, *command.split(), *options)
    assert message in errors
    for word in ("=[...]", "frame_label", "max_frames", "unlabelled=None", "search_history_"):
        assert word not in errors


@pytest.mark.parametrize("unlabelled", ["-1", "=-1"])
def test_what_messages_advise_can_be_given(folder, tmp_path, capsys, unlabelled):
    word = "--unlabelled"
    given = [word, unlabelled] if unlabelled == "-1" else [word + unlabelled]
    out = tmp_path / "p.json"
    status, _, errors = run(capsys, "fit", folder / "minus.npz", "--out", out, *given, *FAST)
    assert (status, errors) == (0, "")


def test_frames_without_a_label_may_have_an_empty_one(folder, tmp_path, capsys):
    out = tmp_path / "p.json"
    options = ("--out", out, "--unlabelled", "", *FAST)
    status, _, errors = run(capsys, "fit", folder / "gaps.npz", *options)
    assert (status, errors) == (0, "")
    assert Program.from_json(out.read_text()).classes == ("rest", "walk")


# What stands in messages in the place of values.
FILLED = ("'x'", "-1", "sample", "subject", "observation", "DPadsFrameClassifier", "max_time")


def messages():
    """Texts of the package, with something in the place of each value."""
    for path in ROOT.rglob("*.py"):
        if path.parent.name == "_cli":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                for filled in FILLED:
                    parts = (getattr(part, "value", filled) for part in node.values)
                    yield "".join(p if isinstance(p, str) else filled for p in parts)


def test_each_entry_is_of_a_message_that_there_is():
    texts = list(messages())
    unused = [pattern for pattern, _ in SAID if not any(re.search(pattern, t) for t in texts)]
    assert unused == []
