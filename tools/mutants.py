"""Break modules on purpose, one place at a time, and see whether their tests notice.

    python tools/mutants.py --n 40                                  # all modules
    python tools/mutants.py --modules search/rules --n 1000

A mutant is a module with one change of the kinds in ``_changes``; ``--n`` of each module are drawn
by ``--seed``. Tests of the module run against it, until the first that fails; a mutant is *killed*
by a test that fails, or that takes much longer than it did. One that *survived* wants a test, or a
line in ``tools/mutants_explained.txt`` that says why nothing could tell it from the module. Nothing
on disk is changed. Ends with status 1 if a mutant survived that is not explained.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).parents[1]
EXPLAINED = Path(__file__).with_name("mutants_explained.txt")

# What tells each module's mistakes, the quickest first.
TESTS = {
    "grammar/grammar": [
        *("tests/grammar/test_grammar.py", "tests/grammar/test_presets.py"),
        *("tests/grammar/test_text.py", "tests/grammar/test_counting.py"),
    ],
    "grammar/depths": ["tests/grammar/test_grammar.py", "tests/grammar/test_counting.py"],
    "program/program": [
        *("tests/program/test_json.py", "tests/program/test_parser.py"),
        *("tests/program/test_printing.py", "tests/program/test_evaluate.py"),
        *("tests/program/test_reading_limits.py", "tests/program/test_trace.py"),
    ],
    "graph/graph": ["tests/graph", "tests/search/test_derivations.py"],
    "graph/slots": ["tests/graph", "tests/engine/test_compound.py"],
    "search/cross_fitting": [
        *("tests/search/test_calibration.py", "tests/search/test_folds.py"),
        *("tests/search/test_cross_fitting.py", "tests/search/test_budget.py"),
    ],
    "search/output_scores": [
        *("tests/search/test_calibration.py", "tests/search/test_cross_fitting.py"),
    ],
    "search/ending": [
        *("tests/search/test_census.py", "tests/classifier/test_search.py"),
        "tests/estimator/test_refit.py",
    ],
    "search/rules": ["tests/estimator/test_results.py", "tests/search/test_census.py"],
}
# A busy machine is slower than it was before.
_TIMES_LONGER, _SECONDS_MORE = 4.0, 20.0

_COMPARED = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
_COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True)
class Mutant:
    """A module with one change.

    Parameters
    ----------
    line : int
        Where the change is.
    before, after : str
        The statement there, or its first line.
    tree : ast.Module
        The module.
    """

    line: int
    before: str
    after: str
    tree: ast.Module


def mutants_of(source: str) -> list[Mutant]:
    """Give all mutants of a module."""
    count = sum(1 for _ in _changes(ast.parse(source)))
    found = []
    for i in range(count):
        tree = ast.parse(source)
        before, statement, change = list(_changes(tree))[i]
        change()
        after = ast.unparse(statement)
        ast.fix_missing_locations(tree)
        different = _first_difference(before, after)
        found.append(Mutant(statement.lineno, *different, tree))
    return [mutant for mutant in found if mutant.before != mutant.after]


def _first_difference(before: str, after: str) -> tuple[str, str]:
    """The first lines of two texts that differ, those around them left out."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    lines = next(((a.strip(), b.strip()) for a, b in pairs if a != b), None)
    return lines or (before.strip().splitlines()[-1].strip(), "pass")


def _changes(tree: ast.Module) -> Iterator[tuple[str, ast.stmt, Any]]:
    """Give what can be changed: the statement as it was, the statement, and what changes it."""
    for statement, parent, name, index in _statements(tree):
        before = ast.unparse(statement)
        for change in _changes_of(statement, parent, name, index):
            yield before, statement, change


def _statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, ast.AST, str, int]]:
    """All statements but docstrings and imports, with what holds them."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if not (isinstance(value, list) and value and isinstance(value[0], ast.stmt)):
                continue
            for index, statement in enumerate(value):
                text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
                if not text and not isinstance(statement, ast.Import | ast.ImportFrom):
                    yield statement, parent, name, index


def _changes_of(statement: ast.stmt, parent: ast.AST, name: str, index: int) -> Iterator[Any]:
    if isinstance(statement, ast.Return) and statement.value is not None:
        yield lambda: setattr(statement, "value", ast.Constant(None))
    if isinstance(statement, ast.Expr | ast.AugAssign | ast.Raise):
        yield lambda: getattr(parent, name).__setitem__(index, ast.Pass())
    if isinstance(statement, ast.If | ast.While):
        yield lambda: setattr(statement, "test", ast.UnaryOp(ast.Not(), statement.test))
    for node in _expressions(statement):
        yield from _changes_of_expression(node)


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """Nodes of a statement that belong to no statement within it, and are evaluated."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        for field, value in ast.iter_fields(node):
            # Messages are not compared word by word, and annotations not evaluated.
            if field in ("annotation", "returns", "decorator_list", "type_comment"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.stmt | ast.JoinedStr):
                    yield child
                    waiting.append(child)


