"""Files beside the package that say something about it, or about one another."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import sklearn_dpads

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTIONAL = PROJECT["optional-dependencies"]
WORKFLOW = ".github/workflows/ci.yml"


def found(pattern: str, name: str) -> list[str]:
    """Give what a pattern finds in a file; ^ and $ are those of its lines."""
    return re.findall(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)


def commands_of(target: str, environment: Path) -> str:
    """Give the commands that a target would run with a virtual environment."""
    if shutil.which("make") is None:
        pytest.skip("make isn't installed")
    # Where make runs the tests, it hands its own variables down.
    variables = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    command = ["make", "--dry-run", target, f"VENV={environment}"]
    return subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    ).stdout


def extras_installed_by(target: str, environment: Path) -> list[set[str]]:
    """Give the extras of every installation that a target would make."""
    commands = commands_of(target, environment)
    return [
        set(extras.split(",")) for extras in re.findall(r"pip install .*'\.\[(.*)\]'", commands)
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "CONTRIBUTING.md", "doc/benchmarks.rst"),
        *(WORKFLOW, ".github/PULL_REQUEST_TEMPLATE.md"),
    ],
)
def test_targets_named_are_those_of_the_makefile(name):
    named = set(found(r"(?:^ {4,}|`|run: )make ([a-z][\w-]*)", name))
    assert named
    assert named <= set(found(r"^([a-z][\w-]*):", "Makefile"))


def test_help_tells_of_every_target():
    (targets,) = found(r"^\.PHONY: help (.*)$", "Makefile")
    assert set(found(r'@echo "make ([\w-]+)', "Makefile")) == set(targets.split())


def test_hosted_checks_make_what_the_script_makes():
    assert set(found(r"run: make ([\w-]+)", WORKFLOW)) == set(found(r"^make ([\w-]+)", ".ci/run"))


def test_hosted_tests_have_the_browser_that_they_ask_for():
    text = (ROOT / WORKFLOW).read_text(encoding="utf-8")
    assert found(r'^  REQUIRE_CHROMIUM: "1"$', WORKFLOW)
    jobs = re.split(r"^  (?=[a-z]+:$)", text.partition("\njobs:\n")[2], flags=re.M)
    testing = [job for job in jobs if "run: make test" in job]
    assert len(testing) == 2
    for job in testing:
        assert "sudo apt-get install --yes chromium" in job.partition("run: make test")[0]


def test_hosted_checks_run_on_every_python_promised():
    classifiers = "\n".join(PROJECT["classifiers"])
    promised = re.findall(r"^Programming Language :: Python :: (\d\.\d+)$", classifiers, re.M)
    (matrix,) = found(r"python-version: \[(.*)\]$", WORKFLOW)
    assert re.findall(r'"(.*?)"', matrix) == promised
    assert set(found(r'python-version: "(.*)"$', WORKFLOW)) == {promised[0]}
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_oldest_versions_are_the_lower_bounds(tmp_path):
    extras = set.union(*extras_installed_by("venv", tmp_path))
    requirements = {*PROJECT["dependencies"], *(r for extra in extras for r in OPTIONAL[extra])}
    bounds = dict(requirement.split(">=") for requirement in requirements)
    assert len(bounds) == len(requirements)  # the same in every extra
    oldest = dict(found(r"^([^#\s]+)==(.*)$", "constraints-oldest.txt"))
    assert {name: oldest.get(name) for name in bounds} == bounds


def test_versions_agree():
    assert found(r"^version: (.*)$", "CITATION.cff") == [PROJECT["version"]]
    assert sklearn_dpads.__version__ == PROJECT["version"]


def test_demo_needs_no_extra_but_that_of_its_pictures(tmp_path):
    assert extras_installed_by("demo", tmp_path) == [{"plot"}]


def test_tests_add_what_the_demo_left_out_and_the_demo_nothing_after_them(tmp_path):
    demo, rest = extras_installed_by("test", tmp_path)
    assert demo == {"plot"}
    assert rest >= {"plot", "test", "doc", "dev"}
    stamps = re.findall(r"^touch (.*)$", commands_of("test", tmp_path), re.MULTILINE)
    for stamp in stamps:
        Path(stamp).touch()
    assert extras_installed_by("test", tmp_path) == extras_installed_by("demo", tmp_path) == []


@pytest.mark.parametrize("name", ["bug_report", "program_report"])
def test_command_that_tells_versions_runs(name, capsys):
    (code,) = found(r'python -c "(.*)"$', f".github/ISSUE_TEMPLATE/{name}.yml")
    exec(code, {})
    told = capsys.readouterr().out
    assert told.startswith(sklearn_dpads.__version__)
    assert "numpy" in told
