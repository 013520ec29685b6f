"""Poses out of the files that trackers write."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads.baselines import SummaryClassifier
from sklearn_dpads.datasets import read_poses, read_sequences

from .pose_files import VALUES, pose_columns


def write_deeplabcut(path, *, animals=None, values=VALUES, **settings):
    """As DeepLabCut does: a column of frame numbers, and levels that have names."""
    pd.DataFrame(values, columns=pose_columns(animals)).to_csv(path, **settings)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mouse.csv"


@pytest.mark.parametrize("settings", [{}, {"sep": ";", "encoding": "utf-16"}])
@pytest.mark.parametrize(
    ("animals", "names"), [(None, ["nose", "tail"]), (["a", "b"], ["a_nose", "b_nose"])]
)
def test_deeplabcut(path, animals, names, settings):
    write_deeplabcut(path, animals=animals, **settings)
    poses = read_poses(path, **settings)
    assert poses.columns.tolist() == [f"{name}_{coord}" for name in names for coord in "xy"]
    assert_array_equal(poses, VALUES[:, [0, 1, 3, 4]])
    assert poses.index.tolist() == [0, 1, 2, 3]
    everything = read_poses(path, left_out=(), **settings)
    assert everything.columns.tolist()[2] == f"{names[0]}_likelihood"
    assert_array_equal(everything, VALUES)


def test_the_name_of_a_single_animal_is_left_out(path):
    poses = read_poses(write_deeplabcut(path, animals=["a"], values=VALUES[:, :3]))
    assert poses.columns.tolist() == ["nose_x", "nose_y"]


def test_simba(path):
    columns = ["nose_x", "nose_y", "nose_p", "speed"]
    pd.DataFrame(VALUES[:, :4], columns=columns).to_csv(path)
    poses = read_poses(path)
    assert poses.columns.tolist() == ["nose_x", "nose_y", "speed"]
    assert_array_equal(poses, VALUES[:, [0, 1, 3]])
    assert read_poses(path, left_out=()).columns.tolist() == columns


def test_what_the_tracker_did_not_see_is_missing(path):
    values = VALUES.copy()
    values[1, :2] = np.nan
    poses = read_poses(write_deeplabcut(path, values=values))
    assert np.isnan(poses.to_numpy()).sum() == 2


@pytest.mark.parametrize("likelihood", ["likelihood", "p"])
def test_points_of_low_likelihood_are_missing(path, likelihood):
    columns = [
        "nose_x",
        "nose_y",
        f"nose_{likelihood}",
        "tail_x",
        f"tail_{likelihood}",
        "nose_speed",
    ]
    values = [[1, 2, 0.9, 3, 0.1, 4], [1, 2, 0.89, 3, 0.95, 4], [1, 2, None, 3, 0.95, 4]]
    pd.DataFrame(values, columns=columns).to_csv(path)
    poses = read_poses(path, min_likelihood=0.9)
    assert poses.columns.tolist() == ["nose_x", "nose_y", "tail_x", "nose_speed"]
    nan = np.nan
    assert_array_equal(poses, [[1, 2, nan, 4], [nan, nan, 3, 4], [1, 2, 3, 4]])
    assert_array_equal(read_poses(path, min_likelihood=0), read_poses(path))
    everything = read_poses(path, min_likelihood=0.9, left_out=())
    assert_array_equal(everything[f"nose_{likelihood}"], [0.9, 0.89, nan])


@pytest.mark.parametrize("least", [-0.1, 1.1, np.nan, True, "0.5"])
def test_likelihoods_are_from_0_to_1(path, least):
    write_deeplabcut(path)
    with pytest.raises(ValueError, match="min_likelihood must be a number from 0 to 1"):
        read_poses(path, min_likelihood=least)


def test_without_a_likelihood_none_can_be_asked_for(path):
    pd.DataFrame(VALUES[:, :2], columns=["nose_x", "nose_y"]).to_csv(path)
    with pytest.raises(ValueError, match=r"mouse.csv: there is no likelihood.*'nose_x', 'nose_y'"):
        read_poses(path, min_likelihood=0.5)


@pytest.mark.parametrize(
    ("left_out", "names"),
    [
        (["tail"], ["nose_x", "nose_y"]),
        (["tail_x", "tail_y"], ["nose_x", "nose_y"]),
        (["tail_x", "nose"], ["tail_y"]),
        (["y"], ["nose_x", "tail_x"]),
        (["p", "x"], ["nose_y", "tail_y"]),
        (["likelihood"], ["nose_x", "nose_y", "tail_x", "tail_y"]),
        (iter(["tail"]), ["nose_x", "nose_y"]),
    ],
)
def test_points_coordinates_and_columns_are_left_out(path, left_out, names):
    write_deeplabcut(path)
    assert read_poses(path, left_out=left_out, min_likelihood=0.5).columns.tolist() == names


@pytest.mark.parametrize(
    ("left_out", "names"),
    [
        (["nose"], ["b_tail_x", "b_tail_base_x"]),
        (["a_nose", "tail"], ["b_nose_x", "b_tail_base_x"]),
        (["b_tail_base"], ["a_nose_x", "b_nose_x", "b_tail_x"]),
    ],
)
def test_points_are_left_out_of_all_animals_or_of_one(path, left_out, names):
    rows = [("a", "nose"), ("b", "nose"), ("b", "tail"), ("b", "tail_base")]
    path.write_text(
        "\n".join(
            [
                "scorer,n,n,n,n",
                "individuals," + ",".join(row[0] for row in rows),
                "bodyparts," + ",".join(row[1] for row in rows),
                "coords,x,x,x,x",
                "0,1,2,3,4",
            ]
        )
    )
    assert read_poses(path, left_out=left_out).columns.tolist() == names


def test_columns_of_simba_are_left_out(path):
    columns = ["nose_x", "nose_p", "tail_base_x", "tail_base_p", "speed", "tail_speed"]
    pd.DataFrame(VALUES, columns=columns).to_csv(path)
    assert read_poses(path, left_out=["tail_base", "nose_x"]).columns.tolist() == columns[4:]
    # A coordinate of all points: what has no point is called so, too.
    assert read_poses(path, left_out=["speed"]).columns.tolist() == ["nose_x", "tail_base_x"]


@pytest.mark.parametrize("left_out", ["tail", None, 3])
def test_what_is_left_out_is_a_list(tmp_path, left_out):
    # Before anything is read.
    with pytest.raises(TypeError, match=r"left_out must be a list of names, as \['tail'\]; got"):
        read_poses(tmp_path / "none.csv", left_out=left_out)


@pytest.mark.parametrize("name", ["nonsense", "nos", "net", "", 3, "TAIL"])
def test_what_is_not_there_cannot_be_left_out(path, name):
    write_deeplabcut(path)
    message = (
        f"mouse.csv: left_out: there is no {name!r}; the points are 'nose', 'tail', their "
        "coordinates 'x', 'y', 'likelihood', and the columns 'nose_x', 'nose_y', 'nose_like"
    )
    with pytest.raises(ValueError, match=message):
        read_poses(path, left_out=["tail", name])


@pytest.mark.parametrize("source", [3, None, pd.DataFrame({"a": [1.0]})])
def test_what_is_no_path_is_refused(source):
    with pytest.raises(TypeError, match="takes the path of a file, or a Dataset of movement"):
        read_poses(source)


def test_recordings_are_what_estimators_take(path):
    X = [read_poses(write_deeplabcut(path, values=VALUES + i % 2)) for i in range(6)]
    assert (
        SummaryClassifier().fit(X, [0, 1] * 3).feature_names_in_.tolist() == X[0].columns.tolist()
    )


@pytest.mark.parametrize(
    ("text", "settings", "error", "message"),
    [
        ("frame\n0\n1\n", {}, ValueError, "mouse.csv: there is no feature to read"),
        (",a_p,b_likelihood\n0,1,2\n", {}, ValueError, "no feature to read; the columns are 'a_p'"),
        (",a\n0,1\n1,lost\n", {}, TypeError, "mouse.csv: .*'a' holds 'lost' in row 1"),
        (
            ",speed,gait\n0,1,walk\n",
            {},
            TypeError,
            r"mouse.csv: .*'gait' holds 'walk' in row 0, .*Leave it out, as left_out=\['gait'\].*"
            "is another table, read_sequences reads it",
        ),
        (
            ",a_x,a_p\n0,1,sure\n",
            {"min_likelihood": 0.5},
            TypeError,
            "'a_p' holds 'sure' in row 0, .*Correct it, or leave min_likelihood out",
        ),
        (",a\n0,1\n", {"sep": "ab"}, ValueError, "sep must be one character"),
        (",größe\n0,1\n", {"encoding": "ascii"}, ValueError, "not in the encoding ascii"),
        (",a,a\n0,1,2\n", {}, ValueError, "different names; a occur twice"),
        (
            "scorer,n,n\nbodyparts,a,a\ncoords,x,x\n0,1,2\n",
            {},
            ValueError,
            "different names; n_a_x occur twice",
        ),
    ],
)
def test_files_that_are_refused(path, text, settings, error, message):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        read_poses(path, **settings)


def test_tables_of_many_levels_are_told_of_it(path):
    table = pd.read_csv(write_deeplabcut(path), header=[0, 1, 2], index_col=0)
    with pytest.raises(ValueError, match="have 3 levels. read_poses reads files of DeepLabCut"):
        read_sequences(table, sample="trial")
