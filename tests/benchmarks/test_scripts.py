"""The commands of the comparison, from their options to what they print."""

from __future__ import annotations

from dataclasses import replace

import ablations
import pytest
import regret
import run
import table
from comparison import systems
from comparison.results import ResultsFile

from .fakes import (
    FakeClassifier,
    fake_system,
    make_row,
    write_set,
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data folder; systems are fakes under the names of real ones."""
    for name in ("some", "other"):
        write_set(tmp_path / f"{name}.npz")
    for name in ("dpads", "relaxation", "rnn"):
        monkeypatch.setitem(systems.SYSTEMS, name, fake_system(name))
    FakeClassifier.n_fits = 0
    return tmp_path


def test_a_comparison_from_data_to_table(folder, capsys):
    results, figure = folder / "results.jsonl", folder / "figure.png"
    asked = [
        *("--data", str(folder), "--results", str(results), "--sets", "some", "other"),
        *("--systems", "dpads", "rnn", "--seeds", "0", "1", "--set", "rnn.size=4"),
        *("--max-time", "5"),
    ]
    run.main(asked)
    printed = capsys.readouterr().out
    assert printed.count("Rnn size=4") == 4
    rows = ResultsFile(results).rows()
    assert [(r["data_set"], r["seed"], r["system"]) for r in rows[:4]] == [
        *[("some", 0, "dpads"), ("some", 0, "rnn"), ("some", 1, "dpads"), ("some", 1, "rnn")]
    ]
    assert len(rows) == 8
    assert {row["max_time"] for row in rows} == {5.0}
    run.main(asked)
    assert FakeClassifier.n_fits == 8
    table.main([str(results), "--figure", str(figure)])
    printed = capsys.readouterr().out
    assert "some: 12 training and 8 test sequences" in printed
    assert "Over 2 data set(s) that all systems ran on" in printed
    assert "Published" not in printed
    assert figure.stat().st_size > 5000


def test_all_sets_are_the_default(folder, capsys):
    results = folder / "results.jsonl"
    run.main(
        [
            *("--data", str(folder), "--results", str(results), "--systems", "dpads"),
            *("--seeds", "3", "--n-train", "8"),
        ]
    )
    rows = ResultsFile(results).rows()
    assert [row["data_set"] for row in rows] == ["basic_motions", "other", "some"]
    assert {row["n_train"] for row in rows} == {8}


def test_sets_are_listed(folder, capsys):
    run.main(["--data", str(folder), "--list"])
    printed = capsys.readouterr().out
    assert printed.count("groups a (1), b (2), all (3); readers") == 2
    assert "basic_motions: 40 + 40 sequences" in printed


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["--sets", "absent"], "no data set 'absent'"),
        (["--sets", "some:absent"], "no class 'absent'"),
        (["--set", "breadth=3"], "no hyperparameter of any of dpads, rnn"),
        (["--set", "breadth"], "must be NAME=VALUE"),
    ],
)
def test_what_is_wrong_ends_the_script_with_a_message(folder, asked, message):
    common = ["--data", str(folder), "--results", str(folder / "r"), "--systems", "dpads", "rnn"]
    with pytest.raises(SystemExit, match=message):
        run.main([*common, *asked])


def test_what_gives_no_label_per_frame_is_left_out(folder, monkeypatch, capsys):
    monkeypatch.setitem(systems.SYSTEMS, "rnn", replace(fake_system("rnn"), labels_frames=False))
    write_set(folder / "frames.npz", per_frame=True)
    results = folder / "results.jsonl"
    run.main(
        [
            *("--data", str(folder), "--results", str(results), "--sets", "frames", "some"),
            *("--systems", "dpads", "rnn", "--seeds", "0"),
        ]
    )
    assert "frames: rnn left out, since it gives no label per frame" in capsys.readouterr().out
    made = [(row["data_set"], row["system"], row["status"]) for row in ResultsFile(results).rows()]
    assert made == [("frames", "dpads", "ok"), ("some", "dpads", "ok"), ("some", "rnn", "ok")]


def test_what_is_not_installed_ends_the_script_before_any_fit(folder, monkeypatch):
    monkeypatch.setitem(systems.SYSTEMS, "rnn", replace(fake_system("rnn"), needs="no_package"))
    with pytest.raises(SystemExit, match="rnn needs no_package, not installed"):
        run.main(["--data", str(folder), "--sets", "some", "--systems", "dpads", "rnn"])
    assert FakeClassifier.n_fits == 0


def test_an_interruption_shows_in_the_exit_status(folder, capsys):
    results = folder / "results.jsonl"
    with pytest.raises(SystemExit) as ended:
        run.main(
            [
                *("--data", str(folder), "--results", str(results), "--sets", "some"),
                *("--systems", "dpads", "--set", "interrupted=True"),
            ]
        )
    assert ended.value.code == 130
    assert f"what is done stands in {results}" in capsys.readouterr().out


@pytest.mark.parametrize("layout", ["markdown", "rst"])
def test_layouts(folder, capsys, layout):
    results = ResultsFile(folder / "results.jsonl")
    results.append(make_row())
    results.append(make_row("rnn", f1=0.9))
    table.main([str(results.path), f"--{layout}", "--published"])
    printed = capsys.readouterr().out
    assert {"markdown": "| Rnn | 1 | **0.900** |", "rst": "     - **0.900**"}[layout] in printed
    assert "Published, not measured here: Cui and Zhu (2021)" in printed
    assert "463.36" in printed


def test_published_figures_come_with_the_papers_sets(folder, capsys):
    results = ResultsFile(folder / "results.jsonl")
    results.append(make_row(data_set="sk152"))
    table.main([str(results.path)])
    printed = capsys.readouterr().out
    assert "848.44" in printed
    assert "463.36" not in printed


def test_damaged_and_missing_files_are_told(folder, capsys):
    results = ResultsFile(folder / "results.jsonl")
    with pytest.raises(SystemExit, match="not found: benchmarks/run.py writes"):
        table.main([str(results.path)])
    results.append(make_row(status="error", error="ValueError: no"))
    with pytest.raises(SystemExit, match="holds no finished run\nset one, .*failed: ValueError"):
        table.main([str(results.path)])
    results.append(make_row())
    with results.path.open("ab") as stream:
        stream.write(b'{"data_set": "se')
    table.main([str(results.path)])
    assert "- 1 damaged line(s) of" in capsys.readouterr().out


def test_ablations_run_every_variant(folder, capsys):
    results = folder / "results.jsonl"
    ablations.main(
        [
            *("--data", str(folder), "--results", str(results), "--sets", "some"),
            *("--seeds", "0", "--set", "size=3"),
        ]
    )
    settings = [row["settings"] for row in ResultsFile(results).rows()]
    assert settings == [
        {"size": 3},
        {"size": 3, "node_sharing": False},
        {"size": 3, "unfolding": False},
        {"size": 3, "N": 1},
        {"size": 3, "N": 4},
        {"size": 3, "d_s": 1},
        {"size": 3, "d_s": 4},
    ]
    assert "Dpads node_sharing=False, size=3" in capsys.readouterr().out


def test_ablations_of_the_relaxation_alone(folder, capsys, monkeypatch):
    results = folder / "results.jsonl"
    monkeypatch.setattr(ablations, "VARIANTS", ({}, {"N": 1}))
    asked = ["--data", str(folder), "--results", str(results), "--sets", "some", "--seeds", "0"]
    ablations.main([*asked, "--alone"])
    rows = ResultsFile(results).rows()
    assert [(row["system"], row["settings"]) for row in rows] == [
        ("relaxation", {}),
        ("relaxation", {"N": 1}),
    ]


def test_regret_from_data_to_table(tmp_path, capsys):
    write_set(tmp_path / "some.npz")
    results = tmp_path / "regret.jsonl"
    asked = [
        *("--data", str(tmp_path), "--results", str(results), "--sets", "some"),
        *("--systems", "dpads", "--seeds", "0", "--depth", "2", "--groups", "a"),
        *("--without", "Fold", "MapPrefix", "Map"),
        *("--set", "dpads.max_iter=1", "max_refinements=0"),
    ]
    regret.main(asked)
    printed = capsys.readouterr().out
    assert "depth <= 2" in printed
    assert "enumeration's choice" in printed
    assert "dPads max_depth=2" in printed
    n_rows = len(ResultsFile(results).rows())
    regret.main(asked)
    assert len(ResultsFile(results).rows()) == n_rows
    regret.main([*asked, "--max-programs", "3"])
    assert "more than --max-programs 3: left out" in capsys.readouterr().out


def test_regret_refuses_unknown_groups(tmp_path):
    write_set(tmp_path / "some.npz")
    with pytest.raises(SystemExit, match="no feature group 'z'"):
        regret.main(["--data", str(tmp_path), "--sets", "some", "--groups", "z"])
