"""Channels change places with time, and come back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_dpads.datasets import from_channels_first, to_channels_first
from sklearn_dpads.inputs.sequences import check_sequences


@given(shape=st.tuples(*[st.integers(1, 4)] * 3), dtype=st.sampled_from(["f4", "f8", "i8", "bool"]))
def test_array_there_and_back(shape, dtype):
    X = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    out = from_channels_first(X)
    assert out.dtype == X.dtype
    assert out.flags.c_contiguous
    assert not np.shares_memory(out, X)
    for index in np.ndindex(*shape):
        sample, channel, time = index
        assert out[sample, time, channel] == X[index]
    assert_array_equal(to_channels_first(out), X)


def test_list_there_and_back():
    X = [np.arange(6.0).reshape(2, 3), np.arange(10.0).reshape(2, 5)]
    out = from_channels_first(X)
    assert [member.shape for member in out] == [(3, 2), (5, 2)]
    assert_array_equal(out[1][3], [3.0, 8.0])
    assert not np.shares_memory(out[0], X[0])
    for back, member in zip(to_channels_first(out), X, strict=True):
        assert_array_equal(back, member)


def test_array_of_arrays_gives_a_list():
    X = np.empty(2, dtype=object)
    X[:] = [np.zeros((2, 3)), np.zeros((2, 5))]
    assert [member.shape for member in from_channels_first(X)] == [(3, 2), (5, 2)]


def test_padding_stays_at_the_end():
    X = np.arange(12.0).reshape(2, 2, 3)
    X[1, :, 2] = np.nan
    data = check_sequences(from_channels_first(X), estimator_name="DPadsClassifier")
    assert_array_equal(data.lengths, [3, 2])
    assert_array_equal(data.frames[1, 1], [7.0, 10.0])


@pytest.mark.parametrize("function", [from_channels_first, to_channels_first])
@pytest.mark.parametrize("X", [None, "text", {"a": 1}, pd.DataFrame({"a": [1.0]})])
def test_what_is_no_array(function, X):
    with pytest.raises(TypeError, match=f"{function.__name__} takes a 3D array or a list of 2D"):
        function(X)


def test_data_frames_have_their_own_reader():
    with pytest.raises(TypeError, match="read_sequences reads data frames"):
        from_channels_first(pd.DataFrame({"a": [1.0]}))


@pytest.mark.parametrize(
    ("function", "X", "message"),
    [
        (from_channels_first, np.zeros((5, 7)), r"5 sequences of one channel, pass X\[:, None, :]"),
        (to_channels_first, np.zeros((5, 7)), r"last axis is n_features.*shape \(5, 7\)\.$"),
        (from_channels_first, np.zeros(5), r"last axis is n_timesteps.*shape \(5,\)\.$"),
        (from_channels_first, [np.zeros((2, 3)), np.zeros(3)], r"member 1 has shape \(3,\)"),
        (from_channels_first, [np.zeros((2, 3)), np.zeros((3, 3))], "on axis 0: member 0"),
        (to_channels_first, [np.zeros((3, 2)), np.zeros((3, 3))], "on axis 1: member 0"),
    ],
)
def test_shapes_that_are_refused(function, X, message):
    with pytest.raises(ValueError, match=message):
        function(X)
