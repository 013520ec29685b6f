"""The benchmark of reading."""

from __future__ import annotations

import reading
from comparison.data_sets import open_set
from comparison.results import ResultsFile

from .fakes import write_set


def test_a_program_for_each_class_is_compared_with_one_of_all(tmp_path, monkeypatch, capsys):
    write_set(tmp_path / "some.npz")
    results = tmp_path / "results.jsonl"
    asked = ["--data", str(tmp_path), "--sets", "some", "--decomposition"]
    monkeypatch.setattr(reading, "LEAST_CLASSES", 2)

    def measure(data, number, parts):
        row = {"loss": 0.5, "cost": 4, "seconds": 1.0}
        return [
            {"decomposition": which, "f1": f1, "numbers": n, "largest": n // 2, **row}
            for which, f1, n in (("joint", 0.8, 40), ("ovr", 0.85, 20))
        ]

    monkeypatch.setattr(reading, "measure_decompositions", measure)
    reading.main([*asked, "--results", str(results)])
    assert len(ResultsFile(results).rows()) == 6
    printed = capsys.readouterr().out
    assert "ovr: F1 greater by +0.0500 ± 0.0000 (3 divisions)" in printed


def test_what_a_decomposition_is_measured_by(tmp_path):
    write_set(tmp_path / "some.npz")
    data = open_set("some", tmp_path)
    parts = (data.X_train, data.y_train, data.X_test, data.y_test)
    joint, each = reading.measure_decompositions(data, 0, parts)
    assert joint["decomposition"] == "joint"
    assert each["decomposition"] == "ovr"
    assert joint["largest"] == joint["numbers"]
    assert joint["loss"] > 0


def test_a_row_for_every_strength_and_none_made_twice(tmp_path, monkeypatch, capsys):
    write_set(tmp_path / "some.npz")
    results = tmp_path / "results.jsonl"
    asked = ["--data", str(tmp_path), "--sets", "some", "--nested", "--results", str(results)]
    n_fits = []

    def measure(data, number, parts, *, nested):
        assert nested
        n_fits.append(number)
        return [
            {"strength": strength, "numbers": numbers, "f1": f1, "kept": 1.0, "kept_offset": 1.0}
            for strength, numbers, f1 in ((0.0, 10, 0.9), (1.0, 4, 0.875))
        ]

    monkeypatch.setattr(reading, "measure", measure)
    reading.main(asked)
    assert n_fits == [0, 1, 2]
    assert len(ResultsFile(results).rows()) == 6
    printed = capsys.readouterr().out
    assert "1.00 errors: 0.40 of the numbers, F1 less by 0.0250 ± 0.0000 (3 fits)" in printed
    reading.main(asked)
    assert n_fits == [0, 1, 2]


def test_programs_are_measured_with_and_without_zeros(tmp_path, monkeypatch):
    write_set(tmp_path / "some.npz")
    data = open_set("some", tmp_path)
    monkeypatch.setattr(reading, "NESTED_STRENGTHS", (0.0, 1.0))
    parts = (data.X_train, data.y_train, data.X_test, data.y_test)
    full, sparse = reading.measure(data, 0, parts, nested=True)
    assert sparse["numbers"] <= full["numbers"]
    for row in (full, sparse):
        assert row["kept"] == row["kept_offset"] == 1.0
        assert 0.0 <= row["f1"] <= 1.0


def test_what_is_stable_is_printed_by_set_and_not_measured_twice(tmp_path, monkeypatch, capsys):
    write_set(tmp_path / "some.npz")
    asked = ["--data", str(tmp_path), "--sets", "some", "--stability"]
    asked += ["--results", str(tmp_path / "results.jsonl")]
    monkeypatch.setattr(reading, "N_BOOTSTRAPS", 2)
    reading.main(asked)
    printed = capsys.readouterr().out
    assert "some, seed 0: " in printed
    assert "group: " in printed
    monkeypatch.setattr(reading, "measure_stability", None)
    reading.main(asked)
    assert capsys.readouterr().out == printed
