"""Long recordings in pieces: what each frame gave, and which part it belongs to."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from sklearn_dpads.engine import FrameStreams
from sklearn_dpads.grammar import StreamKey
from sklearn_dpads.program import Sequences
from sklearn_dpads.training import IGNORED, LabelledStreams, Split, in_pieces, make_targets

LENGTHS = np.array([23, 7, 10, 31])
KEYS = (StreamKey("causal", 2), StreamKey("causal", 5))


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    frames = rng.normal(size=(4, 31, 2))
    codes = rng.integers(0, 3, size=(4, 31))
    weights = rng.uniform(0.5, 2.0, size=(4, 31))
    # A stretch without labels is as long as a piece.
    codes[3, 10:20] = IGNORED
    for code, length in zip(codes, LENGTHS, strict=True):
        code[length:] = IGNORED
    streams = FrameStreams(Sequences(frames, LENGTHS), KEYS, per_frame=True)
    return LabelledStreams(streams, make_targets(codes, 3, weights, torch.float32, "cpu"))


SPLIT = Split(np.array([0, 1, 3]), np.array([2]))


def test_every_labelled_frame_is_in_one_piece_with_all_it_had(data):
    pieces, _ = in_pieces(data, SPLIT, 10)
    assert pieces.streams.lengths.max() <= 10

    def rows(of):
        codes, weights = of.targets.flatten()
        kept = codes != IGNORED
        read = torch.cat([of_key.flatten(0, 1)[kept] for of_key in of.streams.values], 1)
        frames = of.streams.frames.flatten(0, 1)[kept]
        table = torch.cat([read, frames, codes[kept][:, None], weights[kept][:, None]], 1)
        return np.array(sorted(map(tuple, table.tolist())))

    assert_array_equal(rows(pieces), rows(data))


def test_a_piece_has_its_frames_in_order_and_none_beyond_its_end(data):
    pieces, _ = in_pieces(data, SPLIT, 10)
    # The first sequence is cut at 10 and 20.
    assert pieces.streams.lengths[:3].tolist() == [10, 10, 3]
    joined = pieces.streams.frames[:, :3].transpose(0, 1).flatten(0, 1)[:23]
    assert_array_equal(joined, data.streams.frames[:23, 0])
    assert (pieces.targets.codes[3:, 2] == IGNORED).all()
    assert (pieces.targets.weights[3:, 2] == 0).all()


def test_pieces_without_a_label_are_left_out(data):
    pieces, _ = in_pieces(data, SPLIT, 10)
    assert (pieces.targets.codes != IGNORED).any(0).all()
    assert pieces.streams.n_samples == 3 + 1 + 1 + 4 - 1


def test_pieces_stay_on_the_side_of_their_sequence(data):
    _, split = in_pieces(data, SPLIT, 10)
    assert split.validation.tolist() == [4]
    assert split.train.tolist() == [0, 1, 2, 3, 5, 6, 7]


def test_a_part_without_labels_leaves_sequences_as_they_are(data):
    codes = data.targets.codes.clone()
    codes[:, 2] = IGNORED
    targets = make_targets(codes.numpy().T, 3, np.ones((4, 31)), torch.float32, "cpu")
    bare = LabelledStreams(data.streams, targets)
    pieces, split = in_pieces(bare, SPLIT, 10)
    assert pieces is bare
    assert split is SPLIT
