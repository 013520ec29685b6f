"""What a type checker tells the users of the package, who see its types and not its settings."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    find_spec("mypy") is None, reason="mypy is not installed; the extra dev of the package has it"
)

ROOT = Path(__file__).parents[1]
LAZY = ("sklearn_dpads", "sklearn_dpads.baselines", "sklearn_dpads.compat")

# As of a package that is installed, what is wrong in ours goes unsaid. torch has types, but they
# take several times as long to read as all the rest.
SETTINGS = """\
[mypy]
strict = True
follow_imports = silent
[mypy-torch.*,matplotlib.*]
follow_imports = skip
"""

DATA = """\
import numpy as np

X, y = np.zeros((4, 5, 6)), np.zeros(4)
"""

RIGHT = """\
from typing import assert_type

import numpy as np
from numpy.typing import NDArray
from sklearn_dpads.datasets import load_basic_motions

train = load_basic_motions(split="train")
print(train.data, train.feature_groups, load_basic_motions(return_X_y=False).target)
X, y = load_basic_motions(return_X_y=True)
assert_type(X, NDArray[np.float64])
assert_type(y, NDArray[np.str_])

def load(both: bool) -> None:
    loaded = load_basic_motions(return_X_y=both)
    print(loaded[0] if isinstance(loaded, tuple) else loaded.data)
"""

REVEALED = {
    "sklearn_dpads.DPadsClassifier()": "sklearn_dpads.classifier.DPadsClassifier",
    "sklearn_dpads.DPadsClassifier().fit(X, y)": "sklearn_dpads.classifier.DPadsClassifier",
    "sklearn_dpads.DPadsClassifier().program_": "sklearn_dpads.program.program.Program",
    "sklearn_dpads.Grammar.paper(2)": "sklearn_dpads.grammar.grammar.Grammar",
    "sklearn_dpads.baselines.NEARClassifier()": "sklearn_dpads.baselines.near.NEARClassifier",
}

WRONG = {
    "sklearn_dpads.DPadsClasifier()": "attr-defined",
    "from sklearn_dpads import DPadsClasifier": "attr-defined",
    "from sklearn_dpads.baselines import RNNClasifier": "attr-defined",
    "from sklearn_dpads.compat import DPadsEonClassifier": "attr-defined",
    "sklearn_dpads.DPadsClassifier(max_dept=3)": "call-arg",
    "sklearn_dpads.DPadsFrameClassifier(max_depth='3')": "arg-type",
    "sklearn_dpads.ProgramClassifier(serch=None)": "call-arg",
    "sklearn_dpads.baselines.EnumerationClassifier(max_program=3)": "call-arg",
    "sklearn_dpads.baselines.NEARClassifier(max_expansion=3)": "call-arg",
    "sklearn_dpads.baselines.RNNClassifier(hidden=3)": "call-arg",
    "load_basic_motions(split='trian')": "call-overload",
    "load_basic_motions(return_X_y=True).data": "attr-defined",
}

IMPORTS = """\
import sklearn_dpads, sklearn_dpads.baselines
from sklearn_dpads.datasets import load_basic_motions
"""


def readme() -> str:
    """The examples of README.md, one after the other."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S
    )
    assert len(blocks) > 1
    return "\n".join([DATA, *blocks])


def names() -> str:
    """An import of every name that a lazy package says it has."""
    packages = {package: importlib.import_module(package).__all__ for package in LAZY}
    return "\n".join(
        f"from {package} import {name}" for package, found in packages.items() for name in found
    )


FILES = {
    "readme": readme(),
    "right": RIGHT,
    "names": names(),
    "revealed": "\n".join([DATA + IMPORTS, *(f"reveal_type({text})" for text in REVEALED)]),
    "wrong": "\n".join([IMPORTS, *WRONG]),
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str]]]:
    """By file, the lines that mypy says something of, each with what it says."""
    folder = tmp_path_factory.mktemp("types")
    (folder / "mypy.ini").write_text(SETTINGS)
    for name, text in FILES.items():
        (folder / f"{name}.py").write_text(text + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=mypy.ini", "--cache-dir=cache"]
        + ["--no-pretty", "--no-color-output", "--no-error-summary"]
        + [f"{name}.py" for name in FILES],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    # 2 would mean that it could not go through.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in FILES}
    for line in done.stdout.splitlines():
        match = re.fullmatch(r"(\w+)\.py:(\d+): (.*)", line)
        assert match is not None, line
        lines = FILES[match[1]].splitlines()
        found[match[1]].append((lines[int(match[2]) - 1], match[3]))
    return found


@pytest.mark.parametrize("name", ["readme", "right", "names"])
def test_nothing_is_wrong(findings, name):
    assert findings[name] == []


@pytest.mark.parametrize("text", REVEALED)
def test_type(findings, text):
    said = [message for line, message in findings["revealed"] if line == f"reveal_type({text})"]
    assert said == [f'note: Revealed type is "{REVEALED[text]}"']


@pytest.mark.parametrize("text", WRONG)
def test_mistake_is_found(findings, text):
    said = [message for line, message in findings["wrong"] if line == text]
    errors = [message for message in said if message.startswith("error:")]
    assert len(errors) == 1
    assert errors[0].endswith(f"[{WRONG[text]}]")
