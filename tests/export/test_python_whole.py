"""Source of a numpy function of a value per sequence: it reads what the program reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Program

from ..program.test_whole import (
    GRAMMAR,
    TEXT,
    last_of_prefixes,
    lengths_of,
    members_of,
    most_memory,
    texts,
)
from ..strategies import QUICK
from .test_python import run


def padded(members, filler, extra=0):
    lengths = np.array([len(x) for x in members])
    frames = np.full((len(members), lengths.max() + extra, members[0].shape[1]), filler)
    for row, x in zip(frames, members, strict=True):
        row[: len(x)] = x
    return frames, lengths


@QUICK
@given(texts, lengths_of, st.integers(0, 2), st.sampled_from([0.0, 1e5]))
def test_it_gives_the_last_value_in_every_layout(text, lengths, extra, far):
    program, members = Program.parse(text, GRAMMAR), members_of(lengths, far=far)
    function = run(program.to_python())
    expected = last_of_prefixes(program, members)
    close = {"rtol": 1e-9, "atol": 1e-9 * max(1.0, far)}
    for filler in (0.0, np.nan, 1e9):
        frames, n_frames = padded(members, filler, extra)
        assert_allclose(function(frames, n_frames), expected, **close)
        assert_allclose(function(frames, n_frames.tolist()), expected, **close)
    frames, _ = padded(members, np.nan, extra)
    assert_allclose(function(frames), expected, **close)
    assert_allclose(function(np.asfortranarray(frames)), expected, **close)
    single = [x.astype(np.float32) for x in members]
    frames, n_frames = padded(single, 0.0, extra)
    expected = last_of_prefixes(program, [x.astype(np.float64) for x in single])
    assert_allclose(function(frames.astype(np.float32), n_frames), expected, **close)


def test_many_sequences_are_read_in_blocks():
    program = Program.parse(f"Add({TEXT}, Fold(Affine[one](x2 + 0.5*previous)))", GRAMMAR)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(9_000, 40, 5))
    function = run(program.to_python())
    assert_allclose(function(X), program(X), atol=1e-9)
    lengths = rng.integers(1, 41, size=len(X))
    ragged = program([x[:n] for x, n in zip(X, lengths, strict=True)])
    assert_allclose(function(X, lengths), ragged, atol=1e-9)
    X[np.arange(40) >= lengths[:, None]] = np.nan
    assert_allclose(function(X), ragged, atol=1e-9)


def test_other_columns_and_frames_are_not_read():
    text = "Add(SlideWindowAvg[3](Affine[all](2*x1 + 0*x0)), SlideWindowMax[1/3](Affine[one](x2)))"
    function = run(Program.parse(text, GRAMMAR).to_python())
    X = np.stack(members_of([12] * 4))
    other = np.full_like(X, np.nan)
    other[:, -3:, 1], other[:, :4, 2] = X[:, -3:, 1], X[:, :4, 2]
    other[:, -1, 4] = 0.0
    assert_array_equal(function(other), function(X))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_array_is_not_copied(dtype):
    X = np.ones((100_000, 60, 5), dtype=dtype)
    assert most_memory(run(Program.parse(TEXT, GRAMMAR).to_python()), X) < 0.3 * X.nbytes


def test_no_sequences_give_no_values():
    function = run(Program.parse(TEXT, GRAMMAR).to_python())
    assert function(np.empty((0, 4, 5))).shape == (0, 1)
