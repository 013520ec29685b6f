"""Files that the command line reads: arrays, tables, and groups of features."""

from __future__ import annotations

import io
import os
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import numpy as np

from sklearn_dpads import Grammar, Program
from sklearn_dpads._cli import main

from .outcomes import Refused

# A fit of this one takes a quarter of a second.
_SMALL = """
list->atom ::= SlideWindowAvg[all](atom->atom)
list->list ::= Map(atom->atom)
atom->atom ::= Affine[x0]
Affine[x0] = {0}
"""


@cache
def _made() -> tempfile.TemporaryDirectory[str]:
    """Files that commands need beside the one that is changed."""
    made = tempfile.TemporaryDirectory()
    folder = Path(made.name)
    (folder / "grammar.txt").write_text(_SMALL)
    program = Program.parse("Fold(Affine[x0](0.5*x0 - 1))", Grammar.paper(2), classes=["a", "b"])
    (folder / "program.json").write_text(program.to_json())
    frames = Program.parse("Map(Affine[x0](5*x0 - 1))", Grammar.paper(2), classes=["a", "b"])
    (folder / "frames.json").write_text(frames.to_json())
    np.savez(folder / "data.npz", X=_sequences(), y=_labels(), feature_names=["speed", "turn"])
    return made


def _folder() -> Path:
    return Path(_made().name)


def _sequences() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(8, 4, 2))


def _labels() -> np.ndarray:
    return np.array(list("abababab"))


def run(*arguments: object) -> None:
    """Run a command: it ends with 0, or with 2 and one line that says why."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
        status = main([str(argument) for argument in arguments])
    lines = err.getvalue().splitlines()
    errors = [line for line in lines if line.startswith("sklearn_dpads: error: ")]
    # The accuracy goes there, too, where predictions are printed.
    known = ("sklearn_dpads: ", "Accuracy: ")
    unlike = [line for line in lines if not line.startswith(known)]
    assert status in (0, 2), f"ended with {status}"
    assert not unlike, f"printed {unlike[0]!r}"
    assert len(errors) == (status == 2), f"ended with {status} and told {lines}"
    if status == 2:
        assert len(errors[0]) > len("sklearn_dpads: error: "), "no word about what is wrong"
        raise Refused(errors[0])


_FAST = ("--depth", 2, "--refinements", 0, "--epochs", 1, "--max-time", 0.001, "--quiet")


def check_data(path: Path, *options: object) -> None:
    """Predict, with programs of both kinds, and fit; what one refuses another may take."""
    folder, out = _folder(), path.parent / "out.json"
    commands: list[tuple[object, ...]] = [
        ("predict", folder / "program.json", path, *options),
        ("predict", folder / "frames.json", path, *options),
        ("fit", path, "--out", out, "--grammar", folder / "grammar.txt", *_FAST, *options),
    ]
    refused = 0
    for command in commands:
        out.unlink(missing_ok=True)
        try:
            run(*command)
        except Refused as error:
            refused += 1
            why = error
            assert not out.exists(), "wrote a program, and ended with 2"
    if out.exists():
        Program.from_json(out.read_text())
    if refused == len(commands):
        raise Refused(str(why))


def check_csv(path: Path) -> None:
    check_data(path, "--sample", "trial", "--time", "t", "--label", "gait")


def check_groups(path: Path) -> None:
    text = os.fsdecode(path.read_bytes())
    if "\0" in text:
        raise Refused("no argument of a command holds the character 0")
    folder, out = _folder(), path.parent / "out.json"
    out.unlink(missing_ok=True)
    try:
        run("fit", folder / "data.npz", "--out", out, f"--groups={text}", *_FAST)
    except Refused:
        assert not out.exists(), "wrote a program, and ended with 2"
        raise
    Program.from_json(out.read_text())


def npz_files() -> list[bytes]:
    X, y = _sequences(), _labels()
    padded = X.copy()
    padded[::2, 3:] = np.nan
    frames = (X[:, :, 0] > 0).astype(int)
    return [
        _archive(X=X, y=y),
        _archive(X=padded, y=np.arange(8) % 2, feature_names=["speed", "turn"]),
        _archive(X_train=X.astype(np.float32), y_train=y, X_test=X, y_test=y),
        _archive(X=X, y=frames),
        _archive(X=np.round(100 * X).astype(np.int16), y=y == "a"),
    ]


def _archive(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def csv_files() -> list[bytes]:
    X, y = _sequences(), _labels()
    rows = [
        f"{i},{t},{X[i, t, 0]:.4g},{X[i, t, 1]:.4g},{y[i]}"
        for i in range(8)
        for t in range(4 - i % 2)
    ]
    table = "\n".join(["trial,t,speed,turn,gait", *rows]) + "\n"
    return [
        table.encode(),
        table.replace("\n", "\r\n").replace("speed", '"speed, m/s"').encode("utf-8-sig"),
        table.replace("0.", ".").replace(",a\n", ",rot\xe9\n").encode(),
    ]
