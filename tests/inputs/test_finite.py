"""Values are looked at once, in blocks: what is wrong is found wherever it stands."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_dpads.inputs import finite
from sklearn_dpads.inputs.padded import StoredSequences
from sklearn_dpads.inputs.sequences import Sequences, check_sequences

SHAPE = (4, 5, 3)
sizes = st.sampled_from([1, 4, 16, 40, 10**6])
places = st.tuples(*(st.integers(0, n - 1) for n in SHAPE))


def check(X, size=10**6) -> Sequences:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finite, "_BLOCK", size)
        return check_sequences(X, estimator_name="SomeClassifier")


def example() -> np.ndarray:
    return np.random.default_rng(0).normal(size=SHAPE)


LAYOUTS = {
    "array": np.asarray,
    "list": list,
    "fortran": np.asfortranarray,
    "turned": lambda X: X.transpose(0, 2, 1).copy().transpose(0, 2, 1),
    "float32": lambda X: X.astype(np.float32),
    "swapped": lambda X: X.astype(">f8"),
    "half": lambda X: X.astype(np.float16),
    "strided": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "mixed": lambda X: [x.astype(kind) for x, kind in zip(X, "fdgf", strict=True)],
}
layouts = pytest.mark.parametrize("layout", LAYOUTS)


@layouts
@given(places, sizes, st.sampled_from([np.inf, -np.inf]))
def test_what_is_infinite_is_named(layout, place, size, value):
    X = example()
    X[place] = value
    sample, frame, feature = place
    message = f"infinite value .* at sample {sample}, frame {frame}, feature {feature};"
    with pytest.raises(ValueError, match=message):
        check(LAYOUTS[layout](X), size)


@layouts
@given(places, sizes)
def test_gaps_are_named(layout, place, size):
    X = example()
    X[place] = np.nan
    sample, frame, feature = place
    message = f"NaN inside a sequence: sample {sample}, frame {frame}, feature {feature};"
    with pytest.raises(ValueError, match=message):
        check(LAYOUTS[layout](X), size)


@layouts
@given(st.lists(st.integers(1, SHAPE[1]), min_size=4, max_size=4), sizes)
def test_padding_is_found_and_read_as_zeros(layout, lengths, size):
    X, expected = example(), example()
    for x, zeros, length in zip(X, expected, lengths, strict=True):
        x[length:], zeros[length:] = np.nan, 0.0
    given = LAYOUTS[layout](X)
    data = check(given, size)
    assert data.lengths.tolist() == lengths
    tolerance = {"float32": 1e-6, "mixed": 1e-6, "half": 1e-2}.get(layout, 0.0)
    np.testing.assert_allclose(data.frames, expected, atol=tolerance)
    assert data.frames.dtype == np.float64
    np.testing.assert_array_equal(data.flat(), data.frames[data.mask()])
    np.testing.assert_array_equal(data.take(np.array([2, 0])).frames, data.frames[[2, 0]])
    assert_array_equal(np.isnan(X).all(axis=2).sum(axis=1), SHAPE[1] - np.array(lengths))


@given(st.integers(0, 3), sizes)
def test_an_empty_sequence_is_named(sample, size):
    X = example()
    X[sample] = np.nan
    for layout in (X, list(X)):
        with pytest.raises(ValueError, match=f"sample {sample} of X is empty"):
            check(layout, size)


@layouts
def test_finite_values_whose_squares_are_not_are_read(layout):
    X = example()
    X[1, 2, 0] = {"float32": 1e30, "half": 6e4}.get(layout, 1e30 if layout == "mixed" else 1e200)
    data = check(LAYOUTS[layout](X))
    assert data.lengths.tolist() == [5] * 4
    assert data.frames[1, 2, 0] == pytest.approx(X[1, 2, 0], rel=1e-3)


def test_sums_that_would_cancel_are_no_excuse():
    X = example()
    X[0, 0, 0], X[0, 1, 0] = np.inf, -np.inf
    with pytest.raises(ValueError, match="infinite value"):
        check(X)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_nothing_is_copied_to_look_at_it(dtype):
    X = np.ones((5_000, 60, 5), dtype=dtype)
    tracemalloc.start()
    data = check(X, 2**14)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 0.1 * X.nbytes
    assert isinstance(data, StoredSequences) == (dtype != np.float64)
    assert np.shares_memory(data.stored, X)


def test_a_part_of_stored_sequences_is_a_view_until_its_frames_are_asked_for():
    X = np.ones((100, 60, 50), dtype=np.float32)
    data = check(X)
    parts = list(data.parts())
    assert len(parts) > 1
    assert all(np.shares_memory(part.stored, X) for _, part in parts)
    assert all(part.frames.dtype == np.float64 for _, part in parts)
