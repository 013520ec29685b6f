"""Labels of any type are numbered in sorted order; what can't be learned is refused."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from sklearn_dpads.inputs.labels import check_class_labels, check_frame_labels
from sklearn_dpads.inputs.outputs import pad_labels
from sklearn_dpads.metrics import frame_accuracy_score

from ..strategies import QUICK


@st.composite
def framed_codes(draw):
    """Codes from -1 to 2 of some sequences, each class twice, and how long each is."""
    n_samples, n_timesteps = draw(st.integers(1, 3)), draw(st.integers(3, 6))
    codes = draw(arrays(np.int64, (n_samples, n_timesteps), elements=st.integers(-1, 2)))
    lengths = draw(arrays(np.int64, n_samples, elements=st.integers(1, n_timesteps)))
    whole = np.arange(n_timesteps) % 3
    codes = np.vstack([codes, whole, whole])
    lengths = np.append(lengths, [n_timesteps, n_timesteps])
    return codes, lengths


def check(y, n_samples=None):
    return check_class_labels(
        y, n_samples=len(y) if n_samples is None else n_samples, estimator_name="SomeClassifier"
    )


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "a", "b"],
        np.array(["b", "a", "a", "b"], dtype=object),
        pd.Series(["b", "a", "a", "b"]),
        [1, -1, -1, 1],
        [2.0, 0.0, 0.0, 2.0],
        [True, False, False, True],
    ],
)
def test_codes_index_the_sorted_classes(y):
    classes, codes = check(y)
    assert_array_equal(codes, [1, 0, 0, 1])
    assert_array_equal(classes[codes], np.asarray(y))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0.5, 1.2, 0.3], "Unknown label type: continuous"),
        ([0.0, np.nan, 1.0], "contains NaN"),
        ([1, 1, 1], "at least two classes.*one class only: .*1"),
        (["a", "b", "b"], r"at least two samples of every class.*\['a'\]"),
        ([[0, 1], [1, 0]], "1d array"),
    ],
)
def test_labels_that_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        check(y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([None, "b", "a", "a"], "contains None: y has no label for sequence 0. Leave the seq"),
        (["b", np.nan, "a", "a"], "contains NaN: y has no label for sequence 1"),
        ([1, 1, 0, None], "contains None: y has no label for sequence 3"),
        (["b", "", "a", "a"], "contains '': y has no label for sequence 1"),
        (list(np.ma.masked_array([1, 0, 1, 0], [0, 0, 1, 0])), "no label for sequence 2"),
        (pd.Series(["b", None, "a", "a"]), "no label for sequence 1.*pass a masked array"),
        (pd.Series(["b", "a", None, "a"], dtype="category"), "no label for sequence 2"),
        (pd.Series(["b", "a", None, "a"], dtype="string"), "no label for sequence 2"),
        (pd.Series([1, None, 0, 1], dtype="Int64"), "no label for sequence 1"),
        (np.array(["2020", "NaT"], dtype="M8[D]"), "no label for sequence 1"),
    ],
)
def test_sequences_without_a_label_are_named(y, message):
    with pytest.raises(ValueError, match=message):
        check(y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([date(2020, 1, 1), date(2020, 1, 2)] * 2, "of the type date, but .* text, numbers, bool"),
        ([Fraction(1, 2), Fraction(1, 3)] * 2, "of the type Fraction, .*Convert them"),
        ([1, "a", "a", 1], "can't be sorted together: int, str"),
    ],
)
def test_labels_of_types_that_are_refused(y, message):
    y = np.array(y, dtype=object)
    with pytest.raises(TypeError, match=message):
        check(y)
    with pytest.raises(TypeError, match=message):
        check_frames(np.array([y, y]), [4, 4])


@pytest.mark.parametrize(
    "y",
    [
        np.ma.masked_array([7, 9, 3, 3, 9], [1, 0, 0, 0, 0]),
        np.ma.masked_array([np.nan, 9.0, 3.0, 3.0, 9.0], [1, 0, 0, 0, 0]),
        np.ma.masked_array(np.array([None, 9, 3, 3, 9], dtype=object), [1, 0, 0, 0, 0]),
        np.ma.masked_array(["c", "b", "a", "a", "b"], [1, 0, 0, 0, 0]),
    ],
)
def test_masked_sequences_have_no_label(y):
    classes, codes = check(y)
    assert len(classes) == 2
    assert classes.dtype != object
    assert_array_equal(codes, [-1, 1, 0, 0, 1])


def test_length_must_match():
    with pytest.raises(ValueError, match="X holds 5 sequences, y 4 labels"):
        check([0, 1, 0, 1], n_samples=5)


def test_missing_labels():
    with pytest.raises(ValueError, match="requires y to be passed"):
        check(None, n_samples=3)


def check_frames(y, lengths, n_timesteps=None, unlabelled=-1):
    return check_frame_labels(
        y,
        lengths=np.array(lengths),
        n_timesteps=max(lengths) if n_timesteps is None else n_timesteps,
        estimator_name="SomeFrameClassifier",
        unlabelled=unlabelled,
    )


def masked(values, where):
    return np.ma.masked_array(values, mask=np.array(values) == where)


RAGGED = [["b", "a", "a"], ["a", "b"]]


@pytest.mark.parametrize(
    "y",
    [
        RAGGED,
        [np.array(row) for row in RAGGED],
        tuple(RAGGED),
        np.array([*RAGGED, None], dtype=object)[:2],
        np.array([["b", "a", "a"], ["a", "b", "zzz"]]),
        np.array([["b", "a", "a"], ["a", "b", ""]]),
        np.array([["b", "a", "a"], ["a", "b", None]], dtype=object),
        pd.DataFrame([["b", "a", "a"], ["a", "b", None]]),
        pd.DataFrame([["b", "a", "a"], ["a", "b", pd.NA]], dtype="string"),
        [[1, 0, 0], [0, 1]],
        [[1, -1, -1], [-1, 1, 0]],
        [[1, -1, -1], [-1, 1]],
        [[2.0, 1.0, 1.0], [1.0, 2.0, np.nan]],
        [[True, False, False], [False, True]],
        np.array([[7, 3, 3], [3, 7, 0]], dtype=np.uint8),
        np.array([["2020", "2019", "2019"], ["2019", "2020", "NaT"]], dtype="M8[D]"),
    ],
)
def test_frame_codes_index_the_sorted_classes(y):
    classes, codes = check_frames(y, [3, 2], unlabelled="auto")
    assert_array_equal(codes, [[1, 0, 0], [0, 1, -1]])
    assert codes.dtype == np.int64
    assert classes.size == 2
    assert classes[0] < classes[1]


@pytest.mark.parametrize(
    "y",
    [
        masked([[5, 9, 9], [9, 3, 3]], 5),
        masked([[5.0, 9.0, 9.0], [9.0, 3.0, 3.0]], 5),
        masked([["", "b", "b"], ["b", "a", "a"]], ""),
        masked([[np.nan, 9.0, 9.0], [9.0, 3.0, 3.0]], np.nan),
        [masked([5, 9, 9], 5), [9, 3, 3]],
        [[-1, 9, 9], [9, 3, 3]],
    ],
)
def test_frames_without_label_are_ignored(y):
    if np.ma.isMaskedArray(y) and y.dtype.kind == "f":
        y = np.ma.masked_invalid(y)
    classes, codes = check_frames(y, [3, 3])
    assert_array_equal(codes, [[-1, 1, 1], [1, 0, 0]])
    assert len(classes) == 2


def test_minus_one_is_a_class_beside_one():
    classes, codes = check_frames([[-1, 1, 1], [1, -1, 0]], [3, 2], unlabelled="auto")
    assert_array_equal(classes, [-1, 1])
    assert_array_equal(codes, [[0, 1, 1], [1, 0, -1]])


def test_minus_one_is_a_class_among_floats():
    classes, codes = check_frames([[-1.0, 1.0, 0.0], [1.0, -1.0, 0.0]], [3, 3], unlabelled="auto")
    assert_array_equal(classes, [-1, 0, 1])
    assert_array_equal(codes, [[0, 2, 1], [2, 0, 1]])


def test_labels_may_be_padded_further_than_sequences():
    wide = np.array([[0, 1, -1, -1], [1, 0, -1, -1]])
    assert_array_equal(check_frames(wide, [2, 2])[1], [[0, 1], [1, 0]])
    beyond = np.ma.masked_array(wide, mask=False)
    beyond[:, 2:] = 5
    beyond[:, 2:] = np.ma.masked
    assert_array_equal(check_frames(beyond, [2, 2])[1], [[0, 1], [1, 0]])


def test_sequences_may_be_padded_further_than_labels():
    assert_array_equal(
        check_frames([[0, 1], [1, 0]], [2, 2], n_timesteps=3)[1], [[0, 1, -1], [1, 0, -1]]
    )


def test_what_counts_as_no_label_is_said():
    y = [[0, -1, 1], [1, 0, -1], [-1, 0, 1]]
    with pytest.warns(UserWarning, match="2 of 8 frames are labelled -1.*unlabelled=None"):
        classes, codes = check_frames(y, [3, 2, 3], unlabelled="auto")
    assert_array_equal(classes, [0, 1])
    assert_array_equal(check_frames(y, [3, 2, 3], unlabelled=-1)[1], codes)
    classes, codes = check_frames(y, [3, 2, 3], unlabelled=None)
    assert_array_equal(classes, [-1, 0, 1])
    assert_array_equal(codes, [[1, 0, 2], [2, 1, -1], [0, 1, 2]])
    classes, codes = check_frames(np.array(y).astype(str), [3, 3, 3], unlabelled="0")
    assert_array_equal(classes, ["-1", "1"])
    assert_array_equal(codes, [[-1, 0, 1], [1, -1, 0], [0, -1, 1]])


@pytest.mark.parametrize(
    ("y", "unlabelled"),
    [
        (np.array([["", "b", "a"], ["a", "b", ""]]), ""),
        ([["", "b", "a"], ["a", "b"]], ""),
        (np.array([["", "b", "a"], ["a", "b", None]], dtype=object), ""),
        (np.array([[np.nan, 1.0, 0.0], [0.0, 1.0, np.nan]]), np.nan),
        (np.array([[np.nan, "b", "a"], ["a", "b", ""]], dtype=object), np.nan),
        (np.array([[pd.NA, "b", "a"], ["a", "b", ""]], dtype=object), pd.NA),
        (np.array([[None, "b", "a"], ["a", "b", ""]], dtype=object), None),
        (
            np.array([["NaT", "2020", "2019"], ["2019", "2020", "NaT"]], dtype="M8[D]"),
            np.datetime64("NaT"),
        ),
    ],
)
def test_what_is_missing_may_be_the_label_of_frames_without_one(y, unlabelled):
    classes, codes = check_frames(y, [3, 2], unlabelled=unlabelled)
    assert len(classes) == 2
    assert_array_equal(codes[0], [-1, 1, 0])


@pytest.mark.parametrize(
    ("gap", "unlabelled"),
    [("", np.nan), ("", None), (None, ""), (None, "auto"), (np.nan, ""), (np.nan, None)],
)
def test_what_is_missing_in_another_way_is_told(gap, unlabelled):
    y = np.array([["b", "b", "a"], ["a", gap, "a"]], dtype=object)
    with pytest.raises(ValueError, match=r"Input y contains .* sample 1, frame 1.*masked array"):
        check_frames(y, [3, 3], unlabelled=unlabelled)


@pytest.mark.parametrize("unlabelled", [["a", "b"], ["b"], ("a",), {"a"}, np.array(["a", "b"])])
def test_one_label_alone_is_that_of_frames_without_one(unlabelled):
    y = [["b", "c", "a"], ["a", "b", "c"]]
    kind = type(unlabelled).__name__
    with pytest.raises(TypeError, match=f"unlabelled must be one label; got a {kind}, .*mask them"):
        check_frames(y, [3, 3], unlabelled=unlabelled)
    with pytest.raises(TypeError, match=f"padding must be one label; got a {kind}"):
        frame_accuracy_score(y, y, padding=unlabelled)


@QUICK
@given(frames=framed_codes())
def test_any_layout_gives_the_same_codes(frames):
    codes, lengths = frames
    inside = np.arange(codes.shape[1]) < lengths[:, None]
    text = np.ma.masked_array(np.array(["x", "y", "z"])[codes], mask=codes < 0)
    layouts = [
        np.where(inside, codes, 7),
        np.ma.masked_array(np.where(inside, codes, 99), mask=codes < 0),
        [row[:length] for row, length in zip(codes, lengths, strict=True)],
        text,
        [row[:length] for row, length in zip(text, lengths, strict=True)],
    ]
    for y in layouts:
        classes, numbers = check_frames(y, lengths, codes.shape[1])
        assert len(classes) == 3
        assert_array_equal(numbers, np.where(inside, codes, -1))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "SomeFrameClassifier requires y to be passed.*one class label per frame"),
        ([0, 1], r"one label per frame.*y is 1D, shape \(2,\).*use SomeClassifier\."),
        (np.zeros((2, 3, 1)), r"y must be a 2D array .*; it is 3D, shape \(2, 3, 1\)"),
        ([[0, 1, 1], [[0], [1]]], r"y must be .*; its member 1 is 2D, shape \(2, 1\)"),
        ([[0, 1, 1]], "X holds 2 sequences, y the labels of 1"),
        ([], "X holds 2 sequences, y the labels of 0"),
        ([[0, 1, 1], [0]], r"y\[1\] has 1 labels and sequence 1 of X has 2 frames"),
        (np.zeros((2, 2)), r"2 sequences of 3 frames.* shape \(2, 3\), but has \(2, 2\)"),
        (np.zeros((2, 4)), r"must have the shape \(2, 3\), but has \(2, 4\)"),
        (np.zeros((2, 4), dtype=bool), r"must have the shape \(2, 3\), but has \(2, 4\)"),
        ([[0.0, 1.0, np.nan], [0.0, 1.0]], "Input y contains NaN inside.*sample 0, frame 2.*mask"),
        ([["a", "b", "b"], ["a", ""]], "Input y contains .*'' inside.*sample 1, frame 1"),
        (np.array([["a", "b", "b"], [None, "b", ""]], dtype=object), "contains None .*1, frame 0"),
        ([[0.0, 1.0, 1.0], [0.0, np.inf]], "Input y contains infinity: sample 1, frame 1"),
        ([[0.5, 1.2, 0.3], [0.1, 0.5]], "Unknown label type: continuous"),
        (
            [[-1, -1, -1], [-1, -1]],
            "needs labels, but y has none: every frame is masked, without a",
        ),
        (np.ma.masked_all((2, 3)), "needs labels, but y has none"),
        ([[1, 1, 1], [1, 1]], r"two classes.*one class only: .*1.*, 5 frame"),
        ([[4, 4, -1], [4, 4]], r"one class only: .*4.*, 4 frame.*without a label by"),
        ([[1, 0, 0], [-1, -1]], r"at least two sequences.*labels for 1 sample only"),
        ([[3, 0, 0], [0, 0]], r"two frames of every class.*single frame of \[3\]"),
    ],
)
def test_frame_labels_that_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        check_frames(y, [3, 2])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([["a", "b", "b"], [0, 1]], r"y mixes text and numbers.*'<U1', 'int64'"),
        (np.array([["a", 1, 1], [1, "a", 1]], dtype=object), "can't be sorted together: int, str"),
    ],
)
def test_labels_of_mixed_types_are_refused(y, message):
    with pytest.raises(TypeError, match=message):
        check_frames(y, [3, 2])


@pytest.mark.parametrize(
    ("labels", "fill"),
    [
        (np.array([[3, 2], [2, 3]], dtype=np.int32), -1),
        (np.array([[3.0, 2.0], [2.0, 3.0]], dtype=np.float32), np.nan),
        (np.array([["up", "b"], ["b", "up"]]), ""),
        (np.array([["up", "b"], ["b", "up"]], dtype=object), None),
        (np.array([[True, False], [False, True]]), False),
        (np.array([["2020", "2019"], ["2019", "2020"]], dtype="M8[D]"), np.datetime64("NaT")),
    ],
)
def test_padding_of_predicted_labels(labels, fill):
    before = labels.copy()
    padded = pad_labels(labels, np.array([[True, True], [True, False]]))
    assert padded.dtype == labels.dtype
    assert_array_equal(padded.ravel()[:3], labels.ravel()[:3])
    assert_array_equal(padded[1, 1:], np.array([fill], dtype=labels.dtype))
    assert_array_equal(labels, before)
    assert_array_equal(pad_labels(labels, np.ones((2, 2), dtype=bool)), labels)


def test_unsigned_labels_become_signed():
    padded = pad_labels(np.array([[3, 250]], dtype=np.uint8), np.array([[False, True]]))
    assert padded.tolist() == [[-1, 250]]
    assert padded.dtype == np.int64
