"""What doc/questions.rst shows of Optuna, where Optuna is installed."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

from sklearn_dpads import ProgramClassifier
from sklearn_dpads.search import SumsOfReaders

PAGE = Path(__file__).parents[1] / "doc" / "questions.rst"


def example():
    (block,) = re.findall(
        r"\.\. code-block:: python\n\n((?:    .*\n|\n)+)", PAGE.read_text(encoding="utf-8")
    )
    return textwrap.dedent(block)


def test_the_example_can_be_read():
    compile(example(), str(PAGE), "exec")


def test_the_example_runs():
    optuna = pytest.importorskip("optuna", reason="Optuna is not installed: pip install optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    y = np.repeat(["rest", "walk"], 15)
    X = np.random.default_rng(0).normal(size=(30, 6, 2)) + (y == "walk")[:, None, None]
    names = {"ProgramClassifier": ProgramClassifier, "SumsOfReaders": SumsOfReaders}
    names |= {"X": X, "y": y}
    exec(example(), names)
    assert set(names["study"].best_params) == {"max_depth", "structural_penalty"}
    assert len(names["study"].trials) == 4
