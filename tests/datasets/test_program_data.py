"""Sequences labelled by a program: what is drawn, how it is labelled, how much is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.datasets import make_program_classification


@dataclass(frozen=True)
class MeanProgram:
    """The mean frame, its first `n_outputs` features."""

    n_features: int
    n_outputs: int
    classes: tuple | None = None

    def __call__(self, X):
        return X.mean(axis=1)[:, : self.n_outputs]


class FrameProgram:
    """The first feature of every frame."""

    n_features, n_outputs, classes = 2, 1, None

    def __call__(self, X):
        return X[:, :, :1]


BINARY, MULTICLASS = MeanProgram(3, 1), MeanProgram(3, 3)


def test_binary_labels_are_the_sign():
    X, y = make_program_classification(BINARY, 50, 7, random_state=0)
    assert X.shape == (50, 7, 3)
    assert X.dtype == np.float64
    assert_array_equal(y, BINARY(X)[:, 0] > 0)


def test_multiclass_labels_are_the_largest_output():
    X, y = make_program_classification(MULTICLASS, 50, 7, random_state=0)
    assert_array_equal(y, MULTICLASS(X).argmax(axis=1))
    assert set(y) == {0, 1, 2}


def test_one_label_per_frame():
    X, y = make_program_classification(FrameProgram(), 10, 7, random_state=0)
    assert_array_equal(y, X[:, :, 0] > 0)


def test_labels_are_the_classes_of_the_program():
    program = MeanProgram(2, 1, classes=("rest", "move"))
    X, y = make_program_classification(program, 20, 4, random_state=0)
    assert_array_equal(y, np.where(program(X)[:, 0] > 0, "move", "rest"))


@pytest.mark.parametrize("program", [BINARY, MULTICLASS, MeanProgram(3, 2), FrameProgram()])
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
def test_noise_is_the_fraction_of_wrong_labels(program, noise):
    X, clean = make_program_classification(program, 100, 5, random_state=3)
    X_noisy, noisy = make_program_classification(program, 100, 5, noise=noise, random_state=3)
    assert_array_equal(X, X_noisy)
    assert np.mean(clean != noisy) == noise
    assert set(noisy.flat) == set(clean.flat)


def test_random_state_repeats_the_data():
    for seed in (5, np.random.RandomState(5)):
        X, y = make_program_classification(BINARY, noise=0.2, random_state=seed)
        X_again, y_again = make_program_classification(BINARY, noise=0.2, random_state=5)
        assert_array_equal(X, X_again)
        assert_array_equal(y, y_again)
    X_other, _ = make_program_classification(BINARY, random_state=6)
    assert (X_other != X).all()


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_features_are_stationary_and_correlated_in_time(correlation):
    X, _ = make_program_classification(
        BINARY, 4000, 12, autocorrelation=correlation, random_state=0
    )
    assert_allclose(X.mean(axis=0), 0.0, atol=0.07)
    assert_allclose(X.var(axis=0), 1.0, atol=0.12)
    assert_allclose((X[:, 1:] * X[:, :-1]).mean(axis=0), correlation, atol=0.1)
    assert_allclose((X[:, :, 0] * X[:, :, 1]).mean(axis=0), 0.0, atol=0.07)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples must be a positive integer, but is 0"),
        ({"n_timesteps": 2.5}, r"n_timesteps must be a positive integer, but is 2\.5"),
        ({"noise": 1.0}, r"noise must be a number in \[0, 1\)"),
        ({"noise": -0.1}, r"noise must be a number in \[0, 1\)"),
        ({"autocorrelation": 1.0}, r"autocorrelation must be a number in \[0, 1\)"),
    ],
)
def test_numbers_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_program_classification(BINARY, **arguments)


def test_a_program_that_never_changes_its_mind():
    class Constant(MeanProgram):
        def __call__(self, X):
            return np.ones((len(X), 1))

    with pytest.raises(ValueError, match="gives class 1 to all 30 drawn samples"):
        make_program_classification(Constant(2, 1), 30, random_state=0)


GRAMMAR = Grammar.paper({"position": [0, 1], "speed": [2]})


@pytest.mark.parametrize(
    ("text", "n_classes"),
    [
        ("Fold(Affine[speed](x2 + 0.5*previous))", 2),
        ("SlideWindowAvg[5](Affine[position](y0: x0, y1: x1, y2: 0.2))", 3),
    ],
)
def test_program_as_object_and_as_text(text, n_classes):
    program = Program.parse(text, GRAMMAR)
    X, y = make_program_classification(program, random_state=0)
    assert X.shape == (200, 20, 3)
    assert_array_equal(np.unique(y), np.arange(n_classes))
    outputs = program(X)
    expected = outputs.argmax(axis=1) if n_classes > 2 else outputs[:, 0] > 0
    assert_array_equal(y, expected)
    X_text, y_text = make_program_classification(text, grammar=GRAMMAR, random_state=0)
    assert_array_equal(X, X_text)
    assert_array_equal(y, y_text)


def test_text_with_more_features_than_the_grammar_reads():
    X, _ = make_program_classification(
        "Fold(Affine[speed](x2))", grammar=GRAMMAR, n_features=5, random_state=0
    )
    assert X.shape[2] == 5


def test_text_needs_a_grammar():
    with pytest.raises(TypeError, match="can be read only with a grammar"):
        make_program_classification("Input")


def test_something_else_than_a_program():
    with pytest.raises(TypeError, match="must be a Program or the text of one, but is a function"):
        make_program_classification(lambda X: X)
