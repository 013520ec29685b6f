"""Sequences of unequal length, however they are given, for both forms of labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar
from sklearn_dpads.training import Training

from ..strategies import QUICK
from .contract import (
    FORMS,
    FRAMES,
    pad,
    same_fit,
)

METHODS = ("predict", "predict_proba", "decision_function")


@pytest.fixture(scope="module", params=FORMS, ids=str)
def form(request):
    return request.param


@pytest.fixture(scope="module")
def ragged(form):
    return form.cut(*form.data())


@pytest.fixture(scope="module")
def fitted(form, ragged):
    return form.small().fit(*ragged)


def padded_labels(form, y, n_timesteps):
    """Labels for padded sequences: those of frames are padded with a class."""
    if not form.per_frame:
        return y
    return np.array([np.pad(row, (0, n_timesteps - len(row)), constant_values=1) for row in y])


def objects(X):
    """The sequences as a 1D array of arrays."""
    array = np.empty(len(X), dtype=object)
    array[:] = X
    return array


@pytest.mark.parametrize("n_timesteps", [6, 7, 40])
def test_padded_sequences_are_those_of_a_list(form, ragged, fitted, n_timesteps):
    X, y = ragged
    padded = pad(X, n_timesteps)
    clf = form.small().fit(padded, padded_labels(form, y, n_timesteps))
    assert same_fit(clf, fitted)
    for method in METHODS:
        given, wanted = getattr(clf, method)(padded), getattr(fitted, method)(X)
        if form.per_frame:
            assert given.shape[:2] == (len(X), n_timesteps)
            given = given[:, :6]
        assert_allclose(given, wanted, atol=1e-6)
    assert clf.score(padded, padded_labels(form, y, n_timesteps)) == fitted.score(X, y)


@pytest.mark.parametrize(
    "as_given",
    [tuple, objects, lambda X: [x.tolist() for x in X], lambda X: [pd.DataFrame(x) for x in X]],
    ids=["tuple", "array of arrays", "nested lists", "data frames"],
)
def test_containers_of_sequences(form, ragged, fitted, as_given):
    X, y = ragged
    assert same_fit(form.small().fit(as_given(X), y), fitted)
    assert_array_equal(fitted.predict_proba(as_given(X)), fitted.predict_proba(X))


def test_padding_does_not_change_how_many_sequences_make_a_step():
    """A step takes the fewer sequences the longer they are; padding has no length."""
    X, y = FRAMES.data(40, n_timesteps=30)
    padded = pad(list(X), 600)
    labels = np.pad(y, ((0, 0), (0, 570)), constant_values=-1)
    assert same_fit(FRAMES.small().fit(padded, labels), FRAMES.small().fit(X, y))


def test_longer_sequences_make_smaller_steps():
    """So that the test above could fail."""
    sizes = [
        Training().for_data(n_samples=40, n_timesteps=n, per_frame=True).batch_size
        for n in (30, 600)
    ]
    assert sizes == [40, 16]


@pytest.mark.parametrize("method", METHODS)
def test_a_sequence_alone_is_as_in_company(form, ragged, fitted, method):
    X, _ = ragged
    together = getattr(fitted, method)(X)
    for i, sequence in enumerate(X):
        alone = getattr(fitted, method)([sequence])[0]
        row = together[i, : len(sequence)] if form.per_frame else together[i]
        # Sums of other shapes are added in another order, and may cancel to nearly nothing.
        assert_allclose(alone, row, rtol=1e-12, atol=1e-11)


TEXTS = {
    "sequences": [
        "Fold(Affine[x0](x0 + 0.5*previous))",
        "SlideWindowAvg[5](Affine[x1](x1))",
        "SlideWindowAvg[all,values](Affine[all](x0 - x1))",
    ],
    "frames": [
        "MapPrefix(Fold(Affine[x0](x0 + 0.5*previous)))",
        "MapPrefix(SlideWindowAvg[5](Affine[x1](x1)))",
        "Map(Affine[all](x0 - x1))",
    ],
}


@QUICK
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    extra=st.integers(0, 12),
    index=st.integers(0, 2),
)
def test_no_program_sees_the_padding(form, fitted, lengths, extra, index):
    program = fitted.program_.parse(TEXTS[form.name][index], Grammar.paper(2))
    rng = np.random.default_rng(sum(lengths))
    X = [rng.normal(size=(length, 2)) for length in lengths]
    longest = max(lengths)
    values = fitted.decision_function(X, program=program)
    padded = fitted.decision_function(pad(X, longest + extra), program=program)
    if form.per_frame:
        assert np.isnan(padded[:, longest:]).all()
        padded = padded[:, :longest]
    assert_allclose(padded, values, atol=1e-6)


def test_sequences_of_one_frame_among_longer_ones(form):
    X, y = form.data()
    X = [sequence[:1] if i % 2 else sequence for i, sequence in enumerate(X)]
    labels = [row[: len(x)] for row, x in zip(y, X, strict=True)] if form.per_frame else y
    clf = form.small().fit(X, labels)
    assert clf.predict(X).shape == ((20, 6) if form.per_frame else (20,))
    assert clf.score(X, labels) > 0.8


def test_nan_inside_a_sequence_is_named(form, ragged, fitted):
    X, y = ragged
    broken = [sequence.copy() for sequence in X]
    (index,) = np.flatnonzero([len(x) == 6 for x in X])[:1]
    broken[index][3, 1] = np.nan
    padded = pad(broken, 9)
    message = f"NaN inside a sequence: sample {index}, frame 3, feature 1"
    for given_X, labels in ((broken, y), (padded, padded_labels(form, y, 9))):
        with pytest.raises(ValueError, match=message):
            form.small().fit(given_X, labels)
        for method in METHODS:
            with pytest.raises(ValueError, match=message):
                getattr(fitted, method)(given_X)


def test_gap_of_whole_frames_is_no_padding(form, fitted):
    X, y = form.data()
    X[2, 1] = np.nan
    with pytest.raises(ValueError, match="sample 2, frame 1, feature 0"):
        form.small().fit(X, y)
    with pytest.raises(ValueError, match="sample 2, frame 1, feature 0"):
        fitted.predict(X)
