"""Files for tests of the command line, and how to run it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_dpads import Grammar, Program
from sklearn_dpads._cli import main

from ..classifier.cases import WINDOWS, make_means

FAST = ("--depth", "2", "--refinements", "0", "--epochs", "2", "--quiet")
TABLE = ("--sample", "trial", "--time", "t", "--label", "gait")
PROGRAM = "SlideWindowAvg[all](Affine[x0](x0 - 100))"


def make_files(path: Path) -> Path:
    """Write files of each sort, and programs that decide by the first feature."""
    X, y = make_means(24)
    names = np.array(["speed", "turn"])
    (path / "grammar.txt").write_text(WINDOWS)
    np.savez(path / "a.npz", X=X, y=y, feature_names=names)
    np.savez(path / "parts.npz", X_train=X[:16], y_train=y[:16], X_test=X[16:], y_test=y[16:])
    rng = np.random.default_rng(0)
    frames = rng.normal(size=(10, 6, 2))
    np.savez(path / "frames.npz", X=frames, y=(frames[:, :, 0] > 0.2).astype(int))
    table = pd.DataFrame(
        {
            "trial": f"{i:03d}",
            "t": t,
            "speed": X[i, t, 0],
            "turn": X[i, t, 1],
            "gait": "None" if y[i] == "a" else "run",
        }
        for i in range(len(X))
        for t in range(6 - i % 2)
    )
    table.to_csv(path / "a.csv", index=False)
    for name, text, n_features in (
        ("p.json", PROGRAM, 2),
        ("frames.json", "Map(Affine[x0](5*x0 - 1))", 2),
    ):
        classes = ["a", "b"] if name == "p.json" else [0, 1]
        program = Program.parse(text, Grammar.paper(2), n_features=n_features, classes=classes)
        (path / name).write_text(program.to_json())
    return path


def run(capsys, *arguments):
    """Run a command; give its status and what it prints."""
    status = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err
