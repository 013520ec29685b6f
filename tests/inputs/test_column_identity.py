"""Columns are known by their names, and absent frames by their marks, in every container."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.preprocessing import FunctionTransformer

from sklearn_dpads import Grammar, Program
from sklearn_dpads._cli.main import main
from sklearn_dpads.datasets import read_sequences
from sklearn_dpads.preprocessing import FrameTransformer

from ..strategies import QUICK

NAMES = ("speed", "turn", "height")
PROGRAM = Program.parse(
    "Add(SlideWindowAvg[all](Affine[all](speed - 2*turn)), SlideWindowStd[2](Affine[all](height)))",
    Grammar.default(3, feature_names=NAMES),
    feature_names=NAMES,
    classes=("no", "yes"),
)


def objects(members):
    array = np.empty(len(members), dtype=object)
    array[:] = members
    return array


def as_table(members):
    """One row per frame, in a random order."""
    rows = [
        member.assign(sample=i, time=np.arange(len(member))) for i, member in enumerate(members)
    ]
    return pd.concat(rows).sample(frac=1, random_state=0)


def from_xarray(members):
    xarray = pytest.importorskip("xarray", reason="xarray is not installed")
    longest = max(map(len, members))
    values = [m.reindex(range(longest)).to_numpy() for m in members]
    array = xarray.DataArray(
        values, dims=("sample", "time", "feature"), coords={"feature": list(members[0].columns)}
    )
    return read_sequences(array, sample="sample", time="time")


# How data frames with names reach a program.
CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "array of objects": objects,
    "series": lambda members: pd.Series(members),
    "nullable": lambda members: [m.convert_dtypes() for m in members],
    "first ones are arrays": lambda members: [members[0].to_numpy(), *members[1:]],
    "table": lambda members: read_sequences(as_table(members), sample="sample", time="time"),
    "xarray": from_xarray,
}


def given_as(container, members):
    """What a program gets, and the columns that were read where these are given apart."""
    data = CONTAINERS[container](members)
    if hasattr(data, "feature_names"):
        # Sequences come in the order in which a table has them.
        order = np.argsort(data.ids, kind="stable")
        return [pd.DataFrame(data.X[i], columns=data.feature_names) for i in order]
    return data


@st.composite
def sequences(draw):
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    lengths = draw(st.lists(st.integers(2, 6), min_size=2, max_size=4))
    return [pd.DataFrame(rng.normal(size=(n, 3)), columns=list(NAMES)) for n in lengths]


@QUICK
@given(members=sequences(), order=st.permutations(NAMES), container=st.sampled_from([*CONTAINERS]))
def test_columns_are_never_taken_for_others(members, order, container):
    expected = PROGRAM(members)
    permuted = [member[list(order)] for member in members]
    if container == "first ones are arrays" and len(permuted) > 1:
        permuted[0] = permuted[0][list(NAMES)]
    if tuple(order) == NAMES:
        assert_allclose(PROGRAM(given_as(container, permuted)), expected)
        return
    with pytest.raises(ValueError, match="should match those that were passed during fit"):
        PROGRAM(given_as(container, permuted))


@pytest.mark.parametrize("ending", ["csv", "npz"])
@pytest.mark.parametrize("order", [NAMES, NAMES[::-1], ("turn", "speed", "height")])
def test_columns_of_files_are_found_by_name(tmp_path, capsys, ending, order):
    rng = np.random.default_rng(0)
    members = [pd.DataFrame(rng.normal(size=(4, 3)), columns=list(NAMES)) for _ in range(5)]
    permuted = [member[list(order)] for member in members]
    path = tmp_path / f"new.{ending}"
    if ending == "csv":
        as_table(permuted).to_csv(path, index=False)
    else:
        np.savez(path, X=np.stack([m.to_numpy() for m in permuted]), feature_names=list(order))
    (tmp_path / "program.json").write_text(PROGRAM.to_json())
    flags = ["--sample", "sample", "--time", "time"] if ending == "csv" else []
    assert main(["predict", str(tmp_path / "program.json"), str(path), *flags]) in (0, None)
    printed = capsys.readouterr().out
    found = [line.split(",")[1] for line in printed.splitlines()[1:] if line]
    values = PROGRAM(members)[:, 0]
    assert found == np.where(values > 0, "yes", "no").tolist()
    assert json.loads(PROGRAM.to_json())["feature_names"] == list(NAMES)


def masked(X, absent):
    return np.ma.masked_array(np.nan_to_num(X, nan=7.0), mask=absent)


# How the same frames are marked as absent.
MARKS = {
    "list": lambda X, absent: [x[~a.all(1)] for x, a in zip(X, absent, strict=True)],
    "NaN": lambda X, absent: np.where(absent, np.nan, X),
    "NaN in members": lambda X, absent: list(np.where(absent, np.nan, X)),
    "None": lambda X, absent: np.where(absent, None, X.astype(object)),
    "masked array": masked,
    "masked members": lambda X, absent: list(masked(X, absent)),
    "data frames": lambda X, absent: [pd.DataFrame(x) for x in np.where(absent, np.nan, X)],
    "nullable": lambda X, absent: [
        pd.DataFrame(x).convert_dtypes() for x in np.where(absent, np.nan, X)
    ],
    "objects": lambda X, absent: [
        pd.DataFrame(x, dtype=object) for x in np.where(absent, None, X.astype(object))
    ],
}
marks = pytest.mark.parametrize("mark", MARKS)


@marks
@QUICK
@given(seed=st.integers(0, 1000), lengths=st.lists(st.integers(1, 5), min_size=2, max_size=4))
def test_frames_marked_as_absent_do_not_count(mark, seed, lengths):
    X = np.random.default_rng(seed).normal(size=(len(lengths), 5, 3))
    past = np.arange(5) >= np.array(lengths)[:, None]
    absent = np.broadcast_to(past[:, :, None], X.shape)
    expected = PROGRAM([x[:n] for x, n in zip(X, lengths, strict=True)])
    marked = MARKS[mark](X, absent)
    assert_allclose(PROGRAM(marked), expected)
    assert_allclose(
        PROGRAM(FrameTransformer(FunctionTransformer()).fit_transform(marked)), expected
    )


@pytest.mark.parametrize("mark", [mark for mark in MARKS if mark != "list"])
def test_values_marked_as_absent_inside_a_sequence_are_refused(mark):
    X = np.random.default_rng(0).normal(size=(2, 5, 3))
    absent = np.zeros(X.shape, dtype=bool)
    absent[1, 2, 0] = True
    with pytest.raises(ValueError, match="NaN inside a sequence: sample 1, frame 2, feature 0"):
        PROGRAM(MARKS[mark](X, absent))
