"""The benchmark that changes one setting at a time."""

from __future__ import annotations

import numpy as np
import sensitivity
from comparison.results import ResultsFile
from sklearn.base import clone

from sklearn_dpads.search import DPads

from .fakes import write_set


def test_every_variant_changes_one_setting_to_one_that_is_allowed():
    found = list(sensitivity.variants(()))
    assert found[0] == ("defaults", {})
    assert len(found) > 60
    defaults = DPads().get_params()
    for _, changes in found[1:]:
        ((name, value),) = changes.items()
        assert defaults[name] != value
        clone(DPads()).set_params(**changes).check()


def test_settings_can_be_named():
    names = [name for name, _ in sensitivity.variants(("n_folds", "fit_steps"))]
    assert names == ["defaults", "n_folds=2", "n_folds=8", "fit_steps=50", "fit_steps=200"]


def test_fits_are_made_once_and_see_training_sequences_alone(tmp_path, monkeypatch, capsys):
    write_set(tmp_path / "some.npz")
    seen = []

    def measure(data, changes, number, parts):
        train, held_out = parts
        assert not set(train) & set(held_out)
        assert sorted([*train, *held_out]) == list(range(len(data.y_train)))
        seen.append((dict(changes), number))
        return {"f1": 0.5 + 0.1 * bool(changes) + 0.01 * number, "seconds": 1.0 + bool(changes)}

    monkeypatch.setattr(sensitivity, "measure", measure)
    results = tmp_path / "results.jsonl"
    asked = [
        *("--data", str(tmp_path), "--sets", "some", "--only", "n_folds"),
        *("--divisions", "2", "--results", str(results)),
    ]
    sensitivity.main(asked)
    assert len(seen) == 6 == len(ResultsFile(results).rows())
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1].split() == ["n_folds=8", "2", "+0.1000", "0.0000", "2.00"]
    sensitivity.main(asked)
    assert len(seen) == 6


def test_a_fit_is_judged_on_the_part_left_out(tmp_path):
    write_set(tmp_path / "some.npz")
    (data,) = [sensitivity.load(path) for path in sensitivity.find_data(str(tmp_path), ["some"])]
    ((_, parts),) = enumerate(sensitivity.divisions(data.y_train, 1))
    changes = {"max_iter": 1, "local_search__max_refinements": 0, "fit_steps": 5}
    found = sensitivity.measure(data, changes, 0, parts)
    assert 0 <= found["f1"] <= 1
    assert found["seconds"] > 0
    assert np.isfinite(found["seconds"])
