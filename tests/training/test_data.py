"""Batches of labelled sequences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dpads.engine import Schedule
from sklearn_dpads.grammar import StreamKey
from sklearn_dpads.training import IGNORED, minibatches

from .problems import (
    codes_of,
    labelled,
    sequences,
    whole_graph,
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.integers(1, 1000), st.integers(1, 300), st.integers(0, 99))
def test_minibatches_take_every_sequence_once_and_none_is_a_straggler(n, batch_size, seed):
    index = np.random.default_rng(0).permutation(5000)[:n]
    batches = list(minibatches(index, batch_size, np.random.default_rng(seed)))
    sizes = [len(batch) for batch in batches]
    assert sorted(np.concatenate(batches)) == sorted(index)
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= max(1, 1.5 * batch_size)
    assert len(sizes) == 1 or min(sizes) >= (3 * batch_size) // 4


def test_minibatches_are_shuffled_anew_each_time():
    rng = np.random.default_rng(0)
    index = np.arange(60)
    one, other = (np.concatenate(list(minibatches(index, 20, rng))) for _ in range(2))
    assert not np.array_equal(one, other)
    again = np.concatenate(list(minibatches(index, 20, np.random.default_rng(0))))
    np.testing.assert_array_equal(again, one)


@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize("per_frame", [False, True])
def test_labels_go_with_their_sequences(per_frame, padding):
    data = labelled(3, per_frame=per_frame, padding=padding)
    raw = sequences(padding=padding)
    codes = codes_of(raw, 3, per_frame)
    for index in (None, np.array([7, 3, 30]), np.arange(39, -1, -1)):
        batch, targets = data.take(index, need_frames=True)
        chosen = np.arange(40) if index is None else index
        longest = raw.lengths[chosen].max()
        assert batch.lengths.tolist() == raw.lengths[chosen].tolist()
        assert batch.frames.shape == (longest, len(chosen), 4)
        frames = batch.frames[..., :3].transpose(0, 1).numpy()
        np.testing.assert_allclose(frames, raw.frames[chosen, :longest], rtol=1e-6)
        wanted = codes[chosen, :longest].T if per_frame else codes[chosen]
        assert targets.codes.tolist() == wanted.tolist()
        assert batch.streams.shape[1] == targets.codes.numel()
        assert torch.equal(targets.weights == 0, targets.codes == IGNORED)


def test_a_schedule_takes_just_its_streams_from_the_data():
    data = labelled()
    graph = whole_graph()
    (root, *_) = graph.edges
    schedule = Schedule([graph.restrict({root: ("SlideWindowAvg[5]",)})])
    bound = data.bind(schedule)
    assert bound.streams.keys == schedule.plan.streams == (StreamKey("causal", 5),)
    assert len(data.streams.keys) > 1
    assert bound.targets is data.targets
    whole = data.streams.values[data.streams.keys.index(StreamKey("causal", 5))]
    assert torch.equal(bound.streams.values[0], whole)
