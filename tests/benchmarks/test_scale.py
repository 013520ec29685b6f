"""The benchmark of growing data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scale
from comparison.results import ResultsFile

SMALL = scale.Point(n=12, timesteps=6, d=4, groups=2, depth=2)


@pytest.mark.parametrize("per_frame", [0, 1])
def test_a_point_has_the_shape_it_says(per_frame):
    X, y, groups = scale.draw(replace(SMALL, skew=3, per_frame=per_frame, classes=3))
    assert [len(x) for x in X[:2]] == [18, 18]
    assert len(X) == len(y) == 12
    assert {x.shape[1] for x in X} == {4}
    assert groups == {"g0": [0, 1], "g1": [2, 3]}
    if per_frame:
        assert [len(labels) for labels in y] == [len(x) for x in X]


def test_what_a_fit_takes_is_measured():
    row = scale.measure(SMALL, "SumsOfReaders()")
    assert row["seconds"] > 0
    assert row["program"]


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_slope_of_a_power_is_its_exponent(power):
    sizes = [10.0, 20.0, 40.0, 80.0]
    assert scale.slope(sizes, [size**power for size in sizes]) == pytest.approx(power)


def test_rows_are_kept_and_failures_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(scale.AXES, "n", [SMALL, replace(SMALL, n=24), replace(SMALL, n=48)])
    asked = []

    def apart(point, search, most_seconds):
        asked.append(point.n)
        if point.n == 48:
            return {"failure": "not done in 5 s"}
        size = {"megabytes": 1.0, "sizes": 2.0, "data_megabytes": 0.5}
        return {"seconds": float(point.n), "program": "avg(x0)", **size}

    monkeypatch.setattr(scale, "measured_apart", apart)
    results, figure = tmp_path / "rows.jsonl", tmp_path / "scale.png"
    scale.main(["--axes", "n", "--results", str(results), "--figure", str(figure)])
    printed = capsys.readouterr().out
    assert "slope of n: 1.00" in printed
    assert "not done in 5 s" in printed
    assert figure.stat().st_size > 0
    scale.main(["--axes", "n", "--results", str(results)])
    assert asked == [12, 24, 48]
    assert len(ResultsFile(results).rows()) == 3
    assert np.isfinite(scale.peak())
