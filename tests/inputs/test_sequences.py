"""Sequences are read from every documented layout, and refused with a useful message."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse

from sklearn_dpads.inputs import padded as _padded
from sklearn_dpads.inputs.sequences import Sequences, check_sequences


def check(X, **kwargs) -> Sequences:
    return check_sequences(X, estimator_name="SomeClassifier", **kwargs)


@pytest.fixture
def X() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 4, 2))


def test_3d_array_is_read_without_a_copy(X):
    data = check(X)
    assert np.shares_memory(data.frames, X)
    assert_array_equal(data.lengths, [4, 4, 4])
    assert (data.n_samples, data.n_timesteps, data.n_features) == (3, 4, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, bool, object])
def test_every_numeric_dtype_becomes_float64(X, dtype):
    converted = X.astype(dtype)
    data = check(converted)
    assert data.frames.dtype == np.float64
    assert_array_equal(data.frames, converted.astype(np.float64))


@pytest.mark.parametrize(
    "as_input",
    [
        list,
        tuple,
        np.ndarray.tolist,
        np.asfortranarray,
        lambda X: [pd.DataFrame(sequence) for sequence in X],
    ],
    ids=["list", "tuple", "nested lists", "fortran order", "data frames"],
)
def test_other_containers_of_equal_length(X, as_input):
    data = check(as_input(X))
    assert_array_equal(data.frames, X)
    assert_array_equal(data.lengths, [4, 4, 4])
    assert data.frames.flags.c_contiguous


@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    extra=st.integers(0, 3),
    n_features=st.integers(1, 3),
)
def test_list_object_array_and_nan_padding_agree(lengths, extra, n_features):
    rng = np.random.default_rng(0)
    sequences = [rng.normal(size=(length, n_features)) for length in lengths]
    padded = np.full((len(lengths), max(lengths) + extra, n_features), np.nan)
    objects = np.empty(len(lengths), dtype=object)
    for i, sequence in enumerate(sequences):
        padded[i, : len(sequence)] = sequence
        objects[i] = sequence

    from_list, from_objects, from_padded = check(sequences), check(objects), check(padded)

    for data in (from_list, from_objects, from_padded):
        assert_array_equal(data.lengths, lengths)
    assert_array_equal(from_list.frames, from_objects.frames)
    assert from_padded.frames.shape == padded.shape
    assert_array_equal(from_padded.frames[:, : max(lengths)], from_list.frames)
    assert_array_equal(from_padded.frames, np.nan_to_num(padded))


def test_nan_padding_leaves_the_input_alone(X):
    X[1, 2:] = np.nan
    before = X.copy()
    check(X)
    assert_array_equal(X, before)


def test_mask_marks_the_frames_of_each_sequence():
    data = check([np.ones((1, 2)), np.ones((3, 2))])
    assert_array_equal(data.mask(), [[True, False, False], [True, True, True]])


def test_take_selects_sequences():
    data = check([np.full((1, 2), 5.0), np.full((3, 2), 7.0)])
    taken = data.take(np.array([1]))
    assert_array_equal(taken.frames, np.full((1, 3, 2), 7.0))
    assert_array_equal(taken.lengths, [3])


def test_2d_array_names_both_reshapes():
    with pytest.raises(ValueError, match=r"2D array of shape \(5, 4\)") as caught:
        check(np.ones((5, 4)))
    assert "X.reshape(5, 4, 1)" in str(caught.value)
    assert "X.reshape(5, 1, 4)" in str(caught.value)


@pytest.mark.parametrize(
    "X", [np.ones((5, 4)).tolist(), pd.DataFrame(np.ones((5, 4))), list(np.ones((5, 4)))]
)
def test_anything_2d_names_both_reshapes(X):
    with pytest.raises(ValueError, match=r"X.reshape\(5, 4, 1\).*X.reshape\(5, 1, 4\)"):
        check(X)


@pytest.mark.parametrize(
    ("X", "shape"),
    [(np.ones(3), r"1D, shape \(3,\)"), (np.ones((2, 2, 2, 2)), "4D"), ([1, 2], "1D")],
)
def test_other_dimensions(X, shape):
    with pytest.raises(ValueError, match=f"SomeClassifier takes a 3D array.*{shape}"):
        check(X)


def test_nan_inside_a_sequence_names_the_place(X):
    X[1, 2:] = np.nan
    X[1, 0, 1] = np.nan
    with pytest.raises(ValueError, match="NaN inside a sequence: sample 1, frame 0, feature 1"):
        check(X)


def test_partly_nan_last_frame_is_no_padding(X):
    X[2, 3, 0] = np.nan
    with pytest.raises(ValueError, match="sample 2, frame 3, feature 0"):
        check(X)


def test_nan_frame_between_frames_is_no_padding(X):
    X[0, 1] = np.nan
    with pytest.raises(ValueError, match="sample 0, frame 1, feature 0"):
        check(X)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("padded", [False, True])
def test_infinite_value_names_the_place(X, value, padded):
    if padded:
        X[0, 2:] = np.nan
    X[2, 1, 1] = value
    with pytest.raises(ValueError, match="inf.*sample 2, frame 1, feature 1"):
        check(X)


@pytest.mark.parametrize(
    ("X", "sample"),
    [
        ([np.ones((2, 2)), np.ones((0, 2))], 1),
        ([np.ones((2, 2)), []], 1),
        ([[], []], 0),
        (np.ones((3, 0, 2)), 0),
        (np.where(np.arange(3)[:, None, None] == 2, np.nan, np.ones((3, 4, 2))), 2),
    ],
)
def test_empty_sequence_is_named(X, sample):
    with pytest.raises(ValueError, match=f"at least one frame.*sample {sample} "):
        check(X)


@pytest.mark.parametrize("X", [[], np.ones((0, 4, 2))])
def test_no_sequence(X):
    with pytest.raises(ValueError, match="at least one sequence.*0 samples"):
        check(X)


def test_no_feature():
    with pytest.raises(ValueError, match=r"0 feature\(s\) \(shape=\(12, 0\)\)"):
        check(np.ones((12, 1, 0)))


def test_sequences_of_different_width():
    with pytest.raises(ValueError, match=r"X\[0\] has 2 .*X\[2\] has 3 "):
        check([np.ones((4, 2)), np.ones((5, 2)), np.ones((2, 3))])


def test_frames_of_different_width():
    with pytest.raises(ValueError, match="All frames of a sequence must have the same number"):
        check([[[1, 2], [3]], [[1, 2]]])


def test_list_of_series_of_one_feature():
    with pytest.raises(ValueError, match=r"\[x.reshape\(-1, 1\) for x in X\]"):
        check([np.ones(3), np.ones(4)])


def test_number_of_features_is_compared_with_the_fitted_one(X):
    assert check(X, n_features=2).n_features == 2
    with pytest.raises(
        ValueError, match="X has 2 features, but SomeClassifier is expecting 5 features as input"
    ):
        check(X, n_features=5)


@pytest.mark.parametrize("X", [None, "text", {"a": 1}, 5.0])
def test_not_an_array(X):
    with pytest.raises(TypeError, match=f"X is (None|a {type(X).__name__})"):
        check(X)


@pytest.mark.parametrize("container", [sparse.csr_array, sparse.coo_matrix])
def test_sparse_data(container):
    with pytest.raises(TypeError, match="can't read sparse data"):
        check(container(np.eye(3)))


def test_values_that_are_no_numbers(X):
    with pytest.raises(ValueError, match="X holds text"):
        check(X.astype(str))
    with pytest.raises(ValueError, match="Complex data not supported"):
        check(X + 1j)
    with pytest.raises(TypeError, match="dtype datetime64"):
        check(X.astype("datetime64[s]"))
    objects = X.astype(object)
    objects[0, 0, 0] = {"foo": "bar"}
    with pytest.raises(TypeError, match="argument must be .* string.* number"):
        check(objects)
    objects[0, 0, 0] = "word"
    with pytest.raises(ValueError, match="could not convert string to float"):
        check(objects)


@pytest.mark.parametrize("as_list", [True, False])
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=30),
    size=st.sampled_from([1, 20, 200, 10**6]),
)
def test_parts_hold_every_sequence_once_and_little_padding(as_list, lengths, size):
    X = [np.full((length, 2), index + 1.0) for index, length in enumerate(lengths)]
    padded = np.full((len(X), max(lengths), 2), np.nan)
    for row, member in zip(padded, X, strict=True):
        row[: len(member)] = member
    data = check(X if as_list else padded)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_padded, "_PART", size)
        parts = list(data.parts())
    assert sorted(np.concatenate([rows for rows, _ in parts]).tolist()) == list(range(len(X)))
    for rows, part in parts:
        assert_array_equal(part.lengths, np.array(lengths)[rows])
        assert_array_equal(part.frames, data.frames[rows, : part.n_timesteps])
        if data.frames.size > size:
            assert part.n_timesteps == part.lengths.max() <= 2 * part.lengths.min()
            assert part.frames.size <= max(size, 2 * part.n_timesteps)


def test_one_long_sequence_takes_the_memory_of_its_frames():
    X = [np.ones((50, 4)) for _ in range(300)]
    X.append(np.ones((60_000, 4)))
    tracemalloc.start()
    data = check(X)
    for _, part in data.parts():
        part.frames.sum()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * sum(x.nbytes for x in X)
    assert data.frames.shape == (301, 60_000, 4)