def _changes_of_expression(node: ast.AST) -> Iterator[Any]:
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            for other in _COMPARED[type(operator)]:
                yield lambda i=i, other=other: node.ops.__setitem__(i, other())
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield lambda: setattr(node, "op", _COMPUTED[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield lambda: setattr(node, "op", other())
    elif isinstance(node, ast.IfExp | ast.comprehension):
        tests = [node.test] if isinstance(node, ast.IfExp) else node.ifs
        for i, test in enumerate(tests):
            negated = ast.UnaryOp(ast.Not(), test)
            if isinstance(node, ast.IfExp):
                yield lambda negated=negated: setattr(node, "test", negated)
            else:
                yield lambda i=i, negated=negated: node.ifs.__setitem__(i, negated)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        other_sign = ast.UAdd() if isinstance(node.op, ast.USub) else None
        if other_sign is not None:
            yield lambda: setattr(node, "op", other_sign)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield lambda: setattr(node, "value", not node.value)
        elif isinstance(node.value, int | float):
            yield lambda: setattr(node, "value", node.value + 1)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a mutant where its module is imported."""

    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        self._module, self._path = module, path
        self._code = compile(tree, str(path), "exec")

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self._module:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        exec(self._code, module.__dict__)


def run_tests(module: str, tree: ast.Module | None, limit: float) -> str:
    """Run a module's tests in a process of their own; give "passed", "failed" or "too long"."""
    child = os.fork()
    if child == 0:
        os.setsid()
        status = 3
        with contextlib.suppress(BaseException), open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            if tree is not None:
                path = ROOT / "sklearn_dpads" / f"{module}.py"
                name = "sklearn_dpads." + module.replace("/", ".")
                sys.meta_path.insert(0, _Finder(name, path, tree))
                # A test that runs this has imported it already.
                for loaded in [m for m in sys.modules if m.partition(".")[0] == "sklearn_dpads"]:
                    del sys.modules[loaded]
            import pytest

            options = ["-x", "-q", "-p", "no:cacheprovider", "-n", "0"]
            status = int(pytest.main([*options, *TESTS[module]]))
        os._exit(status)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "passed" if status == 0 else "failed"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "too long"


def explained() -> set[tuple[str, str, str]]:
    """Mutants that can't be told from their module: module, statement and what it was made."""
    known = set()
    for line in EXPLAINED.read_text(encoding="utf-8").splitlines():
        if line.startswith("    ") or not line.strip() or line.startswith("#"):
            continue
        module, _, change = line.partition(": ")
        before, _, after = change.partition(" ==> ")
        known.add((module, before, after))
    return known


def campaign(module: str, n: int, seed: int, seconds: float) -> tuple[int, list[Mutant]]:
    """Try mutants of a module; give how many, and those that survived."""
    source = (ROOT / "sklearn_dpads" / f"{module}.py").read_text(encoding="utf-8")
    found = mutants_of(source)
    drawn = Random(f"{seed} {module}").sample(found, min(n, len(found)))
    begin = time.monotonic()
    if run_tests(module, None, 3600.0) != "passed":
        raise SystemExit(f"{module}: its tests fail without any change.")
    limit = _TIMES_LONGER * (time.monotonic() - begin) + _SECONDS_MORE
    tried, survived = 0, []
    for mutant in drawn:
        if tried and time.monotonic() - begin > seconds:
            break
        tried += 1
        if run_tests(module, mutant.tree, limit) == "passed":
            survived.append(mutant)
            print(f"  {module}:{mutant.line}: {mutant.before} ==> {mutant.after}", flush=True)
    return tried, survived


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--modules", default=",".join(TESTS), help=f"of {', '.join(TESTS)}")
    parser.add_argument("--n", type=int, default=40, help="mutants of each module (40)")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (0)")
    parser.add_argument("--seconds", type=float, default=1e9, help="for each module, at most")
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("SCIPY_ARRAY_API", "1")
    sys.path.insert(0, str(ROOT))
    # Imported once, for all processes. What holds the mutants is not, nor what pytest looks into.
    import pandas  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.model_selection  # noqa: F401
    import skorch  # noqa: F401
    import torch  # noqa: F401

    known, left = explained(), 0
    for module in options.modules.split(","):
        if module not in TESTS:
            parser.error(f"there are no tests for {module}; there are for {', '.join(TESTS)}")
        tried, survived = campaign(module, options.n, options.seed, options.seconds)
        unknown = [m for m in survived if (module, m.before, m.after) not in known]
        left += len(unknown)
        print(
            f"{module:22} {tried:4d} tried  {tried - len(survived):4d} killed  "
            f"{len(survived) - len(unknown):3d} explained  {len(unknown):3d} survived",
            flush=True,
        )
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
