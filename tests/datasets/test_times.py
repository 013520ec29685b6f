"""Frames come in the order of time, and text that may sort otherwise is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from sklearn_dpads.datasets import read_sequences


def make_table(times, **labels):
    return pd.DataFrame({"id": 1, "when": times, "x": np.arange(float(len(times))), **labels})


def read(table, **labels):
    return read_sequences(table, sample="id", time="when", features=["x"], **labels)


SURE = [
    ["8", "9"],
    ["008", "009", "010"],
    ["frame_08.png", "frame_09.png", "frame_10.png"],
    ["2023-12", "2024-01"],
    ["2024-01-30", "2024-01-31", "2024-02-01"],
    ["2024-01-30 09:58", "2024-01-30 10:01"],
    ["2024-01-30T09:58:59", "2024-01-30T09:58:59.25", "2024-01-30T09:58:59.5"],
    ["2024-01-30T09:58:59Z", "2024-01-30T10:00:00Z"],
    ["2024-01-30T09:58:59+01:00", "2024-01-30T10:00:00+01:00"],
    ["20240130T095859", "20240130T100000"],
    ["09:58", "10:00"],
    ["09:58:59.5", "10:00:00.0"],
]


@pytest.mark.parametrize("times", SURE)
def test_text_that_surely_sorts_orders_frames(times):
    assert read(make_table(times)).X[0, :, 0].tolist() == list(range(len(times)))
    backwards = make_table(times[::-1], foot=list("lr" * len(times))[: len(times)])
    with pytest.warns(UserWarning, match="sorted by the text in column 'when'"):
        X, y, _, _ = read(backwards, frame_label="foot")
    assert X[0, :, 0].tolist() == list(range(len(times)))[::-1]
    assert y[0].tolist() == backwards["foot"].tolist()[::-1]


UNSURE = [
    (["8", "9", "10"], r"such as '8' and '10'.*pandas.to_numeric\(table\['when'\]\)"),
    (["0.5", "0.25"], "pandas.to_numeric"),
    (["-1", "-2"], "pandas.to_numeric"),
    (["frame_8", "frame_11"], r"table\['when'\].str.extract\('\(\[0-9\]\+\)'"),
    (["9:58:00", "10:00:00"], r"pandas.to_timedelta\(table\['when'\]\)"),
    (["9:58", "10:01"], "to_datetime.*format='%H:%M'"),
    (["11:59 AM", "12:00 PM", "01:00 PM"], "to_datetime.*format='%I:%M %p'"),
    (["11:59:00 am", "01:00:00 pm"], "to_datetime.*format='%I:%M:%S %p'"),
    (["30/01/2024", "01/02/2024"], r"format='%d/%m/%Y'\) \(or %m/%d/%Y"),
    (["30.01.2024", "01.02.2024"], "format='%d/%m/%Y'"),
    (["2024-1-9", "2024-1-10"], r"pandas.to_datetime\(table\['when'\]\)"),
    (["2024-01-30T09:58:59Z", "2024-01-30T09:58:59.5Z"], "pandas.to_datetime"),
    (["2024-01-30T09:58:59+01:00", "2024-01-30T10:58:59+02:00"], "pandas.to_datetime"),
    (["2024-01-30 09:58", "2024-01-30T09:59"], "pandas.to_datetime"),
    (["Jan", "Feb"], "to numbers, or with pandas.to_datetime"),
    (["c", "a", "b"], "'a' and 'c'"),
]


@pytest.mark.parametrize(("times", "message"), UNSURE)
@pytest.mark.parametrize("dtype", ["object", "category"])
def test_text_that_may_not_sort_is_refused_with_what_to_do(times, message, dtype):
    table = make_table(times).astype({"when": dtype})
    with pytest.raises(ValueError, match=message):
        read(table)
    with pytest.raises(ValueError, match="may not be that of time"):
        read(table.assign(gait="run"), sequence_label="gait")
    with pytest.raises(ValueError, match="may not be that of time"):
        read(table.set_index(["id", "when"]))


def test_the_conversions_of_the_messages_order_frames():
    convert = {
        "pandas.to_numeric": lambda column: pd.to_numeric(column),
        "extract": lambda column: column.str.extract("([0-9]+)", expand=False).astype(int),
        "to_timedelta": lambda column: pd.to_timedelta(column),
        "'%H:%M'": lambda column: pd.to_datetime(column, format="%H:%M"),
        "'%I:%M %p'": lambda column: pd.to_datetime(column, format="%I:%M %p"),
        "'%d/%m/%Y'": lambda column: pd.to_datetime(column, format="%d/%m/%Y"),
    }
    for times, message in (UNSURE[i] for i in (0, 3, 4, 5, 6, 8)):
        table = make_table(times)
        names = [name for name in convert if name.strip("'") in message.replace("\\", "")]
        table["when"] = convert[names[0]](table["when"])
        assert read(table).X[0, :, 0].tolist() == list(range(len(times)))


def test_rows_in_another_order_are_told_of_once_with_an_example():
    table = pd.concat([make_table(["23:59", "00:00", "00:01"]).assign(id=i) for i in "ab"])
    with pytest.warns(UserWarning, match="2 rows.*in sequence 'a', '00:00' follows '23:59'"):
        read(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(table.drop_duplicates(["id"]))


def test_levels_of_columns_that_hold_text():
    table = pd.DataFrame({("x", "9"): [1.0], ("x", "10"): [2.0]})
    with pytest.raises(ValueError, match=r"level of the times.*'9' and '10'.*pandas.to_numeric"):
        read_sequences(table, columns=("feature", "time"))
    table.columns = table.columns.set_levels(table.columns.levels[1].str.zfill(2), level=1)
    assert read_sequences(table, columns=("feature", "time")).X.ravel().tolist() == [1.0, 2.0]


def test_polars():
    polars = pytest.importorskip("polars", reason="polars isn't installed")
    with pytest.raises(ValueError, match="'8' and '10'"):
        read(polars.DataFrame(make_table(["8", "10"]).to_dict("list")))
