"""Long recordings thinned to what training needs."""

import numpy as np
import pytest

from sklearn_dpads.training import IGNORED, thinned


def codes_of(lengths, n_classes=2, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, n_classes, (len(lengths), max(lengths)))
    codes[np.arange(max(lengths)) >= np.array(lengths)[:, None]] = IGNORED
    return codes


def test_nothing_is_thinned_that_is_short_enough():
    assert thinned(codes_of([50, 30]), 20, 80) is None
    assert thinned(codes_of([50, 30]), 20, 79) is not None


def test_pieces_are_whole_and_in_order_and_as_many_of_each():
    kept = thinned(codes_of([1_000, 1_000, 240]), 20, 300)
    assert kept.rows.tolist() == [0, 1, 2]
    assert kept.lengths.tolist() == [100, 100, 100]
    for times in kept.times:
        starts = times.reshape(-1, 20)[:, 0]
        assert (starts % 20 == 0).all()
        assert (np.diff(starts) > 0).all()
        np.testing.assert_array_equal(times, (starts[:, None] + np.arange(20)).ravel())
    assert kept.times[2].max() < 240
    assert not np.array_equal(kept.times[0], kept.times[1])


def test_of_many_short_sequences_all_have_shorter_pieces():
    kept = thinned(codes_of([100] * 50), 100, 1_000)
    assert kept.rows.tolist() == list(range(50))
    assert kept.lengths.tolist() == [20] * 50


def test_of_very_many_sequences_some_are_drawn():
    kept = thinned(codes_of([100] * 400), 100, 1_000)
    assert len(kept.rows) == 100
    assert (np.diff(kept.rows) > 0).all()
    assert kept.lengths.tolist() == [10] * 100


@pytest.mark.parametrize("lengths", [[5_000, 5_000], [100] * 400])
def test_every_class_stays(lengths):
    codes = np.zeros((len(lengths), max(lengths)), dtype=np.int64)
    codes[1, 33] = 1
    kept = thinned(codes, 20, 500)
    assert 1 in kept.of(codes, IGNORED)
    assert len(kept.rows) >= 2


def test_one_long_recording_among_short_ones_is_not_padded_for():
    kept = thinned(codes_of([10_000] + [40] * 99), 20, 1_000)
    assert len(kept.rows) == 100
    assert kept.times.size <= 4 * 1_000
    assert kept.lengths[0] == kept.lengths.max()


def test_pieces_without_a_label_are_left_out():
    codes = np.full((2, 1_000), IGNORED)
    codes[:, 400:500] = 0
    codes[0, 450] = 1
    kept = thinned(codes, 20, 60)
    assert ((kept.times[:, :20] >= 400) & (kept.times[:, :20] < 500)).all()


def test_what_frames_have_is_taken_with_them():
    codes = codes_of([1_000, 230])
    kept = thinned(codes, 50, 400)
    found = kept.of(codes, IGNORED)
    for row, of_row, times, length in zip(kept.rows, found, kept.times, kept.lengths, strict=True):
        np.testing.assert_array_equal(of_row[:length], codes[row, times[:length]])
        assert (of_row[length:] == IGNORED).all()
