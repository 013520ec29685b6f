"""LSTMs read the frames of each sequence, and nothing after them."""

from __future__ import annotations

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from sklearn_dpads.baselines.networks import BidirectionalLSTMFrameNet, LSTMFrameNet, LSTMNet

LENGTHS = torch.tensor([5, 3, 2, 1])


def make(network):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return network(n_features=3, n_outputs=2, hidden_size=5, num_layers=2).double()


@pytest.fixture
def frames():
    return torch.randn(4, 7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def valid(logits):
    """Cut off what lies past the end of each sequence."""
    if logits.ndim == 2:
        return logits
    return torch.cat([rows[:length] for rows, length in zip(logits, LENGTHS, strict=True)])


def test_last_state_equals_torch_on_packed_sequences(frames):
    net = make(LSTMNet)
    packed = pack_padded_sequence(frames, LENGTHS, batch_first=True)
    _, (hidden, _) = net.lstm(packed)
    torch.testing.assert_close(net(frames, LENGTHS), net.output(hidden[-1]))


def test_states_at_frames_equal_torch_on_packed_sequences(frames):
    net = make(LSTMFrameNet)
    packed = pack_padded_sequence(frames, LENGTHS, batch_first=True)
    states, _ = pad_packed_sequence(net.lstm(packed)[0], batch_first=True)
    torch.testing.assert_close(valid(net(frames, LENGTHS)), valid(net.output(states)))


def test_backward_direction_starts_at_the_last_frame(frames):
    net = make(BidirectionalLSTMFrameNet)
    expected = [
        net.output(net.lstm(sequence[None, :length])[0])[0]
        for sequence, length in zip(frames, LENGTHS, strict=True)
    ]
    torch.testing.assert_close(valid(net(frames, LENGTHS)), torch.cat(expected))


@pytest.mark.parametrize("network", [LSTMNet, LSTMFrameNet, BidirectionalLSTMFrameNet])
def test_frames_past_the_end_have_no_influence(network, frames):
    net = make(network)
    changed = frames.clone()
    for sequence, length in zip(changed, LENGTHS, strict=True):
        sequence[length:] = 100.0
    expected = valid(net(frames, LENGTHS))
    torch.testing.assert_close(valid(net(changed, LENGTHS)), expected)
    torch.testing.assert_close(valid(net(frames[:, :5], LENGTHS)), expected)


@pytest.mark.parametrize("network", [LSTMFrameNet, BidirectionalLSTMFrameNet])
def test_time_axis_is_kept(network, frames):
    assert make(network)(frames, LENGTHS).shape == (4, 7, 2)


@pytest.mark.parametrize("network", [LSTMNet, LSTMFrameNet, BidirectionalLSTMFrameNet])
def test_forget_gates_start_open(network):
    lstm = make(network).lstm
    biases = [value for name, value in lstm.named_parameters() if name.startswith("bias_ih")]
    assert len(biases) == 2 * (1 + lstm.bidirectional)
    for bias in biases:
        assert (bias[5:10] == 1.0).all()
        assert (bias[:5].abs() < 1.0).all()
