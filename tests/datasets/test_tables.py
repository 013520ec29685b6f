"""Sequences and labels come out of tables as they went in, and odd tables are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads.datasets import LabelledSequences, read_sequences
from sklearn_dpads.inputs.frame_labels import read_frame_labels
from sklearn_dpads.inputs.sequences import check_sequences

LENGTHS = {"b": 3, "a": 1, "c": 2}


def make_long(lengths=LENGTHS, seed=0):
    """Rows in order of sequence and time; every value tells where it belongs."""
    rows = [
        {
            "trial": trial,
            "second": frame / 10,
            "speed": 100.0 * position + frame,
            "turn": -(100.0 * position + frame),
            "gait": "run" if position % 2 else "walk",
            "foot": "left" if frame % 2 else "right",
        }
        for position, (trial, length) in enumerate(lengths.items())
        for frame in range(length)
    ]
    return pd.DataFrame(rows)


FEATURES = ["speed", "turn"]


def expected(lengths=LENGTHS):
    signs = np.array([1.0, -1.0])
    return [
        (100.0 * position + np.arange(length))[:, None] * signs
        for position, length in enumerate(lengths.values())
    ]


def assert_sequences(X, members):
    assert len(X) == len(members)
    for sequence, member in zip(X, members, strict=True):
        assert_array_equal(sequence, member)


# Long data frames


def test_long_table_with_sequence_labels():
    table = make_long().drop(columns="foot")
    result = read_sequences(table, sample="trial", time="second", sequence_label="gait")
    assert isinstance(result, LabelledSequences)
    assert isinstance(result.X, list)
    assert_sequences(result.X, expected())
    assert result.y.tolist() == ["walk", "run", "walk"]
    assert result.feature_names == FEATURES
    assert result.ids.tolist() == ["b", "a", "c"]
    assert result.y.dtype.kind == result.ids.dtype.kind == "U"
    assert check_sequences(result.X, estimator_name="Some").lengths.tolist() == [3, 1, 2]


def test_order_of_rows_does_not_matter():
    table = make_long().sample(frac=1.0, random_state=3)
    X, y, _, ids = read_sequences(
        table, sample="trial", time="second", features=FEATURES, frame_label="foot"
    )
    assert ids.tolist() == list(dict.fromkeys(table["trial"]))
    by_id = dict(zip(LENGTHS, expected(), strict=True))
    assert_sequences(X, [by_id[trial] for trial in ids])
    for labels, trial in zip(y, ids, strict=True):
        assert labels.tolist() == ["right", "left", "right"][: LENGTHS[trial]]


def test_without_time_rows_are_frames_in_order():
    table = make_long().drop(columns=["gait", "foot", "second"])
    interleaved = table.iloc[[3, 0, 4, 1, 5, 2]]
    X, y, _, ids = read_sequences(interleaved, sample="trial")
    assert y is None
    assert ids.tolist() == ["a", "b", "c"]
    a, b, c = (expected()[index] for index in (1, 0, 2))
    assert_sequences(X, [a, b, c])


def test_equal_lengths_give_arrays():
    table = make_long({"a": 2, "b": 2})
    X, y, names, _ = read_sequences(
        table, sample="trial", time="second", features=["turn"], frame_label="foot"
    )
    assert names == ["turn"]
    assert_array_equal(X, np.stack(expected({"a": 2, "b": 2}))[:, :, [1]])
    assert y.tolist() == [["right", "left"], ["right", "left"]]
    assert not isinstance(y, np.ma.MaskedArray)


def test_order_of_features_is_that_asked_for():
    X, _, names, _ = read_sequences(
        make_long(), sample="trial", time="second", features=["turn", "speed"]
    )
    assert names == ["turn", "speed"]
    assert_array_equal(X[0], expected()[0][:, ::-1])


def test_levels_of_the_index_are_columns():
    table = make_long().drop(columns=["gait", "foot"]).set_index(["trial", "second"])
    X, _, names, ids = read_sequences(table, sample="trial", time="second")
    assert_sequences(X, expected())
    assert names == FEATURES
    assert ids.tolist() == ["b", "a", "c"]


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["2024-03-01", "2024-01-01", "2024-02-01"]),
        pd.to_datetime(["2024-03-01", "2024-01-01", "2024-02-01"]).tz_localize("UTC"),
        pd.to_timedelta([3, 1, 2], unit="s"),
        [10, 8, 9],
    ],
)
def test_times_of_any_type_that_sorts(times):
    table = pd.DataFrame({"id": [7, 7, 7], "when": times, "x": [3.0, 1.0, 2.0]})
    X, _, _, ids = read_sequences(table, sample="id", time="when")
    assert X[0, :, 0].tolist() == [1.0, 2.0, 3.0]
    assert ids.tolist() == [7]


@pytest.mark.parametrize("dtype", ["float32", "int64", "Int64", "Float64", "bool", "object"])
def test_numbers_of_any_type(dtype):
    table = pd.DataFrame({"id": [0, 0, 1], "x": pd.Series([1, 0, 1]).astype(dtype)})
    X = read_sequences(table, sample="id").X
    assert_sequences(X, [[[1.0], [0.0]], [[1.0]]])
    assert X[0].dtype == np.float64


def test_frames_without_values_at_the_end_are_padding():
    table = make_long()
    table.loc[table["trial"].isin(["b", "c"]) & (table["second"] > 0), FEATURES] = np.nan
    X, y, _, _ = read_sequences(
        table, sample="trial", time="second", features=FEATURES, frame_label="foot"
    )
    assert X.shape == (3, 1, 2)
    assert y.tolist() == [["right"]] * 3


@pytest.mark.parametrize("absent", [None, np.nan, pd.NA, ""])
def test_frames_without_label_are_masked(absent):
    table = make_long().astype({"foot": object})
    table.loc[1, "foot"] = absent
    X, y, _, _ = read_sequences(
        table, sample="trial", time="second", features=FEATURES, frame_label="foot"
    )
    assert len(X) == 3
    assert y.shape == (3, 3)
    assert_array_equal(y.mask, [[False, True, False], [False, True, True], [False, False, True]])
    assert y[2, 1] == "left"
    assert y.dtype.kind == "U"
    read = read_frame_labels(y, "y")
    assert read.present.sum() == 5


def test_integer_frame_labels_stay_integers():
    table = make_long().assign(foot=[0, 1, 2, 0, -1, 2])
    _, y, _, _ = read_sequences(
        table, sample="trial", time="second", features=FEATURES, frame_label="foot"
    )
    assert [labels.tolist() for labels in y] == [[0, 1, 2], [0], [-1, 2]]
    assert y[0].dtype.kind == "i"


def test_categories_are_labels():
    table = make_long().astype({"gait": "category", "trial": "category"})
    _, y, _, ids = read_sequences(
        table, sample="trial", time="second", features=FEATURES, sequence_label="gait"
    )
    assert y.tolist() == ["walk", "run", "walk"]
    assert ids.tolist() == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("change", "arguments", "error", "message"),
    [
        ({}, {"sample": None}, ValueError, "needs sample=.*there are 'trial', 'second', 'speed'"),
        ({}, {"sample": "id"}, ValueError, "sample='id' is no column of the table; .*'trial'"),
        ({}, {"time": "t"}, ValueError, "time='t' is no column of the table; there are 'trial'"),
        ({}, {"sequence_label": "class"}, ValueError, "sequence_label='class' is no column"),
        ({}, {"frame_label": "class"}, ValueError, "frame_label='class' is no column"),
        ({}, {"features": ["speed", "mass"]}, ValueError, "no feature 'mass'; .*'speed', 'turn'"),
        ({}, {"features": ["speed", "speed"]}, ValueError, "'speed' occurs twice"),
        ({}, {"features": []}, ValueError, "no feature to read"),
        ({}, {"features": "speed"}, TypeError, r"list of names; got 'speed', pass \['speed'\]"),
        ({}, {"features": None}, TypeError, "must be numbers, but 'gait' holds 'walk'"),
        ({"speed": "1.5"}, {}, TypeError, "must be numbers, but 'speed' holds '1.5'"),
        ({"speed": 1j}, {}, TypeError, "must be numbers, but 'speed' holds"),
        (
            {},
            {"sequence_label": "gait", "frame_label": "foot"},
            ValueError,
            "not both; got 'gait' and 'foot'",
        ),
        (
            {},
            {"sequence_label": "foot"},
            ValueError,
            "sequence 'b' has 'right' and 'left'.*pass frame_label='foot'",
        ),
        ({"gait": np.nan}, {"sequence_label": "gait"}, ValueError, "Sequence 'b' has no label"),
        ({"second": 0.0}, {}, ValueError, "Sequence 'b' has two rows for time 0.0"),
        ({"second": np.nan}, {}, ValueError, "Column 'second' orders.*no value in row 0"),
        ({"trial": None}, {}, ValueError, "Column 'trial' tells.*no value in row 0"),
        ({FEATURES[0]: np.nan}, {}, ValueError, "'speed' has no value in sequence 'b' at time 0.0"),
    ],
)
def test_long_tables_that_are_refused(change, arguments, error, message):
    table = make_long().assign(**change)
    defaults = {"sample": "trial", "time": "second", "features": FEATURES}
    with pytest.raises(error, match=message):
        read_sequences(table, **(defaults | arguments))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["0.5", "0.7", "NULL", "0.4"], "'speed' holds 'NULL' in row 2, .*3 other cells are num"),
        ([0.5, None, 0.7, "NULL"], "'speed' holds 'NULL' in row 3, .*leave it empty"),
        ([0.5, 0.7, 0.6, ["x"]], r"'speed' holds \['x'\] in row 3"),
        (["slow", "slow", "fast", "0,4"], "'speed' holds 'slow' in row 0, .*Encode it"),
        (["0,5", "0,7", "1,0", "0,4"], "'speed' holds '0,5' in row 0, .*with a decimal comma"),
        ([3, None, "-1,0e3", "7"], r"'speed' holds '-1,0e3' in row 2, .*decimal=','\) .*to_csv"),
        (["0,5", "0.7", "slow", "1"], "'speed' holds '0,5' in row 0, .*other cells are numbers"),
        (["0.5", "0,7", "1", "2"], "'speed' holds '0,7' in row 1, .*3 other cells are numbers"),
        (["1,234,567", "1", "2", "3"], "holds '1,234,567' in row 0, .*3 other cells are numbers"),
        (["0.5", "0.7", "1", ""], "'speed' holds '0.5', a number as text.*pandas.to_numeric"),
        (pd.to_datetime(["2024-01-01"] * 4), "'speed' holds .* in row 0"),
    ],
)
def test_the_cell_that_is_no_number_is_named(cells, message):
    labels = {"gait": list("aabb"), "foot": list("lrlr")}
    table = pd.DataFrame({"id": [1, 1, 2, 2], "t": [0, 1, 0, 1], "speed": cells, **labels})
    for label in ({"sequence_label": "gait"}, {"frame_label": "foot"}):
        with pytest.raises(TypeError, match=message):
            read_sequences(table, sample="id", time="t", features=["speed"], **label)
    wide = pd.DataFrame({"speed_0": cells, "speed_1": cells})
    with pytest.raises(TypeError, match=message.replace("3 other", "6 other")):
        read_sequences(wide, columns="{feature}_{time}")


def test_values_missing_inside_a_sequence():
    table = make_long()
    table.loc[1, FEATURES] = np.nan
    with pytest.raises(ValueError, match=r"'speed' has no value in sequence 'b' at time 0\.1"):
        read_sequences(table, sample="trial", time="second", features=FEATURES)
    with pytest.raises(ValueError, match="'speed' has no value in sequence 'b' at time 1"):
        read_sequences(table, sample="trial", features=FEATURES)
    table.loc[3, FEATURES] = np.nan
    with pytest.raises(ValueError, match="Sequence 'a' has no frame"):
        read_sequences(table, sample="trial", features=FEATURES)


def test_a_label_that_is_missing_in_one_row():
    table = make_long()
    table.loc[2, "gait"] = None
    with pytest.raises(ValueError, match="sequence 'b' has 'walk' and None"):
        read_sequences(table, sample="trial", features=FEATURES, sequence_label="gait")


def test_times_that_do_not_sort():
    table = pd.DataFrame({"id": [0, 0], "t": [1, "a"], "x": [0.0, 1.0]})
    with pytest.raises(TypeError, match="Column 't' holds times that can't be sorted"):
        read_sequences(table, sample="id", time="t")


def test_repeated_and_absent_columns():
    table = pd.DataFrame([[0, 1.0, 2.0]], columns=["id", "x", "x"])
    with pytest.raises(ValueError, match="different names; 'x' occur twice"):
        read_sequences(table, sample="id")
    with pytest.raises(ValueError, match="no rows"):
        read_sequences(make_long().iloc[:0], sample="trial")


def test_a_set_of_features_is_refused():
    with pytest.raises(TypeError, match=r"features must be in an order .* frozenset has not"):
        read_sequences(make_long(), sample="trial", features=frozenset(["speed", "turn"]))


def test_many_columns_are_not_all_listed():
    table = pd.DataFrame(np.zeros((1, 40)), columns=[f"c{index}" for index in range(40)])
    with pytest.raises(ValueError, match="'c19' and 20 more"):
        read_sequences(table, sample="id")


@pytest.mark.parametrize("table", [None, np.zeros((2, 3, 1)), [[1.0]], {"x": [1.0]}])
def test_what_is_no_table(table):
    with pytest.raises(TypeError, match="takes a data frame of pandas or polars.*but got"):
        read_sequences(table, sample="id")


# Wide data frames


def make_wide():
    return pd.DataFrame(
        {
            "subject": ["s1", "s2"],
            "gait": ["walk", "run"],
            "age": [40, 50],
            "acc_x_10": [3.0, np.nan],
            "acc_x_2": [2.0, 5.0],
            "acc_x_0": [1.0, 4.0],
            "turn_0": [10, 40],
            "turn_2": [20, 50],
            "turn_10": [30.0, np.nan],
            "foot_0": ["l", "r"],
            "foot_2": ["r", "l"],
            "foot_10": ["l", None],
        }
    )


WIDE = [np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]), np.array([[4.0, 40.0], [5.0, 50.0]])]


def test_wide_table_by_pattern():
    X, y, names, ids = read_sequences(
        make_wide(),
        columns="{feature}_{time}",
        sample="subject",
        sequence_label="gait",
        features=["acc_x", "turn"],
    )
    assert_sequences(X, WIDE)
    assert y.tolist() == ["walk", "run"]
    assert names == ["acc_x", "turn"]
    assert ids.tolist() == ["s1", "s2"]


def test_wide_table_with_frame_labels():
    X, y, names, ids = read_sequences(make_wide(), columns="{feature}_{time}", frame_label="foot")
    assert_sequences(X, WIDE)
    assert [labels.tolist() for labels in y] == [["l", "r", "l"], ["r", "l"]]
    assert names == ["acc_x", "turn"]
    assert ids.tolist() == [0, 1]


@pytest.mark.parametrize("levels", [("feature", "time"), ("time", "feature")])
def test_wide_table_by_levels(levels):
    wide = make_wide().set_index("subject")
    cells = {
        tuple(
            {"feature": name.rpartition("_")[0], "time": int(name.rpartition("_")[2])}[level]
            for level in levels
        ): wide[name]
        for name in wide.columns
        if "_" in name
    }
    table = pd.DataFrame({**cells, ("gait", ""): wide["gait"]})
    X, y, names, ids = read_sequences(
        table, columns=levels, sequence_label="gait", features=["turn", "acc_x"]
    )
    assert_sequences(X, [member[:, ::-1] for member in WIDE])
    assert y.tolist() == ["walk", "run"]
    assert names == ["turn", "acc_x"]
    assert ids.tolist() == ["s1", "s2"]
    _, y, _, _ = read_sequences(table, columns=levels, frame_label="foot")
    assert y[1].tolist() == ["r", "l"]


def test_unstacked_long_table():
    long = make_long()[["trial", "second", *FEATURES]]
    table = long.set_index(["trial", "second"]).unstack()
    X, _, names, ids = read_sequences(table, columns=("feature", "time"))
    assert names == FEATURES
    by_id = dict(zip(LENGTHS, expected(), strict=True))
    assert_sequences(X, [by_id[trial] for trial in ids])


@pytest.mark.parametrize(
    ("pattern", "columns", "names"),
    [
        ("{feature}{time}", ["x0", "x10", "x2"], ["x"]),
        ("t{time}.{feature}", ["t0.a b", "t10.a b", "t2.a b"], ["a b"]),
        ("{feature}[{time}]", ["x[0]", "x[1]", "x[0.5]"], ["x"]),
        ("{feature}@{time}", ["x@-2", "x@3.5", "x@-1"], ["x"]),
        ("{time}", [0, 2, 1], ["x0"]),
    ],
)
def test_patterns(pattern, columns, names):
    table = pd.DataFrame([[1.0, 3.0, 2.0]], columns=columns)
    X, _, found, _ = read_sequences(table, columns=pattern)
    assert found == names
    assert X.tolist() == [[[1.0], [2.0], [3.0]]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": "{feature}_"}, "{time} once and {feature} at most once"),
        ({"columns": "{feature}_{feature}_{time}"}, "at most once"),
        ({"columns": ("feature", "time")}, "columns must be a pattern.*two levels"),
        ({"columns": "{feature}:{time}"}, "No column matches.*the columns are 'subject', 'gait'"),
        ({"features": ["mass"]}, "no feature 'mass'; there are 'acc_x', 'turn', 'foot'"),
        ({"sample": "id"}, "sample='id' is no column"),
        ({"sequence_label": "class"}, "sequence_label='class' is no column"),
        ({"frame_label": "class"}, "frame_label='class' has no columns.*'acc_x', 'turn', 'foot'"),
        ({"frame_label": "foot", "sequence_label": "gait"}, "not both"),
        ({"time": "second"}, "time='second' has no meaning here.*one row per frame"),
    ],
)
def test_wide_tables_that_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        read_sequences(make_wide(), **({"columns": "{feature}_{time}"} | arguments))


def test_wide_tables_with_gaps():
    with pytest.raises(ValueError, match="'turn' has no column for time 2, but others have"):
        read_sequences(
            make_wide().drop(columns="turn_2"), columns="{feature}_{time}", frame_label="foot"
        )
    table = make_wide().assign(turn_00=0.0)
    with pytest.raises(ValueError, match="'turn_0' and 'turn_00' both hold 'turn' at time 0"):
        read_sequences(table, columns="{feature}_{time}")
    table = make_wide().assign(subject="s1")
    with pytest.raises(ValueError, match="'s1' has several"):
        read_sequences(table, columns="{feature}_{time}", sample="subject", frame_label="foot")
    table = make_wide()
    table.loc[0, "acc_x_2"] = np.nan
    with pytest.raises(ValueError, match="'acc_x' has no value in sequence 0 at time 2"):
        read_sequences(table, columns="{feature}_{time}", frame_label="foot")


def test_columns_with_levels_need_to_be_told():
    table = pd.DataFrame({("x", 0): [1.0], ("x", 1): [2.0]})
    with pytest.raises(ValueError, match=r"several levels. Pass columns=\('feature', 'time'\)"):
        read_sequences(table, sample="id")
    with pytest.raises(ValueError, match="so columns must be"):
        read_sequences(table, columns="{feature}_{time}")
    deeper = pd.DataFrame({("x", 0, 0): [1.0]})
    with pytest.raises(ValueError, match="must have two levels"):
        read_sequences(deeper, columns=("feature", "time"))
    mixed = pd.DataFrame({("x", 0): [1.0], ("x", "one"): [2.0]})
    with pytest.raises(TypeError, match="times of the columns can't be sorted"):
        read_sequences(mixed, columns=("feature", "time"))


# polars


def test_polars():
    polars = pytest.importorskip("polars", reason="polars isn't installed")
    long = polars.DataFrame(make_long().to_dict("list"))
    X, y, names, ids = read_sequences(
        long, sample="trial", time="second", features=FEATURES, sequence_label="gait"
    )
    assert_sequences(X, expected())
    assert y.tolist() == ["walk", "run", "walk"]
    assert names == FEATURES
    assert ids.tolist() == ["b", "a", "c"]
    wide = polars.DataFrame(
        {name: [None if pd.isna(v) else v for v in column] for name, column in make_wide().items()}
    )
    X, y, _, ids = read_sequences(wide, columns="{feature}_{time}", frame_label="foot")
    assert_sequences(X, WIDE)
    assert y[1].tolist() == ["r", "l"]
    assert ids.tolist() == [0, 1]


# xarray


@pytest.fixture
def xarray():
    return pytest.importorskip("xarray", reason="xarray isn't installed")


VALUES = np.arange(24.0).reshape(2, 3, 4)
FOOT = np.array([["l", "r", "l"], ["r", "l", "r"]])


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_data_array(xarray, order):
    array = xarray.DataArray(
        VALUES,
        dims=("sample", "time", "feature"),
        coords={
            "sample": ["b", "a"],
            "feature": ["w", "x", "y", "z"],
            "gait": ("sample", ["walk", "run"]),
            "foot": (("time", "sample"), FOOT.T),
        },
    )
    array = array.transpose(*(array.dims[axis] for axis in order))
    X, y, names, ids = read_sequences(array, sequence_label="gait")
    assert_array_equal(X, VALUES)
    assert y.tolist() == ["walk", "run"]
    assert names == ["w", "x", "y", "z"]
    assert ids.tolist() == ["b", "a"]
    X, y, names, _ = read_sequences(array, frame_label="foot", features=["z", "w"])
    assert_array_equal(X, VALUES[:, :, [3, 0]])
    assert_array_equal(y, FOOT)
    assert names == ["z", "w"]


def test_data_array_with_other_names_and_padding(xarray):
    values = VALUES.copy()
    values[1, 2] = np.nan
    array = xarray.DataArray(values, dims=("trial", "frame", "joint"))
    X, y, names, ids = read_sequences(array, sample="trial", time="frame", feature_dim="joint")
    assert_sequences(X, [VALUES[0], VALUES[1, :2]])
    assert y is None
    assert names == ["x0", "x1", "x2", "x3"]
    assert ids.tolist() == [0, 1]


def test_data_array_of_one_feature(xarray):
    array = xarray.DataArray(VALUES[:, :, 0], dims=("sample", "time"))
    X, _, names, _ = read_sequences(array)
    assert_array_equal(X, VALUES[:, :, :1])
    assert names == ["x0"]
    assert read_sequences(array.rename("speed")).feature_names == ["speed"]


def test_dataset(xarray):
    dataset = xarray.Dataset(
        {
            "speed": (("sample", "time"), VALUES[:, :, 0]),
            "joints": (("time", "feature", "sample"), VALUES.transpose(1, 2, 0)),
            "age": ("sample", [40, 50]),
            "gait": ("sample", ["walk", "run"]),
            "foot": (("sample", "time"), FOOT),
        },
        coords={"feature": ["w", "x", "y", "z"], "time": [0.0, 0.1, 0.2]},
    )
    X, y, names, ids = read_sequences(dataset, frame_label="foot")
    assert names == ["speed", "w", "x", "y", "z"]
    assert_array_equal(X, np.concatenate([VALUES[:, :, :1], VALUES], axis=2))
    assert_array_equal(y, FOOT)
    assert ids.tolist() == [0, 1]
    X, y, _, _ = read_sequences(dataset, sequence_label="gait", features=["y", "speed"])
    assert_array_equal(X, VALUES[:, :, [2, 0]])
    assert y.tolist() == ["walk", "run"]


def test_xarray_that_is_refused(xarray):
    array = xarray.DataArray(
        VALUES,
        dims=("trial", "time", "feature"),
        coords={"gait": ("trial", [0, 1]), "t0": ("time", [0, 0, 1])},
    )
    with pytest.raises(ValueError, match="no dimension 'sample'; there are 'trial', 'time'.*sampl"):
        read_sequences(array)
    with pytest.raises(ValueError, match="no dimension 'frame'.*Pass time=, the dimension of time"):
        read_sequences(array, sample="trial", time="frame")
    with pytest.raises(ValueError, match="'joint', but None has 'trial', 'time', 'feature'"):
        read_sequences(array, sample="trial", feature_dim="joint")
    with pytest.raises(ValueError, match="sequence_label='class' is no coordinate.*'gait'"):
        read_sequences(array, sample="trial", sequence_label="class")
    with pytest.raises(ValueError, match=r"must have the dimension\(s\) 'trial', 'time', but has"):
        read_sequences(array, sample="trial", frame_label="gait")
    with pytest.raises(ValueError, match="columns='{time}' has no meaning here"):
        read_sequences(array, sample="trial", columns="{time}")
    broken = array.astype(float)
    broken[1, 1, 2] = np.nan
    with pytest.raises(ValueError, match="'x2' has no value in sequence 1 at time 1"):
        read_sequences(broken, sample="trial")
    dataset = xarray.Dataset({"x0": array[:, :, 0], "rest": array})
    with pytest.raises(ValueError, match="'x0' occurs twice"):
        read_sequences(dataset, sample="trial")
