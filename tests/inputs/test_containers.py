"""What holds sequences in another way is refused with what makes sequences of it."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads import DPadsClassifier, DPadsFrameClassifier
from sklearn_dpads.baselines import RNNClassifier, SummaryClassifier, SummaryFrameClassifier
from sklearn_dpads.datasets import load_basic_motions, read_sequences, to_channels_first
from sklearn_dpads.inputs.labels import check_class_labels
from sklearn_dpads.inputs.sequences import check_sequences, warn_of_channels_first

ESTIMATORS = [DPadsClassifier, DPadsFrameClassifier, RNNClassifier, SummaryClassifier]
TABLE = pd.DataFrame({"case": [0, 0, 1, 1], "time": [0, 1, 0, 1], "x": [1.0, 2.0, 3.0, 4.0]})


def stand_in(module, kind, **attributes):
    """An object of a library that need not be installed."""
    return type(kind, (), {"__module__": module, **attributes})()


UNLOADED = [
    (stand_in("polars.lazyframe.frame", "LazyFrame", columns=["x"]), r"X.collect\(\)"),
    (
        stand_in("dask.dataframe.dask_expr._collection", "DataFrame", columns=["x"]),
        r"X.compute\(\)",
    ),
    (stand_in("pyarrow.lib", "Table", columns=[]), r"X.to_pandas\(\)"),
    (TABLE.groupby("case"), "reads the table itself, sample="),
    (stand_in("polars.dataframe.group_by", "GroupBy"), "reads the table itself, sample="),
]


@pytest.mark.parametrize(("table", "message"), UNLOADED, ids=lambda value: type(value).__name__)
def test_tables_whose_values_are_elsewhere(table, message):
    for estimator in ESTIMATORS:
        with pytest.raises(TypeError, match=f"{estimator.__name__} can't read X.*{message}"):
            estimator().fit(table, [0, 1])
    with pytest.raises(TypeError, match=f"read_sequences can't read X.*{message}"):
        read_sequences(table, sample="case")


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_panels_of_sktime(estimator):
    panel = TABLE.set_index(["case", "time"])
    with pytest.raises(TypeError, match=r"read_sequences\(X, sample='case', time='time'\) makes"):
        estimator().fit(panel, [0, 1])
    assert read_sequences(panel, sample="case", time="time").X.shape == (2, 2, 1)
    with pytest.raises(TypeError, match="name the levels of its index"):
        estimator().fit(panel.rename_axis([None, None]), [0, 1])
    nested = pd.DataFrame({"x": [pd.Series([1.0, 2.0]), pd.Series([3.0])]}).assign(y=lambda t: t.x)
    with pytest.raises(TypeError, match=r"\[numpy.column_stack\(list\(row\)\) for row in X.to_num"):
        estimator().fit(nested, [0, 1])
    made = [np.column_stack(list(row)) for row in nested.to_numpy()]
    assert [sequence.shape for sequence in made] == [(2, 2), (1, 2)]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_arrays_of_xarray(estimator):
    xarray = pytest.importorskip("xarray", reason="xarray isn't installed")
    array = xarray.DataArray(np.zeros((2, 3, 4)), dims=("time", "sample", "feature"))
    for table in (array, array.to_dataset(name="x")):
        with pytest.raises(TypeError, match="read_sequences reads it by the names of its dimens"):
            estimator().fit(table, [0, 1])


def test_one_sequence_where_its_frames_are_those_that_are_known():
    X = np.ones((20, 3))
    for one in (X, X.tolist(), list(X), pd.DataFrame(X)):
        with pytest.raises(
            ValueError, match=r"\(20, 3\). If it is one sequence of 20 frames, pass"
        ):
            check_sequences(one, estimator_name="Some", n_features=3)
        with pytest.raises(ValueError, match=r"\(20, 3\). If each row is a sequence"):
            check_sequences(one, estimator_name="Some", n_features=2)
    for right in ([X], X[None]):
        assert check_sequences(right, estimator_name="Some", n_features=3).lengths.tolist() == [20]


# Channels before time


def test_channels_first_are_told_of_where_there_are_more_of_them():
    motions = load_basic_motions(split="train")
    turned = to_channels_first(motions.data)
    for estimator in (SummaryClassifier(), RNNClassifier(max_iter=1)):
        with pytest.warns(UserWarning, match=r"6 frames of 100 features.*from_channels_first\(X\)"):
            estimator.fit(turned, motions.target)
    with pytest.raises(ValueError, match=r"expecting 6 features.*from_channels_first\(X\)"):
        check_sequences(turned, estimator_name="Some", n_features=6)


@pytest.mark.parametrize(
    "X",
    [
        load_basic_motions().data,
        load_basic_motions().data[:, :4],
        np.random.default_rng(0).normal(size=(9, 5, 40)),
        np.random.default_rng(0).normal(size=(9, 5, 40)).cumsum(axis=1),
        np.ones((3, 2, 5)),
        np.ones((3, 1, 5)),
    ],
)
def test_time_first_is_not_told_of(X):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_channels_first(check_sequences(X, estimator_name="Some"), "Some")


# Objects and columns


@pytest.mark.parametrize("kind", [int, bool, float, np.int64])
def test_labels_that_are_numbers_as_objects(kind):
    y = np.array([kind(label) for label in [0, 1] * 4], dtype=object)
    classes, codes = check_class_labels(y, n_samples=8, estimator_name="Some")
    assert classes.tolist() == [0, 1]
    assert classes.dtype == np.asarray([kind(0)]).dtype
    assert codes.tolist() == [0, 1] * 4


def test_columns_of_rows():
    X = np.random.default_rng(0).normal(size=(16, 12, 2))
    y = np.where(X[:, :, 0] > 0, "run", "rest")
    table = pd.DataFrame({"frames": list(X), "labels": [row.tolist() for row in y]})
    table.index += 7
    runs = table["labels"].map(lambda row: (np.array(row) == "run").astype(object))
    for labels, expected in (
        (table["labels"], y),
        (table["labels"].map(np.array), y),
        (runs, y == "run"),
    ):
        fitted = SummaryFrameClassifier().fit(table["frames"], labels)
        same = SummaryFrameClassifier().fit(X, expected)
        assert_array_equal(fitted.predict(X), same.predict(X))
        assert fitted.score(table["frames"], labels) == same.score(X, expected)
