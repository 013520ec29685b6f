"""Parameters of methods that draw, described once."""

from __future__ import annotations

import inspect

import pytest

from sklearn_dpads import display
from sklearn_dpads.display.parameter_docs import documented

DISPLAYS = [getattr(display, name) for name in display.__all__]


def described(method):
    """Names of the parameters that the docstring describes."""
    lines = inspect.getdoc(method).partition("Parameters\n----------\n")[2].splitlines()
    section = lines[: lines.index("")]
    heads = [i for i, line in enumerate(section) if not line.startswith(" ")]
    assert all(section[i + 1].startswith("    ") for i in heads)
    return [name.lstrip("*") for i in heads for name in section[i].split(" : ")[0].split(", ")]


@pytest.mark.parametrize("cls", DISPLAYS, ids=lambda cls: cls.__name__)
def test_every_parameter_is_described(cls):
    methods = [name for name in vars(cls) if name == "plot" or name.startswith("from_")]
    assert {"plot", "from_estimator"} <= set(methods)
    for name in methods:
        method = getattr(cls, name)
        expected = [p for p in inspect.signature(method).parameters if p != "self"]
        assert described(method) == expected


def test_what_nobody_describes_is_a_mistake():
    class Display:
        def plot(self, ax):
            """Draw.

            Parameters
            ----------
            {ax}
            """

    with pytest.raises(KeyError, match="ax"):
        documented(Display)
