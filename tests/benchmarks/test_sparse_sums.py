"""The benchmark of sums with few numbers."""

from __future__ import annotations

import sparse_sums
from comparison.data_sets import open_set
from comparison.results import ResultsFile

from .fakes import write_set


def test_a_row_for_every_division_and_none_made_twice(tmp_path, monkeypatch, capsys):
    write_set(tmp_path / "some.npz")
    results = tmp_path / "results.jsonl"
    asked = ["--data", str(tmp_path), "--sets", "some", "--results", str(results)]
    measured = []

    def measure(data, number, parts):
        measured.append(number)
        dense = {"dense_numbers": 40, "dense_cost": 14, "dense_f1": 0.8}
        return {**dense, "sparse_numbers": 10, "sparse_cost": 38, "sparse_f1": 0.85}

    monkeypatch.setattr(sparse_sums, "measure", measure)
    sparse_sums.main(asked)
    sparse_sums.main(asked)
    assert measured == list(range(10))
    assert len(ResultsFile(results).rows()) == 10
    last = capsys.readouterr().out.splitlines()[-1].split()
    assert last == ["some", "sparse", "10", "38", "0.850", "+0.050", "0.000"]


def test_both_are_measured(tmp_path):
    write_set(tmp_path / "some.npz")
    data = open_set("some", tmp_path)
    (parts,) = sparse_sums.parts_of(data, test=True)
    row = sparse_sums.measure(data, 0, parts)
    assert row["sparse_numbers"] <= 60
    # Eight sequences say little of either.
    assert 0 <= row["sparse_f1"] <= 1
    assert row["dense_numbers"] > 0
