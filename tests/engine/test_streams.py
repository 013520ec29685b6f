"""Streams of a data set, and the memory that they take."""

from __future__ import annotations

import tracemalloc

import numpy as np

from sklearn_dpads.engine import FrameStreams
from sklearn_dpads.grammar import StreamKey
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
    last = streams.means[1][0, :, :-1].numpy()
    np.testing.assert_allclose(last, frames[:, -3:].std(1), rtol=1e-5)
