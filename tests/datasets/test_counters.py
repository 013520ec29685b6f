"""Indices, frame numbers and ids are no features, and those that look like it are told of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sklearn_dpads import DPadsClassifier
from sklearn_dpads.datasets import read_sequences

N, T = 6, 5


def make_table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "trial": np.repeat(np.arange(N), T),
            "time": np.tile(np.arange(T), N),
            "speed": rng.normal(size=N * T),
            "gait": np.repeat(["rest", "walk"], N * T // 2),
        }
    )


def read(table, **more):
    parameters = {"sample": "trial", "time": "time", "sequence_label": "gait"} | more
    return read_sequences(table, **parameters)


def test_the_index_that_pandas_writes_is_left_out(tmp_path):
    make_table().to_csv(tmp_path / "table.csv")
    table = pd.read_csv(tmp_path / "table.csv")
    with pytest.warns(UserWarning, match=r"left out: 'Unnamed: 0'\..*list it in features"):
        assert read(table).feature_names == ["speed"]
    with pytest.warns(UserWarning, match="'Unnamed: 0'"):
        assert read(table, sequence_label=None, frame_label="gait").feature_names == ["speed"]
    listed = read(table, features=["Unnamed: 0", "speed"])
    assert listed.feature_names == ["Unnamed: 0", "speed"]


@pytest.mark.parametrize("name", ["", " ", "Unnamed: 12", "Unnamed: 3_level_1"])
def test_columns_without_a_header(name):
    table = make_table().assign(**{name: 0.0})
    with pytest.warns(UserWarning, match=f"left out: '{name}'"):
        assert read(table).feature_names == ["speed"]
    assert read(table.rename(columns={name: "Unnamed"})).feature_names == ["speed", "Unnamed"]


def test_levels_without_a_header():
    name = ("Unnamed: 0_level_0", "Unnamed: 0_level_1")
    wide = pd.DataFrame({("x", "0"): [1.0], ("x", "1"): [2.0], name: 0})
    with pytest.warns(UserWarning, match=r"left out: \('Unnamed: 0_level_0'"):
        assert read_sequences(wide, columns=("feature", "time")).X.tolist() == [[[1.0], [2.0]]]


def test_data_frames_of_single_sequences_are_refused():
    with pytest.raises(ValueError, match=r"\['Unnamed: 0'\] have no name.*index_col=0"):
        DPadsClassifier().fit([pd.DataFrame({"Unnamed: 0": [0], "x": [1.0]})] * 4, [0, 1, 0, 1])


RISING = {
    "index": np.arange(N * T),
    "id": np.repeat(np.arange(N) * 7, T),
    "clock": 1.7e9 + 0.5 * np.arange(N * T),
    "frame": np.tile(np.arange(T), N),
}


@pytest.mark.parametrize("name", RISING)
def test_features_that_only_rise_are_told_of(name):
    table = make_table().assign(**{name: RISING[name]})
    with pytest.warns(UserWarning, match=f"only rise.*: '{name}'.*list the features"):
        assert read(table).feature_names == ["speed", name]
    with pytest.warns(UserWarning, match="only rise"):
        read(table.sort_values("time", kind="stable"), sequence_label=None, frame_label="gait")
    assert read(table, features=["speed", name]).feature_names == ["speed", name]


def test_features_that_only_rise_in_other_layouts():
    xarray = pytest.importorskip("xarray", reason="xarray isn't installed")
    values = np.stack([np.arange(30.0).reshape(6, 5), np.zeros((6, 5))], axis=2)
    wide = pd.DataFrame(values[:, :, 0], columns=[f"x_{t}" for t in range(5)])
    with pytest.warns(UserWarning, match="'x'"):
        read_sequences(wide, columns="{feature}_{time}")
    with pytest.warns(UserWarning, match="only rise.*: 'x0'"):
        read_sequences(xarray.DataArray(values, dims=("sample", "time", "feature")))


def test_features_that_fall_once_or_never_change_are_measured():
    falls = np.arange(N * T, dtype=float)
    falls[T] = -1.0
    distance = np.concatenate([np.arange(T) * pace for pace in (1.0, 3.0, 0.5, 2.0, 0.1, 1.5)])
    table = make_table().assign(falls=falls, mass=1.0, distance=distance)
    assert read(table).feature_names == ["speed", "falls", "mass", "distance"]
    one = make_table().drop(columns="gait").assign(trial=1, time=np.arange(N * T))
    assert read(one.assign(x=one["time"]), sequence_label=None).feature_names == ["speed", "x"]
