"""The numbers of the tables, and the picture."""

from __future__ import annotations

import re

import numpy as np
import pytest
from comparison.data_sets import PAPER_LOADERS
from comparison.figure import draw
from comparison.layout import TextTable, as_markdown, as_rst, as_text
from comparison.published import PUBLISHED
from comparison.summary import label_of, standings, summarize
from comparison.systems import SYSTEMS
from comparison.tables import measured_table, published_table, standings_table
from matplotlib.image import imread

from .fakes import make_row


def make_rows(system, f1, data_set="set one", **changes):
    return [
        make_row(system, seed, f1=value, data_set=data_set, settings_hash=system, **changes)
        for seed, value in enumerate(f1)
    ]


def test_means_and_standard_deviations():
    rows = make_rows("rnn", [0.4, 0.6], program=None, score=None, n_productions=None)
    rows += [
        make_row(seed=0, f1=0.5, accuracy=0.7, fit_seconds=10.0, cpu_seconds=5.0, score=0.9),
        make_row(seed=1, f1=0.7, accuracy=0.8, fit_seconds=20.0, cpu_seconds=8.0, score=0.8),
        make_row(seed=2, f1=0.9, accuracy=0.9, fit_seconds=60.0, cpu_seconds=11.0, score=0.7),
    ]
    table = measured_table(summarize(rows), "set one")
    assert table.title == "set one: 20 training and 10 test sequences"
    assert table.heading[:5] == ["system", "seeds", "test F1", "test accuracy", "fit s"]
    dpads, rnn = table.rows
    assert dpads == [
        *("dPads", "3", "0.700 ± 0.200", "0.800 ± 0.100", "30.0 ± 26.5", "8.0 ± 3.0"),
        *("0.800 ± 0.100", "4.0 ± 0.0"),
    ]
    assert rnn == ["RNN", "2", "0.500 ± 0.141", "0.600 ± 0.000", "2.0 ± 0.0", "1.0 ± 0.0", "-", "-"]
    assert table.best == {(0, 2), (0, 3)}


def test_one_seed_has_no_spread_and_a_system_alone_no_mark():
    table = measured_table(summarize([make_row()]), "set one")
    assert table.rows[0][2] == "0.500"
    assert not table.best


def test_equals_share_the_mark():
    rows = [*make_rows("dpads", [0.5]), *make_rows("rnn", [0.5]), *make_rows("cnn", [0.4])]
    table = measured_table(summarize(rows), "set one")
    assert [i for i, j in sorted(table.best) if j == 2] == [0, 1]


def test_settings_stand_beside_the_system():
    assert label_of(make_row()) == "dPads"
    assert label_of(make_row(settings={"d_s": 1, "N": 4})) == "dPads N=4, d_s=1"
    assert label_of(make_row("mine", settings={"name": "x"})) == "mine name='x'"


def test_the_latest_row_of_a_run_counts():
    rows = [make_row(f1=0.1), make_row(f1=0.2, seed=1), make_row(f1=0.9)]
    (group,) = summarize(rows).groups
    assert [row["f1"] for row in group.rows] == [0.9, 0.2]


@pytest.mark.parametrize("changed", [{"version": "2.0"}, {"settings_hash": "other"}])
def test_rows_of_other_conditions_are_left_out_and_told(changed):
    rows = [make_row(seed=s, f1=0.1) for s in range(3)]
    rows += [make_row(seed=0, f1=0.8, **changed)]
    summary = summarize(rows)
    assert summary.groups[0].mean("f1") == 0.8
    assert summary.notes[0].startswith("set one, dPads: 3 earlier run(s) of other data, grammar")


def test_notes_tell_of_failures_and_of_time():
    rows = [
        make_row(seed=0, ended_early=True),
        make_row(seed=1),
        make_row(seed=2, status="error", error="ValueError: no"),
        make_row("rnn", status="error", error="OSError: neither"),
        make_row("cnn", seed=0, environment={"n_threads": 2}),
        make_row("cnn", seed=1, environment={"n_threads": 1}),
    ]
    summary = summarize(rows)
    assert summary.notes == [
        "set one, dPads: seed 2 failed: ValueError: no",
        "set one, dPads: 1 of 2 searches ended early, by time or budget",
        "set one, RNN: seed 0 failed: OSError: neither",
        "set one, CNN: times are of runs with [1, 2] threads",
    ]
    assert [group.label for group in summary.groups] == ["dPads", "CNN"]


def test_systems_stand_in_the_order_of_the_registry():
    names = [*reversed(SYSTEMS), "mine"]
    rows = [row for name in names for row in make_rows(name, [0.5])]
    titles = [group.label for group in summarize(rows).groups]
    assert titles == [*(system.title for system in SYSTEMS.values()), "mine"]


