"""The LSTM reads the last frame of each sequence, and nothing after it."""

from __future__ import annotations

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from sklearn_dpads.baselines._nets import LSTMNet


@pytest.fixture
def net():
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return LSTMNet(n_features=3, n_outputs=2, hidden_size=5, num_layers=2).double()


@pytest.fixture
def frames():
    return torch.randn(4, 7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_equals_torch_on_packed_sequences(net, frames):
    lengths = torch.tensor([7, 5, 2, 1])
    packed = pack_padded_sequence(frames, lengths, batch_first=True)
    _, (hidden, _) = net.lstm(packed)
    torch.testing.assert_close(net(frames, lengths), net.output(hidden[-1]))


def test_frames_past_the_end_have_no_influence(net, frames):
    lengths = torch.tensor([5, 3, 2, 1])
    changed = frames.clone()
    for i, length in enumerate(lengths):
        changed[i, length:] = 100.0
    torch.testing.assert_close(net(frames, lengths), net(changed, lengths))
    torch.testing.assert_close(net(frames, lengths), net(frames[:, :5], lengths))


def test_forget_gates_start_open(net):
    for layer in range(2):
        bias = getattr(net.lstm, f"bias_ih_l{layer}")
        assert (bias[5:10] == 1.0).all()
        assert (bias[:5].abs() < 1.0).all()
