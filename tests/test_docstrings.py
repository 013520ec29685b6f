"""The examples in docstrings of public classes, which pytest looks for where a class is written.

Their home is the package that gives them out, so that pytest finds none of their methods.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import sys

import pytest

HOMES = (
    *("sklearn_dpads", "sklearn_dpads.baselines", "sklearn_dpads.datasets"),
    *("sklearn_dpads.display", "sklearn_dpads.grammar", "sklearn_dpads.graph"),
    "sklearn_dpads.inspection",
    *("sklearn_dpads.preprocessing", "sklearn_dpads.program"),
    *("sklearn_dpads.search", "sklearn_dpads.training"),
)


def public_classes():
    for home in HOMES:
        module = importlib.import_module(home)
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) and value.__module__ == home:
                yield value


def examples_of(cls):
    """The examples of a class, its methods among them, in the order of their names."""
    globs = {cls.__name__: cls}
    found = doctest.DocTestFinder(recurse=True).find(cls, cls.__name__, module=False, globs=globs)
    return [case for case in found if case.examples]


CASES = [case for cls in public_classes() for case in examples_of(cls)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_examples(case):
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    runner = doctest.DocTestRunner(optionflags=flags, verbose=False)
    lines = []
    assert runner.run(case, out=lines.append).failed == 0, "".join(lines)


def test_there_are_examples_of_methods():
    names = {case.name for case in CASES}
    assert {"Program.to_text", "Grammar.parse", "DPadsClassifier"} <= names


@pytest.mark.parametrize("cls", list(public_classes()), ids=lambda cls: cls.__name__)
def test_a_class_is_found_at_its_home(cls):
    assert getattr(sys.modules[cls.__module__], cls.__name__) is cls
    assert not any(part.startswith("_") for part in cls.__module__.split("."))
