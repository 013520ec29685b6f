"""Poses out of HDF5 files and Datasets, and files that mean harm."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from sklearn_dpads.datasets import read_poses
from sklearn_dpads.datasets.plain_pickles import read_plain
from sklearn_dpads.inputs import archives

from .pose_files import (
    AXES,
    VALUES,
    make_dataset,
    need_h5py,
    pose_columns,
    write_sleap,
    write_table,
)

# Axes of different lengths: 5 frames, 3 tracks, 2 nodes.
TRACKS = np.arange(60.0).reshape(5, 3, 2, 2)
SCORES = np.linspace(0, 1, 30).reshape(5, 3, 2)
ANIMALS = ["a", "b", "c"]
NAMES = [f"{a}_{n}_{c}" for a in ANIMALS for n in ("nose", "tail") for c in "xy"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mouse.h5"


@pytest.mark.parametrize("animals", [None, ["a", "b"]])
@pytest.mark.parametrize("writer", ["h5py", "pandas"])
def test_deeplabcut_is_read_as_its_csv(path, writer, animals):
    columns = pose_columns(animals)
    table = pd.DataFrame(VALUES, columns=columns)
    if writer == "h5py":
        write_table(path, columns)
    else:
        pytest.importorskip("tables", reason="PyTables isn't installed: pandas writes no .h5 file")
        table.to_hdf(path, key="df_with_missing", format="table", mode="w")
    table.to_csv(path.with_suffix(".csv"))
    for settings in ({}, {"left_out": ()}, {"min_likelihood": 0.5}):
        expected = read_poses(path.with_suffix(".csv"), **settings)
        assert_frame_equal(read_poses(path, **settings), expected)


def test_columns_are_in_their_order_wherever_pandas_keeps_them(path):
    write_table(path, pose_columns(), blocks=[[4, 5], [0, 1, 2, 3]])
    assert_array_equal(read_poses(path, left_out=()), VALUES)


@pytest.mark.parametrize("form", list(AXES))
def test_sleap(path, form):
    write_sleap(path, TRACKS, SCORES, names=ANIMALS, form=form)
    poses = read_poses(path)
    assert poses.columns.tolist() == NAMES
    assert_array_equal(poses, TRACKS.reshape(5, -1))
    assert poses.index.tolist() == list(range(5))
    everything = read_poses(path, left_out=())
    assert_array_equal(everything["b_tail_likelihood"], SCORES[:, 1, 1])
    seen = read_poses(path, min_likelihood=0.5)
    assert_array_equal(seen, np.where(SCORES[..., None] < 0.5, np.nan, TRACKS).reshape(5, -1))


def test_sleap_without_names_of_tracks(path):
    assert read_poses(write_sleap(path, TRACKS[:, :1])).columns.tolist()[0] == "nose_x"
    assert read_poses(write_sleap(path, TRACKS[:, :2])).columns.tolist()[-1] == "track_1_tail_y"


@pytest.mark.parametrize("singular", [True, False])
def test_movement(singular):
    data = make_dataset(TRACKS, SCORES, ANIMALS, singular=singular)
    poses = read_poses(data)
    assert poses.columns.tolist() == NAMES
    assert_array_equal(poses, TRACKS.reshape(5, -1))
    assert poses.index.tolist() == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert_array_equal(read_poses(data, left_out=())["c_nose_likelihood"], SCORES[:, 2, 0])
    assert np.isnan(read_poses(data, min_likelihood=0.5).to_numpy()).sum() == 30
    one = data.sel({"individual" if singular else "individuals": "b"})
    assert_array_equal(read_poses(one), TRACKS[:, 1].reshape(5, -1))
    assert read_poses(one).columns.tolist()[0] == "nose_x"


def test_movement_that_does_not_tell_the_likelihood():
    data = make_dataset(TRACKS, np.full_like(SCORES, np.nan), ANIMALS)
    assert read_poses(data, left_out=()).shape == (5, 12)
    with pytest.raises(ValueError, match="there is no likelihood"):
        read_poses(data, min_likelihood=0.5)


def test_other_datasets_are_refused():
    data = make_dataset(TRACKS, SCORES, ANIMALS)
    with pytest.raises(ValueError, match="this has 'confidence'"):
        read_poses(data.drop_vars("position"))
    with pytest.raises(ValueError, match=r"has 'time', 'space', 'individual'\. Select"):
        read_poses(data.isel(keypoint=0))


class Harm:
    def __reduce__(self):
        return exec, ("import sys; sys.harmed = True",)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_no_pickle_is_executed(path, protocol):
    write_table(path, pose_columns(), pickled=pickle.dumps([Harm()], protocol=protocol))
    with pytest.raises(ValueError, match=r"mouse.h5: a list of names in it holds .* isn't read"):
        read_poses(path)
    assert not hasattr(sys, "harmed")


@pytest.mark.parametrize("data", [b"", b"(lp0\n", b"a.", b"g7\n.", b"t.", b"(V\n(a.", b"\xff"])
def test_damaged_pickles(data):
    with pytest.raises(ValueError, match="."):
        read_plain(data)


@pytest.mark.parametrize(
    "rows", ["nose", [("net", "nose")], [["net", "nose", "x"]], [("net", "nose", ("x",))]]
)
def test_columns_of_other_names_are_refused(path, rows):
    write_table(path, pose_columns(), pickled=pickle.dumps(rows, protocol=0))
    with pytest.raises(ValueError, match=r"mouse.h5: the columns of .* must be named by"):
        read_poses(path)


def spoil(path, change):
    """Change a file with h5py."""
    with need_h5py().File(path, "a") as file:
        change(file, need_h5py())
    return path


def _huge(file, h5py):
    del file["tracks"]
    file.create_dataset("tracks", shape=(3, 2, 2, 10**12), chunks=(3, 2, 2, 1000), dtype="f8")


def _elsewhere(file, h5py):
    del file["tracks"]
    file["tracks"] = h5py.ExternalLink("other.h5", "tracks")


def _outside(file, h5py):
    del file["tracks"]
    file.create_dataset("tracks", (3, 2, 2, 1), dtype="f8", external=[("other", 0, 96)])


def _replace(name, value):
    def change(file, h5py):
        del file[name]
        file[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_huge, "'tracks' unpacks to 96000000000000 bytes, too many for a file of"),
        (_elsewhere, "there is no 'tracks' in it"),
        (_outside, "'tracks' lies in another file"),
        (_replace("tracks", [b"text"]), "'tracks' must hold numbers"),
        (
            _replace("tracks", np.zeros((3, 4, 2, 5))),
            r"must have the axes \(track, xy, node, frame",
        ),
        (_replace("tracks", np.zeros(3)), r"has the shape \(3,\)"),
        (_replace("point_scores", np.zeros(3)), r"but 'point_scores' \(3,\)"),
        (_replace("node_names", [1, 2]), "'node_names' must hold names, but holds int64"),
        (_replace("node_names", [b"a" * 1001, b"b"]), "a name of 1001 characters"),
        (_replace("node_names", [b"n"] * 10_001), "holds 10001 names; 10000 are allowed"),
        (_replace("node_names", [b"nose", b"nose"]), "'a_nose_x'.* occur twice"),
        (lambda file, _: file.pop("node_names"), "it is no .h5 file of DeepLabCut.*'edge_names'"),
    ],
)
def test_files_of_sleap_that_are_refused(path, tmp_path, change, message):
    (tmp_path / "other").write_bytes(bytes(96))
    spoil(write_sleap(path, TRACKS, SCORES, names=ANIMALS), change)
    with pytest.raises(ValueError, match=f"mouse.h5: .*{message}"):
        read_poses(path)


def test_small_arrays_may_shrink_as_they_like(path, monkeypatch):
    write_sleap(path, np.zeros((20_000, 1, 2, 2)))
    assert read_poses(path).shape == (20_000, 4)
    monkeypatch.setattr(archives, "_SMALL", 1000)
    monkeypatch.setattr(archives, "_MOST_EXPANSION", 10)
    with pytest.raises(ValueError, match="'tracks' unpacks to 640000 bytes"):
        read_poses(path)


def test_damaged_files(path):
    whole = write_sleap(path, TRACKS, SCORES).read_bytes()
    for part in (whole[:100], whole[: len(whole) // 2], whole[:8] + bytes(200)):
        path.write_bytes(part)
        with pytest.raises(ValueError, match=r"mouse.h5: the file is damaged, or no .h5 file of"):
            read_poses(path)
    path.write_text("a text")
    with pytest.raises(ValueError, match=r"mouse.h5: the file is damaged, or no .h5 file of"):
        read_poses(path)
    with pytest.raises(FileNotFoundError):
        read_poses(path.with_name("none.h5"))


def test_other_tables_of_pandas_are_refused(path):
    write_table(path, pose_columns())
    spoil(
        path, lambda file, _: file["df_with_missing"].attrs.update(pandas_type=np.bytes_("frame"))
    )
    with pytest.raises(ValueError, match=r"not in the form.*format='table'\) or to_csv"):
        read_poses(path)
    spoil(path, lambda file, _: file.copy("df_with_missing", "b"))
    with pytest.raises(ValueError, match="the tables b, df_with_missing, but a recording is one"):
        read_poses(path)


def test_h5py_is_asked_for_where_it_is_needed(path, monkeypatch):
    write_sleap(path, TRACKS)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install sklearn_dpads\[poses\]"):
        read_poses(path)
