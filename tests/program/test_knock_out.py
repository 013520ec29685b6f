"""What a program loses without one of its parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from sklearn_dpads import Grammar, Program

from .. import strategies
from ..strategies import QUICK

NAMES = ["a", "b", "c"]
GRAMMAR = Grammar.default({"ab": ["a", "b"], "c": ["c"]}, feature_names=NAMES)
RNG = np.random.default_rng(0)
X = RNG.normal([0.0, 5.0, 0.0], size=(300, 10, 3))


def read(text, classes=("no", "yes")):
    return Program.parse(text, GRAMMAR, feature_names=NAMES, classes=classes)


def rows_of(table):
    return {(row.kind, row.name): row for row in table}


def test_what_is_left_out_is_what_it_is_on_average():
    program = read(
        "Add(SlideWindowAvg[all](Affine[ab](3*a + 2*b - 10)), SlideWindowMax[2](Affine[c](c - 1)))"
    )
    y = np.where(program(X)[:, 0] > 0, "yes", "no")
    table = program.knock_out(X, y)
    assert table.score == 1.0
    rows = rows_of(table)
    assert list(rows) == sorted(rows, key=lambda r: ("part", "group", "feature").index(r[0]))
    mean = X.mean(axis=1)
    maximum = X[:, -2:, 2].max(axis=1)
    without_a = 3 * mean[:, 0].mean() + 2 * mean[:, 1] - 10 + maximum - 1
    expected = accuracy_score(y, np.where(without_a > 0, "yes", "no"))
    # Means are those over all prefixes of all sequences, which differ a little from these.
    assert rows["feature", "a"].score == pytest.approx(expected, abs=0.02)
    assert rows["feature", "c"].score == rows["group", "c"].score == rows["part", "max2(c)"].score
    assert rows["part", "avg(ab)"].lost == 1.0 - rows["part", "avg(ab)"].score
    lost = [row.lost for row in table if row.kind == "feature"]
    assert lost == sorted(lost, reverse=True)
    assert "feature" in repr(table)


def test_labels_may_be_objects():
    program = read("SlideWindowAvg[all](Affine[ab](a))", (False, True))
    labels = np.array([bool(value > 0) for value in program(X)[:, 0]], dtype=object)
    assert program.knock_out(X, labels).score == 1.0


def test_features_that_are_not_read_have_no_row():
    program = read("SlideWindowAvg[all](Affine[ab](a))")
    table = program.knock_out(X, np.where(X[:, :, 0].mean(axis=1) > 0, "yes", "no"))
    assert [(row.kind, row.name) for row in table] == [("group", "ab"), ("feature", "a")]


def test_frames_without_a_label_do_not_count():
    program = read("Map(Affine[ab](a))")
    y = np.where(X[..., 0] > 0, "yes", "no")
    hidden = RNG.random(y.shape) < 0.5
    y[hidden] = np.where(X[..., 0] > 0, "no", "yes")[hidden]
    assert program.knock_out(X, np.ma.masked_array(y, hidden)).score == 1.0
    assert program.knock_out(X, y).score < 0.6


def test_any_score_of_labels():
    program = read("SlideWindowAvg[all](Affine[c](c - 0.3))")
    y = np.where(X[:, :, 2].mean(axis=1) > 0, "yes", "no")
    found = program.knock_out(X, y, score=lambda t, p: f1_score(t, p, pos_label="yes"))
    predicted = np.where(program(X)[:, 0] > 0, "yes", "no")
    assert found.score == f1_score(y, predicted, pos_label="yes")


def test_a_program_without_classes():
    with pytest.raises(ValueError, match="knows its classes"):
        read("SlideWindowAvg[all](Affine[c](c))", None).knock_out(X, np.zeros(300))


@pytest.mark.parametrize("label", ["maybe", 1])
def test_labels_that_are_no_class_are_refused(label):
    program = read("SlideWindowAvg[all](Affine[c](c))")
    with pytest.raises(
        ValueError, match=rf"y holds {label!r}, but the classes are \['no', 'yes'\]"
    ):
        program.knock_out(X, np.full(300, label))
    with pytest.raises(ValueError, match="No frame has a label among the classes"):
        read("Map(Affine[c](c))").knock_out(X, np.full((300, 10), label))


@QUICK
@given(st.data())
def test_every_program_can_be_taken_apart(data):
    grammar = data.draw(strategies.grammars())
    program = data.draw(strategies.programs(grammar))
    # An empty text is no label of a frame.
    if program.classes is None or not all(str(label) for label in program.classes):
        return
    sequences = data.draw(strategies.sequences(program.n_features))
    frames = [np.array(members) for members in sequences]
    values = program(frames)
    shape = values.shape[:-1]
    y = (
        np.full(shape, program.classes[0])
        if len(shape) == 1
        else [np.full(len(members), program.classes[0]) for members in frames]
    )
    for row in program.knock_out(frames, y):
        assert 0.0 <= row.score <= 1.0
