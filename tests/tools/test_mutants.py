"""Mutants are what they are said to be, and a test that fails kills them."""

from __future__ import annotations

import ast

import pytest

from tools import mutants

SOURCE = '''
"""Not changed."""

from math import inf


def f(a: int = 1, b=True):
    """Not changed."""
    if a < 2 and b:
        raise ValueError(f"not changed: {a + 1}")
    total = [x + 1 for x in range(a) if x]
    total.append(-a)
    return total
'''


def test_every_kind_of_change():
    found = {(m.before, m.after) for m in mutants.mutants_of(SOURCE)}
    assert found == {
        ("def f(a: int=1, b=True):", "def f(a: int=2, b=True):"),
        ("def f(a: int=1, b=True):", "def f(a: int=1, b=False):"),
        ("if a < 2 and b:", "if not (a < 2 and b):"),
        ("if a < 2 and b:", "if a < 2 or b:"),
        ("if a < 2 and b:", "if a <= 2 and b:"),
        ("if a < 2 and b:", "if a > 2 and b:"),
        ("if a < 2 and b:", "if a < 3 and b:"),
        ("raise ValueError(f'not changed: {a + 1}')", "pass"),
        ("total = [x + 1 for x in range(a) if x]", "total = [x - 1 for x in range(a) if x]"),
        ("total = [x + 1 for x in range(a) if x]", "total = [x + 2 for x in range(a) if x]"),
        ("total = [x + 1 for x in range(a) if x]", "total = [x + 1 for x in range(a) if not x]"),
        ("total.append(-a)", "total.append(+a)"),
        ("total.append(-a)", "pass"),
        ("return total", "return None"),
    }


def test_mutants_can_be_run_and_differ_in_one_place():
    whole = ast.unparse(ast.parse(SOURCE)).splitlines()
    for mutant in mutants.mutants_of(SOURCE):
        exec(compile(mutant.tree, "mutant.py", "exec"), {})
        lines = ast.unparse(mutant.tree).splitlines()
        assert len(lines) == len(whole)
        changed = [(a, b) for a, b in zip(whole, lines, strict=True) if a != b]
        assert [(a.strip(), b.strip()) for a, b in changed] == [(mutant.before, mutant.after)]
        there = SOURCE.splitlines()[mutant.line - 1]
        assert there.split()[0] == mutant.before.split()[0]


def test_modules_and_tests_are_there():
    for module, tests in mutants.TESTS.items():
        assert (mutants.ROOT / "sklearn_dpads" / f"{module}.py").exists()
        for test in tests:
            assert (mutants.ROOT / test).exists(), test


def test_what_is_explained_is_a_mutant_still():
    for module, before, after in mutants.explained():
        source = (mutants.ROOT / "sklearn_dpads" / f"{module}.py").read_text(encoding="utf-8")
        assert (before, after) in {(m.before, m.after) for m in mutants.mutants_of(source)}


@pytest.mark.skipif(not hasattr(mutants.os, "fork"), reason="processes are forked")
def test_a_mutant_is_killed_by_a_test_that_fails(tmp_path, monkeypatch):
    path = tmp_path / "test_it.py"
    path.write_text(
        "from sklearn_dpads.inputs import numbers\n"
        "def test_it():\n"
        "    while hasattr(numbers, 'endless'):\n"
        "        pass\n"
        "    assert not hasattr(numbers, 'broken')\n"
    )
    monkeypatch.setitem(mutants.TESTS, "inputs/numbers", [str(path)])
    monkeypatch.delitem(mutants.sys.modules, "sklearn_dpads.inputs.numbers", raising=False)
    source = (mutants.ROOT / "sklearn_dpads" / "inputs" / "numbers.py").read_text(encoding="utf-8")

    def run(addition, limit=60.0):
        return mutants.run_tests("inputs/numbers", ast.parse(source + addition), limit)

    assert run("") == "passed"
    assert run("\nbroken = True") == "failed"
    assert run("\nendless = True", limit=3.0) == "too long"
