"""Scores of frames are those of scikit-learn over the frames that count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics

from sklearn_dpads.metrics import frame_accuracy_score, frame_f1_score

from .strategies import QUICK

SCORES = [frame_f1_score, frame_accuracy_score]
TRUE = [[0, 1, 1, 0], [1, 0]]
PREDICTED = [[0, 1, 0, 0], [1, 1]]
FLAT_TRUE, FLAT_PREDICTED = [0, 1, 1, 0, 1, 0], [0, 1, 0, 0, 1, 1]


@st.composite
def frames(draw):
    """True codes with gaps (-1), predictions, lengths and weights of some sequences.

    The first sequence has both classes of every pair, so that their number is certain.
    """
    shape = draw(st.tuples(st.integers(2, 4), st.integers(3, 6)))
    n_classes = draw(st.integers(2, 3))
    true = draw(arrays(np.int64, shape, elements=st.integers(-1, n_classes - 1)))
    predicted = draw(arrays(np.int64, shape, elements=st.integers(0, n_classes - 1)))
    lengths = draw(arrays(np.int64, shape[0], elements=st.integers(1, shape[1])))
    weights = draw(arrays(np.float64, shape, elements=st.integers(0, 3)))
    true[0], lengths[0], weights[0, 0] = np.arange(shape[1]) % n_classes, shape[1], 1
    return true, predicted, lengths, weights


def cut(table, lengths):
    return [row[:length] for row, length in zip(table, lengths, strict=True)]


def expected_f1(y_true, y_pred, weights):
    two = np.max(y_true) == 1
    return metrics.f1_score(
        y_true,
        y_pred,
        average="binary" if two else "weighted",
        sample_weight=weights,
        zero_division=0,
    )


@QUICK
@given(data=frames(), layout=st.integers(0, 9), weighted=st.booleans())
def test_scores_are_those_of_scikit_learn(data, layout, weighted):
    true, predicted, lengths, weights = data
    inside = np.arange(true.shape[1]) < lengths[:, None]
    counted = inside & (true >= 0)
    flat = true[counted], predicted[counted]
    names = np.array(["a", "b", "c", ""])
    y_true, y_pred, options = [
        (true, predicted, {"lengths": lengths}),
        (np.where(inside, true, -1), predicted, {}),
        (np.ma.masked_array(np.where(counted, true, 2), mask=~counted), predicted, {}),
        (np.where(counted, true, np.nan), np.where(inside, predicted, -1), {}),
        (cut(true, lengths), predicted, {}),
        (cut(true, lengths), cut(predicted, lengths), {}),
        (np.where(counted, true, 9), np.where(inside, predicted, 9), {"padding": 9}),
        (names[np.where(counted, true, 3)], names[predicted], {}),
        (names.astype(object)[np.where(inside, true, 3)], names[predicted], {}),
        (*flat, {}),
    ][layout]
    of_frames = weights[counted] if weighted else None
    if weighted:
        options = {**options, "sample_weight": of_frames if y_true is flat[0] else weights}
    assert_allclose(frame_f1_score(y_true, y_pred, **options), expected_f1(*flat, of_frames))
    accuracy = metrics.accuracy_score(*flat, sample_weight=of_frames)
    assert_allclose(frame_accuracy_score(y_true, y_pred, **options), accuracy)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
def test_averages(average):
    score = frame_f1_score([[0, 1, 2, 2], [1, 0]], [[0, 1, 2, 1], [1, 1]], average=average)
    expected = metrics.f1_score([0, 1, 2, 2, 1, 0], [0, 1, 2, 1, 1, 1], average=average)
    assert_allclose(score, expected)
    assert np.shape(score) == ((3,) if average is None else ())


def test_positive_class():
    f1 = [metrics.f1_score(FLAT_TRUE, FLAT_PREDICTED, pos_label=label) for label in (0, 1)]
    assert frame_f1_score(TRUE, PREDICTED) == f1[1]
    assert frame_f1_score(TRUE, PREDICTED, average="binary") == f1[1]
    assert frame_f1_score(TRUE, PREDICTED, pos_label=0) == f1[0]
    names = np.array(["yes", "no"])
    by_name = [[names[list(row)] for row in rows] for rows in (TRUE, PREDICTED)]
    assert frame_f1_score(*by_name) == f1[0]
    assert frame_f1_score(*by_name, pos_label="no") == f1[1]


def test_named_labels_settle_what_is_binary():
    no_positive = [[0, 0], [0]]
    assert frame_f1_score(no_positive, no_positive) == 1
    assert frame_f1_score(no_positive, no_positive, labels=[0, 1]) == 0
    assert frame_f1_score(no_positive, no_positive, labels=[0, 1], zero_division=1.0) == 1
    of_three = frame_f1_score(TRUE, PREDICTED, labels=[0, 1, 2])
    assert_allclose(of_three, metrics.f1_score(FLAT_TRUE, FLAT_PREDICTED, average="weighted"))


def test_binary_score_of_one_class_against_the_rest():
    score = frame_f1_score([[0, 1, 2, 2]], [[0, 1, 1, 2]], labels=[0, 2])
    assert_allclose(score, 2 / 3)


@pytest.mark.parametrize("score", SCORES)
def test_minus_one_as_a_class(score):
    y_true, y_pred = np.array([[-1, 1, 1], [1, -1, -1]]), np.array([[-1, 1, -1], [-1, -1, -1]])
    found = score(y_true, y_pred, padding=None, lengths=[3, 2])
    plain = metrics.f1_score if score is frame_f1_score else metrics.accuracy_score
    assert found == plain([-1, 1, 1, 1, -1], [-1, 1, -1, -1, -1])
    assert score(y_true.ravel(), y_pred.ravel(), padding=None) == plain(
        y_true.ravel(), y_pred.ravel()
    )


@pytest.mark.parametrize("score", SCORES)
def test_minus_one_beside_one_is_not_guessed(score):
    y_true, y_pred = [[-1, 1, 1], [1, -1, -1]], [[1, 1, 1], [1, 1, 1]]
    with pytest.raises(ValueError, match="-1 may be a class or mark frames.*masked array"):
        score(y_true, y_pred)
    y_true = np.ma.masked_equal(y_true, -1)
    assert score(y_true, y_pred) == 1
    assert score([[-1, 1, 1], [1, 0, -1]], [[1, 1, 1], [1, 0, 0]]) == 1


def test_known_labels_settle_what_minus_one_means():
    y_true, y_pred = [[-1, 1, 1], [1, -1, -1]], [[1, 1, 1], [1, 1, 1]]
    assert frame_f1_score(y_true, y_pred, labels=[0, 1]) == 1
    with pytest.raises(ValueError, match="labels hold padding=-1. Pass padding=None"):
        frame_f1_score(y_true, y_pred, labels=[-1, 1])


@pytest.mark.parametrize("score", SCORES)
def test_weights(score):
    by_frame = [0.5, 1, 2, 0, 3, 1]
    by_sequence = [1, 1, 1, 1, 3, 3]

    def expected(weights):
        if score is frame_f1_score:
            return expected_f1(FLAT_TRUE, FLAT_PREDICTED, weights)
        return metrics.accuracy_score(FLAT_TRUE, FLAT_PREDICTED, sample_weight=weights)

    for weights in (
        [[0.5, 1, 2, 0], [3, 1]],
        np.array([[0.5, 1, 2, 0], [3, 1, -5, np.nan]]),
        pd.DataFrame([[0.5, 1, 2, 0], [3, 1, 9, 9]]),
    ):
        assert_allclose(score(TRUE, PREDICTED, sample_weight=weights), expected(by_frame))
    for weights in ([1, 3], np.array([1.0, 3.0]), pd.Series([1, 3], index=[8, 7])):
        assert_allclose(score(TRUE, PREDICTED, sample_weight=weights), expected(by_sequence))
    flat = score(FLAT_TRUE, FLAT_PREDICTED, sample_weight=by_frame)
    assert_allclose(flat, expected(by_frame))


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("y_true", "y_pred", "options", "message"),
    [
        (TRUE, FLAT_PREDICTED, {}, "both be 1D; y_pred is 1D, the other is not"),
        (FLAT_TRUE, PREDICTED, {}, "both be 1D; y_true is 1D, the other is not"),
        (np.zeros((2, 3, 1)), PREDICTED, {}, r"y_true must be a 2D array.*3D, shape \(2, 3, 1\)"),
        (TRUE, np.zeros((2, 3, 1)), {}, r"y_pred must be a 2D array.*3D, shape \(2, 3, 1\)"),
        (TRUE, [[0, 1]], {}, "same sequences; y_true has 2 rows, y_pred 1"),
        (TRUE, [[0, 1, 0, 0], [1, 1, 1]], {}, "y_true has 2 and y_pred 3 for sample 1"),
        (np.zeros((2, 2)), np.zeros((2, 3)), {}, "y_true has 2 and y_pred 3 for sample 0"),
        (TRUE, [[0, 1], [1, 1]], {}, "no prediction for sample 0, frame 2.*holds 2 there"),
        (FLAT_TRUE, [0, 1], {}, "y_true has 6 and y_pred 2"),
        (TRUE, [[0, 1, 0, 0], [1, -1]], {}, "sample 1, frame 1 is -1. .*padding=-1 is a class"),
        ([["a", "b"]], [["a", ""]], {}, "sample 0, frame 1 is ''.*pass lengths"),
        (["a", "b"], ["a", ""], {}, "has a label: frame 1 is "),
        (TRUE, [[0, np.nan, 0, 0], [1, 1]], {}, "sample 0, frame 1 is nan"),
        (TRUE, np.ma.masked_all((2, 4)), {}, "sample 0, frame 0 is masked"),
        ([[-1, -1]], [[0, 1]], {}, "No frame counts.*padding=-1"),
        (TRUE, PREDICTED, {"lengths": [0, 0]}, "No frame counts"),
        ([], [], {}, "No frame counts"),
        (FLAT_TRUE, FLAT_PREDICTED, {"lengths": [6]}, "lengths are for rows.*y_true is 1D"),
        (TRUE, PREDICTED, {"lengths": [4]}, r"lengths must have the shape \(2,\).*got \(1,\)"),
        (TRUE, PREDICTED, {"lengths": [4, 3]}, r"lengths\[1\] is 3 and y_true has 2 labels"),
        (TRUE, PREDICTED, {"lengths": [-1, 2]}, r"lengths\[0\] is -1"),
        (TRUE, PREDICTED, {"sample_weight": 2.0}, "one weight per sequence.*single float"),
        (TRUE, PREDICTED, {"sample_weight": [1, 2, 3]}, r"shape \(2,\).*got \(3,\)"),
        (TRUE, PREDICTED, {"sample_weight": [[1, 1, 1, 1]]}, "has 2 sequences; got 1"),
        (TRUE, PREDICTED, {"sample_weight": [[1], [1]]}, "no weight for sample 0, frame 1"),
        (FLAT_TRUE, FLAT_PREDICTED, {"sample_weight": [1]}, "has 6 frames; got 1"),
        (TRUE, PREDICTED, {"sample_weight": [1, -2]}, "weight of sample 1, frame 0 is -2"),
        (TRUE, PREDICTED, {"sample_weight": [[1, np.inf, 1, 1], [1, 1]]}, "frame 1 is inf"),
        (TRUE, PREDICTED, {"sample_weight": np.ma.masked_equal([1, 2], 2)}, "frame 0 is nan"),
        (TRUE, PREDICTED, {"sample_weight": [0, 0]}, "sample_weight is 0 for every frame"),
    ],
)
def test_what_does_not_fit_is_refused(score, y_true, y_pred, options, message):
    with pytest.raises(ValueError, match=message):
        score(y_true, y_pred, **options)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("y_true", "y_pred", "options", "message"),
    [
        ([["a", "b"]], [[0, 1]], {}, "y_true and y_pred together mixes text and numbers"),
        ([["a", "b"], [0, 1]], [["a", "b"], ["a", "b"]], {}, "y_true mixes text and numbers"),
        (TRUE, PREDICTED, {"lengths": [4.0, 2.0]}, "lengths must be integers.*float64"),
        (TRUE, PREDICTED, {"sample_weight": ["a", "b"]}, "must hold numbers; got dtype <U1"),
    ],
)
def test_wrong_types_are_refused(score, y_true, y_pred, options, message):
    with pytest.raises(TypeError, match=message):
        score(y_true, y_pred, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"average": "samples"}, "average='samples' is none of 'auto', 'binary'"),
        ({"average": "binary"}, r"average='binary' takes two classes.* 3: \[0, 1, 2\]"),
        ({"pos_label": 1}, r"pos_label=1 is for two classes.*average is 'auto'.*\[0, 1, 2\]"),
        ({"average": "macro", "pos_label": 1}, "pos_label=1 is for two classes.*'macro'"),
        ({"labels": [0, 1], "pos_label": 2}, r"pos_label=2 is no class: .*\[0, 1\]"),
    ],
)
def test_contradictory_choices_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        frame_f1_score([[0, 1, 2]], [[0, 1, 1]], **options)


def test_known_labels_of_another_type_are_refused():
    with pytest.raises(TypeError, match="labels and y_true together mixes text and numbers"):
        frame_f1_score(TRUE, PREDICTED, labels=["a", "b"])


@pytest.mark.parametrize("score", SCORES)
def test_continuous_labels_are_refused(score):
    with pytest.raises(ValueError, match="continuous"):
        score([[0.5, 1.5, 0.25]], [[0.5, 1.5, 0.25]])


def test_inputs_stay_as_they_are():
    y_true = np.ma.masked_array([[0, 1, -1], [1, 0, 0]], mask=[[0, 0, 0], [0, 0, 1]])
    y_pred, lengths = np.array([[0, 1, 1], [1, 0, 0]]), np.array([2, 3])
    before = y_true.copy()
    assert frame_f1_score(y_true, y_pred, lengths=lengths, sample_weight=np.ones((2, 3))) == 1
    assert_array_equal(y_true.data, before.data)
    assert_array_equal(y_true.mask, before.mask)
