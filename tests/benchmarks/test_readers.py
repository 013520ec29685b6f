"""The benchmark of readers."""

from __future__ import annotations

import pytest
import readers
from comparison.results import ResultsFile

from sklearn_dpads import Grammar

from .fakes import write_set


def test_the_default_is_the_default_grammars():
    groups = {"left hand": [0, 1], "b": [2]}
    made = readers.grammar_of("default", groups)
    default = Grammar.default(groups).for_lengths([50])
    symbols = {str(p) for p in default.productions if p.stream is not None and not p.walks_frames}
    assert {str(p) for p in made.productions if p.stream is not None} == symbols - {"Map"}
    assert made.feature_groups == default.feature_groups


def test_fits_are_made_once_and_see_training_sequences_alone(tmp_path, monkeypatch, capsys):
    write_set(tmp_path / "some.npz")
    seen = []

    def measure(data, variant, number, parts):
        train, held_out = parts
        assert sorted([*train, *held_out]) == list(range(len(data.y_train)))
        seen.append((variant, number))
        return {"f1": 0.5 + 0.1 * number, "n_summands": 2, "seconds": 1.0}

    monkeypatch.setattr(readers, "measure", measure)
    results = tmp_path / "results.jsonl"
    asked = [
        *("--data", str(tmp_path), "--sets", "some", "--only", "default", "means"),
        *("--divisions", "2", "--results", str(results)),
    ]
    readers.main(asked)
    assert len(seen) == 4 == len(ResultsFile(results).rows())
    assert capsys.readouterr().out.splitlines()[-1].split() == ["means", "0.550", "0.5500", "2.0"]
    readers.main(asked)
    assert len(seen) == 4
    with pytest.raises(SystemExit):
        readers.main([*asked, "--only", "none"])


def test_a_fit_is_judged_on_the_part_left_out(tmp_path):
    write_set(tmp_path / "some.npz")
    (data,) = [readers.load(path) for path in readers.find_data(str(tmp_path), ["some"])]
    (parts,) = readers.divisions(data.y_train, 1)
    found = readers.measure(data, "means", 0, parts)
    assert 0 <= found["f1"] <= 1
    assert found["n_summands"] >= 1
