"""Streams of a data set, and the memory that they take."""

from __future__ import annotations

import tracemalloc

import numpy as np
import torch

from sklearn_dpads.engine import FrameStreams, KeptFrames
from sklearn_dpads.grammar import StreamKey
from sklearn_dpads.grammar.spans import Part
from sklearn_dpads.grammar.statistics import STATISTICS
from sklearn_dpads.program import Sequences


def test_streams_of_whole_sequences_are_made_part_by_part():
    frames = np.random.default_rng(0).normal(size=(20_000, 13, 6))
    sequences = Sequences(frames, np.full(20_000, 13))
    keys = tuple(StreamKey("causal", span, STATISTICS["Std"]) for span in (2, 3, 5, None))
    tracemalloc.start()
    streams = FrameStreams(sequences, keys, per_frame=False)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # What numpy holds; four streams of all frames would be four times as much as the frames.
    assert most < frames.nbytes / 2
    last = streams.values[1][0, :, :-1].numpy()
    np.testing.assert_allclose(last, frames[:, -3:].std(1), rtol=1e-5)


def test_streams_at_kept_frames_are_those_of_the_whole():
    rng = np.random.default_rng(0)
    lengths = np.array([40, 90, 64])
    frames = rng.normal(size=(3, 95, 2))
    sequences = Sequences(frames * (np.arange(95) < lengths[:, None])[..., None], lengths)
    times = np.array([[3, 4, 38, 39, 0], [0, 50, 51, 52, 89], [5, 63, 0, 0, 0]])
    kept = KeptFrames(np.arange(3), times, np.array([4, 5, 2]))
    keys = (
        StreamKey("causal", 7, STATISTICS["Std"]),
        StreamKey("causal", Part(1, 2), STATISTICS["Max"]),
        StreamKey("raw", None),
    )
    whole = FrameStreams(sequences, keys, per_frame=True)
    some = FrameStreams(sequences, keys, per_frame=True, kept=kept)
    assert some.lengths.tolist() == [4, 5, 2]
    assert some.frames.shape == (5, 3, 3)
    for i, length in enumerate(kept.lengths):
        at = times[i, :length]
        for ours, theirs in zip(
            [some.frames, *some.values], [whole.frames, *whole.values], strict=True
        ):
            assert torch.equal(ours[:length, i], theirs[at, i])
