"""The benchmark of what is found in how many seconds."""

from __future__ import annotations

import anytime
from comparison import systems

from .fakes import FakeClassifier, fake_system, write_set


def test_a_fit_for_every_budget_and_none_made_twice(tmp_path, monkeypatch, capsys):
    write_set(tmp_path / "some.npz")
    for name in anytime.SEARCHES:
        monkeypatch.setitem(systems.SYSTEMS, name, fake_system(name))
    FakeClassifier.n_fits = 0
    figure = tmp_path / "anytime.png"
    asked = ["--data", str(tmp_path), "--results", str(tmp_path / "rows.jsonl")]
    asked += ["--budgets", "1", "2", "--seeds", "0", "1", "--figure", str(figure)]
    anytime.main(asked)
    n_fits = FakeClassifier.n_fits
    # One more lets what is imported late be imported before time is taken.
    assert n_fits >= 2 * 2 * len(anytime.SEARCHES)
    printed = capsys.readouterr().out
    assert printed.count("some") == 2 * len(anytime.SEARCHES)
    assert figure.stat().st_size > 0
    anytime.main(asked)
    assert FakeClassifier.n_fits - n_fits <= 1
