"""Programs that earlier releases saved, and JSON that has been tampered with."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Program
from sklearn_dpads.program.json import VERSION

from ..strategies import QUICK

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("programs-*.json"))


def read(path: Path):
    return json.loads(path.read_text(encoding="utf8"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_programs_of_every_release_are_read_and_give_the_same_values(path):
    saved = read(path)
    assert saved["cases"]
    for case in saved["cases"]:
        program = Program.from_json(json.dumps(case["program"]))
        values = program(np.array(saved["X"]))
        np.testing.assert_allclose(values, case["values"], rtol=1e-12, atol=1e-12)
        assert str(program) == case["text"]


def test_every_version_of_the_format_has_a_fixture():
    versions = {case["program"]["version"] for path in FIXTURES for case in read(path)["cases"]}
    assert versions == set(range(1, VERSION + 1))


def places(data, path=()):
    """All paths into nested objects and arrays."""
    if path:
        yield path
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, (*path, key))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@QUICK
@given(st.data())
def test_whatever_is_changed_in_it_is_read_or_refused_with_a_value_error(data):
    saved = copy.deepcopy(data.draw(st.sampled_from(read(FIXTURES[-1])["cases"]))["program"])
    *parents, last = data.draw(st.sampled_from(list(places(saved))))
    place = saved
    for key in parents:
        place = place[key]
    elsewhere = st.sampled_from(list(places(saved))).map(lambda path: get(saved, path))
    place[last] = data.draw(anything | elsewhere)
    try:
        program = Program.from_json(json.dumps(saved))
    except ValueError:
        return
    assert Program.from_json(program.to_json()).to_json() == program.to_json()


def get(data, path):
    for key in path:
        data = data[key]
    return copy.deepcopy(data)