def test_standings():
    rows = [
        *make_rows("dpads", [0.9, 0.7], "a"),
        *make_rows("rnn", [0.7], "a"),
        *make_rows("cnn", [0.6], "a"),
        *make_rows("dpads", [0.5], "b"),
        *make_rows("rnn", [0.5], "b"),
        *make_rows("cnn", [0.9], "b"),
        *make_rows("dpads", [1.0], "not by all"),
    ]
    summary = summarize(rows)
    found, common = standings(summary)
    assert common == ["a", "b"]
    told = {s.label: (s.wins, s.mean_rank, round(s.mean_f1, 3)) for s in found}
    assert told == {
        "dPads": (1, 1.75, 0.65),
        "RNN": (0, 2.25, 0.6),
        "CNN": (1, 2.0, 0.75),
    }
    table = standings_table(summary)
    assert table.rows[0] == ["dPads", "1", "1.75", "0.650"]
    assert table.best == {(0, 2)}
    assert "2 data set(s)" in table.title


def test_without_a_common_set_there_are_no_standings():
    rows = [*make_rows("dpads", [0.9], "a"), *make_rows("rnn", [0.7], "b")]
    assert standings_table(summarize(rows)) is None


def test_published_figures_are_those_of_the_paper():
    table = published_table(["crim13", "basic_motions"])
    assert table.rows == [
        ["crim13", "dPads", "0.458", "0.812", "147.87"],
        ["crim13", "RNN", "0.481", "0.851", "-"],
        ["crim13", "A*-NEAR", "0.286", "0.820", "164.92"],
        ["crim13", "IDS-BB-NEAR", "0.323", "0.834", "463.36"],
    ]
    assert published_table(["basic_motions"]) is None
    assert len(published_table(list(PAPER_LOADERS)).rows) == len(PUBLISHED) == 16
    assert {p.data_set for p in PUBLISHED} == set(PAPER_LOADERS)
    assert {p.system for p in PUBLISHED} <= set(SYSTEMS)


TABLE = TextTable(
    "Some title",
    ["system", "F1"],
    [["A*-NEAR", "0.5"], ["a|b", "-"]],
    best=frozenset({(0, 1), (1, 1)}),
)


def test_plain_text():
    assert as_text(TABLE).splitlines() == [
        *("Some title", ""),
        "system   F1",
        "-------  -----",
        "A*-NEAR  0.5 *",
        "a|b      -",
    ]


def test_markdown():
    assert as_markdown(TABLE).splitlines() == [
        *("### Some title", ""),
        "| system | F1 |",
        "| --- | --- |",
        "| A*-NEAR | **0.5** |",
        r"| a\|b | - |",
    ]


def test_rst():
    assert as_rst(TABLE).splitlines() == [
        *(".. list-table:: Some title", "   :header-rows: 1", ""),
        *("   * - system", "     - F1"),
        *(r"   * - A\*-NEAR", "     - **0.5**"),
        *("   * - a|b", r"     - \-"),
    ]


def test_the_figure_has_a_panel_per_data_set_and_a_mark_per_seed(tmp_path):
    rows = [
        row | {"fit_seconds": 10.0 ** row["seed"]}
        for data_set in ("a", "b", "c", "d")
        for system, f1 in (("dpads", [0.5, 0.7, 0.6]), ("rnn", [0.8, 0.9]), ("mine", [0.3]))
        for row in make_rows(system, f1, data_set)
    ]
    path = tmp_path / "figure.png"
    figure = draw(summarize(rows), path)
    panels = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title() for axes in panels] == ["a", "b", "c", "d"]
    seeds = [points.get_offsets().tolist() for points in panels[0].collections[::2]]
    assert seeds[0] == [[1.0, 0.5], [10.0, 0.7], [100.0, 0.6]]
    means = [line.get_xydata().tolist() for line in panels[0].lines if line.get_marker() != "None"]
    assert means[0] == [[pytest.approx(37.0), pytest.approx(0.6)]]
    assert panels[0].get_xscale() == "log"
    assert panels[3].get_xlabel() == panels[1].get_xlabel() == "seconds of a fit"
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["dPads", "RNN", "mine"]
    picture = imread(path)
    assert picture.shape[0] > 500
    assert np.ptp(picture[..., :3]) > 0.5


def test_one_panel_has_room_for_the_legend_of_every_system(tmp_path):
    rows = [row for name in SYSTEMS for row in make_rows(name, [0.5], "a")]
    figure = draw(summarize(rows), tmp_path / "figure.png")
    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    assert len(figure.legends[0].get_texts()) == len(SYSTEMS)
    assert 0 <= legend.x0 < legend.x1 <= figure.bbox.width
    assert 0 <= legend.y0 < legend.y1 < figure.axes[0].get_window_extent().y0


def test_variants_of_a_system_look_different(tmp_path):
    settings = [{}, *({"N": n} for n in range(16))]
    rows = [make_row(settings=given, settings_hash=str(given)) for given in settings]
    figure = draw(summarize(rows), tmp_path / "figure.svg")
    handles = figure.legends[0].legend_handles
    looks = {(handle.get_color(), handle.get_marker()) for handle in handles}
    assert len(looks) == len(settings)
    assert re.search("<svg", (tmp_path / "figure.svg").read_text())
