"""Rows of results survive what happens to files."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from comparison.results import ResultsFile, plain


@pytest.fixture
def file(tmp_path) -> ResultsFile:
    return ResultsFile(tmp_path / "folder" / "results.jsonl")


def test_there_are_no_rows_before_the_first(file):
    assert file.rows() == []
    assert file.n_damaged() == 0


def test_rows_come_back_in_order(file):
    rows = [{"a": 1, "text": "±"}, {"a": 2.5, "list": [1, "x"]}, {"a": None, "b": True}]
    for row in rows:
        file.append(row)
    assert file.rows() == rows
    assert len(file.path.read_text().splitlines()) == 3


@pytest.mark.parametrize("cut", [1, 2, 9, 15])
def test_a_torn_last_line_is_skipped_and_does_not_spoil_the_next(file, cut):
    file.append({"a": 1})
    file.append({"b": "±±±±"})
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-cut])
    # Without its line break alone a row is whole.
    survived = [{"a": 1}, {"b": "±±±±"}] if cut == 1 else [{"a": 1}]
    assert file.rows() == survived
    assert file.n_damaged() == 2 - len(survived)
    file.append({"c": 3})
    assert file.rows() == [*survived, {"c": 3}]


def test_lines_that_are_no_row_are_counted(file):
    file.append({"a": 1})
    with file.path.open("ab") as stream:
        stream.write(b"[1, 2]\n\n\x00\x00\x00\n")
    file.append({"b": 2})
    assert file.rows() == [{"a": 1}, {"b": 2}]
    assert file.n_damaged() == 2


def test_many_may_append_at_once(file):
    rows = [{"n": n, "text": "x" * 20_000} for n in range(60)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(file.append, rows))
    assert sorted(row["n"] for row in file.rows()) == list(range(60))
    assert file.n_damaged() == 0


def test_values_become_what_json_holds():
    given = {
        "numbers": np.array([1.5, np.nan]),
        "one": np.int64(3),
        "infinite": float("inf"),
        "pair": (1, "a"),
        2: {"deep": np.float32(0.5)},
        "class": dict,
        "flag": np.True_,
    }
    expected = {
        "numbers": [1.5, None],
        "one": 3,
        "infinite": None,
        "pair": [1, "a"],
        "2": {"deep": 0.5},
        "class": "<class 'dict'>",
        "flag": True,
    }
    assert plain(given) == expected
    assert json.loads(json.dumps(plain(given), allow_nan=False)) == expected
